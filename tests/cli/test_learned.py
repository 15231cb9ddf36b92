"""Learned paintings as styles and as starting images."""

from __future__ import annotations

import csv
import json
import shutil
import subprocess
import sys
import tomllib
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import keras
import numpy as np
import pytest
from command_line import RANDOM, SMALL, one_error_line

from nst_framework import read_image, write_image
from nst_framework.batch import run
from nst_framework.cli import main
from nst_framework.paintings import painting_names
from nst_framework.settings.paths import map_paths
from nst_framework.style_network.network import StyleNetwork
from nst_framework.style_network.record import FORMAT, Record


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, StyleNetwork]:
    """The file of an untrained network with two paintings, and the network loaded from it."""
    keras.utils.set_random_seed(1)
    network = StyleNetwork(styles=2, width=4, blocks=1)
    for block in network.sequence:
        # Makes the two paintings differ.
        values = np.random.default_rng(0).normal(1, 0.5, block.normalization.gamma.shape)
        block.normalization.gamma.assign(values)
    network.learned = Record(("first", "second"))
    path = tmp_path_factory.mktemp("networks") / "painting.keras"
    network.save(path)
    return path, StyleNetwork.load(path)


@pytest.fixture
def network(saved: tuple[Path, StyleNetwork], folder: Path) -> StyleNetwork:
    """The network of `painting.keras`."""
    shutil.copy(saved[0], "painting.keras")
    return saved[1]


def transfer(*words: str) -> int:
    return main(["transfer", "content.png", *words])


def settings_of(output: str) -> dict[str, object]:
    return tomllib.loads(Path(f"{output}.toml").read_text(encoding="utf-8"))


def test_a_learned_painting_can_be_the_style(
    network: StyleNetwork, capfd: pytest.CaptureFixture[str]
) -> None:
    assert transfer("painting.keras", "--size", "40", "--preview") == 0
    assert np.array_equal(read_image("content-painting.png"), network.paint("content.png", 40))
    assert capfd.readouterr() == (
        "content.png in the style of painting.keras -> content-painting.png (40 pixels)\n"
        "content-painting.png: 40 x 30 pixels. Painted in one pass.\n",
        "",
    )
    recorded = settings_of("content-painting.png")
    assert set(recorded) == {
        *("content", "style", "output", "size", "color", "bit_depth"),
        *("made_with", "inputs", "outputs"),
    }
    assert set(recorded["inputs"]) == {"content.png", "painting.keras"}  # type: ignore[call-overload]


@pytest.mark.parametrize("source", ["content-painting.png.toml", "content-painting.png"])
@pytest.mark.usefixtures("network")
def test_a_painted_picture_is_reproduced_from_its_settings(
    source: str, capfd: pytest.CaptureFixture[str]
) -> None:
    options = ("--size", "none", "--color", "luminance", "--style-weights", "1,3")
    assert transfer("painting.keras", *options, "--quiet") == 0
    first = Path("content-painting.png").read_bytes()
    words = ["--config", source, "--output", "again.png", "--quiet"]
    assert main(["transfer", *words]) == 0
    assert Path("again.png").read_bytes() == first
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("color", ["style", "luminance", "cholesky", "symmetric", "histogram"])
def test_color_modes_of_a_painted_picture(color: str, network: StyleNetwork) -> None:
    assert transfer("painting.keras", "--size", "none", "--color", color, "--quiet") == 0
    expected = network.paint("content.png", None, color=color)
    assert np.array_equal(read_image("content-painting.png"), expected)


def test_paintings_in_one_file_are_mixed(network: StyleNetwork) -> None:
    words = ("painting.keras", "--size", "none", "--quiet", "--style-weights")
    assert transfer(*words, "3,1") == 0
    expected = network.paint("content.png", None, style=[0.75, 0.25])
    assert np.array_equal(read_image("content-painting.png"), expected)
    assert not np.array_equal(expected, network.paint("content.png", None))


def test_paintings_of_the_package_have_names(
    capfd: pytest.CaptureFixture[str], folder: Path
) -> None:
    first, second = painting_names()[:2]
    # The names do not stand for files, even if such files exist.
    for name in (first, second):
        shutil.copy("style.png", name)
    assert transfer(first, second, "--style-weights", "0.3,0.7", "--output", "mixed.png") == 0
    assert transfer(second, "--size", "32", "--output", "new/alone.png") == 0
    assert capfd.readouterr().err == ""
    weights = [0.3, 0.7] + [0.0] * (len(painting_names()) - 2)
    network = StyleNetwork.load(second)
    assert np.array_equal(read_image("mixed.png"), network.paint("content.png", style=weights))
    assert np.array_equal(read_image("new/alone.png"), network.paint("content.png", 32))
    recorded = settings_of("new/alone.png")
    assert recorded["style"] == [second]
    assert list(recorded["inputs"]) == ["../content.png"]  # type: ignore[call-overload]


