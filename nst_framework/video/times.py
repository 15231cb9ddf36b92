"""Computes when each frame of a video is shown from the timestamps in its file."""

from __future__ import annotations

import bisect
import itertools
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

STANDARD_RATES = tuple(
    Fraction(rate)
    for rate in ("24000/1001", "24", "25", "30000/1001", "30", "50", "60000/1001", "60")
)
"""Frame rates of film and television."""

MAX_FAULTS = Fraction(1, 50)
"""Fraction of presentation timestamps that may be out of order before they are distrusted."""


@dataclass(frozen=True)
class Stamp:
    """The timestamps of a frame, in seconds on the file's clock.

    Attributes:
        shown: The presentation timestamp; `None` if there is none.
        decoded: The decoding timestamp of the packet with which the decoder returned the frame.
        duration: How long the frame is shown; 0 if unknown.
    """

    shown: Fraction | None
    decoded: Fraction | None = None
    duration: Fraction = Fraction(0)


@dataclass(frozen=True)
class Stamps:
    """The timestamps of consecutive frames from the start of a video.

    Attributes:
        frames: One stamp per frame, at least one.
        first_decoded: Decoding timestamp of the packet in which the first frame began.
        tick: The unit of the timestamps, in seconds.
        rates: Frame rates from the header, the most trustworthy first.
        has_durations: Whether the file stores durations; otherwise, FFmpeg guesses them.
    """

    frames: Sequence[Stamp]
    first_decoded: Fraction | None
    tick: Fraction
    rates: Sequence[Fraction]
    has_durations: bool = False


def frame_times(stamps: Stamps) -> list[Fraction]:
    """When each frame is shown and when the last one ends, in seconds on the file's clock.

    Frames are evenly spaced if their timestamps differ from a constant rate only by the file's
    rounding.
    """
    known = _increasing(_trusted(stamps))
    begin = stamps.first_decoded or Fraction(0)
    if not any(time is not None for time in known):
        # Raw streams have no timestamps.
        return [begin + number / stamps.rates[0] for number in range(len(known) + 1)]
    gap = _typical_gap(known, stamps.tick) or stamps.frames[0].duration or 1 / stamps.rates[0]
    times = _filled(known, gap)
    return _snapped_to_rate([*times, times[-1] + _last_duration(times, stamps, gap)], stamps)


def even_rate(times: Sequence[Fraction]) -> Fraction | None:
    """The frame rate if frames are evenly spaced and the last one is not longer, else `None`.

    Args:
        times: When each frame is shown; the last number is when the last frame ends.
    """
    gaps = [after - before for before, after in itertools.pairwise(times)]
    if any(gap != gaps[0] for gap in gaps[:-1]) or gaps[-1] > gaps[0]:
        return None
    return 1 / gaps[0]


def _trusted(stamps: Stamps) -> list[Fraction | None]:
    """Chooses the presentation or decoding timestamps, whichever are in display order.

    Like FFmpeg (`guess_correct_pts` in libavcodec/decode.c), this counts faults and takes the
    decoding timestamps if they have fewer.
    """
    shown = [frame.shown for frame in stamps.frames]
    decoded = [frame.decoded for frame in stamps.frames]
    faults = _faults(shown)
    is_right = faults <= MAX_FAULTS * len(shown) or faults <= _faults(decoded)
    if decoded[0] is None or is_right:
        return shown
    # A decoder returns the first frame with a later packet than the one that contains it.
    delay = decoded[0] - (decoded[0] if stamps.first_decoded is None else stamps.first_decoded)
    return [None if time is None else time - delay for time in decoded]


def _faults(times: Iterable[Fraction | None]) -> int:
    """Counts timestamps that are missing or not later than the one before."""
    faults, before = 0, None
    for time in times:
        if time is None or (before is not None and time <= before):
            faults += 1
        else:
            before = time
    return faults


