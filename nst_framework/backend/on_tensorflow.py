"""Compiled functions and gradients with TensorFlow."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from .processor import processor_has_bfloat16


def compile_function(function: Callable[..., Any]) -> Callable[..., Any]:
    """A `tf.function` of nests of arrays."""
    traced = tf.function(function, autograph=False)
    compiled: dict[tuple[Any, ...], Any] = {}

    def call(*arguments: Any) -> Any:
        tensors = keras.tree.map_structure(tf.convert_to_tensor, arguments)
        key = tuple((tuple(leaf.shape), leaf.dtype) for leaf in keras.tree.flatten(tensors))
        # TensorFlow would keep these by itself, but warn of every function that is traced again.
        if key not in compiled:
            compiled[key] = traced.get_concrete_function(*tensors)
        return compiled[key](*tensors)

    return call


def value_and_gradient(function: Callable[..., tuple[Any, Any]]) -> Callable[..., Any]:
    """A `tf.function` with a gradient tape inside."""

    def differentiate(variable: Any, *constants: Any) -> tuple[Any, Any, Any]:
        with tf.GradientTape() as tape:
            tape.watch(variable)
            value, further = function(variable, *constants)
        gradient = tape.gradient(value, variable, unconnected_gradients="zero")
        return value, further, gradient

    return compile_function(differentiate)


def as_numpy(tensor: Any) -> np.ndarray:
    """A view of the tensor; a copy if it is on another device."""
    return np.asarray(tensor)


def has_native_bfloat16() -> bool:
    """A TPU, Nvidia GPUs from Ampere on, or what the processor says."""
    if tf.config.list_logical_devices("TPU"):
        return True
    devices = tf.config.list_physical_devices("GPU")
    if not devices:
        return processor_has_bfloat16()
    details = [tf.config.experimental.get_device_details(device) for device in devices]
    return all(each.get("compute_capability", (0, 0)) >= (8, 0) for each in details)
