"""The preview, a file that is updated during the run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from nst_framework import Trainer, read_image
from nst_framework.callbacks import Preview

FitArguments = dict[str, Any]


class Seen(keras.callbacks.Callback):
    """Records whether the file holds the image of each step."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.path = path
        self.current: list[bool] = []

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        self.current.append(np.array_equal(read_image(self.path), self.model.image))


@pytest.mark.parametrize(("seconds", "renewed"), [(0, 5), (1000, 1)])
def test_it_is_written_after_the_first_step_and_then_at_the_given_interval(
    seconds: float, renewed: int, trainer: Trainer, fit_arguments: FitArguments, tmp_path: Path
) -> None:
    path = tmp_path / "new" / "preview.png"
    seen = Seen(path)
    preview = Preview(path, every_seconds=seconds)
    trainer.fit(**{**fit_arguments, "epochs": 1}, callbacks=[preview, seen])
    assert seen.current == [True] * renewed + [False] * (5 - renewed)
    np.testing.assert_array_equal(read_image(path), trainer.image)
    assert [each.name for each in path.parent.iterdir()] == ["preview.png"]


def test_wrong_arguments_are_found_before_the_run(
    trainer: Trainer, fit_arguments: FitArguments, tmp_path: Path
) -> None:
    with pytest.raises(ValueError, match="every_seconds=-1"):
        Preview(tmp_path / "a.png", every_seconds=-1)
    with pytest.raises(ValueError, match=r"a\.txt"):
        trainer.fit(**fit_arguments, callbacks=[Preview(tmp_path / "a.txt")])
    assert list(tmp_path.iterdir()) == []
