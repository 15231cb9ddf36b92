"""What visitors send: addresses are refused, and images checked and copied for the run."""

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
MOST_BYTES = 2**20
"""Bytes of the largest request that is no upload."""

MOST_PIXELS = 50_000_000
PAINTINGS = "the painting", "the second painting"
SIZE = 16
"""Size to which an image is read to see whether it is one, in pixels."""


class Guard:
    """An ASGI application that refuses file addresses, which Gradio's, behind it, would download.

    The page never sends them.
    """

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Message, receive: Any, send: Any) -> None:
        """Passes a request on, unless it names an address."""
        path = scope.get("path", "")
        if scope["type"] != "http" or scope["method"] != "POST" or path.endswith("/upload"):
            return await self.app(scope, receive, send)
        body, more = b"", True
        while more and len(body) <= MOST_BYTES:
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
    """Whether a request names no file by an address."""
    try:
        paths = [str(path) for path in _paths(json.loads(body))]
    except (ValueError, RecursionError):
        return True  # A form, such as that of the password.
    return not any("://" in path or path.startswith("//") for path in paths)


def _paths(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        for key, each in value.items():
            yield from [each] if key == "path" else _paths(each)
    elif isinstance(value, list):
        for each in value:
            yield from _paths(each)


def check_upload(path: str | Path, name: str) -> Image.Image:
    """Decodes an upload; a `ValueError` says in a sentence, without folders, why it is none.

    `name` is what errors call it.
    """
    path = Path(path)
    if not path.exists():
        raise ValueError(f"{name.capitalize()} is no longer here. Drop it in again.")
    try:
        layout = image_layout(path, name)
        if layout.width * layout.height > MOST_PIXELS:
            raise ValueError(
                f"Expected {name} to have at most {MOST_PIXELS:,} pixels. Received: {path.name!r}, "
                f"{layout.width} x {layout.height}. Make it smaller."
            )
        decoded = open_file(path, name)
        read_image(decoded, SIZE, name)
    except (ValueError, OSError, MemoryError) as error:
        raise ValueError(str(error).replace(str(path), path.name)) from error
    return decoded


def check_network_upload(path: str | Path) -> None:
    """Raises a `ValueError` if an upload is no learned painting."""
    path = Path(path)
    if not path.exists():
        raise ValueError("The learned painting is no longer here. Drop it in again.")
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
    """Copies the images of a run to its folder, each under a name of its own.

    The first painting goes where the mask is white, or else where the drawing is opaque; the second
    one goes everywhere else. A learned painting needs no style image.
    """
    given = [path for path in styles if path is not None]
    if content is None or (needs_style and not given):
        missing = "a photograph" if content is None else "a painting"
        raise ValueError(f"Expected a photograph and a painting. Received: no {missing[2:]}.")
    size = check_upload(content, "the photograph").size
    for path, name in zip(given, PAINTINGS, strict=False):
        check_upload(path, name)
    taken: set[str] = set()
    copies = [_copy(Path(path), folder, taken) for path in (content, *given)]
    masks: tuple[Path, ...] = ()
    levels = _read_levels(content, size[::-1], mask, drawing)
    if levels is not None and not given:
        raise ValueError(
            "Expected a painting for the mask, since a learned one paints all of the photograph. "
            "Received: a mask alone. Take the mask out, or drop in the painting."
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
    """Where the first painting goes, `(height, width)` from 0 to 1; `None`: everywhere."""
    if mask is not None:
        check_upload(mask, "the mask")
        levels = read_region(mask, content, shape, "the mask", "the photograph")
    elif drawing is not None:
        drawn = check_upload(drawing, "the drawing")
        alpha = read_alpha(drawn, drawn.size[::-1], "the drawing")
        if alpha is None or not alpha.any():
            return None  # Nothing was drawn, or everything.
        levels = read_mask(alpha, shape, "the drawing")
    else:
        return None
    if not levels.any():
        raise ValueError(
            "Expected a mask with some white in it. Received: none. Take the mask out, or paint "
            "white where the painting goes."
        )
    return levels


def _write_masks(folder: Path, levels: np.ndarray) -> tuple[Path, Path]:
    folder.mkdir()
    paths = folder / "mask.png", folder / "mask-inverse.png"
    for path, each in zip(paths, (levels, 1 - levels), strict=True):
        pixels = np.rint(255 * each).astype(np.uint8)
        write_image(path, np.repeat(pixels[..., None], 3, axis=2))
    return paths
