"""The sidecar of a result."""

from __future__ import annotations

import hashlib
import platform
import shutil
import tomllib
from pathlib import Path
from typing import Any

import keras
import numpy as np
import PIL
import pytest

from nst_framework import __version__, read_image, write_image
from nst_framework.cli import main
from nst_framework.run.state import RunState

MY_LOSS = """
from keras import ops
from nst_framework import Loss


class MeanLoss(Loss):
    def __init__(self, layers=("block1_conv1",), layer_weights=None, name=None):
        super().__init__(layers, layer_weights, target="style", name=name)

    def compare(self, actual, target):
        return (ops.mean(actual) - ops.mean(target)) ** 2
"""

MIXED = "--initial-image noise --seed 3 --size 64 --scales 0.5 1 --epochs 2 --steps-per-epoch 3"
MIXED += " --pooling max --content-weight 100 --loss mine/code.py:MeanLoss,weight=5"
MIXED += " --loss StyleLoss,layers=block1_conv1 --content-layers block1_conv2 --quiet"
PLAIN = "--size 32 --epochs 1 --steps-per-epoch 2 --quiet --network random"
PLAIN += " --content-layers filters_7 --style-layers filters_7"


@pytest.fixture(autouse=True)
def code(folder: Path) -> None:
    (folder / "mine").mkdir()
    (folder / "mine" / "code.py").write_text(MY_LOSS)


def transfer(words: str, *arguments: str) -> int:
    return main(["transfer", *words.split(), *arguments])


def read(path: str) -> dict[str, Any]:
    return tomllib.loads(Path(path).read_text(encoding="utf-8"))


