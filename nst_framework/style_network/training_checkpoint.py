"""Checkpoints of a training: weights, optimizer state, and the training's identity."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np

from ..backend.environment import environment
from ..run.checkpoint_file import read_checkpoint, write_checkpoint

KIND = "training of a style network"


@dataclass(frozen=True)
class TrainingState:
    """The contents of a checkpoint other than weights and optimizer state.

    Attributes:
        step: The number of steps taken.
        broken: `{path: error}` of the photographs that could not be read.
        made_with: The software and the machine.
    """

    step: int
    broken: Mapping[Path, str]
    made_with: Mapping[str, Any]


def save_training(
    path: Path,
    network: keras.Model,
    step: int,
    made_of: Mapping[str, Any],
    broken: Mapping[Path, str],
) -> None:
    """Writes a checkpoint; the previous one is kept until the new one is complete."""
    header = {
        "kind": KIND,
        "step": step,
        "made_of": dict(made_of),
        "made_with": environment(),
        "broken": {str(photograph): reason for photograph, reason in broken.items()},
    }
    numbers = {
        name: np.asarray(keras.ops.convert_to_numpy(variable.value))
        for name, variable in _variables(network).items()
    }
    write_checkpoint(path, header, numbers)


def load_training(path: Path, network: keras.Model, made_of: Mapping[str, Any]) -> TrainingState:
    """Loads a checkpoint of the same training into a compiled network.

    Raises:
        ValueError: If the checkpoint is damaged or belongs to another training.
    """
    header, numbers = read_checkpoint(path)
    received = f"Received: {str(path)!r},"
    if header.get("kind") != KIND:
        raise ValueError(
            f"Expected a checkpoint of nst train. {received} which belongs to another command. "
            "Remove it, or choose another --output."
        )
    changed = _changes(header["made_of"], made_of)
    variables = _variables(network)
    shapes = {name: tuple(variable.shape) for name, variable in variables.items()}
    if changed or shapes != {name: array.shape for name, array in numbers.items()}:
        what = "; ".join(changed) or "another network"
        raise ValueError(
            f"Expected a checkpoint of this training. {received} which is of another one: {what}. "
            "Use the options and files of that training, or remove the checkpoint and leave out "
            "--resume."
        )
    for name, variable in variables.items():
        variable.assign(numbers[name])
    broken = {Path(photograph): reason for photograph, reason in header["broken"].items()}
    return TrainingState(header["step"], broken, header["made_with"])


def _variables(network: keras.Model) -> dict[str, Any]:
    """The variables of the network and of its optimizer, by stable names."""
    optimizer: Any = network.optimizer
    return {
        f"{kind}_{number}": variable
        for kind, variables in (("network", network.variables), ("optimizer", optimizer.variables))
        for number, variable in enumerate(variables)
    }


def _changes(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """A short description of each difference, by name."""
    names = dict.fromkeys([*before, *now])
    return [
        f"{name} was {_shown(before.get(name))} and is {_shown(now.get(name))}"
        for name in names
        if before.get(name) != now.get(name)
    ]


def _shown(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 40 else f"{text[:37]}..."
