"""Compiled functions and gradients; no other module depends on which Keras backend is in use.

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
    """Compiles a function of nested arrays; it is traced once for each combination of shapes.

    Tensors that `function` closes over, such as weights and targets, are kept with it. PyTorch runs
    the function without compiling it.
    """
    return _backend().compile_function(function)


def value_and_gradient(function: Differentiable) -> Differentiated:
    """Compiles a function together with its gradient, in the same way as `compile_function`.

    It makes `(variable, *constants) -> (value, further, gradient)` of `(variable, *constants) ->
    (value, further)`: `value` is a scalar, the others are nested tensors, the gradient with the
    structure of `variable`.
    """
    return _backend().value_and_gradient(function)


def as_numpy(tensor: Any) -> np.ndarray:
    """Converts a tensor to an array, without a copy if it is already in host memory.

    Tensors must not change, so do not write to the array.
    """
    return _backend().as_numpy(tensor)


def float64_allowed() -> AbstractContextManager[object]:
    """A context in which a tensor may be float64, whatever the backend's settings say.

    JAX makes float32 of it otherwise, unless the user has set `jax_enable_x64`. The setting holds
    for the present thread until the context ends, and inside compiled functions for what is traced
    in it.
    """
    return _backend().float64_allowed()


def fast_dtype() -> str | None:
    """The 16-bit type that the device that Keras uses multiplies faster than float32.

    It is `"float16"` for older GPUs that have only this; `None` if there is no such type or the
    backend does not report it.
    """
    return _backend().fast_dtype()


def device_memory() -> int | None:
    """Bytes that are free on the device that Keras uses; `None` if the backend does not report it.

    On the CPU, they are what is available on the machine.
    """
    return _backend().device_memory()


def device_name() -> str:
    """What the device that Keras uses is called: `"cpu"`, or the name of a GPU's or TPU's model."""
    return _backend().device_name()


def device_list() -> list[str]:
    """The devices that Keras can compute on, such as `["cpu:0"]`.

    Keras lists those of TensorFlow and JAX, and raises an `AttributeError` on PyTorch.
    """
    return _backend().device_list()


def thread_count() -> int:
    """The number of threads among which the backend divides an operation on the processor."""
    return _backend().thread_count()


def repeat_exactly() -> None:
    """Lets Keras's `fit` return the same bits each time, for the rest of the process.

    On PyTorch and JAX, that needs nothing on the processor; on a GPU, it is up to its libraries.
    """
    _backend().repeat_exactly()


def check_mode(with_keras_optimizer: bool) -> None:
    """Raises a `RuntimeError` if the backend is in a mode in which no run can work.

    On TensorFlow, these are graphs without eager execution and, for an optimizer of Keras, the
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
