"""Descriptions and digests that identify images and settings in a checkpoint."""

from __future__ import annotations

import functools
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from nst_framework import StyleLoss
from nst_framework.fingerprints import describe, fingerprint
from nst_framework.run.state import RunState


def test_fingerprints_differ_with_pixels_and_shape() -> None:
    image = np.zeros((4, 6, 3), np.uint8)
    changed = image.copy()
    changed[3, 5, 2] = 1
    prints = {fingerprint(image), fingerprint(changed), fingerprint(image.reshape(6, 4, 3))}
    assert len(prints) == 3
    assert fingerprint(image) == fingerprint(image.copy())


class WeightedLoss(StyleLoss):
    """A loss with a setting of arbitrary type."""

    def __init__(self, setting: Any) -> None:
        super().__init__(["first"])
        self.setting = setting

    def get_config(self) -> dict[str, Any]:
        return {"setting": self.setting}


class Plain:
    """An object with attributes and Python's own `repr`."""

    def __init__(self, value: Any) -> None:
        self.value = value


class Slotted:
    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value


class Named:
    """An object whose `repr` contains its name and its address."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        return f"<Named {self.name} at {id(self):#x}>"


@dataclass
class Settings:
    value: Any
    others: list[Any] = field(default_factory=list)


def ramp(changed: float = 0.0) -> np.ndarray:
    """An array so long that NumPy abbreviates its `repr`."""
    array = np.arange(2000.0)
    array[1000] += changed
    return array


def scale(image: Any, factor: float = 1.0) -> Any:
    return image * factor


PAIRS = {
    "array": (ramp, lambda: ramp(0.5)),
    "shape of an array": (ramp, lambda: ramp().reshape(2, 1000)),
    "type of an array": (ramp, lambda: ramp().astype(np.float32)),
    "array in a list in a mapping": (lambda: {"a": [1, ramp()]}, lambda: {"a": [1, ramp(0.5)]}),
    "array of objects": (
        lambda: np.array([Plain(1), None]),
        lambda: np.array([Plain(2), None]),
    ),
    "tensor": (
        lambda: keras.ops.convert_to_tensor(ramp()),
        lambda: keras.ops.convert_to_tensor(ramp(0.5)),
    ),
    "variable": (lambda: keras.Variable(ramp()), lambda: keras.Variable(ramp(0.5))),
    "object": (lambda: Plain(ramp()), lambda: Plain(ramp(0.5))),
    "object with slots": (lambda: Slotted(1), lambda: Slotted(2)),
    "dataclass": (lambda: Settings(ramp()), lambda: Settings(ramp(0.5))),
    "object with a configuration": (
        lambda: keras.initializers.Constant(ramp()),
        lambda: keras.initializers.Constant(ramp(0.5)),
    ),
    "class": (lambda: Plain, lambda: Settings),
    "function": (lambda: ramp, lambda: scale),
    "partial function": (
        lambda: functools.partial(scale, factor=ramp()),
        lambda: functools.partial(scale, factor=ramp(0.5)),
    ),
    "method": (lambda: WeightedLoss(ramp()).compare, lambda: WeightedLoss(ramp(0.5)).compare),
    "object with an address": (lambda: Named("a"), lambda: Named("b")),
    "path": (lambda: Path("a/b"), lambda: Path("a/c")),
    "set": (lambda: {"a", "b", "c"}, lambda: {"a", "b", "d"}),
    "key": (lambda: {1: "a"}, lambda: {2: "a"}),
    "complex number": (lambda: 1j, lambda: 2j),
}


@pytest.mark.parametrize("kind", PAIRS)
def test_settings_are_compared_in_full(kind: str, tmp_path: Path) -> None:
    setting, other = PAIRS[kind]
    image = np.zeros((1, 2, 2, 3), np.float32)
    state = RunState(image, image, configuration={"loss": describe(WeightedLoss(setting()))})
    state.save(tmp_path / "run.npz")
    for saved in (state, RunState.load(tmp_path / "run.npz")):
        saved.check_configuration({"loss": describe(WeightedLoss(setting()))})
        with pytest.raises(ValueError, match="differs in: loss"):
            saved.check_configuration({"loss": describe(WeightedLoss(other()))})


@pytest.mark.parametrize("kind", PAIRS)
def test_values_outside_a_component_are_also_described(kind: str) -> None:
    setting, other = PAIRS[kind]
    image = np.zeros((1, 2, 2, 3), np.float32)
    state = RunState(image, image, configuration={"scales": [setting()]})
    state.check_configuration({"scales": (setting(),)})
    with pytest.raises(ValueError, match="differs in: scales"):
        state.check_configuration({"scales": [other()]})


@pytest.mark.parametrize(
    ("value", "description"),
    [
        (None, None),
        (True, True),
        (3, 3),
        (0.1, 0.1),
        ("text", "text"),
        ((1, [2, (3,)]), [1, [2, [3]]]),
        ({"a": (1,), 2: None}, {"a": [1], "2": None}),
        (np.float64(0.1), 0.1),
        (np.int32(7), 7),
        (np.bool_(True), True),
        (Path("a"), "a"),
        (len, "builtins.len"),
        (WeightedLoss(3), {"class": "WeightedLoss", "config": {"setting": 3}}),
        (Plain(3), {"class": "Plain", "attributes": {"value": 3}}),
        (Plain, f"{__name__}.Plain"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_descriptions_are_plain(value: Any, description: Any) -> None:
    described = describe(value)
    assert described == description
    assert type(described) is type(description)
    assert describe(described) == described, "a loaded description is comparable"
    json.dumps(described)


def test_equal_arrays_and_tensors_have_equal_descriptions() -> None:
    array = ramp().astype(np.float32)
    description = describe(array)
    assert description["shape"] == [2000]
    assert description["dtype"] == "float32"
    assert len(description["sha256"]) == 64
    assert describe(keras.ops.convert_to_tensor(array)) == description
    assert describe(np.asfortranarray(array.reshape(20, 100))) == describe(array.reshape(20, 100))


def test_objects_that_contain_themselves_are_described() -> None:
    ring: list[Any] = [1]
    ring.append(ring)
    person = Plain(None)
    person.value = {"self": person}
    twice = [Plain(1)] * 2
    assert describe(ring) == [1, "a list that contains this"]
    assert json.dumps(describe(person))
    assert describe(twice) == [describe(Plain(1))] * 2, "the same object twice is not a cycle"


def test_nan_equals_itself(tmp_path: Path) -> None:
    image = np.zeros((1, 2, 2, 3), np.float32)
    state = RunState(image, image, configuration={"weight": float("nan")})
    state.save(tmp_path / "run.npz")
    RunState.load(tmp_path / "run.npz").check_configuration({"weight": float("nan")})


def test_a_whole_number_equals_its_float() -> None:
    image = np.zeros((1, 2, 2, 3), np.float32)
    RunState(image, image, configuration={"loss": {"exponent": 2}}).check_configuration(
        {"loss": {"exponent": 2.0}}
    )
