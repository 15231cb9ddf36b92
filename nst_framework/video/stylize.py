"""Stylizes the frames of a video, each starting from the previous result, warped."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter

from ..checks import check_integer, check_number
from ..defaults import STEPS_PER_FRAME, TEMPORAL_WEIGHT
from ..images.colors import color_mode
from ..images.pixels import to_pixels
from ..images.reading import ImageSource
from ..images.styles import Style
from ..images.transparency import read_cut_out
from ..losses.temporal import TemporalLoss
from ..run.schedule import Stage
from ..trainer import Trainer
from .optical_flow import optical_flow, reliable, warp

MIN_FOLLOWED = 0.25
"""Fraction of a frame's pixels with reliable flow below which a scene cut is assumed."""

NEIGHBORHOOD = 1 / 32
"""Standard deviation of the blur that keeps only colors, as a fraction of the longer side."""

FAR_AWAY = 1e-3
"""Weight of the frame's own colors, which count only where no result is nearby."""

PLACED = "placed"
"""The color mode that is refused for videos, because colors would change between frames."""


@dataclass(frozen=True)
class StylizedFrame:
    """A stylized frame of a video.

    Attributes:
        image: Array `(height, width, 3)`, uint8, or `(height, width, 4)` with the frame's alpha.
        followed: Fraction of its pixels that were carried over from the previous frame; 0 for the
            first frame and after a cut.
    """

    image: np.ndarray
    followed: float


def stylize(
    trainer: Trainer,
    frames: Iterable[ImageSource],
    style: ImageSource | Style | Sequence[ImageSource | Style],
    *,
    size: int | None = None,
    steps_per_frame: int = STEPS_PER_FRAME,
    temporal_weight: float = TEMPORAL_WEIGHT,
    before: tuple[ImageSource, np.ndarray] | None = None,
) -> Iterator[StylizedFrame]:
    """Stylizes the frames of a video one by one.

    The first frame, and each frame after a cut, is stylized like a single image. Every other frame
    starts from the previous result, warped along the optical flow. Where the flow is reliable, a
    `TemporalLoss` keeps the frame close to it. Elsewhere, the frame starts from its own pixels,
    shifted to the colors of the result around them.

    Source: Ruder, Dosovitskiy and Brox, "Artistic style transfer for videos", GCPR 2016, in a
    single pass.

    Example:
    ```python
    from nst_framework import Trainer
    from nst_framework.video import open_video, stylize, write_video

    video = open_video("holiday.mp4")
    frames = stylize(Trainer.from_preset("subtle"), video, "painting.jpg", size=512)
    write_video("painted.mp4", (frame.image for frame in frames), video.times)
    ```

    Args:
        trainer: A compiled trainer, whose `fit_defaults` apply to the first frame. The following
            frames use its losses and the last stage of its schedule.
        frames: The frames, all of the same size.
        style: As for `Trainer.fit`.
        size: Length of the longer side, in pixels; `None` keeps the size of the frames.
        steps_per_frame: Optimizer steps for each frame that starts from a previous result.
        temporal_weight: Weight of the `TemporalLoss`. Higher values flicker less, but leave more
            trails behind moving objects.
        before: The frame before the first one and its result, to resume an interrupted video;
            `None` starts a new video.

    Yields:
        The stylized frames, computed on demand.

    Raises:
        RuntimeError: If the trainer is not compiled.
        ValueError: If an argument or a frame is invalid, or a loss was not finite.
    """
    check_integer("steps_per_frame", steps_per_frame, minimum=1)
    check_number("temporal_weight", temporal_weight, minimum=0.0)
    if trainer.shares_gradient:
        raise ValueError(
            "Expected loss weights, which are the same for every frame. Received: gradient shares, "
            "whose weights would differ between frames. Pass the weights found by a fit, "
            "trainer.loss_weights."
        )
    color = trainer.fit_defaults.color
    if color == PLACED:
        raise ValueError(
            "Expected a color mode with stable colors between frames. Received: color='placed', "
            "which maps the colors of each frame separately. Choose 'style' or 'luminance'."
        )
    temporal = TemporalLoss()
    following: Trainer | None = None
    last = None if before is None else (read_cut_out(before[0], size)[0], before[1][..., :3])
    for number, source in enumerate(frames):
        frame, alpha = read_cut_out(source, size, f"frame {number}")
        followed, moved, trust = 0.0, None, None
        if last is not None:
            check_same_size(frame, last[0])
            moved, trust = _move(*last, frame)
            followed = float(trust.mean())
        if moved is None or trust is None or followed < MIN_FOLLOWED:
            followed, used = 0.0, trainer
            trainer.fit(frame, style, size=max(frame.shape), verbose=0)
        else:
            if following is None:
                following = _following(trainer, temporal, temporal_weight, steps_per_frame)
            used = following
            start = _start_image(frame, moved, trust)
            temporal.follow(color_mode(color).prepare(start), trust)
            used.fit(frame, style, size=max(frame.shape), initial_image=start, verbose=0)
        if used.run.diverged:
            raise ValueError(
                f"Expected a loss that stays finite. Received: {used.stop_reason} Choose smaller "
                "weights."
            )
        # Not dithered, because the dither pattern would stand still while objects move.
        image = to_pixels(used.float_image[None])
        last = frame, image
        image = image if alpha is None else np.dstack([image, alpha])
        yield StylizedFrame(image, followed)


