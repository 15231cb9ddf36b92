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
from .hardware import core_count, dtype_of_gpu, dtype_of_processor

MOST_EXECUTABLES = 750
"""How many compiled functions JAX may keep: some 90 are compiled for each size of an image."""


def compile_function(function: Callable[..., Any]) -> Callable[..., Any]:
    """A jitted function of nested arrays."""
    return jax.jit(function)


def value_and_gradient(function: Callable[..., tuple[Any, Any]]) -> Callable[..., Any]:
    """A jitted function together with JAX's gradient."""
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
    """Makes JAX forget all that it has compiled, if that is much.

    It keeps even single operations, for each shape, which takes about 100 MB for an image of
    another size. It has no limit of its own, and forgets all or nothing.
    """
    if len(jax.devices()[0].client.live_executables()) > MOST_EXECUTABLES:
        jax.clear_caches()
        gc.collect()


def as_numpy(tensor: Any) -> np.ndarray:
    """A view of the tensor; a copy if it is on another device."""
    return np.asarray(tensor)


def float64_allowed() -> AbstractContextManager[object]:
    """JAX's own context, which leaves its global setting as it is."""
    return jax.enable_x64(True)


def repeat_exactly() -> None:
    """Nothing."""


def check_mode(with_keras_optimizer: bool) -> None:
    """Nothing; JAX has no such modes."""


def device_memory() -> int | None:
    """What is free in the accelerator's allocator or, on the CPU, available on the machine."""
    device = jax.devices()[0]
    if device.platform == "cpu":
        return available_memory()
    statistics = device.memory_stats() or {}
    if "bytes_limit" not in statistics:
        return None
    return int(statistics["bytes_limit"] - statistics.get("bytes_in_use", 0))


def device_name() -> str:
    """What JAX calls the kind of its first device."""
    return jax.devices()[0].device_kind


def device_list() -> list[str]:
    """Those that Keras finds."""
    return keras.distribution.list_devices()


def thread_count() -> int:
    """One for each core on which the process may run."""
    return core_count()


def fast_dtype() -> str | None:
    """What TPUs and Nvidia's GPUs of this compute capability have; CPUs report it themselves."""
    device = jax.devices()[0]
    if device.platform == "gpu":
        major, _, minor = str(getattr(device, "compute_capability", "")).partition(".")
        # Other makers' GPUs report names instead.
        return dtype_of_gpu(int(major), int(minor)) if major.isdigit() else None
    return "bfloat16" if device.platform == "tpu" else dtype_of_processor()