def test_a_file_named_like_a_painting_remains_a_file() -> None:
    name = painting_names()[0]
    settings = {"style": [name, f"./{name}", "a.png"], "initial_image": f"./{name}"}
    changed = map_paths(settings, lambda path: Path(path).name)
    assert changed == {"style": [name, f"./{name}", "a.png"], "initial_image": f"./{name}"}


@pytest.mark.parametrize(
    ("words", "received"),
    [
        ("--content-weight 3", "--content-weight"),
        ("--preset draft", "--preset"),
        ("--epochs 2 --loss StyleLoss", "--epochs, --loss"),
        ("--resume --checkpoint run.npz", "--resume, --checkpoint"),
        ("--metrics score", "--metrics"),
        ("--initial-image noise", "--initial-image"),
        ("--config old.toml", "tv_weight from 'old.toml'"),
    ],
)
def test_optimizer_options_are_refused(
    words: str, received: str, network: StyleNetwork, capfd: pytest.CaptureFixture[str]
) -> None:
    Path("old.toml").write_text("tv_weight = 3.0\n")
    assert transfer("painting.keras", *words.split()) == 2
    assert one_error_line(capfd) == (
        "nst: error: Expected only --output, --bit-depth, --size, --color and --style-weights with "
        f"a learned painting. Received: {received}. Leave out the rest, or pass the style "
        "image itself.\n"
    )


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["nothing.keras"], "does not exist"),
        ([painting_names()[0][:-1]], f"Did you mean {painting_names()[0]}?"),
        (["style.keras"], "not an archive"),
        (["lambda.keras"], "another kind: 'Functional'"),
        (["newer.keras"], f"version {FORMAT + 1}. Install a newer nst_framework."),
        (["painting.keras", "style.png"], "only one style"),
        (["painting.keras", "--style-weights", "1"], "each of the 2 paintings"),
        (["painting.keras", "--style-weights", "0,0"], "at least one above 0"),
        (["painting.keras", "--color", "placed"], "Received: placed."),
        (["style.png", "--initial-image", "lambda.keras"], "another kind: 'Functional'"),
    ],
)
def test_files_that_are_not_paintings_are_refused(
    words: list[str], expected: str, network: StyleNetwork, capfd: pytest.CaptureFixture[str]
) -> None:
    shutil.copy("style.png", "style.keras")
    image = keras.Input((None, None, 3))
    keras.Model(image, keras.layers.Lambda(lambda each: each)(image)).save("lambda.keras")
    with zipfile.ZipFile("painting.keras") as old, zipfile.ZipFile("newer.keras", "w") as new:
        for name in old.namelist():
            text = old.read(name)
            if name == "painting.json":
                text = json.dumps({**json.loads(text), "format": FORMAT + 1}).encode()
            new.writestr(name, text)
    assert transfer(*words) == 2
    assert expected in one_error_line(capfd)


@pytest.mark.parametrize(
    "words", [["content.png", "nothing.keras"], ["none.png", "painting.keras"]]
)
@pytest.mark.usefixtures("network")
def test_bad_input_is_refused_before_keras_is_loaded(words: list[str]) -> None:
    script = (
        "import sys; from nst_framework.cli import main; code = main(sys.argv[1:]); "
        "assert not {'keras', 'tensorflow', 'h5py'} & set(sys.modules); sys.exit(code)"
    )
    command = [sys.executable, "-c", script, "transfer", *words]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ended.returncode == 2
    assert ended.stderr.startswith("nst: error: Expected")


def test_a_single_pixel_is_painted(network: StyleNetwork) -> None:
    write_image("content.png", np.full((1, 1, 3), 90, np.uint8))
    assert transfer("painting.keras", "--size", "none", "--quiet") == 0
    assert read_image("content-painting.png").shape == (1, 1, 3)


