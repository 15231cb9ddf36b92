"""The styles that somebody named, each with its weight, size and masks."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from .. import Style

Value = TypeVar("Value")


def make_styles(options: argparse.Namespace) -> list[Style]:
    """Makes the styles of a run.

    Args:
        options: The options, of which `style` has at least one path.

    Returns:
        A style for each path.

    Raises:
        ValueError: If there are more or fewer weights, sizes or masks than styles, or one is wrong.
    """
    from .. import Style

    count = len(options.style)
    scales = options.style_scale or [1.0]
    if len(scales) == 1:
        scales = scales * count
    return [
        Style(image, weight, scale, _mask(mask), _mask(content_mask))
        for image, weight, scale, mask, content_mask in zip(
            options.style,
            _one_for_each("--style-weights", options.style_weights or [1.0] * count, count),
            _one_for_each("--style-scale", scales, count),
            _one_for_each("--style-masks", options.style_masks or ["none"] * count, count),
            _one_for_each("--content-masks", options.content_masks or ["none"] * count, count),
            strict=True,
        )
    ]


def _one_for_each(option: str, values: Sequence[Value], count: int) -> Sequence[Value]:
    if len(values) == count:
        return values
    styles = "the one style" if count == 1 else f"each of the {count} styles"
    given = " ".join(map(str, values))
    raise ValueError(
        f"Expected {option} to have one value for {styles}. Received {len(values)}: {given}."
    )


def _mask(path: str) -> str | None:
    return None if path == "none" else path
