"""An image of random pixels."""

from __future__ import annotations

import numpy as np
import pytest


@pytest.fixture
def image() -> np.ndarray:
    return np.random.default_rng(1).uniform(0, 255, (1, 9, 11, 3)).astype(np.float32)
