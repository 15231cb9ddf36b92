"""Functions and gradients with PyTorch, which runs them as they are, without compiling."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import torch

from .processor import processor_has_bfloat16


def compile_function(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function of nests of arrays, without what gradients would need."""

    def call(*arguments: Any) -> Any:
        with torch.no_grad():
            return function(*keras.tree.map_structure(keras.ops.convert_to_tensor, arguments))

    return call


def value_and_gradient(function: Callable[..., tuple[Any, Any]]) -> Callable[..., Any]:
    """The function and PyTorch's gradient."""

    def call(variable: Any, *constants: Any) -> tuple[Any, Any, Any]:
        leaves = [
            keras.ops.convert_to_tensor(leaf).clone().requires_grad_(True)
            for leaf in keras.tree.flatten(variable)
        ]
        tensors = keras.tree.map_structure(keras.ops.convert_to_tensor, constants)
        with torch.enable_grad():
            value, further = function(keras.tree.pack_sequence_as(variable, leaves), *tensors)
        # What the value does not depend on has a gradient of zero, as in the other backends.
        gradients = torch.autograd.grad(value, leaves, materialize_grads=True)
        return value, further, keras.tree.pack_sequence_as(variable, list(gradients))

    return call


def as_numpy(tensor: Any) -> np.ndarray:
    """A view of the tensor; a copy if it is on another device."""
    return tensor.detach().cpu().numpy()


def has_native_bfloat16() -> bool:
    """What PyTorch says of the GPU, or what the processor says."""
    if torch.cuda.is_available():
        return torch.cuda.is_bf16_supported(including_emulation=False)
    return processor_has_bfloat16()
