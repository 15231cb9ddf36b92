"""Fixtures of the command line: folders with images, and shared compiled functions."""

from __future__ import annotations

import copy
import json
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nst_framework import Recipe, TemporalLoss, trainer, write_image

KEPT_RECIPES = 8


@pytest.fixture(scope="session", autouse=True)
def _compiled_once() -> Iterator[None]:
    """Lets runs with equal recipes share compiled functions, as within one trainer.

    Tracing VGG16 takes most of the time of a small run. User classes are excluded, because two
    classes with the same name may differ, and so is `TemporalLoss`, which holds a frame.
    """
    make, recipes = trainer.make_recipe, dict[str, Recipe]()

    def make_recipe(*arguments: Any) -> Recipe:
        recipe = make(*arguments)
        parts = (recipe.extractor, *recipe.losses)
        if not all(type(part).__module__.startswith("nst_framework.") for part in parts):
            return recipe
        if any(isinstance(loss, TemporalLoss) for loss in recipe.losses):
            return recipe
        description = json.dumps(recipe.describe())
        recipes[description] = first = recipes.pop(description, recipe)
        for oldest in list(recipes)[:-KEPT_RECIPES]:
            del recipes[oldest]
        return copy.copy(first)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(trainer, "make_recipe", make_recipe)
        yield


@pytest.fixture(scope="session", autouse=True)
def _interruptible() -> Iterator[None]:
    """Lets processes started by tests receive Ctrl-C, even if the tests run in the background.

    Shells start background processes with SIGINT ignored, and child processes inherit that.
    """
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with a content and a style image."""
    generator = np.random.default_rng(0)
    for name, shape in (("content.png", (24, 32, 3)), ("style.png", (32, 28, 3))):
        write_image(tmp_path / name, generator.integers(0, 256, shape, dtype=np.uint8))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def contents_and_styles(folder: Path) -> None:
    """Two contents and two styles of the same size, in separate folders."""
    generator = np.random.default_rng(1)
    for name in ("contents/a.png", "contents/b.png", "styles/c.png", "styles/d.png"):
        Path(name).parent.mkdir(exist_ok=True)
        write_image(name, generator.integers(0, 256, (24, 32, 3), dtype=np.uint8))
