"""The settings of a learned painting, which paints at once: few, and no other one is accepted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..paintings import is_learned
from .table import OPTIONS

LEARNED = ("content", "style", "output", "size", "color", "style_weights", "bit_depth")
"""The settings that a learned painting has."""

REFUSED = ("preset", "resume")
"""The options of the command that it does not have."""


def has_learned_style(settings: Mapping[str, Any]) -> bool:
    """Whether the style is a learned painting; among several, whether any of them is."""
    return any(map(is_learned, settings.get("style", ())))


def check_options(
    layers: Sequence[tuple[str, Mapping[str, Any]]], typed: Mapping[str, Any]
) -> None:
    """Raises a `ValueError` if an option is given that changes nothing in a learned painting.

    Args:
        layers: Each source of settings, as errors call it, and its settings.
        typed: What the user typed.
    """
    flags = {option.name: option.flag for option in OPTIONS}
    found = {name: flags[name] for name in REFUSED if name in typed}
    for source, layer in layers:
        for name in layer:
            # Those of a preset would be many.
            if name not in LEARNED and (name in typed or "preset" not in found):
                found[name] = flags[name] if name in typed else f"{name} from {source}"
    if found:
        raise ValueError(
            "Expected only --output, --bit-depth, --size, --color and --style-weights with a "
            f"learned painting. Received: {', '.join(found.values())}. Leave that out, or pass the "
            "style image itself."
        )
