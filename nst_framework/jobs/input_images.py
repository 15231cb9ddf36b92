"""The images of a run, read once before Keras is loaded, so that a bad one is reported at once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..paintings import is_learned
from ..settings.learned import has_learned_style
from ..settings.table import SETTINGS

SIZE = 16
"""Size to which they are read, in pixels."""


def check_images(settings: Mapping[str, Any], content: bool = True) -> None:
    """Reads the content, the styles, their masks and the starting image of a run.

    Args:
        settings: The settings of the run.
        content: Whether the content is an image.
    """
    from ..images.styles import style_names
    from ..style_network.archive import check_network

    names = style_names(len(settings["style"]))
    images = {"content": settings["content"]} if content else {}
    if not has_learned_style(settings):
        images |= dict(zip(names, settings["style"], strict=True))
    initial_image = settings.get("initial_image", "content")
    if is_learned(initial_image):
        check_network(initial_image)
    elif initial_image not in SETTINGS["initial_image"].words:
        images["initial_image"] = initial_image
    masks = {}
    for option, kind in (("style_masks", "mask"), ("content_masks", "content mask")):
        # Whether there is one for each style is checked elsewhere.
        for name, path in zip(names, settings.get(option, ()), strict=False):
            if path != "none":
                picture = name if option == "style_masks" else "content"
                masks[f"the {kind} of {name}"] = (path, picture)
    read_images(images, masks)


def several_pictures(settings: Mapping[str, Any]) -> list[str]:
    """A sentence for each image of a run whose file has several pictures."""
    from ..images.image_file import count_pictures

    found = []
    styles = (path for path in settings["style"] if not is_learned(path))
    for path in dict.fromkeys((settings["content"], *styles)):
        if (count := count_pictures(path, "image")) > 1:
            found.append(f"{path} has {count} pictures, of which the first is taken.")
    return found


def read_images(
    images: Mapping[str, str], masks: Mapping[str, tuple[str, str]] | None = None
) -> None:
    """Reads images and masks, named as in errors, and discards what the decoders print.

    With each mask comes the name of its picture, which need not be an image.
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
