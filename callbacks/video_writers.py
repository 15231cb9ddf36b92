"""Files of moving pictures that are written frame by frame: GIF, WebP, MP4."""

from __future__ import annotations

import contextlib
import io
import struct
from abc import ABC, abstractmethod
from fractions import Fraction
from pathlib import Path

import numpy as np
from PIL import Image

from nst_framework.video import FilmStream

SAMPLE = 64
"""Side, in pixels, of the sample from which the colours of a GIF's frame are chosen."""


class VideoWriter(ABC):
    """A file of moving pictures that grows with each frame.

    `shape` is the height and width of the frames, in pixels, and `fps` their number a second.
    """

    @abstractmethod
    def __init__(self, path: Path, shape: tuple[int, int], fps: float) -> None: ...

    @abstractmethod
    def add(self, frame: np.ndarray, seconds: float) -> None:
        """Appends a frame `(height, width, 3)`, uint8, that is shown for so many seconds."""

    @abstractmethod
    def close(self) -> None:
        """Completes the file."""


class GIFWriter(VideoWriter):
    """GIF: 256 colours in each frame, chosen for the frame. It repeats for ever.

    Pillow encodes each frame, and its bytes are put into the file here. No library writes such a
    GIF both frame by frame and as quickly. For 500 noisy frames of 512 x 384 pixels:

    | writer | peak memory | time |
    |---|---|---|
    | this one | 54 MB | 14 s |
    | Pillow 13, `save(append_images=generator)` | 175 MB, growing with each frame | 78 s |
    | imageio 2.38, `v3.imopen`, with Pillow | 555 MB, growing with each frame | 37 s |
    | imageio 2.38, `v2.get_writer`, with Pillow | 100 MB | 46 s |
    | PyAV 18, `palettegen` for each frame | 89 MB | 123 s |

    Without that filter, PyAV has the same 256 colours for every video: a mean error of 15 pixel
    values where the others have 4.

    Source: "Graphics Interchange Format, version 89a", CompuServe, 1990.
    """

    def __init__(self, path: Path, shape: tuple[int, int], fps: float) -> None:
        self.height, self.width = shape
        self._file = path.open("wb")
        self._file.write(b"GIF89a" + struct.pack("<HHBBB", self.width, self.height, 0x70, 0, 0))
        self._file.write(b"\x21\xff\x0bNETSCAPE2.0\x03\x01\x00\x00\x00")

    def add(self, frame: np.ndarray, seconds: float) -> None:
        """Appends a frame; GIF counts hundredths of a second."""
        picture, buffer = Image.fromarray(frame), io.BytesIO()
        # Colours chosen with care from a sample are better, and sooner found, than from all pixels.
        sample = picture.resize((SAMPLE, SAMPLE), Image.Resampling.NEAREST)
        palette_of = sample.quantize(256, kmeans=1)
        picture.quantize(palette=palette_of).save(buffer, "GIF", interlace=0)
        still = buffer.getvalue()
        size_bits = still[10] & 7
        position = 13 + 3 * 2 ** (size_bits + 1)
        palette = still[13:position]
        while still[position] == 0x21:  # extensions, each a chain of blocks with their lengths
            position += 2
            while still[position]:
                position += 1 + still[position]
            position += 1
        pixels = still[position + 10 : -1]
        place = struct.pack("<HHHHB", 0, 0, self.width, self.height, 0x80 | size_bits)
        duration = struct.pack("<BHBB", 4, round(100 * seconds), 0, 0)
        self._file.write(b"\x21\xf9\x04" + duration + b"\x2c" + place + palette + pixels)

    def close(self) -> None:
        """Completes the file."""
        with self._file:
            self._file.write(b"\x3b")


class WebPWriter(VideoWriter):
    """Animated WebP, by PyAV: lossy at high quality. It repeats for ever."""

    def __init__(self, path: Path, shape: tuple[int, int], fps: float) -> None:
        import av

        self._container = av.open(str(path), "w", options={"loop": "0"})
        # WebP counts thousandths of a second.
        self._stream = self._container.add_stream("libwebp", rate=1000, options={"quality": "90"})
        self._stream.height, self._stream.width = shape
        # From RGB, WebP's library itself halves the resolution in colour, better than PyAV does.
        self._stream.pix_fmt = "bgra"
        self._time = 0

    def add(self, frame: np.ndarray, seconds: float) -> None:
        """Appends a frame."""
        import av

        picture = av.VideoFrame.from_ndarray(frame, "rgb24")
        picture.pts, duration = self._time, round(1000 * seconds)
        for packet in self._stream.encode(picture):
            # What counts for the last frame, which no other one follows.
            packet.duration = duration
            self._container.mux(packet)
        self._time += duration

    def close(self) -> None:
        """Completes the file."""
        with contextlib.closing(self._container):
            self._container.mux(self._stream.encode(None))


class MP4Writer(VideoWriter):
    """MP4 with H.264, by PyAV. An odd row or column at the edge is left out, as H.264 demands."""

    def __init__(self, path: Path, shape: tuple[int, int], fps: float) -> None:
        import av

        self._fps, self._count = Fraction(fps).limit_denominator(1000), 0
        self._container = av.open(str(path), "w", format="mp4")
        self._film = FilmStream(self._container, shape, [Fraction(0), 1 / self._fps])

    def add(self, frame: np.ndarray, seconds: float) -> None:
        """Appends a frame, as often as the seconds take: some players cut a long last one short."""
        for _ in range(max(1, round(seconds * self._fps))):
            self._film.add(frame, self._count / self._fps, (self._count + 1) / self._fps)
            self._count += 1

    def close(self) -> None:
        """Completes the file."""
        with contextlib.closing(self._container):
            self._film.close()
