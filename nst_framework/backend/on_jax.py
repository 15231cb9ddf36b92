"""Compiled functions and gradients with JAX."""

from __future__ import annotations

import gc
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import jax
import keras
import numpy as np

from ..memory import available_memory
from .hardware import core_count, gpu_dtype, processor_dtype

MAX_EXECUTABLES = 750
"""Maximum number of compiled functions in JAX's cache; each image size compiles about 90."""


def compile_function(function: Callable[..., Any]) -> Callable[..., Any]:
    """Jits a function of nested arrays."""
    return jax.jit(function)


def value_and_gradient(function: Callable[..., tuple[Any, Any]]) -> Callable[..., Any]:
    """Jits a function together with JAX's gradient."""
    compiled = jax.jit(jax.value_and_grad(function, has_aux=True))
    seen = set()

    def call(variable: Any, *constants: Any) -> tuple[Any, Any, Any]:
        shapes = tuple((leaf.shape, leaf.dtype) for leaf in jax.tree.leaves((variable, constants)))
        if shapes not in seen:
            seen.add(shapes)
            _limit_executables()
        (value, further), gradient = compiled(variable, *constants)
        return value, further, gradient

    return call


def _limit_executables() -> None:
    """Clears JAX's compilation caches if they are large.

    JAX keeps even single operations for each shape, about 100 MB for each image size. It has no
    limit of its own and can only clear everything.
    """
    if len(jax.devices()[0].client.live_executables()) > MAX_EXECUTABLES:
        jax.clear_caches()
        gc.collect()


def as_numpy(tensor: Any) -> np.ndarray:
    """Returns a view of the tensor, or a copy if it is on another device."""
    return np.asarray(tensor)


def float64_allowed() -> AbstractContextManager[object]:
    """JAX's own context, which does not change the global setting."""
    return jax.enable_x64(True)


def enable_determinism() -> None:
    """Does nothing."""


def check_mode(with_keras_optimizer: bool) -> None:
    """Does nothing; JAX has no such modes."""


def device_memory() -> int | None:
    """Free bytes of the accelerator's allocator or, on the CPU, available to the process."""
    device = jax.devices()[0]
    if device.platform == "cpu":
        return available_memory()
    statistics = device.memory_stats() or {}
    if "bytes_limit" not in statistics:
        return None
    return int(statistics["bytes_limit"] - statistics.get("bytes_in_use", 0))


def device_name() -> str:
    """JAX's name for the kind of its first device."""
    return jax.devices()[0].device_kind


def device_list() -> list[str]:
    """The devices that Keras finds."""
    return keras.distribution.list_devices()


def thread_count() -> int:
    """One thread for each core available to the process."""
    return core_count()


def fast_dtype() -> str | None:
    """The dtype of TPUs, of NVIDIA GPUs by compute capability, or of the processor."""
    device = jax.devices()[0]
    if device.platform == "gpu":
        major, _, minor = str(getattr(device, "compute_capability", "")).partition(".")
        # GPUs of other vendors report names instead.
        return gpu_dtype(int(major), int(minor)) if major.isdigit() else None
    return "bfloat16" if device.platform == "tpu" else processor_dtype()
