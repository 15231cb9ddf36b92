"""The command line as users see it."""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import time
import tomllib
from pathlib import Path

import keras
import numpy as np
import pytest
from command_line import one_error_line
from PIL import Image

import nst_framework
from nst_framework import RunState, defaults, read_image, write_image
from nst_framework.cli import main
from nst_framework.cli.components import choose_scales

SMALL = ["--size", "32", "--epochs", "1", "--steps-per-epoch", "2"]


pytestmark = pytest.mark.usefixtures("folder")


def transfer(*arguments: str) -> int:
    return main(["transfer", "content.png", "style.png", *SMALL, *arguments])


def test_an_image_is_made(capfd: pytest.CaptureFixture[str]) -> None:
    assert transfer("--output", "new/out.png") == 0
    image = read_image("new/out.png")
    assert image.shape == (24, 32, 3)
    assert (image != read_image("content.png")).any()
    out, err = capfd.readouterr()
    assert err == ""
    plan, *terms, progress, result = out.splitlines()
    assert plan.startswith("32 x 24 pixels, ")
    assert all(" of the gradient" in term for term in terms)
    assert progress.startswith("Epoch 1/1 - step 2/2")
    assert result.startswith("new/out.png: 32 x 24 pixels. L-BFGS: ")


def test_scales_and_tiles(capfd: pytest.CaptureFixture[str]) -> None:
    options = "--scales 0.75 1 --epochs 2 --tile-size 32 --precision float32 --optimizer scipy"
    assert transfer(*options.split()) == 0
    lines = capfd.readouterr().out.splitlines()
    plans = [line for line in lines if " in tiles of " in line]
    assert plans[0] == "24 x 18 pixels in tiles of 32, float32"
    assert plans[1] == "32 x 24 pixels in tiles of 32, float32"
    assert lines[-1].startswith("result.png: 32 x 24 pixels. L-BFGS-B: ")


