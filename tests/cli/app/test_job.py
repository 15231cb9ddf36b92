"""Runs of the app: one at a time, stopped and gone on with, and left alone."""

from __future__ import annotations

import time
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from nst_framework import read_image
from nst_framework.cli.app.form import DEFAULT, Form, Images, as_typed
from nst_framework.cli.app.job import Job
from nst_framework.cli.app.queue import Queue
from nst_framework.cli.app.studio import Limits, Studio
from nst_framework.images.metadata import read_metadata

FORM = Form(DEFAULT, 32, 200.0, "style")


def make_job(folder: Path, queue: Queue, name: str = "a", steps: int = 4) -> Job:
    run = folder / name
    run.mkdir()
    (run / "picture").mkdir()
    output = run / "picture" / "out.png"
    typed = as_typed(FORM, Images(Path("content.png"), (Path("style.png"),)), output)
    typed.epochs, typed.steps_per_epoch = 2, steps
    return Job(typed, run, queue)


def finish(job: Job) -> None:
    job.start()
    job.join()
    assert job.error is None


def wait_for_step(job: Job) -> None:
    while (progress := job.wait(60)) is not None and progress.step == 0:
        pass


def test_a_run_that_goes_on_ends_like_one_without_a_break(folder: Path) -> None:
    whole, broken = make_job(folder, Queue(), steps=60), make_job(folder, Queue(), "b", steps=60)
    finish(whole)
    broken.start()
    wait_for_step(broken)
    broken.stop()
    broken.join()
    assert broken.can_go_on
    assert "stopped_after_step" in str(read_metadata(broken.output))
    finish(broken)
    last = broken.wait(0)
    assert last is not None
    assert last.steps == list(range(1, 121)) == list(range(1, last.all_steps + 1))
    assert len(last.losses["loss"]) == 120
    np.testing.assert_array_equal(read_image(whole.output), read_image(broken.output))
    assert "stopped_after_step" not in str(read_metadata(broken.output))


def test_one_picture_at_a_time_in_their_order(folder: Path) -> None:
    queue = Queue()
    first, second, third = (make_job(folder, queue, name, steps=30) for name in "abc")
    for job in (first, second, third):
        job.start()
    assert [job.place for job in (first, second, third)] == [0, 1, 2]
    second.stop()
    second.join()
    assert third.place == 1
    assert not second.output.exists()
    first.stop()
    first.join()
    assert third.wait(60) is not None
    third.stop()
    third.join()
    assert first.output.exists()
    assert third.output.exists()


def test_going_on_and_leaving_the_queue_loses_nothing(folder: Path) -> None:
    queue = Queue()
    first, second = make_job(folder, queue, steps=60), make_job(folder, queue, "b", steps=60)
    first.start()
    wait_for_step(first)
    first.stop()
    first.join()
    second.start()
    first.start()
    with pytest.raises(ValueError, match="one at work"):
        first.start()
    first.stop()
    first.join()
    assert first.can_go_on
    second.stop()
    second.join()
    finish(first)
    assert not first.can_go_on


def test_errors_name_no_folder_of_the_server(folder: Path) -> None:
    job = make_job(folder, Queue())
    Path("style.png").write_bytes(b"damaged since")
    job.start()
    job.join()
    assert job.error is not None
    assert "style" in job.error
    assert str(folder) not in job.error


def test_a_closed_page_stops_its_run(folder: Path) -> None:
    studio = Studio(folder, Limits(), seconds_after_leaving=0.5)
    request = SimpleNamespace(session_hash="visitor")
    moments = studio.make(
        *("content.png", "style.png", None, None, None, DEFAULT, 64, 200.0, "style", 50, None),
        request,  # type: ignore[arg-type]
    )
    next(moments)
    next(moments)
    visit = studio._visits["visitor"]
    job = visit.job
    assert job is not None
    studio.leave(request)  # type: ignore[arg-type]
    begin = time.monotonic()
    job.join()
    assert time.monotonic() - begin < 30
    assert job.stopped
    while visit.folder.exists():
        assert time.monotonic() - begin < 60
        time.sleep(0.1)


@pytest.mark.parametrize("size", [8, 2000])
def test_sizes_beyond_the_limits_are_refused(folder: Path, size: int) -> None:
    studio = Studio(folder, Limits(size=1024))
    shown = list(
        studio.make(
            *("content.png", "style.png", None, None, None, DEFAULT, size, 200.0, "style", 50),
            None,
            SimpleNamespace(session_hash="visitor"),  # type: ignore[arg-type]
        )
    )
    assert "Expected 64 to 1024 pixels" in shown[0][0]
