"""Paints the frames of a video with a style network, and blends them to reduce flicker."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from ..checks import check_fraction
from ..defaults import STEADINESS
from ..images.reading import ImageSource
from ..images.transparency import read_cut_out
from .optical_flow import coarse_flow, warp
from .stylize import MIN_FOLLOWED, StylizedFrame, check_same_size

if TYPE_CHECKING:
    from ..style_network.network import StyleNetwork


def paint_frames(
    network: StyleNetwork,
    frames: Iterable[ImageSource],
    *,
    size: int | None = None,
    style: Sequence[float] | None = None,
    color: str = "style",
    steadiness: float = STEADINESS,
    before: tuple[ImageSource, np.ndarray] | None = None,
) -> Iterator[StylizedFrame]:
    """Paints the frames of a video one by one, each in a single pass of a style network.

    To reduce flicker, each result is blended with the previous one, warped along the optical flow,
    where the flow is reliable. The flow is estimated at a reduced size, which takes a fraction of
    the time of painting. At most three frames are in memory.

    Example:
    ```python
    from nst_framework import StyleNetwork
    from nst_framework.video import open_video, paint_frames, write_video

    video = open_video("holiday.mp4")
    frames = paint_frames(StyleNetwork.load("brush_strokes"), video)
    write_video("painted.mp4", (frame.image for frame in frames), video.times, sound_of=video)
    ```

    Args:
        network: The network.
        frames: The frames, all of the same size.
        size: Length of the longer side, in pixels; `None` keeps the size of the frames.
        style: As for `StyleNetwork.paint`.
        color: As for `StyleNetwork.paint`.
        steadiness: Share of the warped previous result in each frame, from 0 (frames are
            independent) to below 1. Higher values flicker less, but look softer and leave more
            trails behind moving objects.
        before: The frame before the first one and its result, to resume an interrupted video;
            `None` starts a new video.

    Yields:
        The painted frames, computed on demand.

    Raises:
        ValueError: If an argument or a frame is invalid.
    """
    check_fraction("steadiness", steadiness)
    last = None if before is None else (read_cut_out(before[0], size)[0], before[1][..., :3])
    for number, source in enumerate(frames):
        frame, alpha = read_cut_out(source, size, f"frame {number}")
        # Not dithered, because the dither pattern would stand still while objects move.
        image = np.rint(network.paint(frame, None, style, color, as_float=True)).astype(np.uint8)
        followed = 0.0
        if last is not None:
            check_same_size(frame, last[0])
            if steadiness:
                flow, trust = coarse_flow(frame, last[0])
                followed = float(trust.mean())
            if followed < MIN_FOLLOWED:
                followed = 0.0
            else:
                moved = warp(last[1], flow)
                mixed = image + steadiness * trust[..., None] * (moved - image)
                image = np.rint(np.clip(mixed, 0, 255)).astype(np.uint8)
        last = frame, image
        yield StylizedFrame(image if alpha is None else np.dstack([image, alpha]), followed)
