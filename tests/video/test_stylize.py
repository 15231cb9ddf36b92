"""Stylizing videos: frames start from the previous result, except after a cut."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from conftest import tiny_losses
from moving import make_clip

from nst_framework import (
    ContentLoss,
    FeatureExtractor,
    StyleLoss,
    TotalVariationLoss,
    Trainer,
    VGG16FeatureExtractor,
)
from nst_framework.arguments import FitDefaults
from nst_framework.video import stylize
from nst_framework.video.optical_flow import warp

STYLE = "examples/images/brush_strokes.jpg"


def make_trainer(
    extractor: FeatureExtractor, losses: list[Any], steps: int, color: str = "style"
) -> Trainer:
    trainer = Trainer(extractor)
    trainer.compile(losses)
    trainer.fit_defaults = FitDefaults(None, 1, steps, "content", color)
    return trainer


@pytest.mark.slow
def test_frames_flicker_half_as_much_and_uncovered_areas_are_new() -> None:
    clip = make_clip(3, 60, 80, 10)
    trainer = make_trainer(
        VGG16FeatureExtractor(), [ContentLoss(), StyleLoss(), TotalVariationLoss()], 20
    )
    alone = []
    for frame in clip.frames:
        trainer.fit(frame, STYLE, size=80, verbose=0)
        alone.append(np.rint(trainer.float_image))
    frames = list(stylize(trainer, clip.frames, STYLE, steps_per_frame=10))
    following = [frame.image.astype(float) for frame in frames]
    np.testing.assert_array_equal(following[0], alone[0])
    assert frames[0].followed == 0
    assert all(frame.followed > 0.75 for frame in frames[1:])

    def error(images: list[np.ndarray], seen: list[np.ndarray]) -> float:
        moved = [warp(image, flow) for image, flow in zip(images, clip.flows, strict=False)]
        return float(
            np.mean(
                [np.mean((a - b)[s] ** 2) for a, b, s in zip(moved, images[1:], seen, strict=True)]
            )
        )

    inside = np.zeros((60, 80), bool)
    inside[5:-5, 5:-5] = True
    seen = [inside & ~hidden for hidden in clip.hidden]
    hidden = [inside & hidden for hidden in clip.hidden]
    assert error(following, seen) < error(alone, seen) / 2
    assert error(following, hidden) > 2 * error(following, seen)


def test_a_frame_after_a_cut_is_stylized_independently(tiny_extractor: FeatureExtractor) -> None:
    clip = make_clip(2)
    mirrored = np.ascontiguousarray(clip.frames[1][::-1, :, ::-1])
    trainer = make_trainer(tiny_extractor, tiny_losses(), 2)
    scenes = [*clip.frames, mirrored]
    frames = list(stylize(trainer, scenes, STYLE, steps_per_frame=1))
    assert [frame.followed > 0 for frame in frames] == [False, True, False]
    trainer.fit(mirrored, STYLE, size=128, verbose=0)
    np.testing.assert_array_equal(frames[2].image, np.rint(trainer.float_image))
    assert (frames[2].image != trainer.image).any(), "not dithered: the pattern would stand still"


@pytest.mark.parametrize("color", ["style", "luminance"])
def test_a_video_resumes_from_any_frame(tiny_extractor: FeatureExtractor, color: str) -> None:
    clip = make_clip(4, 48, 64, 8)
    trainer = make_trainer(tiny_extractor, tiny_losses(), 3, color)
    whole = [frame.image for frame in stylize(trainer, clip.frames, STYLE, steps_per_frame=2)]
    another = make_trainer(tiny_extractor, tiny_losses(), 3, color)
    rest = stylize(
        another, clip.frames[2:], STYLE, steps_per_frame=2, before=(clip.frames[1], whole[1])
    )
    np.testing.assert_array_equal([frame.image for frame in rest], whole[2:])


def test_nothing_is_traced_after_the_first_following_frame(
    tiny_extractor: FeatureExtractor, monkeypatch: pytest.MonkeyPatch
) -> None:
    traced = []
    losses = tiny_losses()
    compare = losses[1].compare
    monkeypatch.setattr(
        losses[1], "compare", lambda *both: traced.append(len(made)) or compare(*both)
    )
    made: list[Any] = []
    clip = make_clip(5, 48, 64, 8)
    for frame in stylize(
        make_trainer(tiny_extractor, losses, 2), clip.frames, STYLE, steps_per_frame=2
    ):
        made.append(frame)
    assert {0, 1} <= set(traced)
    assert max(traced) == 1


def test_frames_of_another_size_and_placed_colors_are_refused(
    tiny_extractor: FeatureExtractor,
) -> None:
    clip = make_clip(2, 48, 64, 8)
    sizes = [clip.frames[0], clip.frames[1][:-4]]
    with pytest.raises(ValueError, match="64 x 44 pixels after 64 x 48"):
        list(stylize(make_trainer(tiny_extractor, tiny_losses(), 1), sizes, STYLE))
    placed = make_trainer(tiny_extractor, tiny_losses(), 1, "placed")
    with pytest.raises(ValueError, match="maps the colors of each frame separately"):
        next(stylize(placed, clip.frames, STYLE))


def test_transparency_is_kept_and_hidden_pixels_have_no_effect(
    tiny_extractor: FeatureExtractor,
) -> None:
    clip = make_clip(3, 48, 64, 8)
    alpha = np.full((48, 64, 1), 255, np.uint8)
    alpha[:, :20], alpha[:, 20:30] = 0, 128
    cut_outs = [np.dstack([frame, alpha]) for frame in clip.frames]
    others = [np.where(alpha == 0, 90, frame).astype(np.uint8) for frame in cut_outs]
    for frame in others:
        frame[..., 3:] = alpha
    made = []
    for frames in (cut_outs, others):
        trainer = make_trainer(tiny_extractor, tiny_losses(), 3)
        made.append([frame.image for frame in stylize(trainer, frames, STYLE, steps_per_frame=2)])
    np.testing.assert_array_equal(made[0], made[1])
    for image in made[0]:
        np.testing.assert_array_equal(image[..., 3:], alpha)
    trainer = make_trainer(tiny_extractor, tiny_losses(), 3)
    before = cut_outs[0], made[0][0]
    rest = stylize(trainer, cut_outs[1:], STYLE, steps_per_frame=2, before=before)
    np.testing.assert_array_equal([frame.image for frame in rest], made[0][1:])