def check_same_size(frame: np.ndarray, before: np.ndarray) -> None:
    """Raises a `ValueError` if a frame differs in size from the previous one."""
    if before.shape != frame.shape:
        raise ValueError(
            f"Expected all frames to have the same size. Received: {_size(frame)} after "
            f"{_size(before)}. Resize them."
        )


def _move(
    before: np.ndarray, result: np.ndarray, frame: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The previous result, warped along the flow to a frame, and where the flow is reliable."""
    flow = optical_flow(frame, before)
    moved = np.rint(np.clip(warp(result, flow), 0, 255)).astype(np.uint8)
    return moved, reliable(flow, optical_flow(before, frame))


def _start_image(frame: np.ndarray, moved: np.ndarray, trust: np.ndarray) -> np.ndarray:
    """The warped result where it is trusted, elsewhere the frame in the colors around it.

    Untrusted parts of the warped result would leave trails, as behind a moving object. The frame
    in its own colors would stay visible, because a frame gets only a few steps.

    `frame` and `moved`, the warped previous result, are `(height, width, 3)`, uint8; `trust` is
    `(height, width)`, bool.
    """
    sigma = NEIGHBORHOOD * max(frame.shape)

    def blur(image: np.ndarray) -> np.ndarray:
        return gaussian_filter(image.astype(np.float32), (sigma, sigma, 0))

    known = trust[..., None].astype(np.float32)
    frame_blurred = blur(frame)
    colors = (blur(known * moved) + FAR_AWAY * frame_blurred) / (blur(known) + FAR_AWAY)
    new = np.clip(colors + frame - frame_blurred, 0, 255)
    return np.rint(np.where(trust[..., None], moved, new)).astype(np.uint8)


def _following(
    trainer: Trainer, temporal: TemporalLoss, temporal_weight: float, steps: int
) -> Trainer:
    """A copy of a trainer at its last stage, with a temporal loss, for the following frames."""
    method = trainer.method
    if method is None:
        raise RuntimeError("The trainer is not compiled. Call trainer.compile(...) first.")
    stage = method.schedule[-1]
    weights = {**trainer.loss_weights, temporal.name: temporal_weight}
    copy = Trainer(trainer.extractor)
    copy.compile(
        [*trainer.losses, temporal],
        weights,
        method.optimizer,
        trainer.precision,
        tile_size=method.tile_size,
        executor=method.executor,
        schedule=[Stage(1.0, stage.loss_weights, steps, stage.optimizer)],
    )
    copy.fit_defaults = trainer.fit_defaults
    return copy


def _size(frame: np.ndarray) -> str:
    return f"{frame.shape[1]} x {frame.shape[0]} pixels"
