"""TIFFs with more than 8 bits, floats, signed samples, planes and tiles, in both byte orders."""

from __future__ import annotations

import io
from collections.abc import Iterator

import numpy as np
import tifffile
from PIL import Image

from . import encoders
from .pictures import (
    ALPHAS,
    COLORS,
    GRAYS,
    INKS,
    Picture,
    by_mode,
    gray,
    over_white,
    quarters,
    saved,
)

WHITES = {
    "u1": 255,
    "u2": 65535,
    "u4": 2**32 - 1,
    "i1": 127,
    "i2": 32767,
    "i4": 2**31 - 1,
    "f2": 1.0,
    "f4": 1.0,
    "f8": 1.0,
}
"""The value of white for each sample type."""

CONTENTS = {
    "gray": ([(value,) for value in GRAYS], "minisblack", gray(GRAYS)),
    "negative": ([(value,) for value in GRAYS], "miniswhite", 255 - gray(GRAYS)),
    "gray, alpha": (
        [(value, alpha) for value, alpha in zip(GRAYS, ALPHAS, strict=True)],
        "minisblack",
        over_white([(value,) * 3 for value in GRAYS], ALPHAS),
    ),
    "RGB": (COLORS, "rgb", quarters(COLORS)),
    "RGBA": (
        [(*color, alpha) for color, alpha in zip(COLORS, ALPHAS, strict=True)],
        "rgb",
        over_white(COLORS, ALPHAS),
    ),
    "CMYK": (INKS, "separated", by_mode()["CMYK"][1]),
}
"""The values of the four quarters, their interpretation, and the expected image."""

LAYOUTS = (
    ("<", False, "contig", None, None),
    (">", True, "contig", (16, 16), "zlib"),
    ("<", False, "separate", None, None),
    (">", False, "separate", (16, 16), None),
    (">", True, "separate", None, "zlib"),
    (">", False, "contig", None, "zlib"),
)
"""Byte order, BigTIFF or not, planes, tiles and compression."""


