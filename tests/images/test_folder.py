"""Which files of a folder or pattern count as images, and their order."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from nst_framework.images.folder import describe_skipped, find_images


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def touch(*names: str) -> None:
    for name in names:
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).touch()


def found(source: str) -> list[str]:
    images, _ = find_images(source)
    return [path.as_posix() for path in images]


@pytest.mark.parametrize("source", ["f", "f/*", "f/?*.*", "*/*"])
def test_hidden_files_and_folders_are_skipped(source: str, here: Path) -> None:
    touch("f/._a.jpg", "f/.b.png", "f/a.jpg", "f/x.jpg/inner.png", ".trash/c.png")
    assert found(source) == ["f/a.jpg"]


def test_the_given_folder_may_be_hidden(here: Path) -> None:
    touch("../.hidden/a.png", "../.hidden/.b.png")
    assert found("../.hidden") == found("../.hidden/*") == ["../.hidden/a.png"]


def test_a_pattern_with_a_leading_dot_matches_hidden_files(here: Path) -> None:
    touch("f/.a1.png", "f/.a2.png", "f/b.png")
    assert found("f/.a*.png") == ["f/.a1.png", "f/.a2.png"]


def test_numbers_are_sorted_by_value_and_ties_by_name(here: Path) -> None:
    touch("f/10.png", "f/9.PNG", "f/1.png", "f/01.png", "f/b.TIF")
    assert found("f") == ["f/01.png", "f/1.png", "f/9.PNG", "f/10.png", "f/b.TIF"]


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("clip [a]/*.png", ["clip [a]/shot[a]_1.png", "clip [a]/shota_1.png"]),
        ("clip [a]/shot[a]_*.png", ["clip [a]/shot[a]_1.png"]),
        ("clip [a]/shot[a]_%d.png", ["clip [a]/shot[a]_1.png"]),
        ("clip [a]/shot[abc]_*.png", ["clip [a]/shota_1.png"]),
        ("clip*/shota*", ["clip [a]/shota_1.png"]),
        ("f/%02d.png", ["f/1.png", "f/10.png"]),
        ("f/[0-9].png", ["f/1.png"]),
        ("nowhere/*.png", []),
        ("nowhere/%d.png", []),
        ("f/none*", []),
    ],
)
def test_patterns(pattern: str, expected: list[str], here: Path) -> None:
    touch("clip [a]/shot[a]_1.png", "clip [a]/shota_1.png", "f/1.png", "f/10.png", "f/1a.png")
    assert found(pattern) == expected


def test_files_in_other_formats_are_counted(here: Path) -> None:
    touch("f/a.HEIC", "f/b.heic", "f/c.jxl", "f/d.png", "f/d.png.toml", "f/._a.HEIC", "f/raw")
    _, skipped = find_images("f")
    assert describe_skipped("f", skipped) == (
        "skipped 4 files with unsupported formats in 'f': 2 .heic, 1 .jxl, 1 without an extension. "
        "Convert images to PNG or JPEG to include them."
    )
    assert describe_skipped("f", []) == ""


def test_a_broken_link_is_found_so_that_it_is_reported(here: Path) -> None:
    touch("f/a.png")
    Path("f/b.png").symlink_to("gone.png")
    assert found("f") == ["f/a.png", "f/b.png"]


def test_images_are_found_without_keras() -> None:
    code = "import sys, nst_framework.images.folder; sys.exit('keras' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0
