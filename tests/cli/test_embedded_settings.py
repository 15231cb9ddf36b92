"""Settings that are embedded in the result."""

from __future__ import annotations

import tomllib
from pathlib import Path

import numpy as np
import pytest
from command_line import RANDOM, one_error_line
from PIL import Image

from nst_framework import read_image, write_image
from nst_framework.cli import main
from nst_framework.images.metadata import read_metadata

SETTINGS = [
    "--size",
    "32",
    "--epochs",
    "1",
    "--steps-per-epoch",
    "2",
    "--content-weight",
    "321",
    "--quiet",
    *RANDOM,
]


def transfer(*words: str) -> int:
    return main(["transfer", *words])


@pytest.mark.parametrize("extension", [".png", ".jpg", ".webp", ".tif"])
def test_a_result_next_to_its_images_reproduces_itself(
    folder: Path, monkeypatch: pytest.MonkeyPatch, extension: str
) -> None:
    (folder / "a").mkdir()
    for name in ("content.png", "style.png"):
        (folder / name).rename(folder / "a" / name)
    inputs = [str(folder / "a" / name) for name in ("content.png", "style.png")]
    first = f"new{extension}"
    assert transfer(*inputs, "--output", first, *SETTINGS) == 0
    text = read_metadata(first)
    assert text is not None
    assert str(folder) not in text
    assert "output" not in tomllib.loads(text)
    # The result may be renamed, and moved together with its images.
    moved = folder / "a" / f"moved{extension}"
    moved.write_bytes(Path(first).read_bytes())
    monkeypatch.chdir(folder / "a")
    again = f"again{extension}"
    assert transfer("--config", moved.name, "--output", again, "--quiet") == 0
    assert Path(again).read_bytes() == moved.read_bytes()
    assert read_image(again).shape == read_image(moved).shape


def test_settings_are_not_embedded_in_bmp_or_with_no_metadata(folder: Path) -> None:
    inputs = ["content.png", "style.png", *SETTINGS]
    assert transfer(*inputs, "--output", "a.bmp") == 0
    assert read_metadata("a.bmp") is None
    assert transfer(*inputs, "--output", "a.png", "--no-metadata", "--no-sidecar") == 0
    assert read_metadata("a.png") is None
    assert not Path("a.png.toml").exists()
    assert transfer(*inputs, "--output", "b.png") == 0
    np.testing.assert_array_equal(read_image("a.png"), read_image("b.png"))


def test_no_metadata_also_drops_the_photograph_s_details(folder: Path) -> None:
    exif = Image.Exif()
    exif[315] = "An artist"
    with Image.open(folder / "content.png") as content:
        content.save(folder / "photo.jpg", dpi=(300, 300), exif=exif)
    for words in ((), ("--no-metadata",)):
        inputs = ["photo.jpg", "style.png", *SETTINGS, *words]
        assert transfer(*inputs, "--output", "a.jpg") == 0
        with Image.open("a.jpg") as image:
            assert (image.getexif().get(315) == "An artist") is (not words)
            assert (image.info.get("dpi", (72,))[0] > 72) is (not words)


@pytest.mark.parametrize("extension", [".png", ".jpg"])
def test_texts_of_any_length_and_script_are_embedded(tmp_path: Path, extension: str) -> None:
    path = tmp_path / f"a{extension}"
    text = "# Bilder, 画像, 🖼\n" * 1000
    write_image(path, np.zeros((4, 4, 3), np.uint8), text)
    assert read_metadata(path) == text
    write_image(path, np.zeros((4, 4, 3), np.uint8), 10 * text)
    assert read_metadata(path) == (10 * text if extension == ".png" else None)


def test_code_named_in_a_picture_is_not_run_unasked(
    folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (folder / "code.py").write_text("raise SystemExit('It was run.')")
    text = '# nst transfer\ncontent = "content.png"\nstyle = ["style.png"]\nloss = ["code.py:Mine"]'
    write_image("a.png", np.zeros((4, 4, 3), np.uint8), text)
    assert transfer("--config", "a.png", "--size", "32", "--quiet") == 2
    assert "add --allow-code" in one_error_line(capfd)


def test_embedded_settings_use_no_files_in_other_folders(
    folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (folder / "a").mkdir()
    text = '# nst transfer\ncontent = "../content.png"\nstyle = ["/style.png"]'
    write_image("a/a.png", np.zeros((4, 4, 3), np.uint8), text)
    assert transfer("--config", "a/a.png", *SETTINGS) == 2
    assert "Received: content='a/content.png', which does not exist" in one_error_line(capfd)


def test_embedded_settings_do_not_depend_on_other_outputs(folder: Path) -> None:
    inputs = ["content.png", "style.png", *SETTINGS, "--output", "a.png"]
    assert transfer(*inputs) == 0
    first = Path("a.png").read_bytes()
    more = ["--checkpoint", "run.npz", "--checkpoint-every", "1steps", "--save-every", "1"]
    assert transfer(*inputs, *more) == 0
    assert Path("a.png").read_bytes() == first
    assert transfer("--config", "a.png", "--output", "b.png", "--quiet") == 0
    assert Path("b.png").read_bytes() == first


def test_pictures_without_settings_are_refused(
    folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert transfer("--config", "content.png", *SETTINGS) == 2
    assert "an image without settings" in one_error_line(capfd)
    exif = Image.Exif()
    exif.get_ifd(0x8769)[0x9286] = b"UNICODE\0\xff"
    Image.new("RGB", (4, 4)).save("other.jpg", exif=exif)
    assert transfer("--config", "other.jpg", *SETTINGS) == 2
    assert "an image without settings" in one_error_line(capfd)
    Path("broken.png").write_bytes(Path("content.png").read_bytes()[:40])
    assert transfer("--config", "broken.png", *SETTINGS) == 2
    assert one_error_line(capfd)


def test_settings_are_not_embedded_if_two_inputs_share_a_name(folder: Path) -> None:
    (folder / "a").mkdir()
    (folder / "a" / "content.png").write_bytes((folder / "style.png").read_bytes())
    words = ["content.png", "a/content.png", "--output", "b.png", *SETTINGS]
    assert transfer(*words) == 0
    assert read_metadata("b.png") is None


def test_the_picture_given_as_config_is_not_overwritten(
    folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert transfer("content.png", "style.png", *SETTINGS) == 0
    name = "content-style.png"
    assert transfer("--config", name, "--output", name, *SETTINGS) == 2
    assert "leave the input images unchanged" in one_error_line(capfd)


def test_a_batch_accepts_no_metadata(folder: Path) -> None:
    Path("jobs.csv").write_text("content,style\ncontent.png,style.png\n")
    words = ["jobs.csv", *SETTINGS, "--outputs", "out"]
    assert main(["batch", *words, "--no-metadata"]) == 0
    assert read_metadata("out/content-style.png") is None
    Path("out/content-style.png").unlink()
    assert main(["batch", *words]) == 0
    assert read_metadata("out/content-style.png") is not None


def test_damaged_exif_contains_no_settings(tmp_path: Path) -> None:
    Image.new("RGB", (4, 4)).save(
        tmp_path / "a.jpg",
        exif=b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x87i\0\x04\0\0\0\x01\xff\xff\xff\xf0",
    )
    assert read_metadata(tmp_path / "a.jpg") is None
