"""Bad input is reported on one line, and leaves all files unchanged."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from command_line import SMALL, one_error_line, transfer

from nst_framework import read_image
from nst_framework.cli import main

pytestmark = pytest.mark.usefixtures("folder")


def test_a_loss_that_is_not_finite_is_one_line_and_keeps_the_image(
    capfd: pytest.CaptureFixture[str],
) -> None:
    assert transfer("--style-weight", "1e34", "--output", "out.png", "--quiet") == 1
    out, err = capfd.readouterr()
    assert out == ""
    assert err.startswith("nst: Expected a finite loss and gradient.")
    assert err.count("\n") == 1
    np.testing.assert_array_equal(read_image("out.png"), read_image("content.png"))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--size", "0"], "--size to be at least 1"),
        (["--size", "8"], "at least 16 pixels"),
        (["--epochs", "0"], "--epochs to be at least 1"),
        (["--content-weight", "-1"], "--content-weight to be at least 0"),
        (["--content-weight", "nan"], "--content-weight to be at least 0"),
        (["--style-layers", "block9_conv1"], "block1_conv1, block1_conv2"),
        (["--weights", "no/such.h5"], "no/such.h5"),
        (["--initial-image", "no/such.png"], "no/such.png"),
        (["--output", "out.gif"], ".png, .jpg"),
        (["--output", "content.png"], "overwrite"),
        (["--output", "new/out.png", "--epochs", "0"], "--epochs to be at least 1"),
        (["--output", "style.png/out.png"], "Choose another folder"),
        (["--save-every", "0"], "--save-every to be at least 1"),
        (["--checkpoint", "run.npy"], ".npz"),
        (["--checkpoint", "style.png/run.npz"], "Choose another folder"),
        (["--resume"], "--checkpoint"),
        (["--checkpoint-every", "5steps"], "--checkpoint-every needs --checkpoint"),
        (["--checkpoint", "run.npz", "--checkpoint-every", "5"], "50steps or 10min. Received: '5'"),
        (["--checkpoint", "run.npz", "--checkpoint-every", "0s"], "Received: '0s'"),
        (
            ["--checkpoint", "run.npz", "--keep-checkpoints", "0"],
            "--keep-checkpoints to be at least 1",
        ),
        (["--learning-rate", "-5", "--optimizer", "adam"], "learning"),
        (["--optimizer", "adaam"], "pyramid, or Keras's ada"),
        (["--metrics", "gram_distanse"], "Did you mean 'gram_distance'"),
        (["--seed", "-1"], "--seed to be at least 0"),
        (["--size", "1000000"], "Choose a smaller size"),
        (["--scales", "0.5", "0.25", "1"], "fractions of the size that rise to 1"),
        (["--scales", "0.5", "1"], "one epoch for each"),
        (["--tile-size", "8"], "--tile-size to be at least 32"),
    ],
)
def test_bad_input_is_one_line_and_writes_nothing(
    arguments: list[str], message: str, folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    before = {path: path.read_bytes() for path in folder.iterdir()}
    assert transfer(*arguments) == 2
    assert message in one_error_line(capfd)
    assert {path: path.read_bytes() for path in folder.iterdir()} == before


def test_overwriting_the_content_with_a_saved_step_is_refused(
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


def test_a_checkpoint_of_another_run_is_refused_on_one_line(
    capfd: pytest.CaptureFixture[str],
) -> None:
    assert transfer("--checkpoint", "run.npz", "--quiet", "--output", "a.png") == 0
    resume = ("--checkpoint", "run.npz", "--resume", "--style-weight", "3", "--output", "b.png")
    assert transfer(*resume) == 2
    assert "differs in: loss_weights." in one_error_line(capfd)
    assert not Path("b.png").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "nst needs a command: transfer, batch, video, train, score, app. Write nst"),
        (
            ["transfer"],
            "nst transfer needs a content image and a style image. Write nst transfer",
        ),
        (
            ["transfer", "content.png"],
            "nst transfer needs a style image. Write nst transfer",
        ),
        (["transfer", "a", "b", "--size", "large"], "Expected --size to be none or a whole num"),
        (["transfer", "a", "b", "--scales", "half"], "auto or a number. Received: 'half'"),
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
