"""Checks that `get_config` and `from_config` give the same loss or extractor again."""

from __future__ import annotations

import inspect
import json
import math
from typing import Any, TypeVar

from ..extractors.base import FeatureExtractor
from ..losses.base import Loss
from .requirements import error_of, relative_error, require, require_no_error
from .trials import FEATURE_TOLERANCE, ExtractorTrial, LossTrial

Component = TypeVar("Component", Loss, FeatureExtractor)


def check_loss_configuration(trial: LossTrial) -> None:
    """The loss made from the configuration has the same attributes and the same value."""
    loss, again = trial.loss, _remade(trial.loss)
    if again is None:
        return
    for attribute in ("layers", "layer_weights", "target", "name"):
        before, after = getattr(loss, attribute), getattr(again, attribute)
        require(
            before == after,
            f"{trial.name}.{attribute} is {before!r}, but {after!r} after get_config and "
            "from_config: let get_config return the constructor's arguments.",
        )
    before = trial.value(trial.actual, trial.reference)
    after = LossTrial(again).value(trial.actual, trial.reference)
    require(
        math.isclose(before, after, rel_tol=1e-9),
        f"{trial.name} is {before:g}, but {after:g} after get_config and from_config: let "
        "get_config return every argument that the value depends on.",
    )


def check_extractor_configuration(trial: ExtractorTrial) -> None:
    """The network made from the configuration has the same features."""
    again = _remade(trial.extractor)
    if again is None:
        return
    before = trial.features(trial.image, trial.layers)
    after = ExtractorTrial(again, trial.layers).features(trial.image, trial.layers)
    for layer in trial.layers:
        require(
            relative_error(before[layer], after[layer]) < FEATURE_TOLERANCE,
            f"{trial.name} has different features at layer {layer!r} after get_config and "
            "from_config: let get_config return every argument that they depend on.",
        )


def _remade(component: Component) -> Component | None:
    """Checks the configuration, and makes the component again from its JSON.

    Args:
        component: A loss or an extractor.

    Returns:
        A new one with the same attributes; `None` if the class raises a `NotImplementedError` to
        say that it cannot be made from a configuration.

    Raises:
        AssertionError: If the configuration lacks something or cannot be used.
    """
    kind = type(component)
    name = kind.__name__
    config = component.get_config()
    require(
        isinstance(config, dict),
        f"{name}.get_config() returned {config!r}, where a dictionary of the constructor's "
        "arguments is expected.",
    )
    require_no_error(
        lambda: json.dumps(config, allow_nan=False),
        f"{name}.get_config() returned what JSON cannot hold: return only text, numbers, lists and "
        "dictionaries.",
    )
    for parameter in inspect.signature(kind).parameters.values():
        named = parameter.kind in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY)
        require(
            not named or parameter.name in config,
            f"{name}.get_config() forgets the constructor's argument {parameter.name!r}: add it "
            "to the dictionary.",
        )
    text = json.dumps(config)
    if isinstance(error_of(lambda: kind.from_config(json.loads(text))), NotImplementedError):
        return None
    require_no_error(
        lambda: kind.from_config(json.loads(text)),
        f"{name}.from_config does not take what get_config returned: let get_config return the "
        "constructor's arguments, or override from_config.",
    )
    again = kind.from_config(json.loads(text))
    require(
        type(again) is kind,
        f"{name}.from_config made a {type(again).__name__}: return cls(...) with the arguments.",
    )
    before, after = vars(component), vars(again)
    for attribute, value in before.items():
        if _is_plain(value) and _is_plain(after.get(attribute)):
            require(
                _equal(value, after.get(attribute)),
                f"{name}.{attribute} is {value!r}, but {after.get(attribute)!r} after get_config "
                "and from_config: let get_config return the constructor's arguments as they "
                "were given.",
            )
    require(
        json.dumps(again.get_config(), sort_keys=True) == json.dumps(config, sort_keys=True),
        f"{name}.get_config() returned {config}, but {again.get_config()} after from_config: let "
        "it return the constructor's arguments.",
    )
    return again


def _is_plain(value: Any) -> bool:
    """Whether it consists of numbers and text; arrays, caches and networks are not compared."""
    if isinstance(value, list | tuple):
        return all(map(_is_plain, value))
    return value is None or isinstance(value, bool | int | float | str)


def _equal(left: Any, right: Any) -> bool:
    if isinstance(left, list | tuple) and isinstance(right, list | tuple):
        # JSON has one kind of sequence.
        return len(left) == len(right) and all(map(_equal, left, right))
    return bool(left == right)
