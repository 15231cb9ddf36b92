"""Pictures in every form in which they may arrive, each with the pixels that it has to give."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from PIL import Image

from . import encoders, profiles

HEIGHT, WIDTH = 32, 48
GREYS = (0, 85, 170, 255)
COLORS = ((255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 0))
ALPHAS = (255, 51, 0, 204)
LABS = (
    (54.29, 80.81, 69.89),
    (87.82, -79.27, 80.99),
    (29.57, 68.30, -112.03),
    (97.61, -15.75, 93.39),
)
"""Lab, relative to D50, of `COLORS`."""
INKS = ((255, 0, 0, 0), (0, 255, 0, 0), (0, 0, 255, 0), (0, 0, 0, 255))
LOSSY = 14
"""The largest difference that JPEG may leave in these pictures at full chroma resolution."""
SATURATED = 24
"""The largest difference that 8 bits of Lab may leave in colours as saturated as these."""
FORMATS = {"png": "PNG", "jpg": "JPEG", "webp": "WEBP", "tif": "TIFF", "bmp": "BMP"}


@dataclass(frozen=True)
class Picture:
    """A file and what it shows.

    Attributes:
        name: The file's name.
        data: Its contents.
        expected: Array `(height, width, 3)`, uint8.
        tolerance: The largest difference from it, in pixel values.
        is_blurred: Whether edges are blurred, so that only the mean difference counts.
    """

    name: str
    data: bytes
    expected: np.ndarray
    tolerance: int = 1
    is_blurred: bool = False

    def is_shown_by(self, image: np.ndarray) -> bool:
        """Whether an image shows this picture, as far as the tolerance goes."""
        if image.shape != self.expected.shape:
            return False
        difference = np.abs(image.astype(int) - self.expected)
        worst = difference.mean() if self.is_blurred else difference.max()
        return bool(worst <= self.tolerance)


def quarters(values: Any, dtype: Any = np.uint8) -> np.ndarray:
    """An image of four quarters, so that every turn and mirror image of it differs."""
    index = np.zeros((HEIGHT, WIDTH), int)
    index[: HEIGHT // 2, WIDTH // 2 :] = 1
    index[HEIGHT // 2 :, : WIDTH // 2] = 2
    index[HEIGHT // 2 :, WIDTH // 2 :] = 3
    return np.asarray(values, dtype)[index]


def saved(image: Image.Image, extension: str, **options: Any) -> bytes:
    """The file that Pillow writes."""
    file = io.BytesIO()
    image.save(file, FORMATS[extension], **options)
    return file.getvalue()


def grey(values: Any) -> np.ndarray:
    """Three equal channels."""
    return np.repeat(quarters(values)[..., None], 3, axis=2)


def over_white(colors: Any, alphas: Any) -> np.ndarray:
    """Colours on white, as far as they are opaque."""
    share = quarters(alphas)[..., None] / 255
    return np.rint(quarters(colors) * share + 255 * (1 - share)).astype(np.uint8)


def by_mode() -> dict[str, tuple[Image.Image, np.ndarray]]:
    """An image in each of Pillow's modes, and what it shows."""
    color = Image.fromarray(quarters(COLORS))
    light = Image.fromarray(quarters(GREYS))
    alpha = Image.fromarray(quarters(ALPHAS))
    palette = color.quantize(4)
    # Pillow's raw data has a and b with their sign, and adds 128 to them.
    lab = np.rint(np.array(LABS) * (2.55, 1, 1)).astype(int) & 255
    deep = quarters(np.array(GREYS) * 257, np.uint16)
    inks = quarters(INKS)
    translucent = Image.merge("RGBA", (*color.split(), alpha))
    shadow = Image.merge("LA", (light, alpha))
    palette_alpha = palette.convert("PA")
    palette_alpha.putalpha(alpha)
    repeated = [(value,) * 3 for value in GREYS]
    printed = 255 - np.minimum(255, inks[..., :3].astype(int) + inks[..., 3:])
    modes = {
        "1": (Image.fromarray(quarters((0, 255, 255, 0))).convert("1"), grey((0, 255, 255, 0))),
        "L": (light, grey(GREYS)),
        "LA": (shadow, over_white(repeated, ALPHAS)),
        "La": (shadow.convert("La"), over_white(repeated, ALPHAS)),
        "P": (palette, quarters(COLORS)),
        "PA": (palette_alpha, over_white(COLORS, ALPHAS)),
        "RGB": (color, quarters(COLORS)),
        "RGBX": (color.convert("RGBX"), quarters(COLORS)),
        "RGBA": (translucent, over_white(COLORS, ALPHAS)),
        "RGBa": (translucent.convert("RGBa"), over_white(COLORS, ALPHAS)),
        "CMYK": (Image.fromarray(inks, "CMYK"), printed.astype(np.uint8)),
        "YCbCr": (color.convert("YCbCr"), quarters(COLORS)),
        "HSV": (color.convert("HSV"), quarters(COLORS)),
        "LAB": (Image.fromarray(quarters(lab), "LAB"), quarters(COLORS)),
        "I": (Image.fromarray(quarters(np.array(GREYS) * 257, np.int32)), grey(GREYS)),
        "F": (Image.fromarray(quarters(GREYS, np.float32)), grey(GREYS)),
    }
    for mode, order in (("I;16", "<"), ("I;16L", "<"), ("I;16B", ">"), ("I;16N", "=")):
        data = deep.astype(f"{order}u2").tobytes()
        modes[mode] = (Image.frombytes(mode, (WIDTH, HEIGHT), data), grey(GREYS))
    return modes


