"""The form becomes settings of `nst transfer`; code, other files and long runs are refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from nst_framework import read_image, write_image
from nst_framework.cli.app.form import (
    DEFAULT,
    DESCRIPTIONS,
    FROM_PICTURE,
    Form,
    Images,
    chosen_settings,
    form_settings,
)
from nst_framework.cli.app.uploads import collect
from nst_framework.cli.parser import parse_arguments
from nst_framework.presets import preset_names
from nst_framework.settings.layers import effective_settings

IMAGES = Images(Path("content.png"), (Path("style.png"),))
FORM = Form(preset=DEFAULT, size=512, content_weight=200.0, color="style")


def settings_inside(text: str) -> str:
    """A picture with settings."""
    write_image("earlier.png", np.zeros((8, 8, 3), np.uint8), f"# nst transfer\n{text}")
    return "earlier.png"


def test_every_preset_is_in_the_menu() -> None:
    assert set(DESCRIPTIONS) == {DEFAULT, *preset_names()}


@pytest.mark.parametrize("preset", [DEFAULT, "neighbors", "print"])
def test_an_unchanged_form_gives_the_settings_of_the_preset(preset: str) -> None:
    words = [] if preset == DEFAULT else ["--preset", preset]
    command = ["transfer", "content.png", "style.png", *words, "--output", "a.png"]
    expected = effective_settings(parse_arguments(command)[1])
    start = chosen_settings(preset, None)
    form = Form(preset, start["size"], start["content_weight"], start["color"])
    assert form_settings(form, IMAGES, Path("a.png")) == expected


def test_two_paintings_and_masks() -> None:
    images = Images(Path("a.png"), (Path("b.png"), Path("c.png")), (Path("d.png"), Path("e.png")))
    form = Form(DEFAULT, 256, 100.0, "luminance", mix=0.75)
    settings = form_settings(form, images, Path("out.png"))
    assert settings["style_weights"] == [0.75, 0.25]
    assert settings["content_masks"] == ["d.png", "e.png"]
    assert (settings["content_weight"], settings["color"]) == (100.0, "luminance")


def test_settings_are_restored_from_a_picture_without_its_images(folder: Path) -> None:
    earlier = settings_inside(
        'content = "x.png"\nstyle = ["y.png", "z.png"]\nstyle_weights = [1, 2]\n'
        'gradient_shares = [0.02, 1, 0.0002]\nsize = 300\npooling = "max"\n'
    )
    form = Form(FROM_PICTURE, 300, 200.0, "style", restored=earlier)
    settings = form_settings(form, IMAGES, Path("out.png"))
    assert settings["style"] == ["style.png"]
    assert settings["pooling"] == "max"
    assert settings["gradient_shares"] == [0.02, 1.0, 0.0002]
    assert "style_weights" not in settings


@pytest.mark.parametrize(
    "text",
    [
        'loss = ["stolen.py:Loss"]',
        'network = "network.py:Network"',
        'network = "KerasFeatureExtractor"',
        'callback = ["ImageSaver,path=/tmp/x.png"]',
        'weights = "/etc/passwd"',
        'weights = "imagenet"',
        'network = "vgg19"',
        'initial_image = "/etc/passwd"',
    ],
)
def test_a_picture_that_names_code_or_files_is_refused(folder: Path, text: str) -> None:
    with pytest.raises(ValueError, match=r"no code and no other files.*earlier\.png"):
        chosen_settings(FROM_PICTURE, settings_inside(text))


def test_a_picture_without_settings_is_refused(folder: Path) -> None:
    with pytest.raises(ValueError, match=r"embedded settings.*'content\.png'"):
        chosen_settings(FROM_PICTURE, str(folder / "content.png"))


@pytest.mark.parametrize(
    "text",
    [
        "epochs = 101",
        "epochs = -1\nsteps_per_epoch = -5",
        'epochs = 2\nstage = ["scale=0.5,steps=9000", "scale=1,steps=1001"]',
        'epochs = 900\nsteps_per_epoch = 1\nstage = ["scale=1,steps=9000"]',
    ],
)
def test_too_many_steps_are_refused(folder: Path, text: str) -> None:
    form = Form(FROM_PICTURE, 64, 200.0, "style", restored=settings_inside(text))
    with pytest.raises(ValueError, match="1 to 10000 steps|epochs in .* to be at least 1"):
        form_settings(form, IMAGES, Path("out.png"))


def test_images_with_the_same_name_and_a_drawing_are_copied(folder: Path) -> None:
    run = folder / "run"
    run.mkdir()
    (folder / "other").mkdir()
    write_image(folder / "other/content.png", np.full((8, 8, 3), 7, np.uint8))
    drawing = np.zeros((12, 16, 4), np.uint8)
    drawing[:6, :, 3] = 255
    write_image("mask.png", drawing)
    paintings = str(folder / "other/content.png"), "mask.png"
    images = collect(run, str(folder / "content.png"), paintings, drawing="mask.png")
    assert [path.name for path in (images.content, *images.styles)] == [
        "content.png",
        "content-2.png",
        "mask.png",
    ]
    first, second = map(read_image, images.masks)
    assert (first + second == 255).all()
    assert (first[:8] == 255).all()
    assert (first[16:] == 0).all()


def test_bad_uploads_are_explained_without_server_folders(folder: Path) -> None:
    run = folder / "run"
    run.mkdir()
    Path("text.png").write_text("not an image")
    Image.new("1", (8000, 7000)).save("huge.png")
    Image.new("L", (16, 12)).save("black.png")
    for path, words in (
        ("text.png", "to be an image"),
        ("huge.png", "to have at most 50,000,000 pixels"),
    ):
        with pytest.raises(ValueError, match=f"the photograph {words}") as error:
            collect(run, str(folder / path), ("style.png",))
        assert str(folder) not in str(error.value)
    with pytest.raises(ValueError, match="Add a painting"):
        collect(run, "content.png", (None, None))
    with pytest.raises(ValueError, match="no white"):
        collect(run, "content.png", ("style.png",), mask="black.png")
