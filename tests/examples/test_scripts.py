"""The example scripts: the quickstart as a user runs it, and the classes of the others."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import imageio.v3 as iio
import numpy as np
import pytest
from conftest import TinyExtractor
from keras import ops

import nst_framework
from nst_framework import (
    ContentLoss,
    Loss,
    Objective,
    Recipe,
    StyleLoss,
    TemporalLoss,
    TotalVariationLoss,
    Trainer,
    read_image,
)
from nst_framework.testing import check_loss

EXAMPLES = Path(__file__).parents[2] / "examples"


WITHOUT_NETWORK = """
import runpy, sys

def refuse(event, arguments):
    if event in ("socket.connect", "socket.getaddrinfo", "socket.sendto"):
        raise RuntimeError(f"The script uses the network: {event} {arguments}")

sys.addaudithook(refuse)
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
"""


def load(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, EXAMPLES / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_quickstart_writes_what_it_says_without_the_network(tmp_path: Path) -> None:
    command = [sys.executable, "-c", WITHOUT_NETWORK, str(EXAMPLES / "quickstart.py")]
    command += ["--size", "64"]
    command += ["--epochs", "2", "--steps-per-epoch", "3"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stderr == ""
    names = sorted(path.name for path in (tmp_path / "outputs").iterdir())
    assert names[0].startswith("001-")
    assert names[1].startswith("002-")
    assert names[2:] == ["comparison.png", "losses.png", "result.png"]
    assert read_image(tmp_path / "outputs" / "result.png").shape == (43, 64, 3)
    assert done.stdout.splitlines()[5].startswith("Epoch 1/2 - step 3/3")
    assert done.stdout.splitlines()[-1].startswith("outputs/result.png: loss ")


def test_the_custom_loss_is_zero_at_the_style_and_falls(
    trainer: Trainer, fit_arguments: dict[str, Any]
) -> None:
    loss = load("custom_loss").MeanAndSpreadLoss(["first", "second"])
    trainer.compile([ContentLoss(["second"]), loss], [1.0, 10.0])
    history = trainer.fit(**{**fit_arguments, "steps_per_epoch": 20}).history
    before = trainer.evaluate(trainer.content)["mean_and_spread_loss"]
    assert history["mean_and_spread_loss"][-1] < 0.5 * before
    trainer.fit(**{**fit_arguments, "content": fit_arguments["style"]})
    assert trainer.evaluate(trainer.style)["mean_and_spread_loss"] == pytest.approx(0, abs=1e-9)


def test_the_custom_callback_makes_a_film(
    trainer: Trainer, fit_arguments: dict[str, Any], tmp_path: Path
) -> None:
    video = load("custom_callback").GIFSaver(tmp_path / "new" / "video.gif", every=2)
    trainer.fit(**{**fit_arguments, "epochs": 1}, callbacks=[video])
    frames = iio.imread(tmp_path / "new" / "video.gif")
    assert frames.shape == (4, 20, 26, 3), "the first image and steps 0, 2 and 4"
    assert np.abs(frames[-1].astype(int) - trainer.image).mean() < 12


def test_the_custom_extractor_sees_the_image_and_its_half(
    tiny_extractor: TinyExtractor, fit_arguments: dict[str, Any]
) -> None:
    extractor = load("custom_extractor").TwoScales(tiny_extractor)
    image = np.random.default_rng(0).uniform(0, 255, (1, 8, 12, 3)).astype(np.float32)
    features = extractor(ops.convert_to_tensor(image), ["half/first", "whole/second"])
    halved = image.reshape(1, 4, 2, 6, 2, 3).mean(axis=(2, 4))
    np.testing.assert_allclose(
        features["half/first"],
        tiny_extractor(ops.convert_to_tensor(halved), ["first"])["first"],
        rtol=1e-5,
        atol=1e-6,
    )
    assert list(features) == ["half/first", "whole/second"]
    assert extractor.minimum_size(["half/second"]) == 4

    trainer = Trainer(extractor)
    trainer.compile(StyleLoss(["whole/first", "half/first", "half/second"]))
    history = trainer.fit(**fit_arguments).history
    assert history["loss"][-1] < 0.5 * trainer.evaluate(trainer.content)["loss"]


def test_the_worked_paper_passes_the_checks_and_sees_what_a_gram_matrix_does_not() -> None:
    loss = load("long_range_consistency").LongRangeLoss(["layer"], shift=2)
    check_loss(loss)
    stripes = np.zeros((1, 12, 12, 2))
    stripes[:, :, 0::4], stripes[:, :, 1::4] = 1, 1
    checks = np.zeros((1, 12, 12, 2))
    checks[:, :, 0::2] = 1
    costs = [
        float(each.compare(*(each.represent(ops.convert_to_tensor(x)) for x in (stripes, checks))))
        for each in (StyleLoss(["layer"]), loss)
    ]
    assert costs[0] == 0, "both are 1 at half of the positions"
    # Two positions to the right, wide stripes never meet, and narrow ones do at 5 of 10 positions;
    # the ten columns have 6 of the wide stripes, 5 of the narrow ones.
    assert costs[1] == pytest.approx((0.5**2 + 0.1**2) / 2 / 4)


def test_the_grid_has_a_row_for_every_loss(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(EXAMPLES)
    script = load("loss_grid")
    used = {type(loss) for losses in script.make_rows().values() for loss in losses}
    public = {getattr(nst_framework, name) for name in nst_framework.__all__}
    losses = {each for each in public if isinstance(each, type) and issubclass(each, Loss)}
    assert used == losses - {Loss, TotalVariationLoss, TemporalLoss}, (
        "total variation is in every row, and the temporal loss is of videos"
    )
    document = (EXAMPLES.parent / "docs" / "losses.md").read_text()
    for loss in losses - {Loss}:
        assert f"| `{loss.__name__}` |" in document
        assert f"api/losses.md#nst_framework.{loss.__name__})" in document

    options = ["--rows", "moments", "--pairs", "coffee", "--size", "40", "--steps", "1"]
    script.main([*options, "--outputs", str(tmp_path), "--thumbnails", str(tmp_path / "small")])
    assert read_image(tmp_path / "small" / "moments.jpg").shape == (27, 40, 3)
    thumbnails = re.findall(r"\]\(images/losses/([\w-]+)\.jpg\)", document)
    assert sorted(thumbnails) == sorted(row.lower().replace(" ", "_") for row in script.make_rows())
    assert read_image(tmp_path / "moments-coffee.png").shape == (27, 40, 3)
    assert read_image(tmp_path / "grid.jpg").shape[2] == 3


@pytest.mark.slow
def test_the_gallery_has_a_row_for_every_section(tmp_path: Path) -> None:
    command = [sys.executable, str(EXAMPLES / "gallery.py"), "--outputs", str(tmp_path)]
    command += ["--size", "64", "--steps", "2", "--sections", "transparency"]
    subprocess.run(command, check=True, capture_output=True)
    page = (tmp_path / "gallery.md").read_text()
    assert page == (EXAMPLES.parent / "docs" / "gallery.md").read_text()
    assert read_image(tmp_path / "images" / "gallery" / "transparency.jpg").shape[1] > 500
    rows = re.findall(r"\]\((images/gallery/\w+\.jpg)\)", page)
    assert len(rows) == page.count("\n## ")
    for row in rows:
        assert read_image(EXAMPLES.parent / "docs" / row).shape[1] > 500


@pytest.mark.slow
def test_resnet50_balances_its_losses_and_makes_a_picture(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    script = load("resnet50")
    balanced = {}

    def balanced_weights(*arguments: Any) -> dict[str, float]:
        balanced.update(original(*arguments))
        network, content, style, _ = arguments
        losses = [ContentLoss([script.CONTENT_LAYER]), StyleLoss(script.STYLE_LAYERS)]
        weights = {loss.name: balanced[loss.name] for loss in losses}
        terms = Objective(Recipe(network, losses, weights), content, style)(content).terms
        assert terms["content_loss"] == 0
        assert terms["style_loss"] == pytest.approx(1.0, rel=1e-4)
        return balanced

    original = script.balanced_weights
    monkeypatch.setattr(script, "balanced_weights", balanced_weights)
    script.main(["--weights", "none", "--size", "40", "--steps", "2"])
    assert set(balanced) == {"content_loss", "style_loss", "total_variation_loss"}
    assert read_image("outputs/resnet50.png").shape == (27, 40, 3)
