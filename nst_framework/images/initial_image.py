"""The starting image: the content, the style, noise, another image, or a blend with noise."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..checks import check_integer, check_number
from .reading import ImageSource
from .transparency import read_cut_out


@dataclass(frozen=True)
class InitialImage:
    """Describes the starting image.

    Attributes:
        source: `"content"`, `"style"`, `"noise"`, or another image.
        noise: Fraction of noise blended into the image, from 0 to 1.
        seed: Seed for the noise.
    """

    source: ImageSource = "content"
    noise: float = 0.0
    seed: int = 0

    def __post_init__(self) -> None:
        check_integer("seed", self.seed, minimum=0)
        if check_number("noise", self.noise, minimum=0.0) > 1:
            raise ValueError(
                "Invalid value for argument `noise`. Expected a fraction from 0 to 1. "
                f"Received: noise={self.noise!r}. Pass 0 for no noise."
            )

    def make(self, content: np.ndarray, style: np.ndarray) -> np.ndarray:
        """Makes the image at the content's size; all arrays are `(height, width, 3)`, uint8."""
        source = self.source
        named = source if isinstance(source, str) else ""
        if named == "noise":
            return self._make_noise(content.shape)
        if named == "content":
            source = content
        if named == "style":
            source = style
        image, _ = read_cut_out(source, name="initial_image", shape=content.shape[:2])
        if self.noise == 0:
            return image
        noise = self._make_noise(content.shape)
        return np.rint((1 - self.noise) * image + self.noise * noise).astype(np.uint8)

    def _make_noise(self, shape: tuple[int, ...]) -> np.ndarray:
        return np.random.default_rng(self.seed).integers(0, 256, shape, dtype=np.uint8)
