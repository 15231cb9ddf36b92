"""What a checkpoint knows images and settings by."""

from __future__ import annotations

import hashlib
from typing import Any, Protocol

import numpy as np


class Configurable(Protocol):
    """What has a configuration: extractors, losses, optimizers."""

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""


def fingerprint(image: np.ndarray) -> str:
    """A short text that differs for images that differ in shape or in any pixel."""
    digest = hashlib.sha256(f"{image.shape} {image.dtype}".encode())
    digest.update(image.tobytes())
    return digest.hexdigest()


def describe(component: Configurable) -> dict[str, Any]:
    """The class and the configuration of an extractor, a loss or an optimizer."""
    return {"class": type(component).__qualname__, "config": component.get_config()}
