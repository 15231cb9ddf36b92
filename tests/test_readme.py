"""The README's Python code runs unchanged."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nst_framework import Loss, Trainer, read_image, write_image

README = (Path(__file__).parents[1] / "README.md").read_text()
BLOCKS = re.findall(r"```python\n(.*?)```", README, flags=re.DOTALL)


def test_the_python_code_in_the_readme_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, style: np.ndarray
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("photograph.jpg", "painting.jpg"):
        write_image(name, read_image(style, 64))
    first, loss, callback, test = BLOCKS
    assert "size=512, epochs=5" in first
    first = first.replace("size=512, epochs=5", "size=32, epochs=1, steps_per_epoch=2")
    names: dict[str, Any] = {}
    for block in (first, loss, callback, test):
        exec(block, names)
    names["test_my_loss"]()
    assert read_image("result.png").shape == names["trainer"].image.shape
    assert len(list((tmp_path / "steps").iterdir())) == 1
    assert (tmp_path / "run.npz").exists()

    trainer: Trainer = names["trainer"]
    assert issubclass(names["ChannelMeanLoss"], Loss)
    stop = names["StopWhenSlow"]()
    arguments = {"size": 32, "epochs": 1, "steps_per_epoch": 400, "verbose": 0}
    history = trainer.fit("photograph.jpg", "painting.jpg", **arguments, callbacks=[stop])
    assert set(history.history) == {"loss", "content_loss", "channel_mean_loss"}
    assert trainer.state.step < 400, "it stops when it is slow"


def test_the_readme_states_the_library_s_defaults() -> None:
    from nst_framework import defaults

    assert f'{{"content_loss": 400.0}}` ({defaults.CONTENT_WEIGHT:g})' in README
    assert f'{{"style_loss": 2.0}}` ({defaults.STYLE_WEIGHT:g})' in README
    assert f'{{"total_variation_loss": 100.0}}` ({defaults.TOTAL_VARIATION_WEIGHT:g})' in README
    assert f"the longer side ({defaults.SIZE})" in README
    assert f"({defaults.EPOCHS}, {defaults.STEPS_PER_EPOCH})" in README
