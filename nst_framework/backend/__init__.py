"""The one room that knows which Keras backend runs: compiled functions and their gradients.

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
    """Compiles a function of nests of arrays; it is traced once for each of their shapes.

    Tensors that `function` closes over, such as weights and targets, are kept with it. PyTorch runs
    the function as it is, without compiling it.

    Example:
    ```python
    largest = compile_function(lambda image: keras.ops.max(image))
    largest(image)
    ```

    Args:
        function: Takes nests of tensors (dictionaries, lists, tuples) and returns one.

    Returns:
        A function that takes nests of NumPy arrays or tensors and returns what `function` returns.
    """
    return _backend().compile_function(function)


def value_and_gradient(function: Differentiable) -> Differentiated:
    """Compiles a function together with its gradient, as `compile_function` does.

    Example:
    ```python
    evaluate = value_and_gradient(lambda image: (keras.ops.sum(image**2), {}))
    value, terms, gradient = evaluate(image)
    ```

    Args:
        function: `(variable, *constants) -> (value, further)`: from nests of tensors to a scalar
            and a nest of whatever else is of use.

    Returns:
        `(variable, *constants) -> (value, further, gradient)`. It takes nests of NumPy arrays or
        tensors; the gradient of the value is a nest like `variable`.

    Raises:
        ValueError: If Keras runs on a backend other than TensorFlow, JAX or PyTorch.
    """
    return _backend().value_and_gradient(function)


def as_numpy(tensor: Any) -> np.ndarray:
    """The tensor as an array, without a copy if it is in the host's memory already.

    Tensors never change, so the array must not be written to.
    """
    return _backend().as_numpy(tensor)


def float64_allowed() -> AbstractContextManager[object]:
    """A context in which a tensor may be float64, whatever the backend's settings say.

    JAX makes float32 of it otherwise, unless the user has set `jax_enable_x64`. The setting holds
    for the present thread until the context ends, and inside compiled functions for what is traced
    in it.
    """
    return _backend().float64_allowed()


def has_native_bfloat16() -> bool:
    """Whether the device that Keras computes on multiplies bfloat16 faster than float32."""
    return _backend().has_native_bfloat16()


def device_memory() -> int | None:
    """Bytes that the device that Keras computes on has left.

    Returns:
        What the backend says of its GPU, or what the machine has left if it computes on the
        processor. `None`: the backend does not say.
    """
    return _backend().device_memory()


def _backend() -> ModuleType:
    name = keras.backend.backend()
    if name not in ("tensorflow", "jax", "torch"):
        raise ValueError(
            "Expected Keras to run on 'tensorflow', 'jax' or 'torch', which can differentiate. "
            f"Received: KERAS_BACKEND={name!r}. Set the environment variable KERAS_BACKEND to one "
            "of the three before Keras is imported."
        )
    return importlib.import_module(f"{__name__}.on_{name}")
