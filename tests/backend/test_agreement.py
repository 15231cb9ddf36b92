"""All backends give the same losses, gradients and runs, within what rounding may change."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from backend_values import REFERENCE, all_losses, measure_losses, measure_run

EXPECTED = json.loads(REFERENCE.read_text())


@pytest.fixture(scope="module")
def measured() -> dict[str, Any]:
    return measure_losses()


@pytest.mark.parametrize("name", [loss.name for loss in all_losses()])
def test_a_loss_and_its_gradient_are_those_of_tensorflow(
    name: str, measured: dict[str, Any]
) -> None:
    actual, expected = measured[name], EXPECTED["losses"][name]
    assert actual["loss"] == pytest.approx(expected["loss"], rel=1e-4)
    assert actual["length"] == pytest.approx(expected["length"], rel=1e-4)
    differences = np.subtract(actual["products"], expected["products"])
    assert np.sqrt(np.mean(differences**2)) < 1e-4 * expected["length"]


def test_a_run_ends_where_tensorflow_s_does() -> None:
    assert measure_run() == pytest.approx(EXPECTED["run"], rel=0.01)
