"""Pictures of the app: the queue, stopping and resuming, and errors."""

from __future__ import annotations

import errno
import gc
import shutil
import time
import weakref
from collections.abc import Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

pytest.importorskip("gradio", reason="needs pip install 'nst_framework[app]'")

from nst_framework import Trainer, read_image
from nst_framework.cli.app.answers import problem
from nst_framework.cli.app.events import Events, Limits
from nst_framework.cli.app.examples import find_examples
from nst_framework.cli.app.form import DEFAULT, NOT_LEARNED, Form, Images, form_settings
from nst_framework.cli.app.picture import Picture
from nst_framework.cli.app.visits import Lifetime, Visit
from nst_framework.images.metadata import read_metadata
from nst_framework.jobs import optimized

FORM = Form(DEFAULT, 32, 200.0, "style")
VISITOR: Any = SimpleNamespace(session_hash="visitor")


@pytest.fixture
def worker() -> Iterator[Executor]:
    with ThreadPoolExecutor(1) as worker:
        yield worker


@pytest.fixture
def events(folder: Path) -> Iterator[Events]:
    events = Events(folder / "cache", Limits(size=1024), Lifetime(after_leaving=0.5))
    yield events
    events.close()


def make_picture(folder: Path, name: str = "a", steps: int = 4) -> Picture:
    run = folder / name
    run.mkdir()
    (run / "picture").mkdir()
    output = run / "picture" / "out.png"
    settings = form_settings(FORM, Images(Path("content.png"), (Path("style.png"),)), output)
    return Picture({**settings, "epochs": 2, "steps_per_epoch": steps}, run)


def stop_after(picture: Picture, step: int) -> None:
    """Stops the picture after a step, so that the next step is the last."""
    snapshots = picture._snapshots
    keep = snapshots.on_train_batch_end

    def on_train_batch_end(batch: int, logs: dict[str, float] | None = None) -> None:
        keep(batch, logs)
        if snapshots.model.state.step == step:
            picture.stop()

    snapshots.on_train_batch_end = on_train_batch_end  # type: ignore[method-assign]


@contextmanager
def busy(events: Events) -> Iterator[None]:
    """Keeps the worker busy, so that pictures wait."""
    done = Event()
    events._worker.submit(done.wait)
    try:
        yield
    finally:
        done.set()


def finish(picture: Picture, worker: Executor) -> None:
    picture.start(worker)
    picture.wait()
    assert picture.error is None


def wait_for_step(picture: Picture) -> None:
    while picture.snapshot is None or picture.snapshot.step == 0:
        assert picture.is_running
        time.sleep(0.01)


def fill_in(folder: Path, size: int = 64) -> Any:
    for name in ("content.png", "style.png"):
        (folder / "cache" / name).mkdir(parents=True, exist_ok=True)
        shutil.copy(folder / name, folder / "cache" / name / name)
    paths = [str(folder / "cache" / name / name) for name in ("content.png", "style.png")]
    images = [{"path": path} for path in paths]
    return *images, None, None, None, DEFAULT, size, 200.0, "style", 50, None, NOT_LEARNED, None


def visit_of(events: Events) -> Visit:
    visit = events._visits.find("visitor")
    assert visit is not None
    return visit


def wait_until_gone(path: Path) -> None:
    begin = time.monotonic()
    while path.exists():
        assert time.monotonic() - begin < 300
        time.sleep(0.1)


def test_a_resumed_run_ends_like_an_uninterrupted_one(folder: Path, worker: Executor) -> None:
    whole, broken = make_picture(folder, steps=10), make_picture(folder, "b", steps=10)
    finish(whole, worker)
    stop_after(broken, 12)
    finish(broken, worker)
    assert broken.can_resume
    assert "stopped_after_step" in str(read_metadata(broken.output))
    finish(broken, worker)
    last = broken.snapshot
    assert last is not None
    assert last.steps == list(range(1, 21)) == list(range(1, last.all_steps + 1))
    assert len(last.losses["loss"]) == 20
    np.testing.assert_array_equal(read_image(whole.output), read_image(broken.output))
    np.testing.assert_array_equal(read_image(whole.output), last.image)
    assert "stopped_after_step" not in str(read_metadata(broken.output))


def test_pictures_free_their_trainers_and_share_a_network(
    folder: Path, worker: Executor, monkeypatch: pytest.MonkeyPatch
) -> None:
    trainers: list[weakref.ref[Trainer]] = []
    networks: list[weakref.ref[Any]] = []

    def remember(trainer: Trainer) -> Trainer:
        trainers.append(weakref.ref(trainer))
        networks.append(weakref.ref(trainer.extractor))
        return trainer

    make = optimized.make_trainer
    monkeypatch.setattr(optimized, "make_trainer", lambda settings: remember(make(settings)))
    pictures = [make_picture(folder, str(number), steps=1) for number in range(8)]
    for picture in pictures:
        finish(picture, worker)
    gc.collect()
    assert [trainer() for trainer in trainers] == [None] * 8
    assert len({network() for network in networks}) == 1


