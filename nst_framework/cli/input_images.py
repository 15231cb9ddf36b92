"""The input images, read once before Keras is loaded, so that a bad one is reported at once."""

from __future__ import annotations

import argparse
from collections.abc import Mapping

from ..quiet_tensorflow import captured_stderr

SIZE = 16
"""Size to which they are read, in pixels."""


def check_images(images: Mapping[str, str], masks: Mapping[str, str] | None = None) -> None:
    """Reads images, and discards what the decoders print: libtiff writes to stderr itself.

    Args:
        images: Paths by the images' names in errors.
        masks: The same for masks.

    Raises:
        FileNotFoundError: If a file does not exist.
        ValueError: If it is not a valid image.
        MemoryError: If an image does not fit into memory.
    """
    from ..images.reading import read_image, read_mask

    with captured_stderr([]):
        for name, path in images.items():
            read_image(path, SIZE, name)
        for name, path in (masks or {}).items():
            read_mask(path, (SIZE, SIZE), name)


def check_run_images(options: argparse.Namespace) -> None:
    """Reads the content, the styles, their masks and the starting image of a run."""
    from ..images.styles import style_names
    from .paths import WORDS

    names = style_names(len(options.style))
    images = {"content": options.content, **dict(zip(names, options.style, strict=True))}
    if options.initial_image not in WORDS["initial_image"]:
        images["initial_image"] = options.initial_image
    masks = {}
    for kind, paths in (("mask", options.style_masks), ("content mask", options.content_masks)):
        # Whether there is one for each style is checked elsewhere.
        for name, path in zip(names, paths or (), strict=False):
            if path != "none":
                masks[f"the {kind} of {name}"] = path
    check_images(images, masks)
