"""`nst train`: bad input, output, and resuming after it was killed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import keras
import numpy as np
import pytest
from photograph_folder import make_photographs
from PIL import Image

from nst_framework.cli import main
from nst_framework.style_network.archive import check_network
from nst_framework.style_network.network import StyleNetwork

OPTIONS = """--photographs photographs --size 32 --style-size 32 --width 2 --batch-size 2
--network random --content-layers filters_7 --style-layers filters_7 --steps-per-epoch 3"""
TINY = OPTIONS.split()
OUTPUT, CHECKPOINT = Path("style.keras"), Path("style.checkpoint.npz")
SECONDS = 300


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with photographs and two paintings."""
    make_photographs(tmp_path / "photographs")
    generator = np.random.default_rng(0)
    for name in ("style.png", "other.png"):
        pixels = generator.integers(0, 256, (32, 28, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(tmp_path / name)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def train(*arguments: str) -> int:
    return main(["train", "style.png", *TINY, *arguments])


def numbers(path: Path) -> list[bytes]:
    return [weight.tobytes() for weight in StyleNetwork.load(path).get_weights()]


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "nst_framework", "train", "style.png", *TINY, *arguments]


def wait_for(path: Path) -> None:
    end = time.monotonic() + SECONDS
    while not path.exists():
        assert time.monotonic() < end
        time.sleep(0.005)


def test_a_killed_training_resumes_to_the_same_network(
    capfd: pytest.CaptureFixture[str],
) -> None:
    """The training is killed with SIGKILL, and resumed in another process."""
    killed = subprocess.Popen(command("--steps", "30"))
    wait_for(CHECKPOINT)
    killed.kill()
    assert killed.wait() == -signal.SIGKILL
    assert not OUTPUT.exists()
    capfd.readouterr()
    assert train("--steps", "31", "--resume") == 2
    assert ": --steps was 30 and is 31. Use the options" in capfd.readouterr().err
    assert train("--steps", "30") == 2
    assert "checkpoint of an unfinished training. Add --resume" in capfd.readouterr().err
    assert train("--steps", "30", "--resume") == 0
    assert "Resumed after step " in capfd.readouterr().out
    assert not CHECKPOINT.exists()
    subprocess.run(command("--steps", "30", "--output", "whole.keras", "--quiet"), check=True)
    out, err = capfd.readouterr()
    assert (out, err) == ("", "")
    assert numbers(OUTPUT) == numbers(Path("whole.keras"))
    assert {path.name for path in Path().iterdir()} == {
        "other.png",
        "photographs",
        "style.keras",
        "style.png",
        "whole.keras",
    }


def test_a_signal_saves_the_checkpoint_and_the_network(
    capfd: pytest.CaptureFixture[str],
) -> None:
    def stop() -> None:
        wait_for(CHECKPOINT)
        os.kill(os.getpid(), signal.SIGTERM)

    (Path("photographs") / "2.png").write_text("no picture")
    thread = threading.Thread(target=stop)
    thread.start()
    assert train("--steps", "1000", "--preview") == 143
    thread.join()
    out, err = capfd.readouterr()
    step = check_network(OUTPUT).objective["training"]["steps"]
    assert 3 <= step < 1000
    assert f"style.keras: {step} of 1000 steps. Interrupted by SIGTERM." in out
    assert "Run the same command with --resume to continue." in out
    assert "1 photograph could not be read: photographs/2.png." in err
    assert CHECKPOINT.exists()
    with Image.open("style.preview.png") as preview:
        assert preview.size == (32, 2 * 32)
    # The default name is accepted, because the training is the same.
    assert train("--steps", "1000") == 2
    assert "Add --resume" in capfd.readouterr().err


def test_training_prints_progress_and_records_its_settings(
    capfd: pytest.CaptureFixture[str],
) -> None:
    several = ["--steps", "4", "--batch-size", "4", "--output", "two.keras"]
    assert main(["train", "style.png", "other.png", *TINY, *several]) == 0
    first, *epochs, last = capfd.readouterr().out.splitlines()
    assert first == (
        "style.png and other.png from 6 photographs -> two.keras (4 steps of 4 x 32 pixels)"
    )
    assert len(epochs) == 2
    for number, (line, step) in enumerate(zip(epochs, (3, 4), strict=True), start=1):
        assert line.startswith(f"Epoch {number}/2 - step {step}/4 - ")
        assert " - loss: " in line
        assert " - val_loss: " in line
    assert " left - " in epochs[0]
    assert " images/s - " in epochs[0]
    assert last.startswith("two.keras: 4 of 4 steps. nst transfer PHOTOGRAPH two.keras paints")
    record = check_network("two.keras")
    assert record.names == ("style", "other")
    training = record.objective["training"]
    assert training["steps"] == 4
    assert (training["size"], training["batch_size"], training["photographs"]) == (32, 4, 6)
    assert record.objective["style_size"] == 32
    assert os.fspath(Path.cwd()) not in json.dumps([record.objective, record.made_with])
    assert keras.__version__ == record.made_with["keras"]


def test_a_training_that_diverges_ends_with_one_line(capfd: pytest.CaptureFixture[str]) -> None:
    assert train("--steps", "6", "--learning-rate", "1e38", "--quiet") == 1
    assert capfd.readouterr().err == (
        "nst: the training ended because the loss or a weight was not finite. Nothing was "
        "saved. Train with a lower --learning-rate.\n"
    )
    assert not OUTPUT.exists()
    assert not CHECKPOINT.exists()


def test_a_loss_that_cannot_train_a_network_is_refused_by_name(
    capfd: pytest.CaptureFixture[str],
) -> None:
    loss = "NeuralNeighborsLoss,layers=filters_7"
    words = "--photographs photographs --network random --content-layers filters_7 --quiet --loss"
    assert main(["train", "style.png", *words.split(), loss]) == 2
    err = capfd.readouterr().err
    assert "NeuralNeighborsLoss, which overrides `prepare`" in err
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("style.png", "nst train needs --photographs."),
        ("--photographs photographs", "nst train needs a painting."),
        ("style.png --photographs missing", "'missing', which does not exist"),
        ("style.png --photographs empty", "'empty', which has none"),
        ("style.png --photographs one", "at least 2 photographs"),
        ("style.png --photographs broken", "2 files, none of which can"),
        ("missing.png --photographs photographs", "missing.png"),
        ("broken/a.png --photographs photographs", "broken/a.png"),
        ("old.keras --photographs photographs", "a learned painting"),
        ("style.png other.png --batch-size 3 --photographs photographs", "Write --batch-size 4"),
        ("style.png one/style.png --photographs photographs", "2 with the name 'style'"),
        ("style.png --photographs photographs --output a.png", "ends in one of .keras"),
        ("style.png --photographs photographs --output style.png/a.keras", "can be written"),
        ("old.png --photographs photographs", "'old.keras' exists already"),
        (
            "style.png --photographs photographs --weights old.keras --output old.keras",
            "leave the inputs unchanged",
        ),
        (
            "a.preview.png --photographs photographs --preview --output a.keras",
            "leave the inputs unchanged",
        ),
        ("style.png --photographs photographs --loss StileLoss", "StyleLoss"),
        ("style.png --photographs photographs --style-layers block9", "Unknown layer 'block9'"),
        ("style.png --photographs photographs --size 8", "--size to be at least 32"),
        (
            "style.png --photographs photographs --gradient-shares 1,1,1",
            "does not have this option",
        ),
        ("style.png --photographs photographs --loss StyleLoss --style-weight 2", "not both"),
    ],
)
def test_bad_input_is_refused_before_the_run(
    words: str, message: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    for name in ("empty", "broken"):
        Path(name).mkdir()
    make_photographs(Path("one"), 1)
    Path("one/0.png").unlink()
    for path in ("one/style.png", "old.png", "a.preview.png"):
        Path(path).write_bytes(Path("style.png").read_bytes())
    for name in ("a.png", "b.jpg"):
        Path("broken", name).write_text("no picture")
    Path("old.keras").touch()
    module = sys.modules["nst_framework.cli.train"]
    monkeypatch.setattr(module, "load_backend", lambda: pytest.fail("too late"))
    before = sorted(Path().rglob("*"))
    assert main(["train", *words.split()]) == 2
    out, err = capfd.readouterr()
    assert out == ""
    assert err.startswith("nst: error: ")
    assert err.count("\n") == 1
    assert message in err
    assert sorted(Path().rglob("*")) == before


def test_help_lists_only_the_options_that_apply_to_training(
    capfd: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit):
        main(["train", "--help"])
    out = capfd.readouterr().out
    for option in ("--photographs", "--loss", "--style-weight", "--pooling", "--precision"):
        assert option in out
    for option in ("--scales", "--optimizer", "--gradient-shares", "--epochs", "--color"):
        assert option not in out