def _increasing(times: Sequence[Fraction | None]) -> list[Fraction | None]:
    """Keeps the longest strictly increasing subsequence; all other timestamps become `None`."""
    ends: list[Fraction] = []  # last time of the best subsequence of each length
    numbers: list[int] = []  # index of that time
    before: list[int | None] = [None] * len(times)
    for number, time in enumerate(times):
        if time is None:
            continue
        length = bisect.bisect_left(ends, time)
        if length < len(ends) and ends[length] == time:
            continue
        before[number] = numbers[length - 1] if length else None
        ends[length : length + 1] = [time]
        numbers[length : length + 1] = [number]
    kept: list[Fraction | None] = [None] * len(times)
    at = numbers[-1] if numbers else None
    while at is not None:
        kept[at] = times[at]
        at = before[at]
    return kept


def _typical_gap(times: Sequence[Fraction | None], tick: Fraction) -> Fraction | None:
    """The mean of the gaps that differ from the median only by rounding."""
    gaps = [
        after - before
        for before, after in itertools.pairwise(times)
        if before is not None and after is not None
    ]
    if not gaps:
        return None
    median = statistics.median_low(gaps)
    near = [gap for gap in gaps if abs(gap - median) <= min(tick, median / 4)]
    return sum(near, Fraction(0)) / len(near)


def _filled(times: Sequence[Fraction | None], gap: Fraction) -> list[Fraction]:
    """Spaces frames without a time evenly between their neighbors, and by `gap` at both ends."""
    known = [(number, time) for number, time in enumerate(times) if time is not None]
    first, last = known[0], known[-1]
    filled = [first[1] - gap * (first[0] - number) for number in range(first[0])]
    for (number, time), (next_number, next_time) in itertools.pairwise(known):
        step = (next_time - time) / (next_number - number)
        filled += [time + step * each for each in range(next_number - number)]
    return filled + [last[1] + gap * each for each in range(len(times) - last[0])]


def _last_duration(times: Sequence[Fraction], stamps: Stamps, gap: Fraction) -> Fraction:
    """The duration of the last frame: from the file, or FFmpeg's guess if its previous one held."""
    stated = stamps.frames[-1].duration
    if len(times) == 1 or (stated and stamps.has_durations):
        return stated or gap
    gap_before = times[-1] - times[-2]
    rounding = min(stamps.tick, gap_before / 4)
    is_right = abs(stamps.frames[-2].duration - gap_before) <= rounding
    return stated if stated and is_right else max(round(gap / stamps.tick), 1) * stamps.tick


def _snapped_to_rate(times: list[Fraction], stamps: Stamps) -> list[Fraction]:
    """Replaces times that are a rounded constant rate by that rate."""
    count = len(times) - 1
    if count < 2:
        return times
    mean = (count - 1) / (times[-2] - times[0])
    tolerance = stamps.tick
    if _is_pulldown(times):
        tolerance = 1 / (2 * mean)
    elif stamps.tick > 1 / (2 * mean):
        # If a tick is as long as a frame, an extra tick is a missing frame.
        tolerance = Fraction(0)
    near = (Fraction(round(mean)), Fraction(round(100 * mean), 100), mean)
    for rate in (*stamps.rates, *STANDARD_RATES, *near):
        if rate > 0 and _is_rounded(times, rate, tolerance):
            even = [times[0] + number / rate for number in range(count)]
            end = even[-1] + 1 / rate
            return [*even, end if abs(times[-1] - end) <= tolerance else times[-1]]
    return times


def _is_rounded(times: Sequence[Fraction], rate: Fraction, tolerance: Fraction) -> bool:
    """Whether times follow a rate, with deviations that span at most the tolerance."""
    least = most = Fraction(0)
    for number, time in enumerate(times[:-1]):
        difference = time - times[0] - number / rate
        least, most = min(least, difference), max(most, difference)
        if most - least > tolerance:
            return False
    return True


def _is_pulldown(times: Sequence[Fraction]) -> bool:
    """Whether frames last three and two fields in turn: 3:2 pulldown of film for television.

    Players that detect this show frames evenly, as they were filmed.
    """
    begins = times[:-1]
    if len(begins) < 5:
        return False
    gaps = [after - before for before, after in itertools.pairwise(begins)]
    field = (gaps[0] + gaps[1]) / 5
    fields = (3, 2) if gaps[0] > gaps[1] else (2, 3)
    # The last gap is skipped, because FFmpeg guesses it in MPEG-2.
    return all(
        abs(gap - fields[number % 2] * field) <= field / 10 for number, gap in enumerate(gaps[:-1])
    )