@pytest.mark.parametrize(
    ("options", "sizes"),
    [
        ("--size 64 --epochs 2", ["32 x 24", "64 x 48"]),
        ("--size 64 --epochs 2 --scales 1", ["64 x 48"]),
        ("--size 64 --epochs 1", ["64 x 48"]),
        ("--size 63 --epochs 2", ["63 x 47"]),
    ],
)
def test_large_images_start_at_half_their_size(
    options: str,
    sizes: list[str],
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(defaults, "COARSE_TO_FINE_SIZE", 64)
    assert transfer(*options.split()) == 0
    plans = [line for line in capfd.readouterr().out.splitlines() if " pixels, " in line]
    assert [plan.partition(" pixels")[0] for plan in plans] == sizes


def test_options_reach_the_run(capfd: pytest.CaptureFixture[str]) -> None:
    options = "--content-weight 2 --style-weight 0 --tv-weight 0 --content-layers block1_conv1"
    options += " --style-layers block1_conv1 block2_conv1 --initial-image noise --seed 3"
    options += " --optimizer adam --learning-rate 7 --weights bundled --pooling max --quiet"
    options += " --output out.jpg --checkpoint run.npz"
    assert transfer(*options.split()) == 0
    assert capfd.readouterr() == ("", "")
    configuration = RunState.load("run.npz").configuration
    assert configuration["loss_weights"] == {
        "content_loss": 2.0,
        "style_loss": 0.0,
        "total_variation_loss": 0.0,
    }
    content, style, _ = configuration["losses"]
    assert content["config"]["layers"] == ["block1_conv1"]
    assert style["config"]["layers"] == ["block1_conv1", "block2_conv1"]
    assert configuration["extractor"]["config"]["pooling"] == "max"
    assert configuration["optimizer"]["config"]["config"]["learning_rate"] == 7.0


def test_a_seed_gives_its_own_noise() -> None:
    write_image("content.png", np.full((24, 32, 3), 128, np.uint8))
    adam = ("--optimizer", "adam", "--learning-rate", "0.01", "--initial-image", "noise")
    for name, seed in (("a", "1"), ("b", "1"), ("c", "2")):
        assert transfer(*adam, "--seed", seed, "--output", f"{name}.png") == 0
    a, b, c = (read_image(f"{name}.png").astype(int) for name in "abc")
    assert a.std() > 60, "the run did not start from the flat content"
    np.testing.assert_array_equal(a, b)
    assert np.abs(a - c).mean() > 40


def test_a_disk_error_during_the_run_does_not_lose_the_image(
    folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (folder / "out-00002.png").mkdir()
    assert transfer("--output", "out.png", "--save-every", "1", "--quiet") == 2
    assert "out-00002.png" in one_error_line(capfd)
    assert (read_image("out.png") == read_image("out-00001.png")).mean() < 1


def test_images_are_saved_during_the_run(folder: Path) -> None:
    assert transfer("--save-every", "1", "--output", "{out}.png") == 0
    saved = sorted(path.name for path in folder.glob("*out*"))
    assert saved == ["{out}-00001.png", "{out}-00002.png", "{out}.png", "{out}.png.toml"]
    np.testing.assert_array_equal(read_image(saved[1]), read_image(saved[2]))


def test_resuming_gives_the_bytes_of_one_run() -> None:
    two_epochs = ("--epochs", "2")
    assert transfer("--output", "whole.png", *two_epochs) == 0
    assert transfer("--output", "half.png", "--checkpoint", "run.npz") == 0
    resume = ("--checkpoint", "run.npz", "--resume", *two_epochs)
    assert transfer("--output", "half.png", *resume) == 0
    assert Path("half.png").read_bytes() == Path("whole.png").read_bytes()


def test_ctrl_c_saves_the_image() -> None:
    command = [sys.executable, "-m", "nst_framework", "transfer", "content.png", "style.png"]
    command += ["--size", "32", "--save-every", "1", "--output", "out.png", "--epochs", "9999"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 120
    while not Path("out-00003.png").exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=120)
    assert process.returncode == 130
    assert err == ""
    assert "out.png: 32 x 24 pixels. Interrupted from the keyboard." in out
    assert read_image("out.png").shape == (24, 32, 3)


def test_a_loss_that_is_not_finite_is_one_line_and_keeps_the_image(
    capfd: pytest.CaptureFixture[str],
) -> None:
    assert transfer("--style-weight", "1e38", "--output", "out.png", "--quiet") == 1
    out, err = capfd.readouterr()
    assert out == ""
    assert err.startswith("nst: Expected a finite loss and gradient.")
    assert err.count("\n") == 1
    np.testing.assert_array_equal(read_image("out.png"), read_image("content.png"))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--size", "0"], "size=0"),
        (["--size", "8"], "at least 16 pixels"),
        (["--epochs", "0"], "epochs=0"),
        (["--content-weight", "-1"], "content_loss"),
        (["--content-weight", "nan"], "finite"),
        (["--style-layers", "block9_conv1"], "block1_conv1, block1_conv2"),
        (["--weights", "no/such.h5"], "no/such.h5"),
        (["--initial-image", "no/such.png"], "no/such.png"),
        (["--output", "out.gif"], ".png, .jpg"),
        (["--output", "content.png"], "overwrite"),
        (["--output", "new/out.png", "--epochs", "0"], "epochs=0"),
        (["--output", "style.png/out.png"], "Choose another folder"),
        (["--save-every", "0"], "every=0"),
        (["--checkpoint", "run.npy"], ".npz"),
        (["--checkpoint", "style.png/run.npz"], "Choose another folder"),
        (["--resume"], "--checkpoint"),
        (["--resume", "--checkpoint", "none.npz"], "does not exist"),
        (["--learning-rate", "-5", "--optimizer", "adam"], "learning"),
        (["--seed", "-1"], "seed=-1"),
        (["--size", "1000000"], "Choose a smaller size"),
        (["--scales", "0.5", "0.25", "1"], "fractions of the size that rise to 1"),
        (["--scales", "0.5", "1"], "one epoch for each"),
        (["--tile-size", "8"], "tile_size=8"),
    ],
)
def test_bad_input_is_one_line_and_writes_nothing(
    arguments: list[str], message: str, folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    before = {path: path.read_bytes() for path in folder.iterdir()}
    assert transfer(*arguments) == 2
    assert message in one_error_line(capfd)
    assert {path: path.read_bytes() for path in folder.iterdir()} == before


def test_a_content_that_a_saved_step_would_overwrite_is_refused(
    folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (folder / "content.png").rename("out-00001.png")
    images = ("out-00001.png", "style.png")
    assert main(["transfer", *images, *SMALL, "--output", "out.png", "--save-every", "1"]) == 2
    assert "overwrite" in one_error_line(capfd)


@pytest.mark.parametrize("name", ["none.png", "folder", "text.png", "empty.jpg"])
@pytest.mark.parametrize("position", [0, 1])
def test_bad_images_are_named(
    name: str, position: int, folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (folder / "folder").mkdir()
    (folder / "text.png").write_text("no picture")
    (folder / "empty.jpg").touch()
    images = ["content.png", "style.png"]
    images[position] = name
    assert main(["transfer", *images, *SMALL, "--output", "out.png"]) == 2
    assert f"{['content', 'style'][position]}='{name}'" in one_error_line(capfd)
    assert not Path("out.png").exists()


def test_a_checkpoint_of_another_run_is_one_line(capfd: pytest.CaptureFixture[str]) -> None:
    assert transfer("--checkpoint", "run.npz", "--quiet", "--output", "a.png") == 0
    resume = ("--checkpoint", "run.npz", "--resume", "--style-weight", "3", "--output", "b.png")
    assert transfer(*resume) == 2
    assert "differs in: loss_weights." in one_error_line(capfd)
    assert not Path("b.png").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "command"),
        (["transfer"], "content=None"),
        (["transfer", "content.png"], "style=None"),
        (["transfer", "a", "b", "--size", "large"], "--size: expected none or a whole number"),
        (["transfer", "a", "b", "--scales", "half"], "expected auto or a number, received 'half'"),
        (
            ["transfer", "a", "b", "--stile-weight", "3"],
            "'--stile-weight'. Did you mean --style-weight?\n",
        ),
    ],
)
def test_wrong_options_are_one_line(
    arguments: list[str], message: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    assert message in one_error_line(capfd)


def test_images_may_appear_anywhere(capfd: pytest.CaptureFixture[str]) -> None:
    for words in ("content.png --size 32 style.png", "--size 32 content.png style.png"):
        assert main(["transfer", *words.split(), "--dump-config"]) == 0
        settings = tomllib.loads(capfd.readouterr().out)
        assert (settings["content"], settings["style"]) == ("content.png", ["style.png"])


def test_the_version_has_what_affects_results_and_the_devices(
    capfd: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit) as exit_code:
        main(["--version"])
    assert exit_code.value.code == 0
    lines = dict(line.split(" ", 1) for line in capfd.readouterr().out.splitlines())
    assert lines["nst_framework"] == nst_framework.__version__
    assert lines["keras"] == keras.__version__
    assert lines["backend"].startswith(keras.backend.backend())
    assert "cpu:0" in lines["devices"] or "gpu:0" in lines["devices"]


@pytest.mark.parametrize(
    ("options", "size"), [("--size none", "32 x 24"), ("--size none --scales 0.75 1", "24 x 18")]
)
def test_an_image_may_keep_its_size(
    options: str, size: str, capfd: pytest.CaptureFixture[str]
) -> None:
    words = f"content.png style.png --epochs 2 --steps-per-epoch 1 {options}"
    assert main(["transfer", *words.split()]) == 0
    assert capfd.readouterr().out.startswith(f"{size} pixels")
    assert read_image("result.png").shape == (24, 32, 3)
    settings = tomllib.loads(Path("result.png.toml").read_text())
    assert settings["size"] == "none"
    assert main(["transfer", "--config", "result.png.toml", "--quiet"]) == 0


def test_auto_scales_go_by_the_size_of_the_content(monkeypatch: pytest.MonkeyPatch) -> None:
    options = argparse.Namespace(scales=["auto"], size="none", epochs=2, content="content.png")
    assert choose_scales(options) == defaults.SCALES
    monkeypatch.setattr(defaults, "COARSE_TO_FINE_SIZE", 32)
    assert choose_scales(options) == defaults.COARSE_TO_FINE


NETWORK = """
from nst_framework import RandomFeatureExtractor

class Small(RandomFeatureExtractor):
    def __init__(self, filters=2, sizes=(3,), seed=0):
        super().__init__(filters, sizes, seed)
"""


def test_other_networks(capfd: pytest.CaptureFixture[str]) -> None:
    Path("my_network.py").write_text(NETWORK)
    layers = ["--content-layers", "filters_3", "--style-layers", "filters_3", "--quiet"]
    for network in ("random", "RandomFeatureExtractor,filters=2", "my_network.py:Small,seed=1"):
        assert transfer("--network", network, *layers) == 0, capfd.readouterr()
    record = tomllib.loads(Path("result.png.toml").read_text())
    assert record["network"] == "my_network.py:Small,seed=1"
    assert transfer("--network", "random", "--quiet") == 2
    assert "Unknown layer 'block4_conv2' for RandomFeatureExtractor" in one_error_line(capfd)
    assert transfer("--network", "vgg17", "--quiet") == 2
    assert "Expected vgg17 to be a class derived from FeatureExtractor" in one_error_line(capfd)


def test_vgg19_takes_a_file_of_weights(capfd: pytest.CaptureFixture[str]) -> None:
    assert transfer("--network", "vgg19", "--weights", "none.h5", "--quiet") == 2
    assert "the path of a Keras .h5 file of VGG19" in one_error_line(capfd)


def test_help_needs_no_backend() -> None:
    environment = {**os.environ, "KERAS_BACKEND": "none"}
    for arguments in (["--help"], ["transfer", "--help"]):
        command = [sys.executable, "-m", "nst_framework", *arguments]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
        assert done.stdout
    assert keras.backend.backend() == "tensorflow"


def test_help_shows_the_library_s_own_defaults(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["transfer", "--help"])
    out = " ".join(capfd.readouterr().out.split())
    assert f"(default: {defaults.CONTENT_WEIGHT})" in out
    assert f"(default: {defaults.SIZE})" in out


def test_the_last_image_keeps_the_colours_that_its_alpha_covers() -> None:
    alpha = np.full((24, 32, 1), 255, np.uint8)
    alpha[:10] = 0
    write_image("content.png", np.concatenate([read_image("content.png"), alpha], axis=-1))
    assert transfer("--output", "out.png", "--quiet") == 0
    before = np.asarray(Image.open("out.png"))
    still = ["--optimizer", "adam", "--learning-rate", "0"]
    assert transfer("--output", "out.png", "--quiet", "--initial-image", "last", *still) == 0
    np.testing.assert_array_equal(np.asarray(Image.open("out.png")), before)
