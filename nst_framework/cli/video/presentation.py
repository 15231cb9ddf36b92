"""The times of a video's frames, and whether it keeps its sound."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ...video import Video


@dataclass(frozen=True)
class Presentation:
    """How finished frames become a video; changing it needs no new frames.

    Attributes:
        times: The start of each frame and the end of the last, in seconds.
        rate: Frames per second, if they are evenly spaced.
        has_sound: Whether to keep the video's sound.
    """

    times: tuple[Fraction, ...]
    rate: Fraction | None
    has_sound: bool

    @classmethod
    def of(cls, video: Video, own: Mapping[str, Any]) -> Presentation:
        """The times of a video, or those of the rate in the settings."""
        has_sound = not own["no_sound"]
        if own["fps"] is None:
            return cls(video.times, video.rate if video.is_even else None, has_sound)
        rate = Fraction(own["fps"]).limit_denominator(100_000)
        times = tuple(number / rate for number in range(video.count + 1))
        return cls(times, rate, has_sound)

    def record(self) -> dict[str, Any]:
        """The entries of the sidecar: the rate, or else a digest of the times."""
        sound = {} if self.has_sound else {"no_sound": True}
        if self.rate is not None:
            return {"fps": float(self.rate), **sound}
        times = " ".join(map(str, self.times))
        return {"times": hashlib.sha256(times.encode()).hexdigest(), **sound}

    def describe(self) -> str:
        """The rate, as printed at the end of a run."""
        if self.rate is not None:
            return f"{float(self.rate):g} per second"
        mean = (len(self.times) - 1) / self.times[-1]
        return f"at their original times, {float(mean):.3g} per second on average"
