"""`nst transfer`: options, output and results."""

from __future__ import annotations

import tomllib
from pathlib import Path

import numpy as np
import pytest
from command_line import RANDOM, transfer
from PIL import Image

from nst_framework import read_image, write_image
from nst_framework.cli import main
from nst_framework.metrics import score
from nst_framework.run.state import RunState

pytestmark = pytest.mark.usefixtures("folder")


def test_an_image_is_made(capfd: pytest.CaptureFixture[str]) -> None:
    assert transfer("--output", "new/out.png") == 0
    image = read_image("new/out.png")
    assert image.shape == (24, 32, 3)
    assert (image != read_image("content.png")).any()
    out, err = capfd.readouterr()
    assert err == ""
    begin, plan, *terms, progress, result = out.splitlines()
    assert (
        begin
        == "content.png in the style of style.png -> new/out.png (32 pixels, at most 1 x 2 steps)"
    )
    assert plan.startswith("32 x 24 pixels, ")
    assert all(" of the gradient" in term for term in terms)
    assert progress.startswith("Epoch 1/1 - step 2/2")
    assert result == "new/out.png: 32 x 24 pixels. The epoch is complete: all 2 steps done."


def test_options_reach_the_run(capfd: pytest.CaptureFixture[str]) -> None:
    options = "--content-weight 2 --style-weight 0 --tv-weight 3 --content-layers block1_conv1"
    options += " --style-layers block1_conv1 block2_conv1 --initial-image noise --seed 3"
    options += " --optimizer adam --learning-rate 7 --weights bundled --pooling max --quiet"
    options += " --output out.jpg --checkpoint run.npz"
    assert transfer(*options.split()) == 0
    assert capfd.readouterr() == ("", "")
    configuration = RunState.load("run.npz").configuration
    assert configuration["loss_weights"] == {
        "content_loss": 2.0,
        "style_loss": 0.0,
        "channel_moments_loss": 0.0,
        "total_variation_loss": 3.0,
    }
    content, style, moments, _ = configuration["losses"]
    assert content["config"]["layers"] == ["block1_conv1"]
    assert style["config"]["layers"] == ["block1_conv1", "block2_conv1"]
    assert moments["config"]["layers"] == ["block1_conv1", "block2_conv1"]
    assert configuration["extractor"]["config"]["pooling"] == "max"
    assert configuration["optimizer"]["config"]["config"]["learning_rate"] == 7.0


@pytest.mark.parametrize("name", ["sgd", "Adam", "rmsprop"])
def test_a_keras_optimizer_gets_the_learning_rate(name: str) -> None:
    options = ("--optimizer", name, "--learning-rate", "7", "--quiet", "--checkpoint", "run.npz")
    assert transfer(*options, *RANDOM) == 0
    saved = RunState.load("run.npz").configuration["optimizer"]["config"]
    assert saved["class_name"].lower() == name.lower()
    assert saved["config"]["learning_rate"] == 7.0


@pytest.mark.parametrize("words", ["gram_distance,structural_similarity", "score"])
def test_metrics_are_printed_and_recorded(words: str, capfd: pytest.CaptureFixture[str]) -> None:
    assert transfer("--metrics", words, *RANDOM) == 0
    (progress,) = (line for line in capfd.readouterr().out.splitlines() if "Epoch 1/1" in line)
    expected = score("content-style.png", "content.png", "style.png")
    for name in ("gram_distance", "structural_similarity"):
        assert f"{name}: {expected[name]:.4g}" in progress
    assert ("content_fidelity" in progress) == (words == "score")
    names = tomllib.loads(Path("content-style.png.toml").read_text())["metrics"]
    assert ",".join(names) == words
    assert main(["transfer", "--config", "content-style.png.toml"]) == 0
    assert "gram_distance: " in capfd.readouterr().out


def test_the_seed_determines_the_noise() -> None:
    write_image("content.png", np.full((24, 32, 3), 128, np.uint8))
    adam = ("--optimizer", "adam", "--learning-rate", "0.01", "--initial-image", "noise", *RANDOM)
    for name, seed in (("a", "1"), ("b", "1"), ("c", "2")):
        assert transfer(*adam, "--seed", seed, "--output", f"{name}.png") == 0
    a, b, c = (read_image(f"{name}.png").astype(int) for name in "abc")
    assert a.std() > 60, "the run started from the flat content"
    np.testing.assert_array_equal(a, b)
    assert np.abs(a - c).mean() > 40


def test_images_are_saved_during_the_run(folder: Path) -> None:
    assert transfer("--save-every", "1", "--output", "{out}.png", *RANDOM) == 0
    saved = sorted(path.name for path in folder.glob("*out*"))
    assert saved == ["{out}-00001.png", "{out}-00002.png", "{out}.png", "{out}.png.toml"]
    np.testing.assert_array_equal(read_image(saved[1]), read_image(saved[2]))


def test_a_resumed_run_gives_the_same_bytes() -> None:
    two_epochs = ("--epochs", "2")
    assert transfer("--output", "whole.png", *two_epochs) == 0
    assert transfer("--output", "half.png", "--checkpoint", "run.npz") == 0
    resume = ("--checkpoint", "run.npz", "--resume", *two_epochs)
    assert transfer("--output", "half.png", *resume) == 0
    assert Path("half.png").read_bytes() == Path("whole.png").read_bytes()


def test_ctrl_c_saves_the_image(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (folder / "stop.py").write_text(
        "import keras, signal\n"
        "class Stop(keras.callbacks.Callback):\n"
        "    def on_train_batch_end(self, batch, logs=None):\n"
        "        if self.model.state.step == 3:\n"
        "            signal.raise_signal(signal.SIGINT)\n"
    )
    options = ("--epochs", "9999", "--output", "out.png", "--callback", "stop.py:Stop")
    assert transfer(*options) == 130
    out, err = capfd.readouterr()
    assert err.startswith("nst: note: the run stops after this step")
    assert err.count("\n") == 1
    assert "out.png: 32 x 24 pixels. Interrupted from the keyboard." in out
    assert read_image("out.png").shape == (24, 32, 3)


def test_images_may_appear_anywhere(capfd: pytest.CaptureFixture[str]) -> None:
    for words in ("content.png --size 32 style.png", "--size 32 content.png style.png"):
        assert main(["transfer", *words.split(), "--dump-config"]) == 0
        settings = tomllib.loads(capfd.readouterr().out)
        assert (settings["content"], settings["style"]) == ("content.png", ["style.png"])


def test_the_last_image_keeps_colors_under_transparent_pixels() -> None:
    alpha = np.full((24, 32, 1), 255, np.uint8)
    alpha[:10] = 0
    write_image("content.png", np.concatenate([read_image("content.png"), alpha], axis=-1))
    assert transfer("--output", "out.png", "--quiet", *RANDOM) == 0
    before = np.asarray(Image.open("out.png"))
    still = ["--optimizer", "adam", "--learning-rate", "0", *RANDOM]
    assert transfer("--output", "out.png", "--quiet", "--initial-image", "last", *still) == 0
    np.testing.assert_array_equal(np.asarray(Image.open("out.png")), before)