def deep_tiff_pictures() -> Iterator[Picture]:
    """All sample types, contents and layouts, and files that `tifffile` cannot write."""
    for kind, white in WHITES.items():
        for content in CONTENTS:
            for layout in LAYOUTS:
                yield _picture(kind, white, content, *layout)
    yield from _compressed_pictures()
    yield from _video_pictures()
    for depth in (12, 10, 4):
        samples = quarters(COLORS, np.uint16) // 255 * (2**depth - 1)
        data = encoders.tiff(samples, depth, 2)
        yield Picture(f"RGB, {depth} bit, packed.tif", data, quarters(COLORS))
    alpha = quarters(ALPHAS, np.uint16)[..., None]
    samples = np.concatenate([quarters(COLORS) // 255 * alpha, alpha], axis=2) * np.uint16(257)
    data = _written(np.moveaxis(samples, -1, 0), "rgb", "assocalpha", "<", False, "separate")
    yield Picture("premultiplied, 16 bit.tif", data, over_white(COLORS, ALPHAS), 2)


def _picture(
    kind: str,
    white: float,
    content: str,
    order: str,
    is_big: bool,
    planes: str,
    tile: tuple[int, int] | None,
    compression: str | None,
) -> Picture:
    values, meaning, expected = CONTENTS[content]
    samples = quarters(values, np.float64) / 255 * white
    samples = (np.rint(samples) if kind[0] != "f" else samples).astype(kind)
    extra = "unassalpha" if content in ("gray, alpha", "RGBA") else None
    if planes == "separate" and samples.shape[-1] > 1:
        samples = np.moveaxis(samples, -1, 0)
    if samples.shape[-1] == 1:
        samples, planes = samples[..., 0], "contig"
    data = _written(samples, meaning, extra, order, is_big, planes, tile, compression)
    name = f"{content}, {kind}, {'big, ' * is_big}{'MM' if order == '>' else 'II'}, {planes}"
    name += f"{', tiles' * (tile is not None)}{', ' * bool(compression)}{compression or ''}.tif"
    return Picture(name, data, expected, 3)


def _written(
    samples: np.ndarray,
    meaning: str,
    extra: str | None,
    order: str,
    is_big: bool,
    planes: str,
    tile: tuple[int, int] | None = None,
    compression: str | None = None,
) -> bytes:
    file = io.BytesIO()
    tifffile.imwrite(
        file,
        samples,
        photometric=meaning,
        extrasamples=extra and [extra],
        byteorder=order,
        bigtiff=is_big,
        planarconfig=planes if samples.ndim == 3 else None,
        tile=tile,
        compression=compression,
        metadata=None,
    )
    return file.getvalue()


def _compressed_pictures() -> Iterator[Picture]:
    """LZW with predictors, as most programs write it."""
    deep = quarters(COLORS, np.uint16) * 257
    wide = quarters(COLORS, np.uint32) * 16843009
    real = quarters(COLORS, np.float32) / 255
    for name, samples, form in (("16", deep, 1), ("32", wide, 1), ("float", real, 3)):
        depth = 8 * samples.itemsize
        for predictor in (1, 2, 3) if form == 3 else (1, 2):
            tags = {259: [5], 317: [predictor], 339: [form] * 3}
            rows = _differences(samples, predictor)
            data = encoders.tiff(samples, depth, 2, tags, _lzw(rows))
            yield Picture(f"RGB, {name}, LZW, predictor {predictor}.tif", data, quarters(COLORS))
    alpha = np.dstack([quarters(GRAYS), quarters(ALPHAS)]).astype(np.uint16) * 257
    tags = {259: [5], 317: [2], 338: [2]}
    data = encoders.tiff(alpha, 16, 1, tags, _lzw(_differences(alpha, 2)))
    yield Picture("gray, alpha, LZW.tif", data, CONTENTS["gray, alpha"][2])


def _differences(samples: np.ndarray, predictor: int) -> bytes:
    """The output of a predictor for samples `(height, width, channels)`."""
    if predictor == 1:
        return samples.tobytes()
    whole = samples.view(f"u{samples.itemsize}")
    if predictor == 3:
        height, _, channels = samples.shape
        parts = whole.astype(whole.dtype.newbyteorder(">")).view(np.uint8)
        planes = parts.reshape(height, -1, samples.itemsize).transpose(0, 2, 1)
        whole = planes.reshape(height, -1, channels)
    return np.diff(whole, axis=1, prepend=whole.dtype.type(0)).tobytes()


def _lzw(content: bytes) -> bytes:
    """LZW data, extracted from the single strip of a TIFF that Pillow writes."""
    row = Image.frombytes("L", (len(content), 1), content)
    data = saved(row, "tif", compression="tiff_lzw")
    with Image.open(io.BytesIO(data)) as image:
        (offset,), (length,) = image.tag_v2[273], image.tag_v2[279]  # type: ignore[attr-defined]
    return data[offset : offset + length]


def _video_pictures() -> Iterator[Picture]:
    """Uncompressed YCbCr, with and without chroma subsampling, in full and video range."""
    full = np.asarray(Image.fromarray(quarters(COLORS)).convert("YCbCr")).astype(np.uint16)
    video = np.rint(full * (np.array([219, 224, 224]) / 255) + 16).astype(np.uint16)
    for name, samples, ends in (("full", full, None), ("video", video, (16, 235, 128, 240))):
        tags = {} if ends is None else {532: [x for end in (*ends, 128, 240) for x in (end, 1)]}
        data = encoders.tiff(samples, 8, 6, {530: [1, 1], **tags})
        yield Picture(f"YCbCr, {name}.tif", data, quarters(COLORS), 3)
        light = samples[..., 0].reshape(len(samples) // 2, 2, -1, 2).swapaxes(1, 2)
        units = np.concatenate(
            [light.reshape(*light.shape[:2], 4), samples[::2, ::2, 1:]], axis=2
        ).astype(np.uint8)
        data = encoders.tiff(samples, 8, 6, tags, units.tobytes())
        yield Picture(f"YCbCr, {name}, shared.tif", data, quarters(COLORS), 3)
