"""Custom losses and callbacks on the command line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import nst_framework
from nst_framework import Loss, StyleLoss
from nst_framework.cli import main
from nst_framework.run.state import RunState
from nst_framework.settings.classes import call_class, load_class, parse_class_call

MY_CODE = """
from __future__ import annotations

import dataclasses
import json
import sys

import keras
from keras import ops

from nst_framework import Loss, StyleLoss

print("on the way", file=sys.stderr)


@dataclasses.dataclass
class Settings:
    path: str


class MeanLoss(Loss):
    default_weight = 3.0

    def __init__(self, layers=("block1_conv1",), layer_weights=None, exponent=2, name=None):
        super().__init__(layers, layer_weights, target="style", name=name)
        self.exponent = exponent

    def represent(self, features):
        return ops.mean(features, axis=(0, 1, 2))

    def compare(self, actual, target):
        return ops.mean((actual - target) ** self.exponent)

    def get_config(self):
        return {**super().get_config(), "exponent": self.exponent}


class Diary(keras.callbacks.Callback):
    def __init__(self, path="diary.json", every=1):
        super().__init__()
        self.settings = Settings(path)
        self.every = every
        self.entries = []

    def on_train_batch_end(self, batch, logs=None):
        if batch % self.every == 0:
            self.entries.append(sorted(logs))

    def on_train_end(self, logs=None):
        with open(self.settings.path, "w") as file:
            json.dump(self.entries, file)


