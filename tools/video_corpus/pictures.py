"""Clips for the video stream: orientation, colors, alpha, cover images, fields and animations."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import product
from pathlib import Path

import av
import numpy as np
from av.stream import Disposition
from PIL import Image

from nst_framework.images.reading import read_image

from . import bars, coded
from .bars import HEIGHT, WIDTH, bars_frame, check_bars, expect, frames_of
from .clip import Clip

QUADRANTS = np.repeat(np.repeat(coded.COLORS[[[0, 1], [2, 6]]], 24, axis=0), 32, axis=1)
"""Red, green, blue and yellow: `(48, 64, 3)`."""

ANIMATION = [(20 + 60 * number, 200 - 40 * number, 40) for number in range(4)]
"""The colors of an animation's frames."""

SECONDS = [Fraction(4, 100), Fraction(8, 100), Fraction(12, 100), Fraction(6, 100)]


def clips() -> Iterator[Clip]:
    """All clips of this module."""
    yield from _orientations()
    yield from bars.clips()
    yield from _transparent()
    yield from _covers()
    yield from _interlaced()
    yield from _animations()


def _orientations() -> Iterator[Clip]:
    for degrees, is_mirrored in product((0, 90, 180, 270), (False, True)):
        orientation = (degrees, is_mirrored)

        def make(path: Path, orientation: tuple[int, bool] = orientation) -> None:
            frame = coded.coded_frame(QUADRANTS / 255, "yuv420p")
            coded.write_clip(path, "libx264", [frame], orientation=orientation)

        def check(path: Path, orientation: tuple[int, bool] = orientation) -> None:
            degrees, is_mirrored = orientation
            expected = np.rot90(QUADRANTS, degrees // 90)
            expected = expected[:, ::-1] if is_mirrored else expected
            frame = frames_of(path)[0]
            assert frame.shape == expected.shape, f"{frame.shape}, not {expected.shape}"
            height, width, _ = frame.shape
            middles = np.ix_((height // 4, 3 * height // 4), (width // 4, 3 * width // 4))
            expect(frame[middles], expected[middles], 8)

        mirrored = "-mirrored" if is_mirrored else ""
        yield Clip(f"turned-{degrees}{mirrored}.mp4", "a rotated camera", make, check)


def _transparent() -> Iterator[Clip]:
    """Red that is transparent on the left, half transparent in the middle, opaque on the right."""
    kinds = [
        ("vp8-alpha.webm", "libvpx", "yuva420p", {"auto-alt-ref": "0"}),
        ("vp9-alpha.webm", "libvpx-vp9", "yuva420p", {"auto-alt-ref": "0"}),
        ("animation-alpha.mov", "qtrle", "argb", {}),
        ("prores-alpha.mov", "prores_ks", "yuva444p10le", {"profile": "4444"}),
        ("png-alpha.mov", "png", "rgba", {}),
        ("ffv1-alpha.mkv", "ffv1", "bgra", {}),
    ]
    for name, codec, form, options in kinds:

        def make(
            path: Path, codec: str = codec, form: str = form, options: dict[str, str] = options
        ) -> None:
            pixels = np.full((HEIGHT, 96, 4), (200, 40, 40, 255), np.uint8)
            pixels[:, :32, 3], pixels[:, 32:64, 3] = 0, 128
            frame = av.VideoFrame.from_ndarray(pixels, "rgba").reformat(format=form)
            coded.write_clip(path, codec, [frame, frame.reformat()], options=options)

        yield Clip(name, "a cut-out over a video", make, _check_alpha)


def _check_alpha(path: Path) -> None:
    frames = frames_of(path)
    assert len(frames) == 2, f"{len(frames)} frames"
    for frame in frames:
        np.testing.assert_allclose(frame[24, 16::32, 3], (0, 128, 255), atol=2)
        on_white = np.array([(255, 255, 255), (227, 147, 147), (200, 40, 40)])
        expect(read_image(frame)[24, 16::32], on_white, 4)


def _covers() -> Iterator[Clip]:
    def make(path: Path) -> None:
        with av.open(str(path), "w") as container:
            cover = container.add_stream("mjpeg", rate=25)
            cover.width, cover.height, cover.pix_fmt = 32, 32, "yuvj420p"
            cover.disposition = Disposition.attached_pic
            film = container.add_stream("libx264", rate=25)
            film.width, film.height, film.pix_fmt = WIDTH, HEIGHT, "yuv420p"
            red = np.full((32, 32, 3), (200, 40, 40), np.uint8)
            container.mux(cover.encode(av.VideoFrame.from_ndarray(red, "rgb24")))
            for _ in range(3):
                container.mux(film.encode(bars_frame(HEIGHT, WIDTH, "yuv420p")))
            for stream in (cover, film):
                container.mux(stream.encode(None))

    def check(path: Path) -> None:
        assert len(frames_of(path)) == 3
        check_bars(path, 8)

    for name in ("cover.mp4", "cover-first.mkv"):
        yield Clip(name, "a video with a cover image", make, check)


def _interlaced() -> Iterator[Clip]:
    kinds = [
        ("interlaced.mpg", "mpeg2video", {"flags": "+ildct+ilme", "b": "8000000"}),
        ("interlaced.mp4", "libx264", {"flags": "+ildct+ilme", "crf": "5"}),
        ("interlaced.mkv", "ffv1", {}),
    ]
    for name, codec, options in kinds:

        def make(path: Path, codec: str = codec, options: dict[str, str] = options) -> None:
            fields = [_moving(number) for number in range(12)]
            for early, late in zip(fields[::2], fields[1::2], strict=True):
                early[1::2] = late[1::2]
            graph = av.filter.Graph()
            source = graph.add_buffer(
                width=WIDTH, height=HEIGHT, format="gray", time_base=Fraction(1, 25)
            )
            flags = graph.add("setparams", "field_mode=tff")
            form = graph.add("format", "yuv420p")
            graph.link_nodes(source, form, flags, graph.add("buffersink")).configure()
            frames = []
            for picture in fields[::2]:
                graph.push(av.VideoFrame.from_ndarray(picture, "gray"))
                frames.append(graph.vpull())
                frames[-1].pict_type = 0
            coded.write_clip(path, codec, frames, options=options)

        yield Clip(name, "a camcorder's fields", make, _check_fields)


def _moving(field: int) -> np.ndarray:
    """A bar that moves in each field, with values that exist in both ranges."""
    picture = np.full((HEIGHT, WIDTH), 40, np.uint8)
    picture[:, 16 + 4 * field : 32 + 4 * field] = 200
    return picture


def _check_fields(path: Path) -> None:
    frames = frames_of(path)
    assert len(frames) == 6, f"{len(frames)} frames"
    for frame in frames[1:]:
        gray = frame[..., 0].astype(int)
        comb = np.abs(gray[1:-1] - (gray[:-2] + gray[2:]) / 2).mean()
        assert comb < 1, f"a comb of {comb:.1f} levels"


def _animations() -> Iterator[Clip]:
    for name in ("animation.webp", "animation.png", "animation.gif", "pages.tif"):

        def make(path: Path) -> None:
            images = [Image.new("RGB", (32, 24), color) for color in ANIMATION]
            options = {"lossless": True} if path.suffix == ".webp" else {}
            shown = [round(1000 * each) for each in SECONDS]
            images[0].save(path, save_all=True, append_images=images[1:], duration=shown, **options)

        yield Clip(name, "an image of several frames", make, _check_animation)


def _check_animation(path: Path) -> None:
    frames = frames_of(path)
    assert len(frames) == len(ANIMATION), f"{len(frames)} frames"
    expect(np.stack([frame[0, 0] for frame in frames]), np.array(ANIMATION), 0)
