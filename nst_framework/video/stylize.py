"""Makes the frames of a video, each of which begins with the one before it, moved along."""

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

LEAST_FOLLOWED = 0.25
"""The fraction of a frame's pixels that have to follow from the frame before it; with fewer, the
scene has been cut."""

NEIGHBORHOOD = 1 / 32
"""Standard deviation of the blur that leaves only colours, as a part of the longer side."""

FAR_AWAY = 1e-3
"""Weight of the frame's own colours: they count only where no result is nearby."""

PLACED = "placed"
"""The colours that suit no video, because each frame would have its own."""


@dataclass(frozen=True)
class StylizedFrame:
    """A frame of a video.

    Attributes:
        image: Array `(height, width, 3)`, uint8, or `(height, width, 4)` with the frame's alpha.
        followed: The fraction of its pixels that followed from the frame before it: 0 for the first
            frame and after a cut.
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
    """Makes the frames of a video one after another.

    The first frame, and each after a cut, is made as a picture is. All others begin with the
    result of the frame before them, moved along the optical flow, and keep to it where the flow is
    to be trusted. Elsewhere they begin with the frame in the colours around it.

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
        trainer: A compiled trainer, which makes the first frame, with its `fit_defaults`. What
            follows uses its losses and the last stage of its schedule.
        frames: The frames, all of one size.
        style: As for `Trainer.fit`.
        size: Length of the longer side, in pixels; `None`: that of the frames.
        steps_per_frame: Steps for each frame that follows from another.
        temporal_weight: Weight of the `TemporalLoss`. A larger one flickers less and drags more
            along.
        before: The frame before the first one and its result, with which an interrupted video goes
            on; `None`: the video begins.

    Yields:
        The frames, when they are made.

    Raises:
        RuntimeError: If the trainer is not compiled.
        ValueError: If an argument or a frame is invalid, or a loss was not finite.
    """
    check_integer("steps_per_frame", steps_per_frame, minimum=1)
    check_number("temporal_weight", temporal_weight, minimum=0.0)
    if trainer.shares_gradient:
        raise ValueError(
            "Expected weights, which are the same for every frame. Received: gradient shares, for "
            "which each frame would find weights of its own. Pass the weights that a fit found, "
            "trainer.loss_weights."
        )
    color = trainer.fit_defaults.color
    if color == PLACED:
        raise ValueError(
            "Expected colours that stay from frame to frame. Received: color='placed', which "
            "places them in each frame anew. Choose 'style' or 'luminance'."
        )
    temporal = TemporalLoss()
    following: Trainer | None = None
    last = None if before is None else (read_cut_out(before[0], size)[0], before[1][..., :3])
    for number, source in enumerate(frames):
        frame, alpha = read_cut_out(source, size, f"frame {number}")
        followed, moved, trust = 0.0, None, None
        if last is not None:
            check_one_size(frame, last[0])
            moved, trust = _move(*last, frame)
            followed = float(trust.mean())
        if moved is None or trust is None or followed < LEAST_FOLLOWED:
            followed, used = 0.0, trainer
            trainer.fit(frame, style, size=max(frame.shape), verbose=0)
        else:
            if following is None:
                following = _following(trainer, temporal, temporal_weight, steps_per_frame)
            used = following
            start = _start_image(frame, moved, trust)
            temporal.follow(color_mode(color).see(start), trust)
            used.fit(frame, style, size=max(frame.shape), initial_image=start, verbose=0)
        if used.run.diverged:
            raise ValueError(
                f"Expected a loss that stays finite. Received: {used.stop_reason} Choose smaller "
                "weights."
            )
        # Without the pattern of dithering, which would stand still while things move.
        image = to_pixels(used.float_image[None])
        last = frame, image
        image = image if alpha is None else np.dstack([image, alpha])
        yield StylizedFrame(image, followed)


def check_one_size(frame: np.ndarray, before: np.ndarray) -> None:
    """Raises a `ValueError` if a frame has another size than the one before it."""
    if before.shape != frame.shape:
        raise ValueError(
            f"Expected all frames to have one size. Received: {_size(frame)} after "
            f"{_size(before)}. Resize them."
        )


def _move(
    before: np.ndarray, result: np.ndarray, frame: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The result of the frame before, moved along the flow to a frame, and where to trust it."""
    flow = optical_flow(frame, before)
    moved = np.rint(np.clip(warp(result, flow), 0, 255)).astype(np.uint8)
    return moved, reliable(flow, optical_flow(before, frame))


def _start_image(frame: np.ndarray, moved: np.ndarray, trust: np.ndarray) -> np.ndarray:
    """The moved result where it is trusted, elsewhere the frame in the colours around it.

    What the moved result has there would be dragged along, as behind an object that moves on; and
    the frame in its own colours would stay visible, because the steps of a frame are few.

    `frame` and `moved`, the result of the frame before, are `(height, width, 3)`, uint8;
    `trust` is `(height, width)`, bool.
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
    """A trainer like another one, in its last stage, for frames that follow from another."""
    method = trainer.method
    if method is None:
        raise RuntimeError("Expected a compiled trainer. Received: one without losses.")
    stage = method.schedule[-1]
    weights = {**trainer.loss_weights, temporal.name: temporal_weight}
    trainer_of_following = Trainer(trainer.extractor)
    trainer_of_following.compile(
        [*trainer.losses, temporal],
        weights,
        method.optimizer,
        trainer.precision,
        tile_size=method.tile_size,
        executor=method.executor,
        schedule=[Stage(1.0, stage.loss_weights, steps, stage.optimizer)],
    )
    trainer_of_following.fit_defaults = trainer.fit_defaults
    return trainer_of_following


def _size(frame: np.ndarray) -> str:
    return f"{frame.shape[1]} x {frame.shape[0]} pixels"
