"""Styles, masks, colors and shares on the command line."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from command_line import one_error_line

from nst_framework import read_image, write_image
from nst_framework.cli import main
from nst_framework.cli.parser import parse_arguments
from nst_framework.run.state import RunState
from nst_framework.settings.layers import effective_settings
from nst_framework.settings.parts import make_styles

SMALL = "--size 32 --epochs 1 --steps-per-epoch 2 --quiet --checkpoint run.npz"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with images and masks."""
    generator = np.random.default_rng(0)
    for name, shape in (("content", (32, 32, 3)), ("a", (32, 32, 3)), ("b", (32, 40, 3))):
        write_image(tmp_path / f"{name}.png", generator.integers(0, 256, shape, dtype=np.uint8))
    left = np.zeros((32, 32, 3), np.uint8)
    left[:, :16] = 255
    write_image(tmp_path / "left.png", left)
    write_image(tmp_path / "right.png", 255 - left)
    write_image(tmp_path / "middle.png", np.pad(left, ((0, 0), (4, 4), (0, 0))))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def transfer(words: str) -> int:
    return main(["transfer", "content.png", *words.split(), *SMALL.split()])


def configuration() -> dict[str, Any]:
    return RunState.load("run.npz").configuration


def styles(words: str) -> list[tuple[Any, ...]]:
    _, typed = parse_arguments(["transfer", "content.png", *words.split()])
    made = make_styles(effective_settings(typed))
    return [
        (style.image, style.weight, style.scale, style.mask, style.content_mask) for style in made
    ]


@pytest.mark.parametrize(
    ("words", "made"),
    [
        ("a.png", [("a.png", 1.0, 1.0, None, None)]),
        ("a b", [("a", 1.0, 1.0, None, None), ("b", 1.0, 1.0, None, None)]),
        ("a b --style-weights 0.7,0.3", [("a", 0.7, 1.0, None, None), ("b", 0.3, 1.0, None, None)]),
        ("a b --style-weights 7 3", [("a", 7.0, 1.0, None, None), ("b", 3.0, 1.0, None, None)]),
        ("a b --style-scale 0.5", [("a", 1.0, 0.5, None, None), ("b", 1.0, 0.5, None, None)]),
        ("a b --style-scale 1,.5", [("a", 1.0, 1.0, None, None), ("b", 1.0, 0.5, None, None)]),
        (
            "a b --style-masks m none --content-masks none n",
            [("a", 1.0, 1.0, "m", None), ("b", 1.0, 1.0, None, "n")],
        ),
    ],
)
def test_options_become_styles(words: str, made: list[tuple[Any, ...]]) -> None:
    assert styles(words) == made