def pillow_pictures() -> Iterator[Picture]:
    """Every mode of Pillow in every format that can hold it."""
    for mode, (image, expected) in by_mode().items():
        for extension in FORMATS:
            lossy = extension == "jpg"
            options: dict[str, Any] = {"quality": 100, "subsampling": 0} if lossy else {}
            if extension == "webp":
                # Pillow's own conversion to WebP clips deep grey.
                if mode.startswith("I") or mode == "F":
                    continue
                options = {"lossless": True, "exact": True}
            if extension == "bmp" and mode in ("RGBA", "P"):
                continue  # written in another way below
            try:
                data = saved(image, extension, **options)
            except (OSError, KeyError, ValueError):
                continue  # the format has no such mode
            tolerance = SATURATED if mode == "LAB" else LOSSY if lossy else 3
            yield Picture(f"{mode.replace(';', '-')}.{extension}", data, expected, tolerance)


def png_pictures() -> Iterator[Picture]:
    """Every colour type and depth of PNG, interlaced or not, and transparent colours."""
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
                values = {1: [(grey,) for grey in GREYS], 3: COLORS}.get(
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
    values = quarters(np.array(GREYS) * 257, np.uint16)[..., None]
    hole = {b"tRNS": (85 * 257).to_bytes(2, "big")}
    holed = grey((0, 255, 170, 255))
    yield Picture("hole, 16 bit.png", encoders.png(values, 16, 0, False, hole), holed)
    hole = {b"tRNS": (85).to_bytes(2, "big")}
    yield Picture("hole, 8 bit.png", encoders.png(values // 257, 8, 0, False, hole), holed)
    hole = {b"tRNS": bytes([0, 255, 0, 0, 0, 0])}
    colors = quarters(COLORS)
    holed = colors.copy()
    holed[: HEIGHT // 2, : WIDTH // 2] = 255
    yield Picture("hole, colour.png", encoders.png(colors, 8, 2, False, hole), holed)


def tiff_pictures() -> Iterator[Picture]:
    """Depths, meanings, orders and compressions of TIFF."""
    for depth in (1, 2, 4, 8, 12, 16):
        top = 2**depth - 1
        samples = np.rint(quarters(GREYS)[..., None] / 255 * top).astype(np.uint16)
        shown = np.repeat(np.rint(samples * (255 / top)), 3, axis=2).astype(np.uint8)
        yield Picture(f"grey, {depth} bit.tif", encoders.tiff(samples, depth, 1), shown)
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
    """Depths and orders of BMP; `WIDTH` pixels always fill whole groups of four bytes."""
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
    """JPEG, progressive or with coarse colours, and lossy WebP."""
    image, expected = by_mode()["RGB"]
    for progressive in (False, True):
        for subsampling in (0, 1, 2):
            name = f"subsampling {subsampling}{', progressive' * progressive}.jpg"
            options = {"quality": 97, "subsampling": subsampling, "progressive": progressive}
            yield Picture(name, saved(image, "jpg", **options), expected, LOSSY, True)
    yield Picture("lossy.webp", saved(image, "webp", quality=97), expected, LOSSY, True)


def moving_pictures() -> Iterator[Picture]:
    """Several pictures in one file, of which the first counts."""
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
    """All orientations of EXIF: the scene is upright, however the camera was held."""
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
    """Colours that mean something else than in sRGB, as their ICC profile says."""
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
    tones = quarters(GREYS)
    dark = profiles.grey_profile(1.0)
    shown = profiles.grey_as_srgb(tones, 1.0)
    yield Picture(
        "linear grey.png", saved(Image.fromarray(tones), "png", icc_profile=dark), shown, 2
    )
    deep = Image.fromarray(tones.astype(np.uint16) * 257)
    yield Picture("linear grey, 16 bit.png", saved(deep, "png", icc_profile=dark), shown, 2)
    press = profiles.cmyk_profile()
    inks = Image.fromarray(quarters(INKS), "CMYK")
    labs = np.array([profiles.INKS[tuple(ink // 255 for ink in each)] for each in INKS])
    printed = profiles.lab_as_srgb(quarters(labs, np.float64))
    for extension, tolerance in (("tif", 3), ("jpg", 6)):
        options = {"icc_profile": press} | ({"quality": 100} if extension == "jpg" else {})
        yield Picture(f"inks.{extension}", saved(inks, extension, **options), printed, tolerance)
    # A profile that is damaged, or of other colours, says nothing.
    plain = quarters(COLORS)
    for name, profile in (
        ("damaged", rgb[:200]),
        ("nonsense", b"no profile"),
        ("of inks", press),
        ("of grey", dark),
    ):
        data = saved(Image.fromarray(plain), "png", icc_profile=profile)
        yield Picture(f"profile {name}.png", data, plain, 0)


def every_picture() -> list[Picture]:
    """All of them."""
    return [
        *pillow_pictures(),
        *png_pictures(),
        *tiff_pictures(),
        *bmp_pictures(),
        *lossy_pictures(),
        *moving_pictures(),
        *turned_pictures(),
        *profiled_pictures(),
    ]
