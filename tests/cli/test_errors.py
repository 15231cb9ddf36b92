"""Errors and warnings, and the location of errors in user code."""

from __future__ import annotations

import os
import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest
from command_line import one_error_line

import nst_framework
from nst_framework import write_image
from nst_framework.cli import main

MY_CODE = """
import warnings

import keras
from keras import ops

from nst_framework import Loss, write_image


class MyLoss(Loss):
    def __init__(self, where="", name=None):
        super().__init__(["block1_conv1"], target="style", name=name)
        self.where = where
        if where == "__init__":
            raise KeyError(where)  # in the constructor

    def represent(self, features):
        if self.where == "represent":
            return features @ "text"  # in the traced function
        return ops.mean(features, axis=(0, 1, 2))

    def compare(self, actual, target):
        if self.where == "compare":
            raise MyError  # without a message
        return ops.mean((actual - target) ** 2)

    def get_config(self):
        if self.where == "get_config":
            return {"name": self.nothing}  # in the configuration
        return {"layers": self.layers}


class MyError(Exception):
    pass


class MyCallback(keras.callbacks.Callback):
    def __init__(self, where=""):
        super().__init__()
        self.where = where

    def on_train_begin(self, logs=None):
        if self.where == "on_train_begin":
            assert False, "several\\n  lines"  # before the run

    def on_train_batch_end(self, batch, logs=None):
        if self.where == "on_train_batch_end":
            self.helper(1 / batch)  # in the run
        if self.where == "save":
            write_image("result.gif", self.model.image)  # in the package
        if self.where == "generated":
            eval("1 / 0")  # around generated code
        if self.where == "warning":
            warnings.warn("an overflow of mine", RuntimeWarning)

    def on_train_end(self, logs=None):
        if self.where == "on_train_end":
            self.helper(0)

    def helper(self, number):
        try:
            [][number]
        except IndexError as error:
            raise LookupError("nothing left") from error  # in the helper
"""

SMALL = ["--size", "32", "--epochs", "1", "--steps-per-epoch", "2", "--quiet"]


@pytest.fixture(autouse=True)
def code(folder: Path) -> None:
    (folder / "mine").mkdir()
    (folder / "mine" / "code.py").write_text(MY_CODE)
    (folder / "half.py").write_text("\ndef half(:\n")
    (folder / "needs.py").write_text("\nimport no_such_module\n")
    (folder / "divides.py").write_text("\nhalf = 1 / 0\n")


def transfer(*arguments: str) -> int:
    return main(["transfer", "content.png", "style.png", *SMALL, *arguments])


def line_of(comment: str) -> int:
    """The line of the user's code that ends in a comment."""
    lines = MY_CODE.splitlines()
    return next(number for number, line in enumerate(lines, 1) if line.endswith(f"# {comment}"))


@pytest.mark.parametrize(
    ("option", "where", "comment", "message"),
    [
        ("--loss", "__init__", "in the constructor", "in __init__: KeyError: '__init__'"),
        ("--loss", "represent", "in the traced function", "in represent: "),
        ("--loss", "compare", "without a message", "in compare: MyError"),
        ("--loss", "get_config", "in the configuration", "in get_config: AttributeError: 'MyLoss"),
        (
            "--callback",
            "on_train_begin",
            "before the run",
            "in on_train_begin: AssertionError: several lines",
        ),
        (
            "--callback",
            "on_train_batch_end",
            "in the run",
            "in on_train_batch_end: ZeroDivisionError: division by zero",
        ),
        ("--callback", "generated", "around generated code", "in on_train_batch_end: ZeroDiv"),
        ("--callback", "save", "in the package", "ValueError: Invalid output path"),
        ("--callback", "on_train_end", "in the helper", "in helper: LookupError: nothing left"),
    ],
)
def test_an_error_in_user_code_names_its_line(
    option: str, where: str, comment: str, message: str, capfd: pytest.CaptureFixture[str]
) -> None:
    kind = "MyLoss" if option == "--loss" else "MyCallback"
    assert transfer(option, f"mine/code.py:{kind},where={where}") == 2
    error = one_error_line(capfd)
    place = Path("mine") / "code.py"
    assert error.startswith(f"nst: error: {place}, line {line_of(comment)}, in ")
    assert message in error


