"""The Python code in the README and the docs runs, page by page, with small images."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import needs
import numpy as np
import pytest

from nst_framework import Trainer, defaults, read_image, write_image
from nst_framework.video import write_video

ROOT = Path(__file__).parents[1]
PAGES = {
    path.name: path.read_text()
    for path in [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *ROOT.glob("docs/*.md")]
}
BLOCKS = {
    name: blocks
    for name, page in PAGES.items()
    if (blocks := re.findall(r"^```python\n(.*?)^```", page, flags=re.M | re.S))
}
IMAGES = (
    *("photograph.jpg", "painting.jpg", "portrait.jpg", "cat.jpg", "oil.jpg", "result.png"),
    *("examples/images/coffee.png", "examples/images/woodcut.jpg"),
)
MASKS = ("face.png", "rest.png")
SIZE = 48
FIT = Trainer.fit


def shorten(fit: Callable[..., Any]) -> Callable[..., Any]:
    """Limits `Trainer.fit` to small pictures and two steps of the last stage."""

    def short_fit(trainer: Trainer, *images: Any, **arguments: Any) -> Any:
        last = replace(trainer.method.schedule[-1], steps=None)
        trainer.method = replace(trainer.method, schedule=(last,))
        arguments |= {"epochs": 1, "steps_per_epoch": 2, "verbose": 0}
        if arguments.get("size", SIZE) is not None:
            arguments["size"] = SIZE
        return fit(trainer, *images, **arguments)

    return short_fit


@pytest.fixture
def run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, style: np.ndarray
) -> Callable[[str], dict[str, Any]]:
    """Runs the blocks of a page one after another, in a folder with their input files."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(Trainer, "fit", shorten(FIT))
    for name in IMAGES:
        write_image(name, read_image(style, 64))
    for number in range(3):
        write_image(f"photographs/{number}.jpg", np.roll(read_image(style, 64), number, axis=1))
    mask = np.zeros((64, 48, 3), dtype=np.uint8)
    mask[:, 24:] = 255
    for name, pixels in zip(MASKS, (mask, 255 - mask), strict=True):
        write_image(name, pixels)

    def run_page(name: str) -> dict[str, Any]:
        names: dict[str, Any] = {}
        for block in BLOCKS[name]:
            short = re.sub(r"\bsize=\d+", f"size={SIZE}", block)
            exec(re.sub(r"\bsteps_per_epoch=\d+", "steps_per_epoch=2", short), names)
        for value in [each for name, each in names.items() if name.startswith("test_")]:
            value()
        return names

    return run_page


@pytest.mark.parametrize("name", sorted(set(BLOCKS) - {"cluster.md", "video.md"}))
def test_the_code_of_a_page_runs(name: str, run: Callable[[str], dict[str, Any]]) -> None:
    run(name)
    for path in re.findall(r'write_image\("(.*?)"', "".join(BLOCKS[name])):
        assert max(read_image(path).shape) == SIZE
    for path in re.findall(r'Checkpoint\("(.*?)"', "".join(BLOCKS[name])):
        assert Path(path).exists()


@pytest.mark.cluster
def test_the_code_of_the_cluster_page_runs(
    run: Callable[[str], dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    distributed = needs.package("distributed")

    class LocalClient(distributed.Client):
        def __init__(self, address: str) -> None:
            super().__init__(processes=False, n_workers=1, dashboard_address=None)

    monkeypatch.setattr(distributed, "Client", LocalClient)
    names = run("cluster.md")
    names["client"].close()
    assert names["trainer"].method.executor is not None


def test_the_code_of_the_video_page_runs(
    run: Callable[[str], dict[str, Any]], style: np.ndarray
) -> None:
    pytest.importorskip("av")
    frame = read_image(style, 64)
    write_video("holiday.mp4", [frame, np.roll(frame, 2, axis=1)], 25)
    run("video.md")
    assert Path("painted.mp4").stat().st_size > 0


def test_the_loss_and_the_callback_of_the_docs_work_together(
    run: Callable[[str], dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    trainer: Trainer = run("own-loss.md")["trainer"]
    stop = run("own-callback.md")["StopWhenSlow"]()
    monkeypatch.setattr(Trainer, "fit", FIT)
    arguments = {"size": 32, "epochs": 1, "steps_per_epoch": 400, "verbose": 0}
    history = trainer.fit("photograph.jpg", "painting.jpg", **arguments, callbacks=[stop])
    assert set(history.history) == {"loss", "content_loss", "channel_mean_loss"}
    assert trainer.state.step < 400, "the callback stops the run"


def test_the_docs_state_the_defaults_of_the_library() -> None:
    settings = PAGES["settings.md"]
    assert f'{{"content_loss": 400.0}}` ({defaults.CONTENT_WEIGHT:g})' in settings
    weights = f"({defaults.STYLE_WEIGHT:g}, {defaults.MOMENTS_WEIGHT:g})"
    assert f'{{"style_loss": 2.0, "channel_moments_loss": 12000.0}}` {weights}' in settings
    assert f'{{"total_variation_loss": 100.0}}` ({defaults.TOTAL_VARIATION_WEIGHT:g})' in settings
    assert f"the longer side ({defaults.SIZE})" in settings
    first, others = defaults.COARSEST_STEPS, defaults.FINER_STEPS
    assert f"{first} steps at the smallest, {others} at the others)" in settings
