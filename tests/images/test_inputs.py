"""Colors, alpha and starting images of a run, from the user's input to the saved file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from conftest import compile_tiny

from nst_framework import ProjectedLBFGS, ScipyLBFGSB, Trainer, read_image, write_image
from nst_framework.callbacks import Checkpoint, ComparisonFigure, ImageSaver
from nst_framework.images.reading import read_alpha

FitArguments = dict[str, Any]


def test_a_gray_content_stays_gray_under_luminance_only(
    trainer: Trainer, fit_arguments: FitArguments
) -> None:
    gray = np.repeat(fit_arguments["content"][..., :1], 3, axis=2)
    trainer.fit(**{**fit_arguments, "content": gray, "color": "luminance"})
    image = trainer.image
    assert np.ptp(image, axis=2).max() == 0
    assert np.abs(image.astype(int) - gray).max() > 5, "the run has changed it"
    np.testing.assert_array_equal(trainer.content, gray)


@pytest.mark.parametrize("optimizer", [ProjectedLBFGS(), ScipyLBFGSB(), keras.optimizers.Adam(5.0)])
@pytest.mark.parametrize("tile_size", [None, 32])
def test_luminance_only_keeps_the_contents_chroma(
    trainer: Trainer, fit_arguments: FitArguments, optimizer: Any, tile_size: int | None
) -> None:
    compile_tiny(trainer, optimizer=optimizer, tile_size=tile_size)
    soft = (80 + fit_arguments["content"] / 4).astype(np.uint8)
    trainer.fit(**{**fit_arguments, "content": soft, "color": "luminance"})
    difference = trainer.image.astype(float) - soft
    assert np.ptp(difference, axis=2).max() <= 1, "all channels change alike"
    assert np.ptp(trainer.styles[0], axis=2).max() == 0, "the style is gray"
    assert np.ptp(trainer.state.image, axis=-1).max() < 0.01, "the run stays gray"
    last = trainer.history.history["loss"][-1]
    # Dithering adds noise, which matters for such a small loss.
    assert trainer.evaluate(trainer.image)["loss"] == pytest.approx(last, rel=0.05)


@pytest.mark.parametrize("color", ["cholesky", "symmetric", "histogram"])
def test_the_style_is_matched_to_the_contents_colors(
    trainer: Trainer, fit_arguments: FitArguments, color: str
) -> None:
    trainer.fit(**{**fit_arguments, "color": color})
    content, style = trainer.content, trainer.style
    assert np.abs(content.mean((0, 1)) - style.mean((0, 1))).max() < 12
    unmatched = fit_arguments["style"].mean((0, 1)) - content.mean((0, 1))
    assert np.abs(unmatched).max() > 30


def test_a_resumed_run_needs_the_same_colors(
    trainer: Trainer, fit_arguments: FitArguments, tmp_path: Path
) -> None:
    callbacks = [Checkpoint(tmp_path / "run.npz")]
    trainer.fit(**{**fit_arguments, "epochs": 1, "color": "luminance", "callbacks": callbacks})
    with pytest.raises(ValueError, match="differs in: style, color"):
        trainer.fit(**fit_arguments, resume_from=tmp_path / "run.npz")


def test_an_unknown_color_mode_suggests_the_nearest(
    trainer: Trainer, fit_arguments: FitArguments
) -> None:
    with pytest.raises(ValueError, match=r"luminance.*Received: color='luminanse'.*Did you mean"):
        trainer.fit(**fit_arguments, color="luminanse")


@pytest.fixture
def cut_out(content: np.ndarray) -> np.ndarray:
    """The content with a transparent hole and a soft edge."""
    alpha = np.full((*content.shape[:2], 1), 255, np.uint8)
    alpha[5:15, 10:20] = 0
    alpha[:, :3] = 128
    return np.concatenate([content, alpha], axis=2)


def test_transparent_content_keeps_its_alpha(
    trainer: Trainer, fit_arguments: FitArguments, cut_out: np.ndarray, tmp_path: Path
) -> None:
    path = tmp_path / "content.png"
    write_image(path, cut_out)
    saver, comparison = ImageSaver(tmp_path / "{epoch}.png"), tmp_path / "comparison.png"
    callbacks = [saver, ComparisonFigure(comparison)]
    trainer.fit(**{**fit_arguments, "content": path, "callbacks": callbacks})
    assert trainer.image.shape == (20, 26, 4)
    np.testing.assert_array_equal(trainer.image[..., 3], cut_out[..., 3])
    for name in ("result.png", "result.webp", "result.tif"):
        write_image(tmp_path / name, trainer.image)
        alpha = read_alpha(tmp_path / name, (20, 26))
        np.testing.assert_array_equal(alpha, cut_out[..., 3])
    np.testing.assert_array_equal(read_alpha(tmp_path / "2.png", (20, 26)), cut_out[..., 3])
    write_image(tmp_path / "result.jpg", trainer.image)
    assert read_alpha(tmp_path / "result.jpg", (20, 26)) is None
    assert read_image(tmp_path / "result.jpg")[7:13, 12:18].min() > 240, "white behind it"


def test_losses_see_no_alpha(
    trainer: Trainer, fit_arguments: FitArguments, cut_out: np.ndarray
) -> None:
    trainer.fit(**{**fit_arguments, "content": cut_out})
    assert trainer.evaluate(trainer.image) == trainer.evaluate()


def test_opaque_content_has_no_alpha(trainer: Trainer, fit_arguments: FitArguments) -> None:
    opaque = np.concatenate([fit_arguments["content"], np.full((20, 26, 1), 255, np.uint8)], 2)
    trainer.fit(**{**fit_arguments, "content": opaque})
    assert trainer.image.shape == (20, 26, 3)


def start(trainer: Trainer, arguments: FitArguments) -> np.ndarray:
    """The image before the first step."""
    trainer.fit(**{**arguments, "epochs": 1, "initial_epoch": 1})
    return trainer.image


def test_noise_is_blended_linearly_with_the_image(
    trainer: Trainer, fit_arguments: FitArguments
) -> None:
    noise = start(trainer, {**fit_arguments, "initial_image": "noise"}).astype(float)
    content = fit_arguments["content"].astype(float)
    blend = start(trainer, {**fit_arguments, "noise": 0.25})
    np.testing.assert_allclose(blend, 0.75 * content + 0.25 * noise, atol=0.5)
    np.testing.assert_array_equal(start(trainer, {**fit_arguments, "noise": 1.0}), noise)
    np.testing.assert_array_equal(start(trainer, {**fit_arguments, "noise": 0.0}), content)
    other = start(trainer, {**fit_arguments, "initial_image": 255 - fit_arguments["content"]})
    np.testing.assert_array_equal(other, 255 - content)


def test_a_run_can_start_from_the_last_image(trainer: Trainer, fit_arguments: FitArguments) -> None:
    with pytest.raises(RuntimeError, match="fit"):
        trainer.fit(**fit_arguments, initial_image="last")
    trainer.fit(**fit_arguments)
    last = trainer.image
    np.testing.assert_array_equal(start(trainer, {**fit_arguments, "initial_image": "last"}), last)
    trainer.fit(**fit_arguments, color="luminance")
    last = trainer.image
    np.testing.assert_array_equal(start(trainer, {**fit_arguments, "initial_image": "last"}), last)


@pytest.mark.parametrize("noise", [-0.1, 1.5, "much"])
def test_bad_noise(noise: Any, trainer: Trainer, fit_arguments: FitArguments) -> None:
    with pytest.raises(ValueError, match=r"`noise`.*Received: noise="):
        trainer.fit(**fit_arguments, noise=noise)


def test_a_results_file_and_array_have_the_same_loss(
    trainer: Trainer, fit_arguments: FitArguments, tmp_path: Path
) -> None:
    alpha = np.full((20, 26, 1), 255, np.uint8)
    alpha[:9] = 0
    content = np.concatenate([fit_arguments["content"], alpha], axis=-1)
    trainer.fit(**{**fit_arguments, "content": content, "initial_image": "style"})
    write_image(tmp_path / "result.png", trainer.image)
    assert trainer.image.shape == (20, 26, 4)
    assert trainer.evaluate(tmp_path / "result.png") == trainer.evaluate(trainer.image)
    assert trainer.evaluate(trainer.image) == trainer.evaluate()


def test_alpha_can_be_ignored() -> None:
    image = np.array([[[200, 100, 50, 0], [1, 2, 3, 255]]], np.uint8)
    np.testing.assert_array_equal(read_image(image, background=None), image[..., :3])
    np.testing.assert_array_equal(read_image(image)[0, 0], [255, 255, 255])


def test_a_missing_starting_image_is_an_error_even_with_full_noise(
    trainer: Trainer, fit_arguments: FitArguments
) -> None:
    with pytest.raises(FileNotFoundError, match="initial_image"):
        trainer.fit(**fit_arguments, initial_image="missing.png", noise=1.0)
