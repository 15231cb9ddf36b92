"""Where the image begins: the content, the style, noise, another image, or a blend of them."""

from __future__ import annotations

import os
from dataclasses import dataclass

import numpy as np

from ..checks import check_integer, check_number
from .reading import ImageSource, read_image


@dataclass(frozen=True)
class Start:
    """Where a run begins.

    Attributes:
        image: `"content"`, `"style"`, `"noise"`, or the path or array of an image.
        noise: Share of noise that is blended into the image, from 0 to 1.
        seed: Seed of the noise.
        epoch: Number of epochs that count as done.
        resume_from: Path of a checkpoint whose image it is instead; `None`: a new run.
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
                f"Received: noise={self.noise!r}."
            )


def make_initial_image(start: Start, content: np.ndarray, style: np.ndarray) -> np.ndarray:
    """Makes the image that the first step starts from, of the content's size.

    Args:
        start: What it begins as.
        content: Array `(height, width, 3)`, uint8.
        style: Array `(height, width, 3)`, uint8.

    Returns:
        Array `(height, width, 3)`, uint8.

    Raises:
        ValueError: If the image is none.
        FileNotFoundError: If there is no such file.
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
