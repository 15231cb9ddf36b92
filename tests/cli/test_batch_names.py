"""The input files of a batch and the names of its pictures, without making any."""

from __future__ import annotations

import shutil
import unicodedata
from pathlib import Path
from typing import Any

import pytest
from command_line import one_error_line

from nst_framework.cli import main
from nst_framework.cli.batch.command import _read_jobs
from nst_framework.cli.batch.names import check_outputs_differ, name_outputs
from nst_framework.cli.parser import parse_arguments


@pytest.fixture(autouse=True)
def _folders(folder: Path) -> None:
    for name in ("c", "s"):
        Path(name).mkdir()
    shutil.copy("style.png", "s/oil.png")


def jobs(**typed: Any) -> list[dict[str, Any]]:
    found, _ = _read_jobs({"contents": "c", "styles": "s", "outputs": "out", **typed})
    check_outputs_differ(found)
    return found


def outputs(**typed: Any) -> dict[str, str]:
    return {Path(job["content"]).name: Path(job["output"]).name for job in jobs(**typed)}


def fill(*names: str) -> None:
    for name in names:
        shutil.copy("content.png", f"c/{name}")


def test_files_with_the_same_stem_get_different_outputs() -> None:
    fill("IMG_1.JPG", "IMG_1.png", "img_1.tif", "b.png")
    assert outputs() == {
        "IMG_1.JPG": "IMG_1-oil.png",
        "IMG_1.png": "IMG_1.png-oil.png",
        "b.png": "b-oil.png",
        "img_1.tif": "img_1.tif-oil.png",
    }


def test_names_with_differently_encoded_accents_count_as_equal() -> None:
    names = [unicodedata.normalize(form, "für.png") for form in ("NFC", "NFD")]
    fill(*names)
    written = [unicodedata.normalize("NFC", name) for name in outputs().values()]
    assert len(set(written)) == 2


def test_dashes_in_names_do_not_cause_clashes() -> None:
    fill("a.png", "a-b.png")
    for name in ("c.png", "b-c.png"):
        shutil.copy("style.png", f"s/{name}")
    assert len({job["output"] for job in jobs()}) == 6


def test_long_names_are_shortened_and_stay_distinct() -> None:
    fill(f"{'x' * 240}1.png", f"{'x' * 240}2.png")
    names = set(outputs().values())
    assert len(names) == 2
    assert max(map(len, names)) < 220


def test_a_picture_keeps_its_name_when_files_are_added_or_removed() -> None:
    quick = ["--network", "random", "--content-layers", "filters_7", "--style-layers", "filters_7"]
    quick += ["--size", "16", "--epochs", "1", "--steps-per-epoch", "1", "--quiet"]
    words = ["batch", "--contents", "c", "--styles", "s", "--outputs", "out", *quick]
    fill("IMG_1.png")
    assert main(words) == 0
    fill("IMG_1.JPEG")
    expected = {"IMG_1.JPEG": "IMG_1.JPEG-oil.png", "IMG_1.png": "IMG_1-oil.png"}
    assert outputs() == expected
    assert main(words) == 0
    assert {path.name for path in Path("out").glob("*-oil.png")} == set(expected.values())
    Path("c/IMG_1.png").unlink()
    assert outputs() == {"IMG_1.JPEG": "IMG_1.JPEG-oil.png"}


def test_default_names_avoid_given_outputs() -> None:
    for name in ("x", "y"):
        (Path("c") / name).mkdir()
        shutil.copy("content.png", f"c/{name}/cat.png")
    table = [
        {"content": "c/x/cat.png", "style": ["s/oil.png"], "output": "out/CAT-oil.png"},
        {"content": "c/x/cat.png", "style": ["s/oil.png"]},
        {"content": "c/y/cat.png", "style": ["s/oil.png"]},
    ]
    named = [job["output"] for job in name_outputs(table, Path("out"))]
    assert named == ["out/CAT-oil.png", "out/cat.png-oil.png", "out/cat-oil.png.png"]


def test_rows_with_the_same_images_need_outputs() -> None:
    row = {"content": "content.png", "style": ["s/oil.png"]}
    with pytest.raises(ValueError, match="for jobs 1 and 2. Rename one"):
        check_outputs_differ(name_outputs([row, {**row, "size": 3}], Path("out")))


def test_names_that_differ_only_in_case_clash_on_some_platforms(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pictures = [{"output": "A.png"}, {"output": "a.png"}]
    monkeypatch.setattr("sys.platform", "linux")
    check_outputs_differ(pictures)
    monkeypatch.setattr("sys.platform", "darwin")
    with pytest.raises(ValueError, match="for jobs 1 and 2"):
        check_outputs_differ(pictures)


def test_skipped_files_are_reported_on_one_line(capfd: pytest.CaptureFixture[str]) -> None:
    fill("a.png", "._a.png", "b.HEIC", "c.heic", "d.jxl")
    assert outputs() == {"a.png": "a-oil.png"}
    assert capfd.readouterr().err == (
        "nst: note: skipped 3 files with unsupported formats in 'c': 2 .heic, 1 .jxl. Convert "
        "images to PNG or JPEG to include them.\n"
    )
    outputs(quiet=True)
    assert capfd.readouterr().err == ""


def test_a_folder_without_readable_images_is_refused(
    capfd: pytest.CaptureFixture[str],
) -> None:
    fill("b.HEIC", "._a.png")
    assert main(["batch", "--contents", "c", "--styles", "s"]) == 2
    assert "'c', which has none but 1 .heic. Images end in" in one_error_line(capfd)


def test_a_tilde_that_the_shell_does_not_expand_is_the_home_folder(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HOME", str(Path.cwd()))
    fill("a.png")
    _, typed = parse_arguments(["batch", "--contents=~/c", "--styles", "s", "--outputs=~/out"])
    assert typed["contents"] == str(Path("c").absolute())
    Path("jobs.csv").write_text("content,style\n~/c/a.png,s/oil.png\n")
    found, _ = _read_jobs({"table": "jobs.csv"})
    assert found[0]["content"] == str(Path("c/a.png").absolute())
    # A tilde is not expanded in the name of a file in the current folder.
    _, typed = parse_arguments(["transfer", "~.png", "./~/b.png", "~user/c.png"])
    assert [typed["content"], *typed["style"]] == ["~.png", "./~/b.png", "~user/c.png"]


def test_patterns_select_contents() -> None:
    fill("a[1].jpg", "a[2].jpg", "b.jpg", "._a[1].jpg")
    assert set(outputs(contents="c/a[*].jpg")) == {"a[1].jpg", "a[2].jpg"}


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            "",
            "needs a table of jobs, or --contents and --styles. Write nst batch JOBS.csv",
        ),
        ("--contents c", "Received: --contents. Write"),
        ("jobs.csv --styles s", "Received: a table, 'jobs.csv' and --styles. Write"),
        (
            "--contents c --styles s --outputs ./c",
            "and --contents to be different folders",
        ),
        (
            "--contents c/*.png --styles s --outputs s",
            "and --styles to be different folders",
        ),
        ("--contents c/none* --styles s", "Received: 'c/none*', which has none."),
    ],
)
def test_wrong_folders(words: str, message: str, capfd: pytest.CaptureFixture[str]) -> None:
    fill("a.png")
    assert main(["batch", *words.split()]) == 2
    assert message in one_error_line(capfd)
