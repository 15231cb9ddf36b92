"""The starting image: the content, the style, noise, another image, or a blend with noise."""

from __future__ import annotations

import os
from dataclasses import dataclass

import numpy as np

from ..checks import check_integer, check_number
from .reading import ImageSource, read_image


@dataclass(frozen=True)
class Start:
    """Where a run starts.

    Attributes:
        image: `"content"`, `"style"`, `"noise"`, or any other image.
        noise: Share of noise, from 0 to 1, blended into the image.
        seed: Seed for the noise.
        epoch: Number of epochs that count as completed.
        resume_from: Path of a checkpoint to resume from instead; `None`: a new run.
    """

    image: ImageSource = "content"
    noise: float = 0.0
    seed: int = 0
    epoch: int = 0
    resume_from: str | os.PathLike[str] | None = None

    def __post_init__(self) -> None:
        check_integer("seed", self.seed, minimum=0)
        check_integer("initial_epoch", self.epoch, minimum=0)
        if check_number("noise", self.noise, minimum=0.0) > 1:
            raise ValueError(
                "Invalid value for argument `noise`. Expected a share from 0 to 1. "
                f"Received: noise={self.noise!r}. Pass 0 for no noise."
            )


def make_initial_image(start: Start, content: np.ndarray, style: np.ndarray) -> np.ndarray:
    """Makes the starting image, at the content's size.

    Args:
        start: Which image to start from, and how much noise to add.
        content: Array `(height, width, 3)`, uint8.
        style: Array `(height, width, 3)`, uint8.

    Returns:
        Array `(height, width, 3)`, uint8.

    Raises:
        ValueError: If it is not a valid image.
        FileNotFoundError: If the file does not exist.
    """
    source = start.image
    named = source if isinstance(source, str) else ""
    if named == "noise":
        return _make_noise(content.shape, start.seed)
    if named == "content":
        source = content
    if named == "style":
        source = style
    image = read_image(source, name="initial_image", shape=content.shape[:2])
    if start.noise == 0:
        return image
    noise = _make_noise(content.shape, start.seed)
    return np.rint((1 - start.noise) * image + start.noise * noise).astype(np.uint8)


def _make_noise(shape: tuple[int, ...], seed: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)
