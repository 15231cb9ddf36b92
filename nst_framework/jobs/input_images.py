"""Reads the images of a run before Keras is loaded, so that a bad image is reported at once."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..checks import did_you_mean
from ..paintings import is_learned, painting_names
from ..settings.learned import has_learned_style
from ..settings.table import SETTINGS

SIZE = 16
"""Size at which they are read, in pixels."""


def check_images(settings: Mapping[str, Any], content: bool = True) -> None:
    """Reads the content, the styles, their masks and the starting image of a run.

    Args:
        settings: The settings of the run.
        content: Whether the content is an image; that of a video is not.
    """
    from ..images.styles import style_names
    from ..style_network.archive import check_network

    names = style_names(len(settings["style"]))
    images = {"content": settings["content"]} if content else {}
    if not has_learned_style(settings):
        for style in settings["style"]:
            _check_spelling(style)
        images |= dict(zip(names, settings["style"], strict=True))
    initial_image = settings.get("initial_image", "content")
    if is_learned(initial_image):
        check_network(initial_image)
    elif initial_image not in SETTINGS["initial_image"].words:
        images["initial_image"] = initial_image
    masks = {}
    for option, kind in (("style_masks", "mask"), ("content_masks", "content mask")):
        # `make_styles` checks that every style has one.
        for name, path in zip(names, settings.get(option, ()), strict=False):
            if path != "none":
                picture = name if option == "style_masks" else "content"
                masks[f"the {kind} of {name}"] = (path, picture)
    read_images(images, masks)


def _check_spelling(style: str) -> None:
    """Raises a `FileNotFoundError` if a style is a misspelled name of one of the paintings."""
    hint = did_you_mean(style, painting_names(), show=str)
    if hint and not Path(style).exists():
        raise FileNotFoundError(
            "Expected a style image, or a learned painting: "
            f"{', '.join(painting_names())}. Received: {style!r}, which does not exist.{hint}"
        )


def multi_picture_notes(settings: Mapping[str, Any]) -> list[str]:
    """A sentence for each input file that contains several pictures."""
    from ..images.image_file import count_pictures

    found = []
    styles = (path for path in settings["style"] if not is_learned(path))
    for path in dict.fromkeys((settings["content"], *styles)):
        if (count := count_pictures(path, "image")) > 1:
            found.append(f"{path} contains {count} pictures. The first one is used.")
    return found


def read_images(
    images: Mapping[str, str], masks: Mapping[str, tuple[str, str]] | None = None
) -> None:
    """Reads images and masks, and discards the output of the decoders.

    Args:
        images: Paths by the name that errors use.
        masks: The path of each mask and the name of its picture, by the name that errors use. The
            picture need not be one of `images`.
    """
    from ..images.masks import read_region
    from ..images.reading import read_image, read_mask
    from ..quiet_tensorflow import captured_stderr

    with captured_stderr([]):
        for name, path in images.items():
            read_image(path, SIZE, name)
        for name, (path, picture) in (masks or {}).items():
            if picture in images:
                read_region(path, images[picture], (SIZE, SIZE), name, picture)
            else:
                read_mask(path, (SIZE, SIZE), name)
