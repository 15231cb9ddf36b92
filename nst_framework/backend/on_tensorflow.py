"""Compiled functions and gradients with TensorFlow."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from ..memory import LRUCache, available_memory
from .hardware import core_count, gpu_dtype, processor_dtype


def compile_function(function: Callable[..., Any]) -> Callable[..., Any]:
    """Makes a `tf.function` of nested arrays that returns the same bits each time.

    For this, it turns off TensorFlow's arithmetic optimization in the whole process, which merges
    sums into one of more than two terms, added in the order in which they are ready.
    """
    tf.config.optimizer.set_experimental_options({"arithmetic_optimization": False})
    compiled = LRUCache()

    def call(*arguments: Any) -> Any:
        tensors = keras.tree.map_structure(tf.convert_to_tensor, arguments)
        key = tuple((tuple(leaf.shape), leaf.dtype) for leaf in keras.tree.flatten(tensors))
        # A `tf.function` never drops a trace, so each combination gets its own function.
        traced = compiled.get(
            key,
            lambda: tf.function(function, autograph=False).get_concrete_function(*tensors),
        )
        return traced(*tensors)

    return call


def value_and_gradient(function: Callable[..., tuple[Any, Any]]) -> Callable[..., Any]:
    """Makes a `tf.function` with TensorFlow's gradient."""

    def differentiate(variable: Any, *constants: Any) -> tuple[Any, Any, Any]:
        value, further = function(variable, *constants)
        # A tape adds up all parts of a gradient at once, also in a varying order, so the last
        # digits, and thus whole runs, would vary. Adding two at a time is deterministic.
        gradients = tf.gradients(
            value,
            keras.tree.flatten(variable),
            unconnected_gradients="zero",
            aggregation_method=tf.AggregationMethod.EXPERIMENTAL_TREE,
        )
        return value, further, keras.tree.pack_sequence_as(variable, gradients)

    return compile_function(differentiate)


def as_numpy(tensor: Any) -> np.ndarray:
    """Returns a view of the tensor, or a copy if it is on another device."""
    return np.asarray(tensor)


def enable_determinism() -> None:
    """Fixes the order of additions within operations and in merged sums."""
    tf.config.experimental.enable_op_determinism()
    tf.config.optimizer.set_experimental_options({"arithmetic_optimization": False})


def check_mode(with_keras_optimizer: bool) -> None:
    """Raises a `RuntimeError` without eager execution, or inside a strategy's scope."""
    if not tf.executing_eagerly():
        raise RuntimeError(
            "Expected TensorFlow to execute eagerly, because a run reads each step's result. "
            "Received: eager execution is off, by tf.compat.v1.disable_eager_execution() or inside "
            "a tf.function. Remove that call, or call fit outside the function."
        )
    if with_keras_optimizer and tf.distribute.has_strategy():
        strategy = type(tf.distribute.get_strategy()).__name__
        raise RuntimeError(
            "Expected no tf.distribute strategy with a Keras optimizer, because only one image is "
            f"optimized. Received: the scope of {strategy}. Call fit outside the scope, or "
            "compile with optimizer='lbfgs'."
        )


def float64_allowed() -> AbstractContextManager[object]:
    """Returns an empty context; TensorFlow always allows float64."""
    return nullcontext()


def device_memory() -> int | None:
    """Bytes available to the process; TensorFlow does not report a GPU's memory."""
    return None if tf.config.list_physical_devices("GPU") else available_memory()


def device_name() -> str:
    """TensorFlow's names for the models of its GPUs."""
    if tf.config.list_logical_devices("TPU"):
        return "tpu"
    devices = tf.config.list_physical_devices("GPU")
    details = [tf.config.experimental.get_device_details(device) for device in devices]
    return ", ".join(str(each.get("device_name", "gpu")) for each in details) or "cpu"


def device_list() -> list[str]:
    """The devices that Keras finds."""
    return keras.distribution.list_devices()


def thread_count() -> int:
    """The number set in Python or in TensorFlow's environment variable; by default, the cores."""
    threads = tf.config.threading.get_intra_op_parallelism_threads()
    variable = os.environ.get("TF_NUM_INTRAOP_THREADS", "")
    return threads or (int(variable) if variable.isdecimal() else 0) or core_count()


def fast_dtype() -> str | None:
    """The dtype of TPUs, of NVIDIA GPUs by compute capability, or of the processor."""
    if tf.config.list_logical_devices("TPU"):
        return "bfloat16"
    devices = tf.config.list_physical_devices("GPU")
    if not devices:
        return processor_dtype()
    details = [tf.config.experimental.get_device_details(device) for device in devices]
    return gpu_dtype(*min(each.get("compute_capability", (0, 0)) for each in details))
