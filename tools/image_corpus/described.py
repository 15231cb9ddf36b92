"""PNGs and AVIFs that describe a transparent color or their color space by numbers."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Any

import numpy as np
from PIL import Image

from . import encoders, profiles
from .pictures import ALPHAS, COLORS, Picture, gray, over_white, quarters, saved

MUTED = ((200, 40, 40), (120, 200, 110), (70, 60, 150), (128, 128, 128))
SHADES = (0, 64, 128, 255)

ADOBE_RGB = (0.3127, 0.329, 0.64, 0.33, 0.21, 0.71, 0.15, 0.06)
"""The chromaticities x and y of white, red, green and blue."""

SRGB_TO_BT2020 = np.array(
    [[0.6274, 0.3293, 0.0433], [0.0691, 0.9195, 0.0114], [0.0164, 0.0880, 0.8956]]
)
"""Of linear light (ITU-R BT.2087)."""

P3_TO_SRGB = np.array([[1.2249, -0.2247, 0.0], [-0.0420, 1.0419, 0.0], [-0.0197, -0.0786, 1.0979]])
"""Of linear light, from Display P3."""


def described_pictures() -> Iterator[Picture]:
    """Transparent colors of every depth, and every way to describe colors."""
    for depth in (1, 2, 4):
        top = 2**depth - 1
        samples = np.minimum(quarters((0, 1, 2, 3), np.uint16), top)[..., None]
        expected = np.where(samples[..., 0] == 1, 255, np.rint(samples[..., 0] * (255 / top)))
        data = encoders.png(samples, depth, 0, extra={b"tRNS": struct.pack(">H", 1)})
        shown = np.repeat(expected[..., None], 3, axis=2).astype(np.uint8)
        yield Picture(f"hole, {depth} bit.png", data, shown)
    deep = quarters(COLORS, np.uint16) * 257
    holed = quarters(COLORS).copy()
    holed[holed.shape[0] // 2 :, : holed.shape[1] // 2] = 255
    data = encoders.png(deep, 16, 2, extra={b"tRNS": struct.pack(">3H", 0, 0, 65535)})
    yield Picture("hole, color, 16 bit.png", data, holed)
    yield from _described_colors()
    yield from _avif_pictures()


def _described_colors() -> Iterator[Picture]:
    muted = quarters(MUTED)
    light = quarters(SHADES)
    gamma = {b"gAMA": struct.pack(">I", 100_000)}
    linear = _encoded(muted / 255)
    yield _picture("gamma", muted, gamma, linear)
    yield Picture(
        "gamma, gray.png",
        encoders.png(light[..., None].astype(np.uint16), 8, 0, extra=gamma),
        _encoded(gray(SHADES) / 255),
        2,
    )
    half = {b"gAMA": struct.pack(">I", 50_000), b"cHRM": _chromaticities(ADOBE_RGB)}
    adobe = profiles.adobe_rgb_as_srgb(muted, 2.0)
    yield _picture("gamma and primaries", muted, half, adobe)
    usual = {b"gAMA": struct.pack(">I", 45_455)}
    yield _picture("gamma of sRGB", muted, usual, muted, 0)
    srgb = {b"cHRM": _chromaticities((0.3127, 0.329, 0.64, 0.33, 0.3, 0.6, 0.15, 0.06))}
    yield _picture("gamma and primaries of sRGB", muted, usual | srgb, muted, 0)
    yield _picture("sRGB before gamma", muted, {b"sRGB": b"\0"} | gamma, muted, 0)
    press = profiles.rgb_profile(profiles.ADOBE_RGB, 2.0)
    own = {b"iCCP": b"a\0\0" + encoders.compressed(press)}
    yield _picture("profile before gamma", muted, own | gamma, adobe)
    pure = {b"cICP": bytes([1, 13, 0, 1])}
    yield _picture("coding before profile", muted, pure | own | gamma, muted, 0)
    yield _picture("unknown coding", muted, {b"cICP": bytes([200, 13, 0, 1])} | own, adobe)
    wide = _encoded(_linear(muted) @ P3_TO_SRGB.T)
    yield _picture("Display P3", muted, {b"cICP": bytes([12, 13, 0, 1])}, wide)
    yield _picture("linear coding", muted, {b"cICP": bytes([1, 8, 0, 1])}, linear)
    nits = 203 * _linear(muted) @ SRGB_TO_BT2020.T
    deep = np.rint(65535 * _pq(nits)).astype(np.uint16)
    data = encoders.png(deep, 16, 2, extra={b"cICP": bytes([9, 16, 0, 1])})
    yield Picture("PQ.png", data, muted, 4)
    for name, bad in (
        ("gamma 0", {b"gAMA": bytes(4)}),
        ("primaries 0", {b"cHRM": bytes(32)}),
        ("primaries on a line", {b"cHRM": _chromaticities((0.3, 0.3) * 4)}),
    ):
        yield _picture(name, muted, bad, muted, 0)


def _avif_pictures() -> Iterator[Picture]:
    """AVIF with transparency, rotation, a profile, and numbers for its color space."""
    image, muted = Image.fromarray(quarters(COLORS)), quarters(MUTED)
    options: dict[str, Any] = {"quality": 100, "subsampling": "4:4:4"}
    yield Picture("RGB.avif", saved(image, "avif", **options), quarters(COLORS), 4)
    clear = image.copy()
    clear.putalpha(Image.fromarray(quarters(ALPHAS)))
    expected = over_white(COLORS, ALPHAS)
    yield Picture("RGBA.avif", saved(clear, "avif", **options), expected, 4)
    exif = Image.Exif()
    exif[0x0112] = 6
    lying = image.transpose(Image.Transpose.ROTATE_90)
    data = saved(lying, "avif", exif=exif, **options)
    yield Picture("orientation 6.avif", data, quarters(COLORS), 4)
    press = profiles.rgb_profile(profiles.ADOBE_RGB, 2.0)
    plain = Image.fromarray(muted)
    data = saved(plain, "avif", icc_profile=press, **options)
    yield Picture("wide gamut.avif", data, profiles.adobe_rgb_as_srgb(muted, 2.0), 4)
    data = saved(plain, "avif", **options)
    place = data.index(b"colrnclx") + 8
    coded = data[:place] + struct.pack(">HH", 12, 13) + data[place + 4 :]
    wide = _encoded(_linear(muted) @ P3_TO_SRGB.T)
    yield Picture("Display P3.avif", coded, wide, 6)
    frames = {"save_all": True, "append_images": [Image.new("RGB", image.size)]}
    yield Picture("moving.avif", saved(image, "avif", **frames, **options), quarters(COLORS), 4)


def _picture(
    name: str, pixels: np.ndarray, chunks: dict[bytes, bytes], expected: np.ndarray, most: int = 2
) -> Picture:
    data = encoders.png(pixels.astype(np.uint16), 8, 2, extra=chunks)
    return Picture(f"{name}.png", data, expected, most)


def _chromaticities(numbers: tuple[float, ...]) -> bytes:
    return struct.pack(">8I", *(round(100_000 * number) for number in numbers))


def _linear(pixels: np.ndarray) -> np.ndarray:
    value = pixels / 255
    return np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)


def _encoded(linear: np.ndarray) -> np.ndarray:
    light = np.clip(linear, 0, 1)
    curved = np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)
    return np.rint(255 * curved).astype(np.uint8)


def _pq(nits: np.ndarray) -> np.ndarray:
    """SMPTE ST 2084."""
    power = (np.maximum(nits, 0) / 10000) ** 0.1593017578125
    return ((0.8359375 + 18.8515625 * power) / (1 + 18.6875 * power)) ** 78.84375
