"""Painting videos with a style network: single passes, less flicker, resuming."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from moving import make_clip
from networks import random_network

from nst_framework import StyleNetwork
from nst_framework.video import paint_frames, painted
from nst_framework.video.optical_flow import coarse_flow, optical_flow, warp


@pytest.fixture(scope="module")
def network() -> StyleNetwork:
    return random_network(styles=2)


def images(network: StyleNetwork, frames: Any, **settings: Any) -> list[np.ndarray]:
    return [frame.image for frame in paint_frames(network, frames, **settings)]


def rounded(network: StyleNetwork, frame: np.ndarray, *settings: Any) -> np.ndarray:
    """A frame painted like an image, but not dithered: the pattern would stand still."""
    return np.rint(network.paint(frame, None, *settings, as_float=True)).astype(np.uint8)


def test_without_steadiness_each_frame_is_painted_by_itself(network: StyleNetwork) -> None:
    clip = make_clip(3, 48, 64, 8)
    expected = [rounded(network, frame, [0, 1], "luminance") for frame in clip.frames]
    found = images(network, clip.frames, steadiness=0, style=[0, 1], color="luminance")
    np.testing.assert_array_equal(found, expected)
    assert images(network, clip.frames[:1], size=32)[0].shape == (24, 32, 3)


def test_results_of_a_still_scene_are_blended(
    network: StyleNetwork, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Compares with the closed form, without motion and with trust in the upper half only."""
    frames = [make_clip(1, 48, 64, 8).frames[0] // divisor for divisor in (1, 2, 3)]
    trust = np.repeat([1.0, 0.0], [24, 24])[:, None] * np.ones(64, np.float32)
    still = (np.zeros((2, 48, 64), np.float32), trust)
    monkeypatch.setattr(painted, "coarse_flow", lambda *both: still)
    alone = [rounded(network, each).astype(float) for each in frames]
    found = list(paint_frames(network, frames, steadiness=0.5))
    assert [frame.followed for frame in found] == [0, 0.5, 0.5]
    expected = 0.25 * alone[0] + 0.25 * alone[1] + 0.5 * alone[2]
    np.testing.assert_allclose(found[2].image[:24], expected[:24], atol=1.5)
    np.testing.assert_array_equal(found[2].image[24:], alone[2][24:])


def test_frames_flicker_less_than_a_third_as_much(network: StyleNetwork) -> None:
    clip = make_clip(4, 72, 96, 12)
    random = np.random.default_rng(0)
    frames = [
        np.clip(frame + random.normal(0, 6, frame.shape), 0, 255).astype(np.uint8)
        for frame in clip.frames
    ]

    def flicker(pictures: list[np.ndarray]) -> float:
        inside = (slice(6, -6), slice(6, -6))
        errors = [
            np.mean((warp(before, flow) - after)[inside][~hidden[inside]] ** 2)
            for before, after, flow, hidden in zip(
                pictures, pictures[1:], clip.flows, clip.hidden, strict=False
            )
        ]
        return float(np.mean(errors))

    alone = images(network, frames, steadiness=0)
    steady = images(network, frames)
    assert flicker(steady) < flicker(alone) / 3


def test_nothing_of_the_previous_scene_remains_after_a_cut(network: StyleNetwork) -> None:
    frame = make_clip(1, 96, 128).frames[0]
    other = np.random.default_rng(0).integers(0, 256, (12, 16, 3), np.uint8)
    other = np.kron(other, np.ones((8, 8, 1), np.uint8))
    found = list(paint_frames(network, [frame, other]))
    assert found[1].followed == 0
    np.testing.assert_array_equal(found[1].image, rounded(network, other))


def test_a_video_resumes_from_any_frame(network: StyleNetwork) -> None:
    clip = make_clip(4, 48, 64, 8)
    whole = images(network, clip.frames)
    rest = images(network, clip.frames[2:], before=(clip.frames[1], whole[1]))
    np.testing.assert_array_equal(rest, whole[2:])


def test_frames_are_painted_on_demand(network: StyleNetwork) -> None:
    clip, read = make_clip(3, 48, 64, 8), []
    pictures = paint_frames(network, (read.append(each) or each for each in clip.frames))
    for count in (1, 2):
        next(pictures)
        assert len(read) == count


def test_transparency_is_kept_and_hidden_pixels_have_no_effect(network: StyleNetwork) -> None:
    clip = make_clip(3, 48, 64, 8)
    alpha = np.full((48, 64, 1), 255, np.uint8)
    alpha[:, :20], alpha[:, 20:30] = 0, 128
    cut_outs = [np.dstack([frame, alpha]) for frame in clip.frames]
    others = [np.where(alpha == 0, 90, frame).astype(np.uint8) for frame in cut_outs]
    for frame in others:
        frame[..., 3:] = alpha
    found = [images(network, frames) for frames in (cut_outs, others)]
    np.testing.assert_array_equal(found[0], found[1])
    assert all((image[..., 3:] == alpha).all() for image in found[0])
    rest = images(network, cut_outs[1:], before=(cut_outs[0], found[0][0]))
    np.testing.assert_array_equal(rest, found[0][1:])


def test_invalid_arguments_are_refused(network: StyleNetwork) -> None:
    clip = make_clip(2, 48, 64, 8)
    with pytest.raises(ValueError, match="64 x 44 pixels after 64 x 48"):
        images(network, [clip.frames[0], clip.frames[1][:-4]])
    for steadiness in (1, -0.1, np.nan, True, "0.5"):
        with pytest.raises(ValueError, match="steadiness"):
            images(network, clip.frames, steadiness=steadiness)
    with pytest.raises(ValueError, match="placed"):
        images(network, clip.frames, color="placed")


def test_the_coarse_flow_matches_the_full_flow() -> None:
    clip = make_clip(2, 192, 320, 30)
    flow, trust = coarse_flow(clip.frames[1], clip.frames[0])
    assert flow.shape == (2, 192, 320)
    assert trust.shape == (192, 320)
    assert 0.7 < trust.mean() <= 1
    inside = (slice(20, 150), slice(20, 200))
    error = np.hypot(*(flow - clip.flows[0]))[inside]
    assert np.median(error) < 0.5
    small = make_clip(2, 48, 64, 8)
    expected = optical_flow(small.frames[1], small.frames[0])
    np.testing.assert_allclose(coarse_flow(small.frames[1], small.frames[0])[0], expected)
