"""Presets and settings files."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from command_line import one_error_line

from nst_framework import defaults, write_image
from nst_framework.cli import main
from nst_framework.presets import preset_names
from nst_framework.run.state import RunState


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty current folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def dumped(capfd: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    """The settings that --dump-config prints; checks that it prints nothing else."""
    assert main(["transfer", *arguments, "--dump-config"]) == 0
    out, err = capfd.readouterr()
    assert err == ""
    return tomllib.loads(out)


def test_the_defaults_equal_those_of_the_library(capfd: pytest.CaptureFixture[str]) -> None:
    settings = dumped(capfd)
    assert settings["size"] == defaults.SIZE
    assert settings["style_layers"] == list(defaults.STYLE_LAYERS)
    assert settings["tile_size"] == "auto"
    assert not {"content", "style", "loss", "save_every", "quiet", "config"} & set(settings)


def test_a_dump_can_be_read_back(capfd: pytest.CaptureFixture[str]) -> None:
    words = "content.png a.png b.png --size 64 --scales 0.5 1 --tile-size none --tv-weight 1e-7"
    words += " --loss StyleLoss,layers=block1_conv1 --loss mine/code.py:Mine,x=1 --save-every 3"
    words += " --learning-rate 0.1 --callback LossCurves,path=l.png --checkpoint run.npz --seed 7"
    first = dumped(capfd, *words.split(), "--output", 'a "quoted" näme.png')
    assert (
        main(["transfer", *words.split(), "--output", 'a "quoted" näme.png', "--dump-config"]) == 0
    )
    Path("run.toml").write_text(capfd.readouterr().out, encoding="utf-8")
    assert dumped(capfd, "--config", "run.toml") == first
    assert first["style"] == ["a.png", "b.png"]
    assert first["scales"] == [0.5, 1.0]
    assert first["tv_weight"] == 1e-7
    assert first["loss"] == ["StyleLoss,layers=block1_conv1", "mine/code.py:Mine,x=1"]
    assert "style_weight" not in first, "--loss replaces it"


def test_the_command_line_overrides_the_file_and_the_file_the_preset(
    capfd: pytest.CaptureFixture[str],
) -> None:
    Path("run.toml").write_text('size = 300\nepochs = 7\nstyle_layers = "block1_conv1"\n')
    draft = dumped(capfd, "--preset", "draft")
    assert draft["size"] != defaults.SIZE
    both = dumped(capfd, "--preset", "draft", "--config", "run.toml")
    assert (both["size"], both["epochs"]) == (300, 7)
    assert both["style_layers"] == ["block1_conv1"]
    assert both["steps_per_epoch"] == draft["steps_per_epoch"]
    # A typed value overrides the others even if it equals the default.
    words = ("--size", str(defaults.SIZE), "--preset", "draft", "--config", "run.toml")
    typed = dumped(capfd, *words)
    assert (typed["size"], typed["epochs"]) == (defaults.SIZE, 7)


def test_typed_losses_replace_losses_in_the_file(
    capfd: pytest.CaptureFixture[str],
) -> None:
    Path("run.toml").write_text('loss = ["HistogramLoss", "ChannelMomentsLoss"]\n')
    assert dumped(capfd, "--config", "run.toml", "--loss", "StyleLoss")["loss"] == ["StyleLoss"]
    weight = dumped(capfd, "--config", "run.toml", "--style-weight", "3")
    assert weight["style_weight"] == 3.0
    assert "loss" not in weight
    assert weight["style_layers"] == list(defaults.STYLE_LAYERS), "no longer replaced"
    Path("run.toml").write_text("style_weight = 4\n")
    loss = dumped(capfd, "--config", "run.toml", "--loss", "StyleLoss")
    assert loss["loss"] == ["StyleLoss"]
    assert "style_weight" not in loss


def test_typed_weights_replace_shares_in_the_file(
    capfd: pytest.CaptureFixture[str],
) -> None:
    Path("run.toml").write_text("gradient_shares = [1, 1, 1]\n")
    shares = dumped(capfd, "--config", "run.toml")
    assert not {"content_weight", "style_weight", "tv_weight"} & set(shares)
    weights = dumped(capfd, "--config", "run.toml", "--tv-weight", "3")
    assert "gradient_shares" not in weights
    assert weights["tv_weight"] == 3.0
    assert weights["content_weight"] == defaults.CONTENT_WEIGHT


def test_paths_in_a_file_are_relative_to_its_folder(
    folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (folder / "sub").mkdir()
    (folder / "sub" / "run.toml").write_text(
        'content = "photo.jpg"\nstyle = ["art/a.jpg", "/art/b.jpg"]\noutput = "../out.png"\n'
        'initial_image = "noise"\nweights = "vgg.h5"\ncheckpoint = "run.npz"\n'
        'loss = ["code.py:Mine,path=x.png", "StyleLoss"]\n'
    )
    settings = dumped(capfd, "--config", "sub/run.toml", "--checkpoint", "typed.npz")
    assert settings["content"] == str(Path("sub/photo.jpg"))
    assert settings["style"] == [str(Path("sub/art/a.jpg")), "/art/b.jpg"]
    assert settings["output"] == str(Path("sub/../out.png"))
    assert settings["initial_image"] == "noise"
    assert settings["weights"] == str(Path("sub/vgg.h5"))
    assert settings["checkpoint"] == "typed.npz"
    assert settings["loss"] == [f"{Path('sub/code.py')}:Mine,path=x.png", "StyleLoss"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("stlye_weight = 2", "'stlye_weight'. Did you mean style_weight?"),
        ("style-weight = 2", "'style-weight'. Did you mean style_weight?"),
        ("zzz = 2", "'zzz'. Choose from: content, style, output, size,"),
        ("[size]\nx = 1", "size in 'run.toml' to be none or a whole number. Received: {'x': 1}"),
        ("epochs = 1.5", "epochs in 'run.toml' to be auto or a whole number. Received: '1.5'"),
        ("[made]\nx = 1", "'made'. Choose from"),
        (
            'size = "large"',
            "Expected size in 'run.toml' to be none or a whole number. Received: 'la",
        ),
        ("size = 1.5", "Expected size in 'run.toml' to be none or a whole number. Received: '1.5'"),
        ("epochs = true", "epochs in 'run.toml' to be auto or a whole number. Received: True"),
        ("epochs = [1, 2]", "epochs in 'run.toml' to be auto or a whole number. Received: [1, 2]"),
        ("network = ['vgg16', 'random']", "network in 'run.toml' to be a string. Received: ["),
        ("tv_weight = '3'", "tv_weight in 'run.toml' to be a number. Received: '3'"),
        ("output = 3", "output in 'run.toml' to be a string. Received: 3"),
        ("content = ['a', 'b']", "content in 'run.toml' to be a string"),
        ("style = []", "style in 'run.toml' to be a string, alone or in a list. Received: []"),
        ("loss = ['StyleLoss', 3]", "loss in 'run.toml' to be a string, alone or in a list"),
        (
            "pooling = 'mean'",
            "Expected pooling in 'run.toml' to be one of max, avg. Received: 'mean'",
        ),
        ("scales = ['half']", "Expected scales in 'run.toml' to be auto or a number. Received"),
        ("tile_size = 1.5", "Expected tile_size in 'run.toml' to be auto, none or a whole number"),
        ("quiet = true", "quiet, which is a command-line option. Write --quiet"),
        ("dump_config = true", "Write --dump-config on the command line"),
        ("preset = 'draft'", "Write --preset"),
        ("traceback = true", "Write --traceback"),
        (
            "loss = 'StyleLoss'\nstyle_weight = 2",
            "--loss or --style-weight, not both, because --loss replaces",
        ),
        ("size = ", "Expected TOML in 'run.toml'. Received: Invalid value (at line 1"),
        ("size = 1\nsize = 2", "Expected TOML in 'run.toml'. Received: Cannot overwrite"),
        (
            "size = 16",
            "nst transfer needs a content image and a style image. Write nst transfer",
        ),
    ],
)
def test_a_wrong_file_is_reported_on_one_line(
    text: str, message: str, capfd: pytest.CaptureFixture[str]
) -> None:
    Path("run.toml").write_text(text + "\n")
    assert main(["transfer", "--config", "run.toml"]) == 2
    assert message in one_error_line(capfd)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--config", "none.toml"], "'none.toml', which does not exist"),
        (["--config", "."], "'.', which does not exist or is not a file"),
        (["--config", "picture.png"], "'picture.png', an image without settings"),
        (["--preset", "drat"], "'drat'. Did you mean draft?"),
        (["--preset", "xyz"], f"to be one of {', '.join(preset_names())}. Received: 'xyz'"),
        (
            ["--loss", "StyleLoss", "--style-weight", "1"],
            "both from the command line. To keep the style loss, write",
        ),
    ],
)
def test_wrong_sources_are_reported_on_one_line(
    arguments: list[str], message: str, capfd: pytest.CaptureFixture[str]
) -> None:
    write_image("picture.png", np.full((4, 4, 3), 200, np.uint8))
    assert main(["transfer", "a.png", "b.png", *arguments]) == 2
    assert message in one_error_line(capfd)


def test_values_that_start_with_a_minus_sign(capfd: pytest.CaptureFixture[str]) -> None:
    Path("run.toml").write_text('style_rotations = [-90]\noutput = "-o.png"\n')
    settings = dumped(capfd, "--config", "run.toml")
    assert (settings["style_rotations"], settings["output"]) == ([-90], "-o.png")


def test_the_settings_of_a_file_reach_the_run(folder: Path) -> None:
    (folder / "sub").mkdir()
    generator = np.random.default_rng(0)
    for name in ("content.png", "style.png"):
        pixels = generator.integers(0, 256, (32, 32, 3), dtype=np.uint8)
        write_image(folder / "sub" / name, pixels)
    (folder / "sub" / "run.toml").write_text(
        'content = "content.png"\nstyle = "style.png"\noutput = "out/result.png"\n'
        'checkpoint = "run.npz"\nsize = 32\nepochs = 1\nsteps_per_epoch = 1\npooling = "max"\n'
        "content_weight = 3\nstyle_layers = ['block2_conv1']\noptimizer = 'adam'\n"
    )
    assert main(["transfer", "--config", "sub/run.toml", "--content-weight", "4"]) == 0
    assert (folder / "sub" / "out" / "result.png").exists()
    configuration = RunState.load(folder / "sub" / "run.npz").configuration
    assert configuration["loss_weights"]["content_loss"] == 4.0
    assert configuration["losses"][1]["config"]["layers"] == ["block2_conv1"]
    assert configuration["extractor"]["config"]["pooling"] == "max"
    assert "adam" in str(configuration["optimizer"]).lower()


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=[pytest.mark.slow] if name == "strotss" else [])
        for name in preset_names()
    ],
)
def test_a_preset_makes_an_image(name: str, capfd: pytest.CaptureFixture[str]) -> None:
    generator = np.random.default_rng(0)
    for image in ("content.png", "style.png"):
        write_image(image, generator.integers(0, 256, (32, 32, 3), dtype=np.uint8))
    words = ["content.png", "style.png", "--preset", name]
    # Their first stages have an eighth of the size, and VGG16 needs 16 pixels.
    words += ["--size", "128" if name in ("neighbors", "print", "strotss") else "64"]
    if name == "print":
        # Its own stages have hundreds of steps.
        words += ["--stage", "scale=0.125,steps=1", "--stage", "scale=1,steps=1"]
    assert main(["transfer", *words, "--epochs", "5", "--steps-per-epoch", "1", "--quiet"]) == 0
    assert capfd.readouterr() == ("", "")
    assert Path("content-style.png").exists()


def test_the_help_names_the_presets(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["transfer", "--help"])
    out = " ".join(capfd.readouterr().out.split())
    assert "draft" in preset_names()
    assert ", ".join(preset_names()) in out


def test_a_dump_needs_no_backend(folder: Path) -> None:
    command = [sys.executable, "-m", "nst_framework", "transfer", "--dump-config"]
    environment = {**os.environ, "KERAS_BACKEND": "none"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert tomllib.loads(done.stdout)["size"] == defaults.SIZE
    assert list(folder.iterdir()) == []