@pytest.mark.parametrize(
    ("file", "message"),
    [
        ("needs.py", "needs.py, line 2: ModuleNotFoundError: No module named 'no_such_module'\n"),
        ("divides.py", "divides.py, line 2: ZeroDivisionError: division by zero\n"),
    ],
)
def test_an_error_while_importing_user_code_names_its_line(
    file: str, message: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert transfer("--loss", f"{file}:MyLoss") == 2
    assert one_error_line(capfd) == f"nst: error: {message}"


def test_a_file_that_cannot_be_parsed_names_its_line(capfd: pytest.CaptureFixture[str]) -> None:
    assert transfer("--loss", "half.py:MyLoss") == 2
    assert one_error_line(capfd).endswith("raised SyntaxError: invalid syntax (half.py, line 2)\n")


def test_errors_show_the_path_as_typed(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    (folder / "elsewhere").mkdir()
    monkeypatch.chdir(folder / "elsewhere")
    words = ["../content.png", "../style.png", "--loss", "../divides.py:MyLoss"]
    assert main(["transfer", *words]) == 2
    assert one_error_line(capfd).startswith("nst: error: ../divides.py, line 2: ")


def test_the_traceback_is_printed_on_request(
    capfd: pytest.CaptureFixture[str],
) -> None:
    words = ["--loss", "mine/code.py:MyLoss,where=compare"]
    assert transfer(*words, "--traceback") == 2
    first, *lines, last = capfd.readouterr().err.splitlines()
    assert first == "Traceback (most recent call last):"
    assert "    raise MyError  # without a message" in lines
    assert any("nst_framework/trainer.py" in line for line in lines)
    place = f"mine/code.py, line {line_of('without a message')}, in compare"
    assert last == f"nst: error: {place}: MyError"


@pytest.mark.parametrize(
    "words",
    [
        "transfer none.png style.png",
        "score none.png --content content.png --style style.png",
    ],
)
def test_the_traceback_of_bad_input(words: str, capfd: pytest.CaptureFixture[str]) -> None:
    assert main([*words.split(), "--traceback"]) == 2
    first, *_, last = capfd.readouterr().err.splitlines()
    assert first == "Traceback (most recent call last):"
    assert last.startswith("nst: error: Expected ")


def test_an_error_in_the_package_itself_is_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise TypeError("a bug of the package")

    monkeypatch.setattr(nst_framework.Trainer, "fit", broken)
    with pytest.raises(TypeError, match="a bug of the package"):
        transfer()


def test_warnings_in_user_code_are_shown() -> None:
    with pytest.warns(RuntimeWarning, match="an overflow of mine"):
        assert transfer("--callback", "mine/code.py:MyCallback,where=warning") == 0


def test_a_loss_that_is_not_finite_is_not_also_a_warning() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.simplefilter("ignore", DeprecationWarning)
        assert transfer("--style-weight", "1e34") == 1


def test_score_shows_output_of_libraries_while_computing(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def score(*_: object) -> dict[str, float]:
        os.write(2, b"a warning of a library\n")
        return {"number": 1.0}

    monkeypatch.setattr("nst_framework.metrics.score", score)
    assert main(["score", "content.png", "--content", "content.png", "--style", "style.png"]) == 0
    assert capfd.readouterr() == ("number  1.0000\n", "a warning of a library\n")


def test_score_hides_the_backend_s_output_while_loading() -> None:
    write_image("content.png", np.zeros((40, 48, 3), np.uint8))
    command = [sys.executable, "-m", "nst_framework", "score", "content.png"]
    command += ["--content", "content.png", "--style", "content.png"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout
    assert done.stderr == ""