number = 3
"""

SMALL = ["--size", "32", "--epochs", "1", "--steps-per-epoch", "2", "--quiet"]


@pytest.fixture(autouse=True)
def code(folder: Path) -> None:
    (folder / "mine").mkdir()
    (folder / "mine" / "code.py").write_text(MY_CODE)
    (folder / "text.txt").write_text(MY_CODE)


def transfer(*arguments: str) -> int:
    return main(["transfer", "content.png", "style.png", *SMALL, *arguments])


@pytest.mark.parametrize(
    ("text", "path", "name", "arguments"),
    [
        ("StyleLoss", "", "StyleLoss", {}),
        ("a/b.py:Mine", "a/b.py", "Mine", {}),
        (r"C:\code\b.py:Mine,x=1", r"C:\code\b.py", "Mine", {"x": 1}),
        ("Mine,layers=a+b,weight=2.5", "", "Mine", {"layers": ["a", "b"], "weight": 2.5}),
        ("Mine,layers=a+", "", "Mine", {"layers": ["a"]}),
        ("Mine,sizes=1+2+4", "", "Mine", {"sizes": [1, 2, 4]}),
        ("Mine,rate=1e+3", "", "Mine", {"rate": 1000.0}),
        ("Mine,sizes=(1,2),on=True", "", "Mine", {"sizes": (1, 2), "on": True}),
        ("Mine,names=['a','b'],x=None", "", "Mine", {"names": ["a", "b"], "x": None}),
        ("Mine,path=a b=c.png", "", "Mine", {"path": "a b=c.png"}),
        ("Mine,path=", "", "Mine", {"path": ""}),
    ],
)
def test_class_calls_are_parsed(text: str, path: str, name: str, arguments: dict[str, Any]) -> None:
    call = parse_class_call(text)
    assert (call.path, call.class_name, call.arguments) == (path, name, arguments)


@pytest.mark.parametrize("text", ["", ":Mine", "my.py", "my.py:", "Mine,3", "Mine(x=1)"])
def test_malformed_class_calls_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"my_loss.py:MyLoss.*Received"):
        parse_class_call(text)


def test_an_argument_may_appear_only_once() -> None:
    with pytest.raises(ValueError, match="'x' twice"):
        parse_class_call("Mine,x=1,x=2")


def test_classes_are_loaded_from_the_package_and_from_files() -> None:
    assert load_class(parse_class_call("StyleLoss"), Loss, nst_framework) is StyleLoss
    kind = load_class(parse_class_call("mine/code.py:MeanLoss"), Loss, nst_framework)
    loss = call_class(kind, {"exponent": 4})
    assert isinstance(loss, Loss)
    assert loss.get_config()["exponent"] == 4


def test_a_run_with_a_custom_loss_and_callback(
    folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    loss = "mine/code.py:MeanLoss,layers=block1_conv1+block2_conv1,exponent=4,weight=20"
    others = ("--loss", "mine/code.py:MeanLoss,layers=block3_conv1,name=deep")
    others += ("--loss", "StyleLoss,layers=block1_conv1,weight=5", "--checkpoint", "run.npz")
    callback = ("--callback", "mine/code.py:Diary,path=my diary.json,every=1")
    assert transfer("--loss", loss, *others, *callback, "--callback", "LossCurves,path=l.png") == 0
    out, err = capfd.readouterr()
    assert out == ""
    assert set(err.splitlines()) == {"on the way"}
    names = ["content_loss", "deep", "loss", "mean_loss", "style_loss", "total_variation_loss"]
    assert json.loads((folder / "my diary.json").read_text()) == [names, names]
    assert (folder / "l.png").exists()
    assert (folder / "content-style.png").exists()
    configuration = RunState.load("run.npz").configuration
    weights = configuration["loss_weights"]
    assert (weights["mean_loss"], weights["deep"], weights["style_loss"]) == (20.0, 3.0, 5.0)
    mine = configuration["losses"][1]["config"]
    assert mine["exponent"] == 4
    assert mine["layers"] == ["block1_conv1", "block2_conv1"]


def test_a_loss_replaces_the_style_loss() -> None:
    assert transfer("--loss", "mine/code.py:MeanLoss", "--checkpoint", "run.npz") == 0
    weights = RunState.load("run.npz").configuration["loss_weights"]
    assert list(weights) == ["content_loss", "mean_loss", "total_variation_loss"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--loss", "none.py:MeanLoss"], "'none.py', which does not exist"),
        (["--loss", "mine:MeanLoss"], "'mine', which does not exist or is not a file"),
        (["--loss", "text.txt:MeanLoss"], "ends in .py"),
        (["--loss", "mine/code.py"], "my_loss.py:MyLoss"),
        (
            ["--loss", "mine/code.py:Other"],
            "does not define it. Correct the name, or choose one of: Mean",
        ),
        (
            ["--loss", "mine/code.py:Diary"],
            "Diary to be a subclass of nst_framework's Loss",
        ),
        (["--loss", "mine/code.py:number"], "defines it as something else: 3"),
        (["--loss", "mine/code.py:MeanLoss,depth=3"], "depth=3, which raised TypeError"),
        (["--loss", "mine/code.py:MeanLoss,layers=block9"], "block1_conv1, block1_conv2"),
        (["--loss", "mine/code.py:MeanLoss,weight=much"], "'much'"),
        (["--loss", "mine/code.py:MeanLoss,weight=-1"], "Received: weight=-1"),
        (["--loss", "StyleLos"], "StyleLoss, TemporalLoss, TotalVariationLoss."),
        (["--loss", "Loss"], "choose one of: ChainedGramLoss"),
        (["--loss", "ContentLoss"], "losses with different names"),
        (["--loss", "StyleLoss", "--style-weight", "2"], "--loss or --style-weight, not both"),
        (
            ["--loss", "StyleLoss", "--style-layers", "block1_conv1"],
            "--loss or --style-layers, not both",
        ),
        (["--callback", "none.py:Diary"], "'none.py', which does not exist"),
        (["--callback", "mine/code.py:MeanLoss"], "a subclass of keras's Callback"),
        (["--callback", "Diary"], "choose one of: Checkpoint, ComparisonFigure, ImageSaver, Live"),
    ],
)
def test_bad_code_is_reported_on_one_line(
    arguments: list[str], message: str, folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert transfer(*arguments) == 2
    out, err = capfd.readouterr()
    lines = [line for line in err.splitlines() if line != "on the way"]
    assert out == ""
    assert len(lines) == 1
    assert lines[0].startswith("nst: error: ")
    assert message in lines[0]
    assert not (folder / "content-style.png").exists()
