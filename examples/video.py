"""A video in the style of a painting, in Python: each frame follows from the previous one.

`nst video holiday.mp4 painting.jpg --output painted.mp4` does the same. Without `--video`, the
script first makes a clip: the camera moves across a photograph, and a cat's eye passes in front of
it. Run this script with `python examples/video.py`; it writes `outputs/video/clip.mp4`,
`painted.mp4` and `strip.jpg`, which shows every tenth frame above its result. It needs `pip install
nst_framework[video]`.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

from nst_framework import (
    ContentLoss,
    StyleLoss,
    TotalVariationLoss,
    Trainer,
    VGG16FeatureExtractor,
    read_image,
    write_image,
)
from nst_framework.video import open_video, stylize, write_video

import numpy as np
from PIL import Image, ImageDraw

IMAGES = Path(__file__).parent / "images"
SHOWN = 10
"""The strip shows every tenth frame."""


def make_clip(count: int, size: int) -> Iterator[np.ndarray]:
    """Yields frames of a camera moving across a photograph, with a disc in front."""
    photograph = Image.fromarray(read_image(IMAGES / "summer_palace.jpg", 2 * size))
    width, height, radius = size, 3 * size // 4, size // 10
    eye = Image.fromarray(read_image(IMAGES / "chelsea.png", 2 * size))
    left, top = int(0.27 * eye.width), int(0.3 * eye.height)
    eye = eye.crop((left, top, left + 2 * radius, top + 2 * radius))
    mask = Image.new("L", eye.size)
    ImageDraw.Draw(mask).ellipse((0, 0, *eye.size), fill=255)
    for number in range(count):
        part = number / max(1, count - 1)
        x = part * (photograph.width - width) / 2
        y = (photograph.height - height) * (0.6 - 0.2 * part)
        frame = photograph.transform(
            (width, height), Image.Transform.EXTENT, (x, y, x + width, y + height), Image.BICUBIC
        )
        frame.paste(eye, (round((0.05 + 0.7 * part) * width), height // 2), mask)
        yield np.asarray(frame)


def main() -> None:
    """Parses the options, makes the video and saves it."""
    parser = argparse.ArgumentParser(
        description="Give a video the style of a painting.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    parser.add_argument("--video", type=Path, help="your own video")
    parser.add_argument("--style", type=Path, default=IMAGES / "brush_strokes.jpg")
    parser.add_argument("--outputs", type=Path, default=Path("outputs/video"))
    parser.add_argument("--size", type=int, default=320, help="longer side in pixels")
    parser.add_argument("--frames", type=int, default=41, help="frames of the clip")
    parser.add_argument("--steps", type=int, default=30, help="steps per frame")
    options = parser.parse_args()

    path = options.video
    if path is None:
        path = options.outputs / "clip.mp4"
        write_video(path, make_clip(options.frames, options.size), 12)
    video = open_video(path)

    trainer = Trainer(VGG16FeatureExtractor())
    trainer.compile([ContentLoss(), StyleLoss(), TotalVariationLoss()], precision="auto")
    results = []
    for frame in stylize(
        trainer, video, options.style, size=options.size, steps_per_frame=options.steps
    ):
        results.append(frame.image)
        print(f"frame {len(results)}/{video.count}: {frame.followed:.0%} follows", flush=True)
    write_video(options.outputs / "painted.mp4", results, video.times, sound_of=video)

    shown = results[::SHOWN]
    frames = [read_image(frame, options.size) for frame in list(video)[::SHOWN]]
    strip = np.concatenate([np.concatenate(row, axis=1) for row in (frames, shown)])
    write_image(options.outputs / "strip.jpg", strip)


if __name__ == "__main__":
    main()
