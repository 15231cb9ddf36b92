"""Images of several frames. A stub."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np


def is_animated(path: Path) -> bool:
    """Whether a file is an image of several frames."""
    return False


def read_animated(path: Path, alpha: bool = False) -> Iterator[tuple[np.ndarray, Fraction]]:
    """Yields frames and for how long each of them is shown, in seconds."""
    yield from ()