def test_a_result_is_reproduced_from_its_sidecar(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    assert transfer(f"content.png style.png {MIXED} --output new/out.png") == 0
    first = Path("new/out.png").read_bytes()
    sidecar = Path("new/out.png.toml").read_bytes()
    Path("new/out.png").unlink()
    (folder / "elsewhere").mkdir()
    monkeypatch.chdir(folder / "elsewhere")
    mine = "--allow-code --quiet"
    assert transfer(f"--config ../new/out.png.toml {mine} --output other.png") == 0
    assert Path("other.png").read_bytes() == first
    assert transfer(f"--config ../new/out.png.toml {mine} --output ../new/out.png") == 0
    assert (folder / "new" / "out.png").read_bytes() == first
    assert (folder / "new" / "out.png.toml").read_bytes() == sidecar
    assert transfer(f"--config other.png.toml {mine} --output third.png") == 0
    assert Path("third.png").read_bytes() == first
    assert transfer(f"--config ../new/out.png.toml {mine} --seed 4 --output seed.png") == 0
    assert Path("seed.png").read_bytes() != first
    assert capfd.readouterr().err == ""


def test_the_contents_of_the_sidecar(folder: Path) -> None:
    assert transfer(f"content.png style.png {MIXED} --output new/out.png") == 0
    assert (
        Path("new/out.png.toml")
        .read_text()
        .startswith("# nst transfer --config out.png.toml --allow-code makes")
    )
    record = read("new/out.png.toml")
    assert record["content"] == "../content.png"
    assert record["style"] == ["../style.png"]
    assert record["output"] == "out.png"
    assert record["loss"] == ["../mine/code.py:MeanLoss,weight=5", "StyleLoss,layers=block1_conv1"]
    assert record["scales"] == [0.5, 1.0]
    assert record["precision"] in ("float32", "mixed_bfloat16")
    assert record["seed"] == 3
    made_with = record["made_with"]
    assert made_with["nst_framework"] == __version__
    assert made_with["keras"] == keras.__version__
    assert made_with["backend"].startswith(f"{keras.backend.backend()} ")
    assert made_with["numpy"] == np.__version__
    assert made_with["python"] == platform.python_version()
    assert made_with["pillow"] == PIL.__version__
    assert made_with["processor"].startswith(platform.machine())
    assert int(made_with["threads"]) > 0
    files = {"../content.png", "../style.png", "../mine/code.py"}
    assert set(record["inputs"]) == files
    for name, digest in (*record["inputs"].items(), *record["outputs"].items()):
        assert hashlib.sha256((folder / "new" / name).read_bytes()).hexdigest() == digest


def test_auto_is_resolved() -> None:
    assert transfer(f"content.png style.png {PLAIN} --precision float32") == 0
    record = read("content-style.png.toml")
    assert (record["scales"], record["precision"]) == ([1.0], "float32")
    assert record["tile_size"] == "none"
    assert transfer(f"content.png style.png {PLAIN} --tile-size 32 --output tiles.png") == 0
    assert read("tiles.png.toml")["tile_size"] == 32


def test_changed_inputs_and_versions_are_reported(
    folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert transfer(f"content.png style.png {PLAIN} --initial-image style.png") == 0
    first = Path("content-style.png").read_bytes()
    text = Path("content-style.png.toml").read_text()
    Path("old.toml").write_text(text.replace(f'keras = "{keras.__version__}"', 'keras = "1.2.3"'))
    write_image("style.png", read_image("style.png")[::-1])
    assert transfer("--config old.toml") == 0
    notes = capfd.readouterr().err.splitlines()
    assert len(notes) == 2
    assert notes[0].startswith(
        "nst: note: old.toml was made with keras 1.2.3. This environment has keras "
    )
    assert notes[1] == "nst: note: style.png has changed since old.toml was written."
    assert Path("content-style.png").read_bytes() != first
    # A changed image that is no longer used is not reported, and --quiet silences notes.
    assert (
        transfer("content.png content.png --config content-style.png.toml --output a.png --quiet")
        == 0
    )
    assert capfd.readouterr().err == ""


def test_a_folder_with_everything_can_be_moved(folder: Path) -> None:
    assert transfer(f"content.png style.png {PLAIN} --initial-image style") == 0
    moved = folder / "moved"
    moved.mkdir()
    for name in ("content.png", "style.png", "content-style.png.toml"):
        shutil.move(name, moved / name)
    assert transfer("--config moved/content-style.png.toml --quiet") == 0
    assert (moved / "content-style.png").read_bytes() == Path("content-style.png").read_bytes()


def test_relative_paths_work_through_symbolic_links(folder: Path) -> None:
    (folder / "far" / "away").mkdir(parents=True)
    (folder / "link").symlink_to(folder / "far" / "away")
    assert transfer(f"content.png style.png {PLAIN} --output link/out.png") == 0
    assert read("link/out.png.toml")["content"] == "../../content.png"
    assert transfer("--config link/out.png.toml --quiet --output out.png") == 0
    assert Path("out.png").read_bytes() == Path("link/out.png").read_bytes()


def test_a_resumed_run_is_recorded_as_such(capfd: pytest.CaptureFixture[str]) -> None:
    words = f"content.png style.png {PLAIN} --checkpoint run.npz --output content-style.png"
    assert transfer(f"{words} --epochs 2") == 0
    whole = Path("content-style.png.toml").read_bytes()
    assert transfer(words) == 0
    assert transfer(f"{words} --resume --epochs 2") == 0
    assert Path("content-style.png.toml").read_bytes() == whole, "differs from an uninterrupted run"
    assert transfer(f"{words} --resume --epochs 3 --steps-per-epoch 1") == 0
    assert read("content-style.png.toml")["made_with"]["resumed_from"] == "run.npz"
    assert transfer("--config content-style.png.toml") == 0
    assert "records a run that was resumed from run.npz" in capfd.readouterr().err
    assert transfer(f"{words} --initial-image noise --seed 1") == 0
    assert transfer(f"{words} --initial-image noise --seed 2 --resume --epochs 2") == 0
    assert "resumed_from" in read("content-style.png.toml")["made_with"], (
        "the run began with different noise"
    )


@pytest.mark.filterwarnings("default:'run.npz' was made with")
def test_sidecar_and_checkpoint_report_another_machine(
    capfd: pytest.CaptureFixture[str],
) -> None:
    words = f"content.png style.png {PLAIN} --checkpoint run.npz"
    assert transfer(f"{words} --epochs 2") == 0
    picture, sidecar = (
        Path("content-style.png").read_bytes(),
        Path("content-style.png.toml").read_text(),
    )
    here = read("content-style.png.toml")["made_with"]
    other = sidecar.replace(here["processor"], "abacus").replace(here["keras"], "1.2.3")
    Path("other.toml").write_text(other)
    changed = (
        "made with keras 1.2.3, processor abacus. This environment has keras "
        f"{here['keras']}, processor {here['processor']}; "
        "the picture may not be identical byte for byte.\n"
    )
    assert transfer("--config other.toml --output again.png") == 0
    assert capfd.readouterr().err == f"nst: note: other.toml was {changed}"
    assert Path("again.png").read_bytes() == picture

    assert transfer(words) == 0
    state = RunState.load("run.npz")
    state.made_with = [{**here, "keras": "1.2.3", "processor": "abacus"}]
    state.save("run.npz")
    resume = f"{words} --resume --epochs 2"
    assert transfer(resume) == 0
    assert capfd.readouterr().err == "", "--quiet does not silence these warnings"
    state.save("run.npz")
    assert transfer(resume.replace("--quiet ", "")) == 0
    assert capfd.readouterr().err == f"nst: warning: 'run.npz' was {changed}"
    np.testing.assert_array_equal(read_image("content-style.png"), read_image("again.png"))
    assert read("content-style.png.toml")["made_with"] == {**here, "resumed_from": "run.npz"}


def test_a_diverged_run_writes_no_sidecar(folder: Path) -> None:
    assert transfer("content.png style.png --size 32 --quiet --style-weight 1e34") == 1
    assert (folder / "content-style.png").exists()
    assert not (folder / "content-style.png.toml").exists()


def test_an_unwritable_sidecar_is_found_before_the_run(
    folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (folder / "content-style.png.toml").mkdir()
    assert transfer(f"content.png style.png {PLAIN} --output content-style.png") == 2
    assert "content-style.png.toml" in capfd.readouterr().err
    assert not (folder / "content-style.png").exists()
