"""Learned paintings in the app: alone, and as the start of a run."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("gradio", reason="needs pip install 'nst_framework[app]'")

from nst_framework import read_image
from nst_framework.cli.app.answers import Answer
from nst_framework.cli.app.events import Events, Limits
from nst_framework.cli.app.form import DEFAULT, NOT_LEARNED, Form, Images, form_settings
from nst_framework.paintings import painting_names
from nst_framework.style_network.network import StyleNetwork

VISITOR: Any = type("Request", (), {"session_hash": "visitor"})()


@pytest.fixture
def events(folder: Path) -> Iterator[Events]:
    for name in ("content.png", "style.png"):
        (folder / "cache" / name).mkdir(parents=True)
        shutil.copy(name, folder / "cache" / name / name)
    events = Events(folder / "cache", Limits(size=1024))
    yield events
    events.close()


def upload(name: str) -> dict[str, str]:
    return {"path": str(Path("cache", name, name).absolute())}


def make(events: Events, learned: str, trained: Any = None, mask: Any = None) -> Answer:
    """The last update of the page for a visitor with only a photograph."""
    own = (DEFAULT, 64, 200.0, "style", 50, None, learned, trained)
    *_, last = events.make(upload("content.png"), None, None, None, mask, *own, VISITOR)
    return last


def test_a_painting_from_the_package_makes_a_picture(events: Events) -> None:
    name = painting_names()[-1]
    shown = make(events, name)
    assert "Done. To refine it" in shown.line
    expected = StyleNetwork.load(name).paint("content.png", 64)
    assert np.array_equal(read_image(shown.picture), expected)
    assert Path(shown.picture).name == f"content-{name}.png"
    assert shown.curve is None


def test_an_uploaded_painting_makes_a_picture(events: Events, folder: Path) -> None:
    network = StyleNetwork(width=4, blocks=1)
    (folder / "cache" / "own.keras").mkdir()
    network.save(folder / "cache" / "own.keras" / "own.keras")
    assert "problem" not in events.check_trained(upload("own.keras"), VISITOR)[1]
    shown = make(events, NOT_LEARNED, upload("own.keras"))
    assert "Done." in shown.line
    expected = StyleNetwork.load("cache/own.keras/own.keras").paint("content.png", 64)
    assert np.array_equal(read_image(shown.picture), expected)


def test_bad_learned_paintings_are_explained(events: Events, folder: Path) -> None:
    assert "not an archive" in events.check_trained(upload("style.png"), VISITOR)[1]
    assert "not an archive" in make(events, NOT_LEARNED, upload("style.png")).line
    assert str(folder) not in make(events, NOT_LEARNED, upload("style.png")).line
    assert "Add a painting" in make(events, NOT_LEARNED).line
    assert "Expected a learned painting" in make(events, "/etc/passwd").line
    assert "takes no mask" in make(events, painting_names()[0], mask=upload("content.png")).line


def test_with_a_painting_the_learned_painting_is_the_starting_image() -> None:
    images, output = Images(Path("content.png"), (Path("style.png"),)), Path("out.png")
    form = Form("draft", 64, 200.0, "style", learned=painting_names()[0])
    settings = form_settings(form, images, output)
    assert settings["initial_image"] == painting_names()[0]
    assert settings["style"] == ["style.png"]
