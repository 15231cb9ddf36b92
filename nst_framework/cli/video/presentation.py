"""When the frames of a video are shown, and whether its sound is heard."""

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
    """How finished frames become a video; another one needs no new frames.

    Attributes:
        times: When each frame is shown, in seconds, and when the last one ends.
        rate: Frames a second, if they are evenly spaced.
        has_sound: Whether the sound of the video is kept.
    """

    times: tuple[Fraction, ...]
    rate: Fraction | None
    has_sound: bool

    @classmethod
    def of(cls, video: Video, own: Mapping[str, Any]) -> Presentation:
        """The times of a video, unless the settings have another rate."""
        has_sound = not own["no_sound"]
        if own["fps"] is None:
            return cls(video.times, video.rate if video.is_even else None, has_sound)
        rate = Fraction(own["fps"]).limit_denominator(100_000)
        times = tuple(number / rate for number in range(video.count + 1))
        return cls(times, rate, has_sound)

    def record(self) -> dict[str, Any]:
        """What the file beside the video says: a rate, which makes it again, or a digest."""
        sound = {} if self.has_sound else {"no_sound": True}
        if self.rate is not None:
            return {"fps": float(self.rate), **sound}
        times = " ".join(map(str, self.times))
        return {"times": hashlib.sha256(times.encode()).hexdigest(), **sound}

    def describe(self) -> str:
        """How the last line of a run puts it."""
        if self.rate is not None:
            return f"{float(self.rate):g} a second"
        mean = (len(self.times) - 1) / self.times[-1]
        return f"each at its own time, {float(mean):.3g} a second on average"
