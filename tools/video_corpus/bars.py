"""Clips of color bars: pixel aspect ratios, high dynamic range, matrices, ranges and formats."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from functools import partial
from itertools import product
from pathlib import Path

import av
import numpy as np

from nst_framework.video import open_video

from . import coded
from .clip import Clip

HEIGHT, WIDTH = 48, 128
LOSSLESS = {"x265-params": "log-level=none:lossless=1:bframes=0"}


def clips() -> Iterator[Clip]:
    """All clips of this module."""
    yield from _aspects()
    yield from _high_dynamic_range()
    yield from _matrices()
    yield from _formats()


def frames_of(path: Path) -> list[np.ndarray]:
    """The frames of a clip as the package reads them."""
    return list(open_video(path))


def expect(frame: np.ndarray, expected: np.ndarray, tolerance: int) -> None:
    """Raises an `AssertionError` if colors differ by more than the tolerance."""
    difference = np.abs(frame.astype(int) - expected)
    assert difference.max() <= tolerance, f"colors: {frame.tolist()}, not {expected.tolist()}"


def check_bars(
    path: Path, tolerance: int = 2, shape: tuple[int, int] | None = None, gray: bool = False
) -> None:
    """Raises an `AssertionError` if a clip does not show the bars."""
    first = frames_of(path)[0][..., :3]
    height, width, _ = first.shape
    assert shape is None or (height, width) == shape, f"{(height, width)}, not {shape}"
    count = len(coded.COLORS)
    middles = first[height // 2, (2 * np.arange(count) + 1) * width // (2 * count)]
    expected = coded.COLORS
    if gray:
        expected = np.rint(expected @ [[0.299], [0.587], [0.114]] * np.ones(3))
    expect(middles, expected, tolerance)


def bars_frame(
    height: int, width: int, form: str, matrix: int = 6, is_full: bool = False
) -> av.VideoFrame:
    """A frame of the bars, encoded with a matrix."""
    return coded.coded_frame(coded.bars(height, width) / 255, form, matrix, is_full)


def _light_bars(
    transfer: Callable[[np.ndarray], np.ndarray],
    form: str,
    primaries: np.ndarray = coded.TO_BT2020,
    matrix: int = 9,
    is_full: bool = False,
) -> av.VideoFrame:
    light = coded.light_of(coded.bars(HEIGHT, WIDTH)) @ primaries.T
    return coded.coded_frame(transfer(light), form, matrix, is_full)


def _bars_clip(
    name: str,
    stands_for: str,
    codec: str,
    frame: Callable[[], av.VideoFrame],
    *,
    tags: tuple[int, int, int, int] = (2, 2, 2, 0),
    aspect: Fraction | None = None,
    options: dict[str, str] | None = None,
    check: Callable[[Path], None] = check_bars,
) -> Clip:
    def make(path: Path) -> None:
        coded.write_clip(path, codec, [frame(), frame()], tags=tags, aspect=aspect, options=options)

    return Clip(name, stands_for, make, check)


def _aspects() -> Iterator[Clip]:
    kinds = [
        ("dv-pal.mov", "dvvideo", 576, 720, Fraction(16, 15), 768),
        ("dvd-ntsc-wide.mpg", "mpeg2video", 480, 720, Fraction(32, 27), 853),
        ("narrow.mp4", "libx264", 480, 720, Fraction(8, 9), 640),
        ("hdv.mkv", "libx264", 120, 160, Fraction(4, 3), 213),
    ]
    for name, codec, height, width, aspect, new_width in kinds:
        yield _bars_clip(
            name,
            f"a pixel aspect ratio of {aspect}",
            codec,
            partial(bars_frame, height, width, "yuv420p"),
            aspect=aspect,
            options={"b": "8000000"} if codec == "mpeg2video" else None,
            check=partial(check_bars, tolerance=5, shape=(height, new_width)),
        )


def _high_dynamic_range() -> Iterator[Clip]:
    def srgb_clip(
        name: str, stands_for: str, frame: Callable[[], av.VideoFrame], *tags: int
    ) -> Clip:
        return _bars_clip(name, stands_for, "ffv1", frame, tags=tags)  # type: ignore[arg-type]

    for name, transfer, number in (("pq", coded.pq_of, 16), ("hlg", coded.hlg_of, 18)):
        frame = partial(_light_bars, transfer, "yuv420p10le")
        yield _bars_clip(
            f"{name}.mp4",
            "a telephone's or a camera's high dynamic range",
            "libx265",
            frame,
            tags=(9, 9, number, 1),
            options=LOSSLESS,
        )
        yield srgb_clip(f"{name}-only.mkv", "no tag but the transfer's", frame, 2, 2, number, 0)
        deep = partial(_light_bars, transfer, "yuv444p12le", is_full=True)
        yield srgb_clip(f"{name}-12-bits.mkv", "12 bits of full range", deep, 9, 9, number, 2)
        alpha = partial(_light_bars, transfer, "yuva444p10le")
        yield srgb_clip(f"{name}-alpha.mkv", "high dynamic range, alpha", alpha, 9, 9, number, 1)
    srgb = partial(_light_bars, coded.srgb_of, "yuv420p10le")
    yield srgb_clip("bt2020.mkv", "BT.2020, standard dynamic range", srgb, 9, 9, 13, 1)
    screen = partial(_light_bars, coded.srgb_of, "yuv420p10le", coded.TO_P3, 1)
    yield srgb_clip("p3.mkv", "a recording of a Display P3 screen", screen, 1, 12, 13, 1)
    linear = partial(_light_bars, np.asarray, "gbrp16le", np.eye(3), is_full=True)
    yield srgb_clip("linear.mkv", "linear light of a renderer", linear, 0, 1, 8, 2)


def _matrices() -> Iterator[Clip]:
    for matrix, is_full in product((1, 4, 5, 6, 7), (False, True)):
        yield _bars_clip(
            f"matrix-{matrix}-{'full' if is_full else 'limited'}.mkv",
            f"the matrix {matrix} of ISO/IEC 23091-2",
            "ffv1",
            partial(bars_frame, HEIGHT, WIDTH, "yuv420p", matrix, is_full),
            tags=(matrix, 2, 2, 2 if is_full else 1),
        )
    untagged = [("hd", 720, WIDTH, 1), ("hd-wide", 64, 1280, 1), ("sd", 576, 720, 6)]
    for name, height, width, matrix in untagged:
        yield _bars_clip(
            f"untagged-{name}.mkv",
            "no color tags, and a matrix that depends on the size",
            "ffv1",
            partial(bars_frame, height, width, "yuv420p", matrix),
        )
    yield _bars_clip(
        "hd-bt601.mkv",
        "high definition tagged as BT.601",
        "ffv1",
        partial(bars_frame, 720, WIDTH, "yuv420p", 6),
        tags=(6, 2, 2, 1),
    )


def _formats() -> Iterator[Clip]:
    for form in ("yuv440p", "yuv411p", "yuv422p10le", "yuv444p12le", "yuv420p16le"):
        frame = partial(bars_frame, HEIGHT, WIDTH, form)
        yield _bars_clip(f"{form}.mkv", "an uncommon pixel format", "ffv1", frame)
    for form, is_full in product(("gbrp10le", "gbrp16le", "gray", "gray10le"), (False, True)):
        is_gray = form.startswith("gray")
        yield _bars_clip(
            f"{form}-{'full' if is_full else 'limited'}.mkv",
            f"{'gray' if is_gray else 'RGB'} of either range",
            "ffv1",
            partial(bars_frame, HEIGHT, WIDTH, form, 6, is_full),
            tags=(2 if is_gray else 0, 2, 2, 2 if is_full else 1),
            check=partial(check_bars, gray=is_gray),
        )
    yield _bars_clip(
        "motion-jpeg.avi",
        "a compact camera's JPEGs",
        "mjpeg",
        partial(bars_frame, HEIGHT, WIDTH, "yuvj420p", 6, True),
        tags=(5, 2, 2, 2),
        options={"q": "2"},
    )
    yield _bars_clip(
        "odd.mkv", "odd sides", "ffv1", partial(bars_frame, HEIGHT + 1, WIDTH + 1, "yuv420p")
    )
