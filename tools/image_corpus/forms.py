"""Images in every supported form, each with its expected pixels."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import numpy as np
from PIL import Image

from . import encoders, profiles
from .deep_tiffs import deep_tiff_pictures
from .described import described_pictures
from .pictures import (
    ALPHAS,
    COLORS,
    GRAYS,
    HEIGHT,
    INKS,
    LOSSY,
    WIDTH,
    Picture,
    by_mode,
    gray,
    pillow_pictures,
    quarters,
    saved,
)


def png_pictures() -> Iterator[Picture]:
    """Every color type and depth of PNG, interlaced or not, and transparent colors."""
    for color_type, channels in encoders.PNG_CHANNELS.items():
        for depth in {0: (1, 2, 4, 8, 16), 3: (1, 2, 4, 8)}.get(color_type, (8, 16)):
            top = 2**depth - 1
            extra = {}
            if color_type == 3:
                count = min(4, top + 1)
                samples = quarters([[number % count] for number in range(4)], np.uint16)
                extra[b"PLTE"] = bytes(np.array(COLORS[:count], np.uint8))
                expected = np.array(COLORS, np.uint8)[samples[..., 0]]
            else:
                values = {1: [(gray,) for gray in GRAYS], 3: COLORS}.get(
                    channels - (color_type >= 4), COLORS
                )
                wide = [(*value, alpha) for value, alpha in zip(values, ALPHAS, strict=True)]
                samples = quarters(wide if color_type >= 4 else values, np.uint16)
                samples = np.rint(samples * (top / 255)).astype(np.uint16)
                shown = np.rint(samples * (255 / top))
                share = shown[..., -1:] / 255 if color_type >= 4 else 1.0
                color = shown[..., :-1] if color_type >= 4 else shown
                expected = np.rint(color * share + 255 * (1 - share)).astype(np.uint8)
                expected = np.broadcast_to(expected, (HEIGHT, WIDTH, 3))
            for interlaced in (False, True):
                name = f"type {color_type}, {depth} bit{', interlaced' * interlaced}.png"
                data = encoders.png(samples, depth, color_type, interlaced, extra)
                yield Picture(name, data, expected)
    values = quarters(np.array(GRAYS) * 257, np.uint16)[..., None]
    hole = {b"tRNS": (85 * 257).to_bytes(2, "big")}
    holed = gray((0, 255, 170, 255))
    yield Picture("hole, 16 bit.png", encoders.png(values, 16, 0, False, hole), holed)
    hole = {b"tRNS": (85).to_bytes(2, "big")}
    yield Picture("hole, 8 bit.png", encoders.png(values // 257, 8, 0, False, hole), holed)
    hole = {b"tRNS": bytes([0, 255, 0, 0, 0, 0])}
    colors = quarters(COLORS)
    holed = colors.copy()
    holed[: HEIGHT // 2, : WIDTH // 2] = 255
    yield Picture("hole, color.png", encoders.png(colors, 8, 2, False, hole), holed)


def tiff_pictures() -> Iterator[Picture]:
    """Depths, photometric interpretations, layouts and compressions of TIFF."""
    for depth in (1, 2, 4, 8, 12, 16):
        top = 2**depth - 1
        samples = np.rint(quarters(GRAYS)[..., None] / 255 * top).astype(np.uint16)
        shown = np.repeat(np.rint(samples * (255 / top)), 3, axis=2).astype(np.uint8)
        yield Picture(f"gray, {depth} bit.tif", encoders.tiff(samples, depth, 1), shown)
        if depth != 12:  # Pillow does not read these
            data = encoders.tiff(samples, depth, 0)
            yield Picture(f"white is zero, {depth} bit.tif", data, 255 - shown)
    for depth in (8, 16):
        colors = quarters(COLORS, np.uint16) * (257 if depth == 16 else 1)
        yield Picture(f"RGB, {depth} bit.tif", encoders.tiff(colors, depth, 2), quarters(COLORS))
    by = by_mode()
    for compression in ("tiff_lzw", "tiff_adobe_deflate", "packbits", "jpeg"):
        for mode in ("L", "RGB"):
            image, expected = by[mode]
            options = {"quality": 100} if compression == "jpeg" else {}
            data = saved(image, "tif", compression=compression, **options)
            yield Picture(f"{mode}, {compression}.tif", data, expected, LOSSY if options else 1)
    for compression in ("group3", "group4"):
        image, expected = by["1"]
        yield Picture(f"{compression}.tif", saved(image, "tif", compression=compression), expected)
    data = saved(by["RGB"][0], "tif", big_tiff=True)
    yield Picture("big.tif", data, quarters(COLORS))


def bmp_pictures() -> Iterator[Picture]:
    """Depths and row orders of BMP; `WIDTH` pixels always fill a multiple of four bytes."""
    palette = b"".join(bytes([blue, green, red, 0]) for red, green, blue in COLORS)
    index = quarters(range(4))
    expected = quarters(COLORS)
    for bits in (4, 8):
        rows = [encoders.packed(row, bits) for row in index]
        size = (WIDTH, HEIGHT)
        yield Picture(f"{bits} bit.bmp", encoders.bmp(rows[::-1], size, bits, palette), expected)
        size = (WIDTH, -HEIGHT)
        yield Picture(
            f"{bits} bit, top-down.bmp", encoders.bmp(rows, size, bits, palette), expected
        )
    half = WIDTH // 2
    runs = [bytes([half, row[0], half, row[-1], 0, 0]) for row in index[::-1]]
    data = encoders.bmp([*runs, b"\0\1"], (WIDTH, HEIGHT), 8, palette, 1)
    yield Picture("RLE8.bmp", data, expected)
    for bits in (24, 32):
        pixels = [row[:, ::-1].tobytes() for row in expected[::-1]]
        if bits == 32:
            pixels = [np.insert(row[:, ::-1], 3, 0, axis=1).tobytes() for row in expected[::-1]]
        yield Picture(f"{bits} bit.bmp", encoders.bmp(pixels, (WIDTH, HEIGHT), bits), expected)
    bright = expected // 255 * 31
    words = bright.astype("<u2") @ np.array([1024, 32, 1], "<u2")
    rows = [row.tobytes() for row in words[::-1]]
    yield Picture("16 bit.bmp", encoders.bmp(rows, (WIDTH, HEIGHT), 16), expected)


def lossy_pictures() -> Iterator[Picture]:
    """JPEG, progressive or with chroma subsampling, and lossy WebP."""
    image, expected = by_mode()["RGB"]
    for progressive in (False, True):
        for subsampling in (0, 1, 2):
            name = f"subsampling {subsampling}{', progressive' * progressive}.jpg"
            options = {"quality": 97, "subsampling": subsampling, "progressive": progressive}
            yield Picture(name, saved(image, "jpg", **options), expected, LOSSY, True)
    yield Picture("lossy.webp", saved(image, "webp", quality=97), expected, LOSSY, True)


def moving_pictures() -> Iterator[Picture]:
    """Files of several images, of which the first is read."""
    image, expected = by_mode()["RGB"]
    others = [Image.new("RGB", image.size, "white"), Image.new("RGB", image.size, "black")]
    for extension in ("png", "webp", "tif"):
        options: dict[str, Any] = {"lossless": True} if extension == "webp" else {}
        data = saved(image, extension, save_all=True, append_images=others, **options)
        yield Picture(f"moving.{extension}", data, expected)
    file = io.BytesIO()
    image.save(file, "MPO", save_all=True, append_images=others, quality=100, subsampling=0)
    yield Picture("several.jpg", file.getvalue(), expected, LOSSY)


def turned_pictures() -> Iterator[Picture]:
    """All EXIF orientations; the image is always upright."""
    turns = (
        None,
        Image.Transpose.FLIP_LEFT_RIGHT,
        Image.Transpose.ROTATE_180,
        Image.Transpose.FLIP_TOP_BOTTOM,
        Image.Transpose.TRANSPOSE,
        Image.Transpose.ROTATE_90,
        Image.Transpose.TRANSVERSE,
        Image.Transpose.ROTATE_270,
    )
    for mode in ("L", "RGB"):
        image, expected = by_mode()[mode]
        for orientation, turn in enumerate(turns, start=1):
            stored = image if turn is None else image.transpose(turn)
            exif = Image.Exif()
            exif[0x0112] = orientation
            for extension, options in (
                ("png", {}),
                ("jpg", {"quality": 100, "subsampling": 0}),
                ("webp", {"lossless": True}),
                ("tif", {}),
                ("tif", {"compression": "tiff_lzw"}),
            ):
                kind = options.get("compression", "plain")
                name = f"orientation {orientation}, {mode}, {kind}.{extension}"
                data = saved(stored, extension, exif=exif, **options)
                yield Picture(name, data, expected, LOSSY if extension == "jpg" else 1)


def profiled_pictures() -> Iterator[Picture]:
    """Colors in other spaces than sRGB, described by ICC profiles."""
    gamma = 563 / 256
    wide = ((200, 60, 60), (120, 200, 110), (70, 60, 150), (128, 128, 128))
    pixels = quarters(wide)
    rgb = profiles.rgb_profile(profiles.ADOBE_RGB, gamma)
    expected = profiles.adobe_rgb_as_srgb(pixels, gamma)
    image = Image.fromarray(pixels)
    for extension in ("png", "jpg", "webp", "tif"):
        options: dict[str, Any] = {"icc_profile": rgb}
        if extension == "jpg":
            options |= {"quality": 100, "subsampling": 0}
        if extension == "webp":
            options["lossless"] = True
        data = saved(image, extension, **options)
        yield Picture(f"wide gamut.{extension}", data, expected, 4 if extension == "jpg" else 2)
    data = saved(image.quantize(4), "png", icc_profile=rgb)
    yield Picture("wide gamut, palette.png", data, expected, 2)
    clear = image.copy()
    clear.putalpha(Image.fromarray(quarters(ALPHAS)))
    share = quarters(ALPHAS)[..., None] / 255
    blended = np.rint(expected * share + 255 * (1 - share)).astype(np.uint8)
    data = saved(clear, "png", icc_profile=rgb)
    yield Picture("wide gamut, transparent.png", data, blended, 2)
    tones = quarters(GRAYS)
    dark = profiles.gray_profile(1.0)
    shown = profiles.gray_as_srgb(tones, 1.0)
    yield Picture(
        "linear gray.png", saved(Image.fromarray(tones), "png", icc_profile=dark), shown, 2
    )
    deep = Image.fromarray(tones.astype(np.uint16) * 257)
    yield Picture("linear gray, 16 bit.png", saved(deep, "png", icc_profile=dark), shown, 2)
    press = profiles.cmyk_profile()
    inks = Image.fromarray(quarters(INKS), "CMYK")
    labs = np.array([profiles.INKS[tuple(ink // 255 for ink in each)] for each in INKS])
    printed = profiles.lab_as_srgb(quarters(labs, np.float64))
    for extension, tolerance in (("tif", 3), ("jpg", 6)):
        options = {"icc_profile": press} | ({"quality": 100} if extension == "jpg" else {})
        yield Picture(f"inks.{extension}", saved(inks, extension, **options), printed, tolerance)
    # A profile that is damaged, or of another color model, is ignored.
    plain = quarters(COLORS)
    for name, profile in (
        ("damaged", rgb[:200]),
        ("nonsense", b"no profile"),
        ("of inks", press),
        ("of gray", dark),
    ):
        data = saved(Image.fromarray(plain), "png", icc_profile=profile)
        yield Picture(f"profile {name}.png", data, plain, 0)


def every_picture() -> list[Picture]:
    """All images in every form."""
    return [
        *pillow_pictures(),
        *png_pictures(),
        *tiff_pictures(),
        *deep_tiff_pictures(),
        *described_pictures(),
        *bmp_pictures(),
        *lossy_pictures(),
        *moving_pictures(),
        *turned_pictures(),
        *profiled_pictures(),
    ]
