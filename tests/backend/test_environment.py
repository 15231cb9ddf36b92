"""The recorded environment, and the warning for checkpoints of another machine."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nst_framework import Trainer
from nst_framework.backend import device_list
from nst_framework.backend.environment import environment, environment_change
from nst_framework.backend.hardware import processor
from nst_framework.run.state import OtherEnvironmentWarning, RunState

FitArguments = dict[str, Any]


def test_the_same_machine_has_no_differences() -> None:
    assert environment_change(environment()) is None
    assert environment_change([environment(), environment()]) is None
    assert all(value.isprintable() and value for value in environment().values())


def test_the_devices_are_listed_on_every_backend() -> None:
    assert all(re.fullmatch(r"(cpu|gpu|tpu|cuda|mps):\d+", device) for device in device_list())
    assert device_list()


def test_every_difference_is_named() -> None:
    here = environment()
    other = {**here, "keras": "1.2.3", "processor": "abacus"}
    assert environment_change([here, other]) == (
        "made with keras 1.2.3, processor abacus. This environment has keras "
        f"{here['keras']}, processor {here['processor']}; "
        "the picture may not be identical byte for byte."
    )


@pytest.mark.parametrize(
    "record",
    [
        None,
        3,
        "keras",
        [],
        {},
        [3, None, "keras"],
        {"keras": 3},
        {"other": "1"},
        [[{"keras": "1"}]],
    ],
)
def test_records_of_another_form_are_ignored(record: object) -> None:
    assert environment_change(record) is None


def test_a_forged_record_stays_one_short_line() -> None:
    change = environment_change({"keras": "1\n\x1b[31m" + 9999 * "x", "numpy": "\ud800"})
    assert change is not None
    assert change.isprintable()
    assert len(change) < 400


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("model name\t: Fast CPU\nflags\t\t: fpu avx2 sse fma\n", "Fast CPU avx2 fma"),
        ("Features\t: fp asimd sve bf16\nCPU part\t: 0xd40\n", "sve bf16"),
        ("", ""),
    ],
)
def test_the_description_of_the_processor_on_linux(text: str, words: str, tmp_path: Path) -> None:
    (tmp_path / "cpuinfo").write_text(text)
    assert processor(tmp_path / "cpuinfo").endswith(words)
    assert processor(tmp_path / "none")


def test_another_number_of_threads_is_reported() -> None:
    variables = ("TF_NUM_INTRAOP_THREADS", "OMP_NUM_THREADS")
    code = (
        "from nst_framework.backend.environment import environment; print(environment()['threads'])"
    )
    # JAX has no such variable but uses the cores available to the process.
    core = min(os.sched_getaffinity(0))
    result = subprocess.run(
        ["taskset", "-c", str(core), sys.executable, "-c", code],
        env={**os.environ, **dict.fromkeys(variables, "1")},
        capture_output=True,
        text=True,
        check=True,
    )
    assert result.stdout.split() == ["1"]


def test_a_checkpoint_of_another_machine_is_resumed_with_a_warning(
    trainer: Trainer, fit_arguments: FitArguments, tmp_path: Path
) -> None:
    path = tmp_path / "run.npz"
    trainer.fit(**fit_arguments)
    trainer.save(path)
    with warnings.catch_warnings():
        warnings.simplefilter("error", OtherEnvironmentWarning)
        trainer.load_weights(path)
        trainer.fit(**fit_arguments, resume_from=path)
    image = trainer.image
    state = RunState.load(path)
    assert state.made_with == [environment()]
    other = {**environment(), "processor": "abacus"}
    state.made_with = [other]
    state.save(path)
    with pytest.warns(
        OtherEnvironmentWarning, match=r"run\.npz' was made with processor abacus\. "
    ):
        trainer.load_weights(path)
    with pytest.warns(OtherEnvironmentWarning, match="may not be identical byte for byte"):
        trainer.fit(**fit_arguments, resume_from=path)
    np.testing.assert_array_equal(trainer.image, image)
    assert trainer.state.made_with == [other, environment()], "the record is kept"


@pytest.mark.parametrize("record", [3, "x", {"keras": "0"}, [3], [{"keras": "1\nnst: error"}]])
def test_a_forged_record_in_a_checkpoint_is_not_an_error(
    record: Any, trainer: Trainer, fit_arguments: FitArguments, tmp_path: Path
) -> None:
    trainer.fit(**fit_arguments)
    trainer.state.made_with = record
    trainer.save(tmp_path / "run.npz")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        trainer.load_weights(tmp_path / "run.npz")
    texts = [str(each.message) for each in caught if each.category is OtherEnvironmentWarning]
    assert len(texts) == ("keras" in str(record))
    assert all(text.isprintable() for text in texts)
    assert trainer.state.made_with[-1] == environment()
