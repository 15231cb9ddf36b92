"""When each frame of a video is shown, from what its file says."""

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
"""Frames a second of film and television."""

MOST_FAULTS = Fraction(1, 50)
"""The part of the presentation time stamps that may be out of order in a file that has them."""


@dataclass(frozen=True)
class Stamp:
    """What a file says about a frame's time, in seconds on the clock of the file.

    Attributes:
        shown: Its presentation time stamp; `None`: there is none.
        decoded: The decoding time stamp of the packet with which the decoder returned the frame.
        duration: How long it is shown; 0: unknown.
    """

    shown: Fraction | None
    decoded: Fraction | None = None
    duration: Fraction = Fraction(0)


@dataclass(frozen=True)
class Stamps:
    """The time stamps of consecutive frames from the first one of a video on.

    Attributes:
        frames: One for each frame, at least one.
        first_decoded: Decoding time stamp of the packet with which the first frame began.
        tick: The unit of the time stamps, in seconds.
        rates: Frames a second according to the header, the most trustworthy first.
        has_durations: Whether durations are in the file; in others, FFmpeg guesses them.
    """

    frames: Sequence[Stamp]
    first_decoded: Fraction | None
    tick: Fraction
    rates: Sequence[Fraction]
    has_durations: bool = False


def frame_times(stamps: Stamps) -> list[Fraction]:
    """When each frame is shown and when the last one ends, in seconds on the clock of the file.

    Frames whose time stamps differ from an even rate by no more than the file's rounding are evenly
    spaced.
    """
    known = _increasing(_trusted(stamps))
    begin = stamps.first_decoded or Fraction(0)
    if not any(time is not None for time in known):
        # Raw streams have no times.
        return [begin + number / stamps.rates[0] for number in range(len(known) + 1)]
    gap = _typical_gap(known, stamps.tick) or stamps.frames[0].duration or 1 / stamps.rates[0]
    times = _filled(known, gap)
    return _evened([*times, times[-1] + _last_duration(times, stamps, gap)], stamps)


def even_rate(times: Sequence[Fraction]) -> Fraction | None:
    """Frames a second if frames are evenly spaced, the last is shown no longer, else `None`.

    Args:
        times: When each frame is shown; the last is when the last frame ends.
    """
    gaps = [after - before for before, after in itertools.pairwise(times)]
    if any(gap != gaps[0] for gap in gaps[:-1]) or gaps[-1] > gaps[0]:
        return None
    return 1 / gaps[0]


def _trusted(stamps: Stamps) -> list[Fraction | None]:
    """The time stamps that are in the order in which frames are shown.

    Like FFmpeg (`guess_correct_pts` in libavcodec/decode.c) this counts faults, and takes the
    decoding time stamps where they have fewer.
    """
    shown = [frame.shown for frame in stamps.frames]
    decoded = [frame.decoded for frame in stamps.frames]
    faults = _faults(shown)
    is_right = faults <= MOST_FAULTS * len(shown) or faults <= _faults(decoded)
    if decoded[0] is None or is_right:
        return shown
    # A decoder returns the first frame with a later packet than that in which it was.
    delay = decoded[0] - (decoded[0] if stamps.first_decoded is None else stamps.first_decoded)
    return [None if time is None else time - delay for time in decoded]


def _faults(times: Iterable[Fraction | None]) -> int:
    """How many time stamps are not after the one before them, or missing."""
    faults, before = 0, None
    for time in times:
        if time is None or (before is not None and time <= before):
            faults += 1
        else:
            before = time
    return faults


def _increasing(times: Sequence[Fraction | None]) -> list[Fraction | None]:
    """The longest strictly increasing series among time stamps; all others become `None`."""
    ends: list[Fraction] = []  # of the best series of each length
    numbers: list[int] = []  # of these ends
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
    """The median of the gaps, and the mean of those that differ from it by rounding alone."""
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
    """Spaces frames without a time evenly between those with one, and by `gap` at both ends."""
    known = [(number, time) for number, time in enumerate(times) if time is not None]
    first, last = known[0], known[-1]
    filled = [first[1] - gap * (first[0] - number) for number in range(first[0])]
    for (number, time), (next_number, next_time) in itertools.pairwise(known):
        step = (next_time - time) / (next_number - number)
        filled += [time + step * each for each in range(next_number - number)]
    return filled + [last[1] + gap * each for each in range(len(times) - last[0])]


def _last_duration(times: Sequence[Fraction], stamps: Stamps, gap: Fraction) -> Fraction:
    """How long the last frame is shown: what the file says, or a guess that was right before."""
    said = stamps.frames[-1].duration
    if len(times) == 1 or (said and stamps.has_durations):
        return said or gap
    gap_before = times[-1] - times[-2]
    rounding = min(stamps.tick, gap_before / 4)
    is_right = abs(stamps.frames[-2].duration - gap_before) <= rounding
    return said if said and is_right else max(round(gap / stamps.tick), 1) * stamps.tick


def _evened(times: list[Fraction], stamps: Stamps) -> list[Fraction]:
    """Replaces times that are an even rate in rounded numbers by that rate."""
    count = len(times) - 1
    if count < 2:
        return times
    mean = (count - 1) / (times[-2] - times[0])
    tolerance = stamps.tick
    if _is_pulldown(times):
        tolerance = 1 / (2 * mean)
    elif stamps.tick > 1 / (2 * mean):
        # Where ticks are as long as frames, one more tick is a frame that is missing.
        tolerance = Fraction(0)
    near = (Fraction(round(mean)), Fraction(round(100 * mean), 100), mean)
    for rate in (*stamps.rates, *STANDARD_RATES, *near):
        if rate > 0 and _is_rounded(times, rate, tolerance):
            even = [times[0] + number / rate for number in range(count)]
            end = even[-1] + 1 / rate
            return [*even, end if abs(times[-1] - end) <= tolerance else times[-1]]
    return times


def _is_rounded(times: Sequence[Fraction], rate: Fraction, tolerance: Fraction) -> bool:
    """Whether times are those of a rate, rounded by no more than the tolerance in all."""
    least = most = Fraction(0)
    for number, time in enumerate(times[:-1]):
        difference = time - times[0] - number / rate
        least, most = min(least, difference), max(most, difference)
        if most - least > tolerance:
            return False
    return True


def _is_pulldown(times: Sequence[Fraction]) -> bool:
    """Whether frames are shown for three and two fields by turns: film on a disc for television.

    Players that know this show them evenly, as they were filmed.
    """
    begins = times[:-1]
    if len(begins) < 5:
        return False
    gaps = [after - before for before, after in itertools.pairwise(begins)]
    field = (gaps[0] + gaps[1]) / 5
    fields = (3, 2) if gaps[0] > gaps[1] else (2, 3)
    # Not the last gap, which FFmpeg guesses in MPEG-2.
    return all(
        abs(gap - fields[number % 2] * field) <= field / 10 for number, gap in enumerate(gaps[:-1])
    )
