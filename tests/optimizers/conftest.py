"""The starting image and the minimum for tests of optimizers."""

from __future__ import annotations

import numpy as np
import pytest
from host_objective import SHAPE


@pytest.fixture
def start() -> np.ndarray:
    return np.full(SHAPE, 128, np.float32)


@pytest.fixture
def target() -> np.ndarray:
    return np.random.default_rng(0).uniform(20, 230, SHAPE)
