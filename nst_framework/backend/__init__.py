"""Compiled functions and gradients; the only package that depends on the Keras backend.

Keras has no public function for either, so each backend's own is called here and nowhere else.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from contextlib import AbstractContextManager
from types import ModuleType
from typing import Any

import keras
import numpy as np

Function = Callable[..., Any]
Differentiable = Callable[..., tuple[Any, Any]]
Differentiated = Callable[..., tuple[Any, Any, Any]]


def compile_function(function: Function) -> Function:
    """Compiles a function of nested arrays, traced once for each combination of shapes.

    Tensors that `function` closes over, such as weights and targets, stay in memory with it.
    PyTorch runs the function without compiling it.
    """
    return _backend().compile_function(function)


def value_and_gradient(function: Differentiable) -> Differentiated:
    """Compiles a function together with its gradient, in the same way as `compile_function`.

    Turns `(variable, *constants) -> (value, further)` into `(variable, *constants) -> (value,
    further, gradient)`: `value` is a scalar, `further` and `gradient` are nested tensors, and
    `gradient` has the structure of `variable`.
    """
    return _backend().value_and_gradient(function)


def as_numpy(tensor: Any) -> np.ndarray:
    """Converts a tensor to an array, without a copy if it is already in host memory.

    The array may share the tensor's memory, so do not write to it.
    """
    return _backend().as_numpy(tensor)


def float64_allowed() -> AbstractContextManager[object]:
    """A context in which tensors may be float64, whatever the backend's settings.

    Otherwise JAX converts them to float32, unless the user has set `jax_enable_x64`. The context
    affects the current thread and, inside compiled functions, the operations traced in it.
    """
    return _backend().float64_allowed()


def fast_dtype() -> str | None:
    """The 16-bit dtype that Keras's device multiplies faster than float32.

    It is `"float16"` for older GPUs without bfloat16, and `None` if the device has no such dtype or
    the backend does not report it.
    """
    return _backend().fast_dtype()


def device_memory() -> int | None:
    """Free bytes on Keras's device; `None` if the backend does not report them.

    For the CPU, this is the memory available to the process.
    """
    return _backend().device_memory()


def device_name() -> str:
    """The name of Keras's device: `"cpu"`, or the model of a GPU or TPU."""
    return _backend().device_name()


def device_list() -> list[str]:
    """The devices that Keras can compute on, such as `["cpu:0"]`.

    Keras itself lists the devices of TensorFlow and JAX, but raises an `AttributeError` on PyTorch.
    """
    return _backend().device_list()


def thread_count() -> int:
    """The number of CPU threads among which the backend divides an operation."""
    return _backend().thread_count()


def enable_determinism() -> None:
    """Makes Keras's `fit` return the same bits each time, for the rest of the process.

    PyTorch and JAX need no setting for this on the CPU; on a GPU, it depends on the GPU's
    libraries.
    """
    _backend().enable_determinism()


def check_mode(with_keras_optimizer: bool) -> None:
    """Raises a `RuntimeError` if the backend is in a mode that does not support runs.

    On TensorFlow, these modes are graphs without eager execution and, for a Keras optimizer, the
    scope of a `tf.distribute` strategy.
    """
    _backend().check_mode(with_keras_optimizer)


def _backend() -> ModuleType:
    name = keras.backend.backend()
    if name not in ("tensorflow", "jax", "torch"):
        raise ValueError(
            "Expected Keras to run on 'tensorflow', 'jax' or 'torch', which can differentiate. "
            f"Received: KERAS_BACKEND={name!r}. Set the environment variable KERAS_BACKEND to one "
            "of these before importing Keras."
        )
    return importlib.import_module(f"{__name__}.on_{name}")
