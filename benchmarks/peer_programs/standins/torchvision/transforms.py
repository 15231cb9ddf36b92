"""The few transforms that the peers use."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce
from types import SimpleNamespace
from typing import Any

import numpy as np
import torch
from PIL import Image


def to_tensor(image: Image.Image) -> torch.Tensor:
    """Converts an image to a tensor `(3, height, width)` from 0 to 1."""
    return torch.from_numpy(np.array(image)).movedim(2, 0).float() / 255


def to_pil_image(tensor: torch.Tensor) -> Image.Image:
    """Converts a tensor `(3, height, width)` from 0 to 1 to an image."""
    return Image.fromarray(tensor.mul(255).byte().movedim(0, 2).cpu().numpy())


def normalize(tensor: torch.Tensor, mean: Sequence[float], std: Sequence[float]) -> torch.Tensor:
    """Subtracts the mean of each channel and divides by its standard deviation."""
    like = tensor.new_tensor
    return (tensor - like(mean)[:, None, None]) / like(std)[:, None, None]


def Compose(functions: Sequence[Callable[[Any], Any]]) -> Callable[[Any], Any]:  # noqa: N802
    """Applies the functions in order."""
    return lambda value: reduce(lambda result, function: function(result), functions, value)


def Resize(size: tuple[int, int]) -> Callable[[Image.Image], Image.Image]:  # noqa: N802
    """Resizes to a height and a width."""
    return lambda image: image.resize(size[::-1], Image.Resampling.BILINEAR)


def Lambda(function: Callable[[Any], Any]) -> Callable[[Any], Any]:  # noqa: N802
    """Returns the function."""
    return function


def Normalize(mean: Sequence[float], std: Sequence[float]) -> Callable[..., torch.Tensor]:  # noqa: N802
    """Returns `normalize` with this mean and standard deviation."""
    return lambda tensor: normalize(tensor, mean, std)


def ToTensor() -> Callable[[Image.Image], torch.Tensor]:  # noqa: N802
    """Returns `to_tensor`."""
    return to_tensor


def ToPILImage() -> Callable[[torch.Tensor], Image.Image]:  # noqa: N802
    """Returns `to_pil_image`."""
    return to_pil_image


functional = SimpleNamespace(to_tensor=to_tensor, to_pil_image=to_pil_image, normalize=normalize)
