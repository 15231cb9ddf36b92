"""The time left, with a fake clock whose steps take the time given by a formula."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from nst_framework import Stage, Trainer
from nst_framework.run.time_left import PlannedEpoch, TimeLeft
from nst_framework.text import format_time_left

Cost = Callable[[PlannedEpoch], float]

SIZES = {"neighbors": [32, 64, 128, 256, 256], "halves": [256, 512], "one": [512] * 5}


def entry(planned: PlannedEpoch) -> float:
    """The seconds for tracing and for the features of the style."""
    return 2.0 + 5e-5 * planned.height * planned.width


def estimates(
    sizes: list[int], steps: int, step: Cost
) -> Iterator[tuple[PlannedEpoch, int, float, float]]:
    """For each step: its epoch, its number in the epoch, and the estimated and true time left."""
    stages = {number: min(number, len(set(sizes)) - 1) for number in range(len(sizes))}
    if sizes == SIZES["neighbors"]:
        stages = {number: number for number in range(len(sizes))}
    plan = [
        PlannedEpoch(stages[number], size * 3 // 4, size, steps)
        for number, size in enumerate(sizes)
    ]
    now = 0.0
    durations = []
    seen = set()
    for planned in plan:
        for _ in range(steps):
            durations.append(step(planned) + (0.0 if planned.stage in seen else entry(planned)))
            seen.add(planned.stage)
    whole = sum(durations)
    time = TimeLeft(plan, lambda: now)
    passed = iter(durations)
    for epoch, planned in enumerate(plan):
        for number in range(1, steps + 1):
            now += next(passed)
            time.count_step(epoch)
            yield planned, number, time.seconds_left(epoch, number), whole - now


def network(planned: PlannedEpoch) -> float:
    """Seconds per step with VGG16 on two cores, as measured; its margin has 16 pixels."""
    return 0.01 + 2.2e-5 * (planned.height + 32) * (planned.width + 32)


def no_margin(planned: PlannedEpoch) -> float:
    """Seconds per step with another network, which has a fixed cost per step."""
    return 0.06 + 2.8e-5 * planned.height * planned.width


def splitting(planned: PlannedEpoch) -> float:
    """Seconds per step where the losses of the last stage add a third to the network's cost."""
    return network(planned) * (1.33 if planned.stage == 4 else 1.0)


@pytest.mark.parametrize("sizes", SIZES.values(), ids=SIZES)
@pytest.mark.parametrize("step", [network, no_margin, splitting])
def test_estimates_are_within_30_percent_from_the_tenth_step(sizes: list[int], step: Cost) -> None:
    for planned, number, estimate, truth in estimates(sizes, 200, step):
        first = planned.stage == 0 and number < 10
        if not first and number >= 2:
            assert estimate == pytest.approx(truth, rel=0.3, abs=2), (planned, number)


def test_a_line_is_found_exactly_in_the_long_run() -> None:
    *_, (_, _, estimate, truth) = itertools.islice(
        estimates(SIZES["neighbors"], 50, network), 150 + 10
    )
    assert estimate == pytest.approx(truth, rel=0.02)


def test_a_fixed_cost_is_not_multiplied_by_pixels() -> None:
    constant = list(estimates([32, 64, 128, 256], 100, lambda _: 0.05))
    _, _, estimate, truth = constant[210]
    assert estimate == pytest.approx(truth, rel=0.3)


def test_the_estimate_is_0_before_the_first_step_and_after_the_last() -> None:
    time = TimeLeft([PlannedEpoch(0, 24, 32, 3)])
    assert time.seconds_left(0, 0) == 0
    for _ in range(3):
        time.count_step(0)
    assert time.seconds_left(0, 3) == pytest.approx(0)
    assert time.steps_in(0) == 3


@pytest.mark.parametrize(
    ("seconds", "text"), [(190, "about 3:10 left"), (0.2, "0:00 left"), (0, "0:00 left")]
)
def test_estimates_are_marked_with_about(seconds: float, text: str) -> None:
    assert format_time_left(seconds) == text


def test_a_run_of_several_stages_prints_it(
    trainer: Trainer, fit_arguments: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    trainer.compile(trainer.losses, schedule=[Stage(scale=0.5), Stage(steps=3)])
    trainer.fit(**{**fit_arguments, "epochs": 2, "steps_per_epoch": 2, "verbose": 2})
    lines = [line for line in capsys.readouterr().out.splitlines() if line.startswith("Epoch")]
    assert re.search(r"step 2/2 - [\d:]+, (about )?[\d:]+ left - loss", lines[0])
    assert re.search(r"step 3/3 - [\d:]+, 0:00 left", lines[1])
