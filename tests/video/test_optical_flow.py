"""Optical flow, compared with known motion."""

from __future__ import annotations

import numpy as np
import pytest
from moving import make_clip

from nst_framework.video.optical_flow import optical_flow, reliable, warp


def test_the_flow_matches_the_known_motion() -> None:
    clip = make_clip(2)
    flow = optical_flow(clip.frames[1], clip.frames[0])
    error = np.hypot(*(flow - clip.flows[0]))[~clip.hidden[0]]
    assert np.median(error) < 0.2
    assert error.mean() < 0.5


def test_only_uncovered_areas_are_unreliable() -> None:
    clip = make_clip(2)
    there, back = optical_flow(*clip.frames[::-1]), optical_flow(*clip.frames)
    trusted = reliable(there, back)
    assert trusted[clip.hidden[0]].mean() < 0.2
    assert trusted[~clip.hidden[0]].mean() > 0.9


def test_warping_by_whole_pixels_is_exact() -> None:
    frame = np.random.default_rng(0).integers(0, 256, (9, 11, 3), dtype=np.uint8)
    flow = np.empty((2, 9, 11), np.float32)
    flow[0], flow[1] = 2, -3
    np.testing.assert_allclose(warp(frame, flow)[:-2, 3:], frame[2:, :-3], atol=1e-3)
    mask = frame[..., 0]
    np.testing.assert_allclose(warp(mask, flow), warp(frame, flow)[..., 0])


@pytest.mark.parametrize(
    ("error", "length", "trusted"),
    [(0.7, 0.0, True), (0.72, 0.0, False), (1.2, 10.0, True), (1.7, 10.0, False)],
)
def test_the_threshold_of_consistency(error: float, length: float, trusted: bool) -> None:
    # |w + w'|^2 < 0.01 (|w|^2 + |w'|^2) + 0.5, for opposite flows of nearly equal length.
    there = np.zeros((2, 40, 40), np.float32)
    back = there.copy()
    there[0], back[0] = length, error - length
    assert reliable(there, back)[5:25, 5:25].all() == trusted


def test_motion_boundaries_and_flow_out_of_the_frame_are_unreliable() -> None:
    still = np.zeros((2, 20, 20), np.float32)
    moving = still.copy()
    moving[1, :, 10:] = 0.3
    trusted = reliable(moving, -moving)
    assert not trusted[:, 9:11].any()
    assert trusted[:, :8].all()
    out = still.copy()
    out[1] = 2
    np.testing.assert_array_equal(reliable(out, -out).all(axis=0), np.arange(20) <= 17)