def test_style_options_in_a_file() -> None:
    Path("run.toml").write_text(
        'style = ["a", "b"]\nstyle_weights = [7, 3]\nstyle_scale = 0.5\n'
        'style_masks = ["m", "none"]\ncontent_masks = "n"\n'
    )
    options = "--config run.toml --content-masks none n"
    assert styles(options) == [("a", 7.0, 0.5, "m", None), ("b", 3.0, 0.5, None, "n")]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("--style-weights 1,2,3", "--style-weights to have one value for each of the 2 styles. Re"),
        ("--style-scale 1,2,3", "--style-scale to have one value for each of the 2 styles. Receiv"),
        ("--style-masks left.png", "each of the 2 styles. Received 1: left.png."),
        ("--content-masks none none none", "each of the 2 styles. Received 3: none none none."),
        ("--style-weights 1;2", "--style-weights to be numbers such as 0.7,0.3. Received: '1;2'."),
        ("--style-weights 1,-1", "weight=-1.0"),
        ("--style-scale 0", "scale=0.0"),
        ("--style-masks no.png none", "no.png"),
        (
            "--output left.png --content-masks left.png none",
            "--output left.png, which may overwrite 'left.png'",
        ),
        (
            "--color blue",
            "--color to be one of style, luminance, cholesky, symmetric, histogram, placed, "
            "affine. Re",
        ),
        ("--noise 2", "--noise to be from 0 to 1"),
        ("--initial-image last --output no.png", "no.png, which does not exist"),
        (
            "--initial-image last",
            "--initial-image last needs --output. Name",
        ),
        ("--content-layer-weights 1,2", "--content-layer-weights to have a number for each"),
        ("--style-layer-weights 1", "--style-layer-weights to have a number for each"),
        ("--gradient-shares 0.5,0.5,0.5", "--gradient-shares to have a number for each"),
        (
            "--gradient-shares 1,1,1,1 --tv-weight 3",
            "--gradient-shares or --tv-weight, not both, because shares",
        ),
        ("--gradient-shares 1,1,1 --loss StyleLoss,weight=2", "no weights with --gradient-shares"),
    ],
)
def test_wrong_options_are_one_line(
    words: str, message: str, folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    before = sorted(folder.iterdir())
    assert transfer(f"a.png b.png {words}") == 2
    assert message in one_error_line(capfd)
    assert sorted(folder.iterdir()) == before


def test_two_weights_for_one_style_are_an_error(capfd: pytest.CaptureFixture[str]) -> None:
    assert transfer("a.png --style-weights 1,2") == 2
    assert "one value for the only style. Received 2: 1.0 2.0." in capfd.readouterr().err


def test_styles_reach_the_run_and_are_restored_from_the_sidecar() -> None:
    words = "a.png b.png --style-weights 3,1 --style-scale 1,0.75 --color cholesky --noise 0.5"
    words += " --content-masks left.png right.png --style-masks none middle.png --seed 3"
    words += " --style-layers block1_conv1 block2_conv1 --style-layer-weights 0.3,0.7"
    assert transfer(f"{words} --gradient-shares 0.3,0.6,0.05,0.05") == 0
    first = Path("content-a-b.png").read_bytes()
    made_with = configuration()
    shares = [style["share"] for style in made_with["style"]]
    np.testing.assert_allclose(shares, [0.75, 0.25])
    assert made_with["style"][0]["mask"] is None
    assert made_with["style"][1]["mask"] is not None
    assert made_with["color"] == "cholesky"
    assert made_with["losses"][1]["config"]["layer_weights"] == [0.3, 0.7]
    assert list(made_with["gradient_shares"].values()) == pytest.approx([0.3, 0.6, 0.05, 0.05])
    record = tomllib.loads(Path("content-a-b.png.toml").read_text())
    names = {"content.png", "a.png", "b.png", "left.png", "right.png", "middle.png"}
    assert set(record["inputs"]) == names
    assert "tv_weight" not in record
    assert (
        main(["transfer", "--config", "content-a-b.png.toml", "--quiet", "--output", "b2.png"]) == 0
    )
    assert Path("b2.png").read_bytes() == first


def test_typed_shares_replace_the_weights_of_a_preset() -> None:
    assert transfer("a.png --preset strokes --gradient-shares 1,1,1,1,1") == 0
    assert len(configuration()["gradient_shares"]) == 5


def test_a_run_can_start_from_an_earlier_output(capfd: pytest.CaptureFixture[str]) -> None:
    write_image("result.png", np.full((32, 32, 3), 200, np.uint8))
    adam = "a.png --optimizer adam --learning-rate 1 --initial-image last --output result.png"
    assert transfer(adam) == 0
    assert 1 <= np.abs(read_image("result.png").astype(int) - 200).max() <= 3
    assert "result.png" in tomllib.loads(Path("result.png.toml").read_text())["inputs"]
    capfd.readouterr()
    assert main(["transfer", "--config", "result.png.toml"]) == 0
    assert "result.png has changed since" in capfd.readouterr().err


def test_noise_is_blended_in() -> None:
    write_image("content.png", np.full((32, 32, 3), 128, np.uint8))
    adam = "a.png --optimizer adam --learning-rate 0.01"
    for noise in (0.25, 0.5):
        assert transfer(f"{adam} --noise {noise} --output {noise}.png") == 0
    quarter, half = (read_image(f"{noise}.png").astype(float).std() for noise in (0.25, 0.5))
    assert half == pytest.approx(2 * quarter, rel=0.1)
    assert quarter == pytest.approx(0.25 * 256 / 12**0.5, rel=0.1)
