"""A clip with known motion: a disc moves in front of a panned and zoomed photograph."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import av
import numpy as np
from scipy.ndimage import map_coordinates
from skimage import data

from nst_framework import read_image


@dataclass(frozen=True)
class Clip:
    """Frames, the flow from each to the previous one, and what the disc hid in the previous one."""

    frames: list[np.ndarray]
    flows: list[np.ndarray]
    hidden: list[np.ndarray]


def make_clip(count: int = 3, height: int = 96, width: int = 128, radius: int = 16) -> Clip:
    photograph = read_image(data.astronaut(), 300)
    other = read_image(data.coffee(), 200)
    rows, columns = np.mgrid[:height, :width].astype(float)
    pan, zoom, move = np.array([0.7, 3.0]), 1.005, np.array([0.0, 5.0])
    middle = np.array([height, width]) / 2
    places = np.stack([rows, columns])

    def in_photograph(positions: np.ndarray, number: int) -> np.ndarray:
        away = positions - middle[:, None, None]
        return away / zoom**number + (middle + pan * number + 40)[:, None, None]

    def from_photograph(positions: np.ndarray, number: int) -> np.ndarray:
        away = positions - (middle + pan * number + 40)[:, None, None]
        return away * zoom**number + middle[:, None, None]

    def sample(image: np.ndarray, positions: np.ndarray) -> np.ndarray:
        channels = [
            map_coordinates(image[..., c] * 1.0, positions, mode="nearest") for c in range(3)
        ]
        return np.stack(channels, axis=-1)

    frames, flows, hidden, before = [], [], [], None
    for number in range(count):
        center = np.array([0.55 * height, 0.6 * width]) + move * number
        from_center = places - center[:, None, None]
        disc = np.sum(from_center**2, axis=0) < radius**2
        frame = sample(photograph, in_photograph(places, number))
        frame[disc] = sample(other, from_center + 60)[disc]
        frames.append(np.rint(np.clip(frame, 0, 255)).astype(np.uint8))
        if before is not None:
            flow = from_photograph(in_photograph(places, number), number - 1) - places
            was = map_coordinates(before * 1.0, places + flow, order=1) > 0.5
            hidden.append(was & ~disc)
            flow[:, disc] = -move[:, None]
            flows.append(flow.astype(np.float32))
        before = disc
    return Clip(frames, flows, hidden)


def packet_times(path: str) -> list[Fraction]:
    """When a video's frames are shown according to its packets, and when the last one ends."""
    with av.open(path) as container:
        unit = container.streams.video[0].time_base
        packets = [each for each in container.demux(container.streams.video[0]) if each.size]
    stamps = sorted((each.pts, each.pts + each.duration) for each in packets)
    return [begin * unit for begin, _ in stamps] + [stamps[-1][1] * unit]
