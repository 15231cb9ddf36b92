"""Keras in float64 on every backend, for comparisons that float32 is too coarse for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from keras.src.backend.common import dtypes

from ..backend import float64_allowed


@contextmanager
def double_precision() -> Iterator[None]:
    """What is given in float64 is computed in float64, until the context ends.

    On JAX and PyTorch, Keras makes float32 of float64 wherever it decides on a type, so also in
    `ops.mean` and `ops.matmul`. It has no setting for that, so the table that says so is changed
    for the time being, in the whole process.
    """
    table = dtypes.BIT64_TO_BIT32_DTYPE
    before = table["float64"]
    table["float64"] = "float64"
    try:
        with float64_allowed():
            yield
    finally:
        table["float64"] = before
