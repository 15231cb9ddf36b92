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
from .hardware import core_count, dtype_of_gpu, dtype_of_processor


def compile_function(function: Callable[..., Any]) -> Callable[..., Any]:
    """A `tf.function` of nested arrays, which returns the same bits each time.

    To that end, it turns off TensorFlow's arithmetic optimisation in the whole process: this merges
    several sums into one of more than two terms, whose order depends on which are ready first.
    """
    tf.config.optimizer.set_experimental_options({"arithmetic_optimization": False})
    compiled = LRUCache()

    def call(*arguments: Any) -> Any:
        tensors = keras.tree.map_structure(tf.convert_to_tensor, arguments)
        key = tuple((tuple(leaf.shape), leaf.dtype) for leaf in keras.tree.flatten(tensors))
        # A `tf.function` keeps all that it has traced, so each combination gets one of its own.
        traced = compiled.get(
            key,
            lambda: tf.function(function, autograph=False).get_concrete_function(*tensors),
        )
        return traced(*tensors)

    return call


def value_and_gradient(function: Callable[..., tuple[Any, Any]]) -> Callable[..., Any]:
    """A `tf.function` with TensorFlow's gradient."""

    def differentiate(variable: Any, *constants: Any) -> tuple[Any, Any, Any]:
        value, further = function(variable, *constants)
        # A tape adds up all parts of a gradient at once, again in a varying order: the last digits,
        # and so whole runs, would differ from one time to the next. Adding two at a time does not.
        gradients = tf.gradients(
            value,
            keras.tree.flatten(variable),
            unconnected_gradients="zero",
            aggregation_method=tf.AggregationMethod.EXPERIMENTAL_TREE,
        )
        return value, further, keras.tree.pack_sequence_as(variable, gradients)

    return compile_function(differentiate)


def as_numpy(tensor: Any) -> np.ndarray:
    """A view of the tensor; a copy if it is on another device."""
    return np.asarray(tensor)


def repeat_exactly() -> None:
    """Fixes the order in which operations add, and of several sums that become one."""
    tf.config.experimental.enable_op_determinism()
    tf.config.optimizer.set_experimental_options({"arithmetic_optimization": False})


def check_mode(with_keras_optimizer: bool) -> None:
    """Raises a `RuntimeError` without eager execution, or for the scope of a strategy."""
    if not tf.executing_eagerly():
        raise RuntimeError(
            "Expected TensorFlow to execute eagerly, because a run reads each step's result. "
            "Received: eager execution is off, by tf.compat.v1.disable_eager_execution() or inside "
            "a tf.function. Remove that call, or call fit outside the function."
        )
    if with_keras_optimizer and tf.distribute.has_strategy():
        strategy = type(tf.distribute.get_strategy()).__name__
        raise RuntimeError(
            "Expected no tf.distribute strategy with an optimizer of Keras, because there is one "
            f"image to change. Received: the scope of {strategy}. Call fit outside the scope, or "
            "compile with optimizer='lbfgs'."
        )


def float64_allowed() -> AbstractContextManager[object]:
    """Nothing; TensorFlow has float64 at any time."""
    return nullcontext()


def device_memory() -> int | None:
    """What is available on the machine; TensorFlow does not report how much memory a GPU has."""
    return None if tf.config.list_physical_devices("GPU") else available_memory()


def device_name() -> str:
    """What TensorFlow calls the models of its GPUs."""
    if tf.config.list_logical_devices("TPU"):
        return "tpu"
    devices = tf.config.list_physical_devices("GPU")
    details = [tf.config.experimental.get_device_details(device) for device in devices]
    return ", ".join(str(each.get("device_name", "gpu")) for each in details) or "cpu"


def device_list() -> list[str]:
    """Those that Keras finds."""
    return keras.distribution.list_devices()


def thread_count() -> int:
    """What was set in Python or in TensorFlow's environment variable, or else one for each core."""
    threads = tf.config.threading.get_intra_op_parallelism_threads()
    variable = os.environ.get("TF_NUM_INTRAOP_THREADS", "")
    return threads or (int(variable) if variable.isdecimal() else 0) or core_count()


def fast_dtype() -> str | None:
    """What TPUs and Nvidia's GPUs of this compute capability have; CPUs report it themselves."""
    if tf.config.list_logical_devices("TPU"):
        return "bfloat16"
    devices = tf.config.list_physical_devices("GPU")
    if not devices:
        return dtype_of_processor()
    details = [tf.config.experimental.get_device_details(device) for device in devices]
    return dtype_of_gpu(*min(each.get("compute_capability", (0, 0)) for each in details))
