"""Images saved during the run, under the requested names."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nst_framework import Trainer, read_image
from nst_framework.callbacks import ImageSaver

FitArguments = dict[str, Any]


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_names_have_the_epoch_and_the_loss(
    trainer: Trainer, fit_arguments: FitArguments, tmp_path: Path
) -> None:
    saver = ImageSaver(tmp_path / "{epoch:03d}-{loss:.3g}-{style_loss:.2e}.png")
    history = trainer.fit(**fit_arguments, callbacks=[saver]).history
    assert names(tmp_path) == sorted(
        f"{epoch + 1:03d}-{history['loss'][epoch]:.3g}-{history['style_loss'][epoch]:.2e}.png"
        for epoch in range(2)
    )
    last = read_image(tmp_path / names(tmp_path)[-1])
    np.testing.assert_array_equal(last, trainer.image)


def test_every_few_steps_over_all_epochs(
    trainer: Trainer, fit_arguments: FitArguments, tmp_path: Path
) -> None:
    saver = ImageSaver(tmp_path / "{step:02d}.jpg", every=4, unit="step")
    trainer.fit(**fit_arguments, callbacks=[saver])
    assert names(tmp_path) == ["04.jpg", "08.jpg"]


def test_every_few_epochs(trainer: Trainer, fit_arguments: FitArguments, tmp_path: Path) -> None:
    trainer.fit(
        **{**fit_arguments, "epochs": 5}, callbacks=[ImageSaver(tmp_path / "{epoch}.png", 2)]
    )
    assert names(tmp_path) == ["2.png", "4.png"]


def test_a_name_without_fields_is_overwritten(
    trainer: Trainer, fit_arguments: FitArguments, tmp_path: Path
) -> None:
    trainer.fit(**fit_arguments, callbacks=[ImageSaver(tmp_path / "latest.png")])
    assert names(tmp_path) == ["latest.png"]


@pytest.mark.parametrize(
    "name",
    [
        "{epok}.png",
        "{epoch.png",
        "{}.png",
        "{epoch}.gif",
        # Fields are numbers and accept only number formats.
        "{loss.foo}.png",
        "{loss.real}.png",
        "{loss.__class__}.png",
        "{epoch.__class__.__mro__[1]}.png",
        "{loss[0]}.png",
        "{loss!r}.png",
        "{epoch:/>9}.png",
        "{epoch:{step}}.png",
        "{epoch:099999d}.png",
        "{epoch:.999f}.png",
        "{loss:d}.png",
    ],
)
def test_bad_names_are_found_before_the_first_step(
    name: str, trainer: Trainer, fit_arguments: FitArguments, tmp_path: Path
) -> None:
    with pytest.raises(ValueError, match="Expected a file name"):
        trainer.fit(**fit_arguments, callbacks=[ImageSaver(tmp_path / name)])
    assert names(tmp_path) == []


@pytest.mark.parametrize("arguments", [{"every": 0}, {"every": 2.5}, {"unit": "minute"}])
def test_bad_arguments(arguments: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="Expected.*Received"):
        ImageSaver("a.png", **arguments)
