"""Flicker and seconds per frame of videos, with a learned painting and with the optimizer.

    python benchmarks/flicker.py brush_strokes examples/images/brush_strokes.jpg PHOTOGRAPH

The clip pans and zooms over a photograph in front of which a disc moves, with and without camera
noise. Flicker is the mean squared difference between each result and the previous one, warped by
the true motion, except in disoccluded regions. Blending frames softens them, so the sharpness of
the last result is printed, too.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterable, Iterator

import numpy as np
from scipy.ndimage import map_coordinates

from nst_framework import (
    ContentLoss,
    StyleLoss,
    StyleNetwork,
    TotalVariationLoss,
    Trainer,
    VGG16FeatureExtractor,
    read_image,
)
from nst_framework.arguments import FitDefaults
from nst_framework.video import StylizedFrame, paint_frames, stylize
from nst_framework.video.optical_flow import warp

MARGIN = 6
"""Width of the ignored border, in pixels, where new content comes into view."""

Frames = list[np.ndarray]


def make_clip(
    photograph: str, count: int, width: int, noise: float
) -> tuple[Frames, Frames, Frames]:
    """Frames, the flow from each to the previous one, and masks of pixels visible in both."""
    height = width * 9 // 16
    source = read_image(photograph, round(2.2 * width))
    rows, columns = np.mgrid[:height, :width].astype(float)
    places, middle = np.stack([rows, columns]), np.array([height, width])[:, None, None] / 2
    pan, zoom = np.array([0.002, 0.008])[:, None, None] * width, 1.004
    step, radius = np.array([0.0, 0.012])[:, None, None] * width, 0.12 * width
    center_of_source = np.array(source.shape[:2])[:, None, None] / 2
    random = np.random.default_rng(0)
    frames: Frames = []
    flows: Frames = []
    seen: Frames = []
    before = None
    for number in range(count):
        away = (places - middle) / zoom**number
        shown = away + center_of_source + pan * (number - count / 2)
        was = (away + pan) * zoom ** (number - 1) + middle
        center = np.array([0.55, 0.4])[:, None, None] * np.array([height, width])[:, None, None]
        from_center = places - center - step * number
        disc = (from_center**2).sum(0) < radius**2
        # The disc shows another part of the photograph.
        shown[:, disc] = (from_center + center_of_source * 0.6)[:, disc]
        frame = np.stack(
            [map_coordinates(source[..., c] * 1.0, shown, mode="nearest") for c in range(3)], -1
        )
        frame += random.normal(0, noise, frame.shape)
        frames.append(np.rint(np.clip(frame, 0, 255)).astype(np.uint8))
        if before is not None:
            flow = was - places
            flow[:, disc] = -np.broadcast_to(step, (2, height, width))[:, disc]
            hidden = (map_coordinates(before * 1.0, places + flow, order=1) > 0) & ~disc
            inside = np.zeros((height, width), bool)
            inside[MARGIN:-MARGIN, MARGIN:-MARGIN] = True
            flows.append(flow.astype(np.float32))
            seen.append(inside & ~hidden)
        before = disc
    return frames, flows, seen


def flicker(images: Frames, flows: Frames, seen: Frames) -> float:
    """The mean squared difference from the previous image, warped by the true motion."""
    errors = [
        np.mean((image.astype(float) - warp(before, flow))[where] ** 2)
        for before, image, flow, where in zip(images, images[1:], flows, seen, strict=False)
    ]
    return float(np.mean(errors))


def sharpness(image: np.ndarray) -> float:
    """The mean absolute difference of horizontally adjacent pixels."""
    return float(np.abs(np.diff(image.astype(float), axis=1)).mean())


def main() -> None:
    """Measures each way at each noise level and prints a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("painting", help="a learned painting")
    parser.add_argument("style", help="its style image, for the optimizer")
    parser.add_argument("photograph")
    parser.add_argument("--frames", type=int, default=6)
    parser.add_argument("--width", type=int, default=256)
    parser.add_argument("--steps", type=int, default=80)
    parser.add_argument("--noise", type=float, nargs="*", default=[0.0, 4.0])
    parser.add_argument("--without-optimizer", action="store_true")
    arguments = parser.parse_args()
    network = StyleNetwork.load(arguments.painting)
    trainer = Trainer(VGG16FeatureExtractor())
    trainer.compile([ContentLoss(), StyleLoss(), TotalVariationLoss()])
    trainer.fit_defaults = FitDefaults(None, 1, arguments.steps, "content", "style")

    def learned(steadiness: float) -> Callable[[Frames], Iterator[StylizedFrame]]:
        return lambda frames: paint_frames(network, frames, steadiness=steadiness)

    ways = {f"learned, steadiness {each}": learned(each) for each in (0, 0.5, 0.85, 0.9)}
    if not arguments.without_optimizer:
        ways["optimizer, with flow"] = lambda frames: stylize(trainer, frames, arguments.style)
    print("noise | method | flicker | flicker of the frames | sharpness | seconds per frame")
    for noise in arguments.noise:
        frames, flows, seen = make_clip(
            arguments.photograph, arguments.frames, arguments.width, noise
        )
        for name, way in ways.items():
            images, seconds = _timed(way(frames))
            print(
                f"{noise:g} | {name} | {flicker(images, flows, seen):.0f} | "
                f"{flicker(frames, flows, seen):.0f} | {sharpness(images[-1]):.1f} | {seconds:.2f}",
                flush=True,
            )


def _timed(made: Iterable[StylizedFrame]) -> tuple[Frames, float]:
    """The images and the median seconds per frame; the first, which compiles, is not timed."""
    images, times = [], [time.perf_counter()]
    for frame in made:
        images.append(frame.image)
        times.append(time.perf_counter())
    return images, float(np.median(np.diff(times[1:])))


if __name__ == "__main__":
    main()
