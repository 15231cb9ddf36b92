"""Files are checked before the work starts, and are never left incomplete."""

from __future__ import annotations

from pathlib import Path

import pytest

from nst_framework import prepare_output, whole_file


def test_a_good_path_is_returned_and_nothing_is_created(tmp_path: Path) -> None:
    path = tmp_path / "new" / "folder" / "a.PNG"
    assert prepare_output(str(path), [".png"]) == path
    assert list(tmp_path.iterdir()) == []


def test_bad_paths(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"\.png, \.jpg.*a\.gif"):
        prepare_output(tmp_path / "a.gif", [".png", ".jpg"])
    (tmp_path / "b.png").mkdir()
    with pytest.raises(OSError, match="it is a folder"):
        prepare_output(tmp_path / "b.png", [".png"])
    (tmp_path / "file").touch()
    for path in (tmp_path / "file" / "c.png", tmp_path / ("n" * 300 + ".png")):
        with pytest.raises(OSError, match="Choose another folder or name"):
            prepare_output(path, [".png"])


def test_a_file_is_replaced_once_it_is_complete(tmp_path: Path) -> None:
    path = tmp_path / "new" / ("n" * 240 + ".png")
    for contents in (b"first", b"second"):
        with whole_file(path) as partial:
            partial.write_bytes(contents)
        assert path.read_bytes() == contents
        assert list(path.parent.iterdir()) == [path]


def test_a_failure_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(b"old")

    def fail_half_way() -> None:
        with whole_file(path) as partial:
            partial.write_bytes(b"half of")
            raise RuntimeError("disk full")

    with pytest.raises(RuntimeError, match="disk"):
        fail_half_way()
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]
