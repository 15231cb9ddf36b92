"""Functions and gradients with PyTorch, which runs them without compiling."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import keras
import numpy as np
import torch

from ..memory import available_memory
from .hardware import gpu_dtype, processor_dtype


def compile_function(function: Callable[..., Any]) -> Callable[..., Any]:
    """Wraps a function of nested arrays so that nothing is recorded for gradients."""

    def call(*arguments: Any) -> Any:
        with torch.no_grad():
            return function(*keras.tree.map_structure(keras.ops.convert_to_tensor, arguments))

    return call


def value_and_gradient(function: Callable[..., tuple[Any, Any]]) -> Callable[..., Any]:
    """Wraps a function to also return PyTorch's gradient."""

    def call(variable: Any, *constants: Any) -> tuple[Any, Any, Any]:
        leaves = [
            keras.ops.convert_to_tensor(leaf).clone().requires_grad_(True)
            for leaf in keras.tree.flatten(variable)
        ]
        tensors = keras.tree.map_structure(keras.ops.convert_to_tensor, constants)
        with torch.enable_grad():
            value, further = function(keras.tree.pack_sequence_as(variable, leaves), *tensors)
        # Leaves that the value does not depend on get a zero gradient, as in the other backends.
        gradients: Sequence[torch.Tensor] = (
            torch.autograd.grad(value, leaves, materialize_grads=True)
            if value.requires_grad
            else [torch.zeros_like(leaf) for leaf in leaves]
        )
        # Detached, so that the tensors needed for the gradient are freed.
        value, further = keras.tree.map_structure(lambda tensor: tensor.detach(), (value, further))
        return value, further, keras.tree.pack_sequence_as(variable, list(gradients))

    return call


def as_numpy(tensor: Any) -> np.ndarray:
    """Returns a view of the tensor, or a copy if it is on another device."""
    return tensor.detach().cpu().numpy()


def float64_allowed() -> AbstractContextManager[object]:
    """Returns an empty context; PyTorch always allows float64."""
    return nullcontext()


def enable_determinism() -> None:
    """Does nothing."""


def check_mode(with_keras_optimizer: bool) -> None:
    """Does nothing; PyTorch has no such modes."""


def device_memory() -> int | None:
    """Free bytes on the GPU and in PyTorch's cache or, on the CPU, available to the process."""
    if torch.cuda.is_available():
        free, _ = torch.cuda.mem_get_info()
        return int(free + torch.cuda.memory_reserved() - torch.cuda.memory_allocated())
    if torch.backends.mps.is_available():
        return int(torch.mps.recommended_max_memory() - torch.mps.driver_allocated_memory())
    return available_memory()


def device_name() -> str:
    """PyTorch's name for the GPU."""
    if torch.cuda.is_available():
        return torch.cuda.get_device_name()
    return "mps" if torch.backends.mps.is_available() else "cpu"


def device_list() -> list[str]:
    """PyTorch's GPUs, or else the processor, in Keras's notation."""
    if torch.cuda.is_available():
        return [f"cuda:{number}" for number in range(torch.cuda.device_count())]
    return ["mps:0" if torch.backends.mps.is_available() else "cpu:0"]


def thread_count() -> int:
    """The number set in PyTorch, or its default for the cores."""
    return torch.get_num_threads()


def fast_dtype() -> str | None:
    """The dtype of NVIDIA GPUs by compute capability, or of the processor."""
    if torch.cuda.is_available():
        return gpu_dtype(*torch.cuda.get_device_capability())
    return processor_dtype()
