"""The checkpoint file: round trips, damage, and the configurations that may resume from it."""

from __future__ import annotations

import os
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nst_framework.run import checkpoint_file
from nst_framework.run.state import RunState


@pytest.fixture
def state() -> RunState:
    generator = np.random.default_rng(0)
    return RunState(
        image=generator.uniform(0, 255, (1, 4, 5, 3)).astype(np.float32),
        best_image=generator.uniform(0, 255, (1, 4, 5, 3)).astype(np.float32),
        best_loss=1 / 3,
        epoch=3,
        step=71,
        history={"loss": [3.0, 2.0, float("nan")]},
        optimizer_state={"000": np.arange(3), "001": np.float32(0.1)},
        configuration={"content": "a", "losses": [{"layers": ("x", "y")}]},
    )


def test_round_trip_is_exact(state: RunState, tmp_path: Path) -> None:
    path = tmp_path / "run.npz"
    state.save(path)
    again = RunState.load(path)
    assert list(tmp_path.iterdir()) == [path], "nothing else is left in the folder"
    np.testing.assert_array_equal(again.image, state.image)
    np.testing.assert_array_equal(again.best_image, state.best_image)
    assert again.image.dtype == np.float32
    assert (again.best_loss, again.epoch, again.step) == (1 / 3, 3, 71)
    np.testing.assert_array_equal(again.history["loss"], state.history["loss"])
    assert set(again.optimizer_state) == {"000", "001"}
    np.testing.assert_array_equal(again.optimizer_state["000"], np.arange(3))
    again.check_configuration(state.configuration)


def test_a_fresh_run_can_be_saved(state: RunState, tmp_path: Path) -> None:
    RunState(state.image, state.image).save(tmp_path / "run.npz")
    assert RunState.load(tmp_path / "run.npz").best_loss == float("inf")


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"content": "b"}, "content"),
        ({"losses": []}, "losses"),
        ({"content": "b", "losses": []}, "content, losses"),
    ],
)
def test_a_changed_configuration_is_refused_by_name(
    state: RunState, changes: dict[str, Any], named: str
) -> None:
    with pytest.raises(ValueError, match=f"differs in: {named}\\."):
        state.check_configuration({**state.configuration, **changes})


@pytest.mark.parametrize("contents", [b"", b"no zip file", None])
def test_damaged_files_are_refused(state: RunState, tmp_path: Path, contents: bytes | None) -> None:
    path = tmp_path / "run.npz"
    state.save(path)
    path.write_bytes(path.read_bytes()[:-200] if contents is None else contents)
    with pytest.raises(ValueError, match=r"Expected a checkpoint.*run\.npz.*(empty|incomplete)"):
        RunState.load(path)


def test_other_npz_files_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.npz"
    for arrays in ({"weights": 3}, {"header": "{}", "image": 3, "best_image": 3}):
        np.savez(path, **arrays)
        with pytest.raises(ValueError, match="not a checkpoint"):
            RunState.load(path)
    np.savez(path, header="[]", image=3, best_image=3)
    with pytest.raises(ValueError, match="not a checkpoint"):
        RunState.load(path)


def test_another_format_version_is_refused(
    state: RunState, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nst_framework.run.checkpoint_file.FORMAT_VERSION", 99)
    state.save(tmp_path / "run.npz")
    monkeypatch.undo()
    with pytest.raises(ValueError, match="format version 99.*reads 3"):
        RunState.load(tmp_path / "run.npz")


def outcome(path: Path, changed: bytes) -> Any:
    """The result of loading a changed file: an error message, or the loaded state."""
    path.write_bytes(changed)
    try:
        return RunState.load(path)
    except ValueError as error:
        return str(error)


def small_checkpoint(path: Path) -> bytes:
    image = np.arange(12, dtype=np.float32).reshape(1, 2, 2, 3)
    RunState(image, image, step=7, optimizer_state={"000": np.arange(3)}).save(path)
    return path.read_bytes()


def test_every_changed_byte_is_detected(tmp_path: Path) -> None:
    whole = small_checkpoint(tmp_path / "run.npz")
    generator = np.random.default_rng(0)
    for index in range(len(whole)):
        flip = int(generator.integers(1, 256))
        changed = whole[:index] + bytes([whole[index] ^ flip]) + whole[index + 1 :]
        assert "Expected a checkpoint" in outcome(tmp_path / "run.npz", changed), index


def test_truncation_anywhere_is_detected(tmp_path: Path) -> None:
    whole = small_checkpoint(tmp_path / "run.npz")
    for length in range(len(whole)):
        message = outcome(tmp_path / "run.npz", whole[:length])
        assert ("incomplete" if length else "which is empty") in message
    assert "incomplete" in outcome(tmp_path / "run.npz", whole + b"\n")


def test_a_decompression_bomb_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "run.npz"
    np.savez_compressed(path, header="{}", image=np.zeros(1_000_000), best_image=0)
    seal = checkpoint_file._SEAL.format(version=3, digest="0" * 64).encode()
    with zipfile.ZipFile(path, "a") as archive:
        archive.comment = seal
    with path.open("r+b") as file:
        digest = checkpoint_file._digest(file)
        file.seek(-64, os.SEEK_END)
        file.write(digest)
    with pytest.raises(ValueError, match="it is compressed"):
        RunState.load(path)


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="does not exist"):
        RunState.load(tmp_path / "none.npz")