@pytest.mark.usefixtures("contents_and_styles")
def test_a_batch_paints_with_learned_paintings(
    network: StyleNetwork, capfd: pytest.CaptureFixture[str]
) -> None:
    for path in Path("styles").iterdir():
        path.unlink()
    shutil.copy("painting.keras", "styles/painting.keras")
    words = ["batch", "--contents", "contents", "--styles", "styles", "--size", "32"]
    words += ["--outputs", "out"]
    assert main(words) == 0
    assert np.array_equal(read_image("out/b-painting.png"), network.paint("contents/b.png", 32))
    assert main(words) == 0
    out, err = capfd.readouterr()
    assert err == ""
    assert "out/results.csv: 2 pictures, 2 made." in out
    assert "out/results.csv: 2 pictures, 2 kept." in out
    columns = "content,style,output,outcome,seconds,reason"
    assert Path("out/results.csv").read_text().splitlines()[0] == columns


@pytest.mark.usefixtures("contents_and_styles")
def test_optimizer_options_apply_only_to_style_images_in_a_batch(
    network: StyleNetwork, capfd: pytest.CaptureFixture[str]
) -> None:
    shutil.copy("painting.keras", "styles/painting.keras")
    words = ["batch", "--contents", "contents/a.png", "--styles", "styles", "--outputs", "out"]
    assert main([*words, *RANDOM, *SMALL]) == 0
    out, err = capfd.readouterr()
    left_out = "--network, --content-layers, --style-layers, --epochs, --steps-per-epoch"
    assert err.startswith("nst: note: pictures with a learned painting are made without ")
    assert set(err.strip(".\n").partition("without ")[2].split(", ")) == set(left_out.split(", "))
    assert out.endswith("out/results.csv: 3 pictures, 3 made.\n")
    # With learned paintings only, the same options are an error.
    words[4] = "styles/painting.keras"
    assert main([*words, *RANDOM, *SMALL]) == 2
    assert "--epochs" in one_error_line(capfd)


@pytest.mark.usefixtures("contents_and_styles")
def test_a_batch_accepts_names_of_paintings() -> None:
    name = painting_names()[0]
    shutil.copy("style.png", name)
    expected = StyleNetwork.load(name).paint("contents/b.png", 32)
    Path("tables").mkdir()
    Path("tables/jobs.csv").write_text(f"content,style,output\n../contents/b.png,{name},b.png\n")
    assert main(["batch", "tables/jobs.csv", "--size", "32", "--quiet"]) == 0
    assert np.array_equal(read_image("tables/b.png"), expected)
    folders = ["--contents", "contents", "--styles", name, "--size", "32", "--quiet"]
    assert main(["batch", *folders]) == 0
    assert np.array_equal(read_image(f"outputs/b-{name}.png"), expected)
    # Jobs for other processes get absolute paths.
    job = {"content": "contents/b.png", "style": name, "output": "sent.png", "size": 32}
    with ThreadPoolExecutor(1) as executor:
        (result,) = run([job], executor)
    assert (result.outcome, result.reason) == ("made", "")
    assert np.array_equal(read_image("sent.png"), expected)


@pytest.mark.usefixtures("contents_and_styles")
def test_names_of_painted_pictures_in_a_batch_stay(network: StyleNetwork) -> None:
    name = painting_names()[0]
    table = ["content,style,size", f"contents/a.png,{name},32"]
    Path("jobs.csv").write_text("\n".join(table))
    assert main(["batch", "jobs.csv", "--quiet"]) == 0
    shutil.copy("painting.keras", f"{name}.keras")
    # This row would get the same name, and it comes first.
    table.insert(1, f"contents/a.png,{name}.keras,32")
    Path("jobs.csv").write_text("\n".join(table))
    assert main(["batch", "jobs.csv", "--quiet"]) == 0
    with Path("outputs/results.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(Path(row["output"]).name, row["outcome"]) for row in rows] == [
        (f"a.png-{name}.png", "made"),
        (f"a-{name}.png", "kept"),
    ]


@pytest.mark.parametrize("source", ["painting.keras", "NAME"])
def test_the_optimizer_starts_from_the_learned_picture(
    source: str, network: StyleNetwork, capfd: pytest.CaptureFixture[str]
) -> None:
    source = source.replace("NAME", painting_names()[0])
    # Without weights or a learning rate, the run returns the starting image.
    still = [*SMALL, *RANDOM, "--style-weight", "0", "--content-weight", "0", "--tv-weight", "1"]
    still += ["--optimizer", "adam", "--learning-rate", "0"]
    assert transfer("style.png", "--initial-image", source, *still, "--output", "new/out.png") == 0
    expected = StyleNetwork.load(source).paint("content.png", 32)
    assert np.array_equal(read_image("new/out.png"), expected)
    again = ["transfer", "--config", "new/out.png.toml", "--output", "again.png", "--quiet"]
    assert main(again) == 0
    assert Path("again.png").read_bytes() == Path("new/out.png").read_bytes()
    assert capfd.readouterr().err == ""
