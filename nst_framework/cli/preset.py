"""Presets for `Trainer.from_preset`."""

from __future__ import annotations

import argparse
import functools
from pathlib import Path
from typing import TYPE_CHECKING

from .. import defaults
from .components import compile_arguments, make_extractor
from .configuration import as_options, merge
from .settings_file import read_preset, read_settings
from .transfer_options import known_settings

if TYPE_CHECKING:
    from ..trainer import Trainer

OF_FIT = ("size", "epochs", "steps_per_epoch", "initial_image", "noise", "color", "seed")
"""The settings that are arguments of `Trainer.fit`."""


def trainer_from_preset(kind: type[Trainer], name: str) -> Trainer:
    """Makes a trainer of a class and compiles it, as `Trainer.from_preset` describes."""
    settings = read_settings(read_preset(name), f"the preset {name}", Path())
    standard = {key: action.default for key, action in known_settings().items()}
    own = {"scales": list(defaults.SCALES), "precision": "float32"}
    options = as_options(merge({**standard, **own}, settings), argparse.Namespace())
    trainer = kind(make_extractor(options))
    trainer.compile(**compile_arguments(options))
    of_fit = {key: settings[key] for key in OF_FIT if key in settings}
    trainer.fit = functools.partial(trainer.fit, **of_fit)  # type: ignore[method-assign]
    return trainer
