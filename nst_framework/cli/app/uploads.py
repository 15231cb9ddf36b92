"""Uploads: requests with URLs are refused, and images are checked and copied for the run."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from ...images.image_file import open_file
from ...images.masks import read_region
from ...images.reading import image_layout, read_alpha, read_image, read_mask
from ...images.writing import write_image
from ...style_network.archive import check_network
from .form import Images

Message = dict[str, Any]
MAX_BYTES = 2**20
"""Size of the largest request other than an upload, in bytes."""

MAX_PIXELS = 50_000_000
PAINTINGS = "the painting", "the second painting"
SIZE = 16
"""Size at which an image is decoded to check it, in pixels."""


class Guard:
    """ASGI middleware that refuses requests with the URL of a file, which Gradio would download.

    The page never sends one.
    """

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Message, receive: Any, send: Any) -> None:
        """Passes on a request, unless it contains a URL."""
        path = scope.get("path", "")
        if scope["type"] != "http" or scope["method"] != "POST" or path.endswith("/upload"):
            return await self.app(scope, receive, send)
        body, more = b"", True
        while more and len(body) <= MAX_BYTES:
            message = await receive()
            body += message.get("body", b"")
            more = message.get("more_body", False)
        if more or not is_harmless(body):
            await send({"type": "http.response.start", "status": 400, "headers": []})
            await send({"type": "http.response.body", "body": b"Refused."})
            return None
        sent = False

        async def replay() -> Any:
            nonlocal sent
            if sent:
                return await receive()
            sent = True
            return {"type": "http.request", "body": body, "more_body": False}

        return await self.app(scope, replay, send)


def is_harmless(body: bytes) -> bool:
    """Whether a request contains no URL of a file."""
    try:
        paths = [str(path) for path in _paths(json.loads(body))]
    except (ValueError, RecursionError):
        return True  # Not JSON: a form, such as the login.
    return not any("://" in path or path.startswith("//") for path in paths)


def _paths(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        for key, each in value.items():
            yield from [each] if key == "path" else _paths(each)
    elif isinstance(value, list):
        for each in value:
            yield from _paths(each)


def check_upload(path: str | Path, name: str) -> Image.Image:
    """Decodes an uploaded image, which errors call `name`.

    Raises:
        ValueError: If it is not an image or is too large; the message contains no folders.
    """
    path = Path(path)
    if not path.exists():
        raise ValueError(f"{name.capitalize()} was removed. Add it again.")
    try:
        layout = image_layout(path, name)
        if layout.width * layout.height > MAX_PIXELS:
            raise ValueError(
                f"Expected {name} to have at most {MAX_PIXELS:,} pixels. Received: {path.name!r}, "
                f"{layout.width} x {layout.height}. Make it smaller."
            )
        decoded = open_file(path, name)
        read_image(decoded, SIZE, name)
    except (ValueError, OSError, MemoryError) as error:
        raise ValueError(str(error).replace(str(path), path.name)) from error
    return decoded


def check_network_upload(path: str | Path) -> None:
    """Raises a `ValueError` if an upload is not a learned painting."""
    path = Path(path)
    if not path.exists():
        raise ValueError("The learned painting was removed. Add it again.")
    try:
        check_network(path)
    except (ValueError, OSError) as error:
        raise ValueError(str(error).replace(str(path), path.name)) from error


def collect(
    folder: Path,
    content: str | None,
    styles: Sequence[str | None],
    mask: str | None = None,
    drawing: str | None = None,
    needs_style: bool = True,
) -> Images:
    """Checks the images of a run, and copies them to its folder under different names.

    The first painting applies where the mask is white, or where the drawing is opaque; the second
    applies everywhere else.

    Args:
        folder: The folder of the run.
        content: The path of the photograph.
        styles: The paths of up to two paintings.
        mask: The path of a mask, which overrides the drawing.
        drawing: The path of a drawing.
        needs_style: Whether a painting is required; not with a learned painting.
    """
    given = [path for path in styles if path is not None]
    if content is None or (needs_style and not given):
        missing = ["a photograph"] if content is None else []
        missing += ["a painting"] if needs_style and not given else []
        raise ValueError(f"Add {' and '.join(missing)}, then press Start.")
    size = check_upload(content, "the photograph").size
    for path, name in zip(given, PAINTINGS, strict=False):
        check_upload(path, name)
    taken: set[str] = set()
    copies = [_copy(Path(path), folder, taken) for path in (content, *given)]
    masks: tuple[Path, ...] = ()
    levels = _read_levels(content, size[::-1], mask, drawing)
    if levels is not None and not given:
        raise ValueError(
            "A learned painting covers the whole photograph and takes no mask. Remove the mask, or "
            "add the painting itself."
        )
    if levels is not None:
        masks = _write_masks(folder / "masks", levels)[: len(given)]
    return Images(copies[0], tuple(copies[1:]), masks)


def _copy(path: Path, folder: Path, taken: set[str]) -> Path:
    name, number = path.name, 1
    while name.lower() in taken:
        number += 1
        name = f"{path.stem}-{number}{path.suffix}"
    taken.add(name.lower())
    return Path(shutil.copyfile(path, folder / name))


def _read_levels(
    content: str, shape: tuple[int, int], mask: str | None, drawing: str | None
) -> np.ndarray | None:
    """The mask of the first painting, `(height, width)` from 0 to 1; `None`: everywhere."""
    if mask is not None:
        check_upload(mask, "the mask")
        levels = read_region(mask, content, shape, "the mask", "the photograph")
    elif drawing is not None:
        drawn = check_upload(drawing, "the drawing")
        alpha = read_alpha(drawn, drawn.size[::-1], "the drawing")
        if alpha is None or not alpha.any():
            return None  # The drawing is empty or covers everything.
        levels = read_mask(alpha, shape, "the drawing")
    else:
        return None
    if not levels.any():
        raise ValueError(
            "The mask has no white in it. Make it white where the painting applies, or remove it."
        )
    return levels


def _write_masks(folder: Path, levels: np.ndarray) -> tuple[Path, Path]:
    folder.mkdir()
    paths = folder / "mask.png", folder / "mask-inverse.png"
    for path, each in zip(paths, (levels, 1 - levels), strict=True):
        pixels = np.rint(255 * each).astype(np.uint8)
        write_image(path, np.repeat(pixels[..., None], 3, axis=2))
    return paths
