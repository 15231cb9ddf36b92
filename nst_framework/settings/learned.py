"""The few settings that a learned painting accepts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..paintings import is_learned
from .table import OPTIONS

LEARNED = ("content", "style", "output", "size", "color", "style_weights", "bit_depth")
"""The settings that a learned painting accepts."""

REFUSED = ("preset", "resume")
"""The command-line options that it does not accept."""


def has_learned_style(settings: Mapping[str, Any]) -> bool:
    """Whether any of the styles is a learned painting."""
    return any(map(is_learned, settings.get("style", ())))


def check_options(
    layers: Sequence[tuple[str, Mapping[str, Any]]], typed: Mapping[str, Any]
) -> None:
    """Raises a `ValueError` if an option is given that has no effect on a learned painting.

    Args:
        layers: Each source of settings, as errors name it, and its settings.
        typed: The options that the user typed.
    """
    flags = {option.name: option.flag for option in OPTIONS}
    found = {name: flags[name] for name in REFUSED if name in typed}
    for source, layer in layers:
        for name in layer:
            # A preset is refused as a whole; its settings need not be listed.
            if name not in LEARNED and (name in typed or "preset" not in found):
                found[name] = flags[name] if name in typed else f"{name} from {source}"
    if found:
        raise ValueError(
            "Expected only --output, --bit-depth, --size, --color and --style-weights with a "
            f"learned painting. Received: {', '.join(found.values())}. Leave out the rest, or pass "
            "the style image itself."
        )