def test_pictures_are_made_one_at_a_time_in_order(folder: Path, events: Events) -> None:
    first, second, third = (make_picture(folder, name) for name in "abc")
    with busy(events):
        for picture in (first, second, third):
            events._start(picture)
        assert [events._queue_position(picture) for picture in (first, second, third)] == [0, 1, 2]
        second.stop()
        assert not second.is_running
        assert events._queue_position(third) == 1
    third.wait()
    assert not first.is_running
    assert not second.output.exists()
    assert first.output.stat().st_mtime_ns < third.output.stat().st_mtime_ns


def test_resuming_and_leaving_the_queue_loses_nothing(folder: Path, events: Events) -> None:
    picture = make_picture(folder)
    stop_after(picture, 2)
    events._start(picture)
    picture.wait()
    with busy(events):
        events._start(picture)
        with pytest.raises(ValueError, match="already being made"):
            events._start(picture)
        picture.stop()
        assert not picture.is_running
        assert picture.can_resume
    events._start(picture)
    picture.wait()
    assert picture.error is None
    assert not picture.can_resume


def test_the_queue_is_limited(folder: Path, events: Events) -> None:
    pictures = [make_picture(folder, str(number)) for number in range(22)]
    with busy(events):
        for picture in pictures[:21]:
            events._start(picture)
        with pytest.raises(ValueError, match="20 pictures are waiting already"):
            events._start(pictures[21])
        for picture in pictures[:21]:
            picture.stop()


def test_errors_do_not_name_server_folders(folder: Path, worker: Executor) -> None:
    picture = make_picture(folder)
    Path("style.png").write_bytes(b"damaged since")
    picture.start(worker)
    picture.wait()
    assert picture.error is not None
    assert "style" in picture.error
    assert str(folder) not in picture.error


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_is_explained_without_server_folders(folder: Path, worker: Executor) -> None:
    picture = make_picture(folder)
    # This device is always full.
    picture.sidecar.symlink_to("/dev/full")
    picture.start(worker)
    picture.wait()
    expected = "The app cannot write its files: No space left on device. Try again later."
    assert picture.error == expected
    assert expected in problem(OSError(errno.ENOSPC, "No space left on device", "a.png")).line


def test_a_closed_page_stops_its_run(folder: Path, events: Events) -> None:
    moments = events.make(*fill_in(folder), VISITOR)
    next(moments)
    next(moments)
    picture = visit_of(events).picture
    assert picture is not None
    events.leave(VISITOR)
    picture.wait()
    assert picture.stopped
    wait_until_gone(picture.folder)


def test_a_new_picture_replaces_a_running_one(folder: Path, events: Events) -> None:
    moments = events.make(*fill_in(folder), VISITOR)
    next(moments)
    visit = visit_of(events)
    first = visit.picture
    assert first is not None
    wait_for_step(first)
    others = events.make(*fill_in(folder, 80), VISITOR)
    next(others)
    list(moments)
    assert first.stopped
    wait_until_gone(first.folder / "run.npz")
    assert first.output.exists()
    assert visit.picture is not first
    list(zip(others, range(2), strict=False))
    assert "Stopping" in events.stop(VISITOR)
    last = list(others)[-1]
    assert "Stopped after step" in last.line
    assert [path for path, _ in last.gallery] == [str(each) for each in visit.gallery]
    assert visit.gallery[0] == first.output


def test_an_example_fills_in_its_images(events: Events) -> None:
    examples = find_examples()
    assert len(examples) == 3
    content, style, line = events.show_example(examples[0])(VISITOR)
    assert "Press Start" in line
    for copied, original in ((content, examples[0].content), (style, examples[0].style)):
        assert events._visits.path_of({"path": copied}) == copied
        assert Path(copied).read_bytes() == original.read_bytes()
    assert set(visit_of(events).uses) == {"content", "style"}


def test_stop_without_a_run_does_nothing(folder: Path, events: Events) -> None:
    before = set(folder.iterdir())
    assert "Nothing is running." in events.stop(VISITOR)
    assert "no picture to resume" in next(events.resume(VISITOR)).line
    assert set(folder.iterdir()) == before


@pytest.mark.parametrize("size", [8, 2000])
def test_sizes_outside_the_limits_are_refused(folder: Path, events: Events, size: int) -> None:
    shown = list(events.make(*fill_in(folder, size), VISITOR))
    assert "Expected 64 to 1024 pixels" in shown[0].line
