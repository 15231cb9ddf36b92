"""Older checkpoints: kept when a run is saved, used if the latest one is damaged."""

from __future__ import annotations

import contextlib
import itertools
import os
import shutil
import warnings
from collections.abc import Iterator
from pathlib import Path

from ..saving import atomic_write
from .checkpoint_file import DamagedCheckpointError
from .state import RunState


class OlderCheckpointWarning(UserWarning):
    """The latest checkpoint could not be read, so an older one is used."""


def save_keeping(state: RunState, path: str | os.PathLike[str], keep: int) -> None:
    """Writes a state and keeps older checkpoints: `run.npz`, `run.1.npz`, `run.2.npz` ...

    If the process is killed at any moment, `path` is a complete checkpoint, at least as new as
    before the call. `keep` includes this checkpoint.
    """
    paths = [_previous(path, age) for age in range(keep)]
    with contextlib.ExitStack() as moved_last:
        # Contexts exit in reverse order: the new checkpoint is moved to its name first, then each
        # older one, so `path` exists at every moment.
        for newer, older in reversed(list(itertools.pairwise(paths))):
            if newer.exists():
                _copy(newer, moved_last.enter_context(atomic_write(older)))
        state.save(path)


def load_newest(path: str | os.PathLike[str]) -> RunState:
    """Reads a checkpoint or, with a warning, the newest older one if it is damaged or missing."""
    try:
        return RunState.load(path)
    except (DamagedCheckpointError, FileNotFoundError) as error:
        for older in _kept(path):
            with contextlib.suppress(DamagedCheckpointError):
                state = RunState.load(older)
                warnings.warn(
                    f"{error} An older checkpoint is used instead: {str(older)!r}, of step "
                    f"{state.step}.",
                    OlderCheckpointWarning,
                    stacklevel=2,
                )
                return state
        raise


def has_checkpoint(path: str | os.PathLike[str]) -> bool:
    """Whether the checkpoint or an older one exists."""
    return Path(path).exists() or any(True for _ in _kept(path))


def _kept(path: str | os.PathLike[str]) -> Iterator[Path]:
    older = (_previous(path, age) for age in itertools.count(1))
    return itertools.takewhile(Path.exists, older)


def _previous(path: str | os.PathLike[str], age: int) -> Path:
    path = Path(path)
    return path.with_name(f"{path.stem}.{age}{path.suffix}") if age else path


def _copy(source: Path, target: Path) -> None:
    try:
        # A hard link takes neither time nor space.
        target.hardlink_to(source)
    except OSError:
        shutil.copyfile(source, target)
