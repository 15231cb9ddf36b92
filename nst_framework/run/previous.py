"""The checkpoints before the last one: kept when a run is saved, used if the last is damaged."""

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
    """The last checkpoint could not be read, and the one before it is used."""


def save_keeping(state: RunState, path: str | os.PathLike[str], keep: int) -> None:
    """Writes a state, and keeps the checkpoints before it: `run.npz`, `run.1.npz`, `run.2.npz` ...

    Whenever the process ends, `path` is a whole checkpoint, and nothing newer than what is there
    afterwards is lost. `keep` counts this checkpoint, too.
    """
    paths = [_previous(path, age) for age in range(keep)]
    with contextlib.ExitStack() as moved_last:
        # Blocks end in the reverse order: the new checkpoint first gets its name, then each older
        # one. So there is never a moment without one.
        for newer, older in reversed(list(itertools.pairwise(paths))):
            if newer.exists():
                _copy(newer, moved_last.enter_context(atomic_write(older)))
        state.save(path)


def load_newest(path: str | os.PathLike[str]) -> RunState:
    """Reads a checkpoint or, if it is damaged or gone, the newest one before it, with a warning."""
    try:
        return RunState.load(path)
    except (DamagedCheckpointError, FileNotFoundError) as error:
        for older in _kept(path):
            with contextlib.suppress(DamagedCheckpointError):
                state = RunState.load(older)
                warnings.warn(
                    f"{error} The one before it is used instead: {str(older)!r}, of step "
                    f"{state.step}.",
                    OlderCheckpointWarning,
                    stacklevel=2,
                )
                return state
        raise


def has_checkpoint(path: str | os.PathLike[str]) -> bool:
    """Whether there is a checkpoint, or one before it."""
    return Path(path).exists() or any(True for _ in _kept(path))


def _kept(path: str | os.PathLike[str]) -> Iterator[Path]:
    older = (_previous(path, age) for age in itertools.count(1))
    return itertools.takewhile(Path.exists, older)


def _previous(path: str | os.PathLike[str], age: int) -> Path:
    path = Path(path)
    return path.with_name(f"{path.stem}.{age}{path.suffix}") if age else path


def _copy(source: Path, target: Path) -> None:
    try:
        # A second name for the same file takes neither time nor space.
        target.hardlink_to(source)
    except OSError:
        shutil.copyfile(source, target)
