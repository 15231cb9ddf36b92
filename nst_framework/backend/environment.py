"""The software and hardware on which, besides the settings, a picture's bytes depend."""

from __future__ import annotations

import importlib
import platform
from collections.abc import Mapping, Sequence
from typing import Any

import keras

from . import device_name, thread_count
from .hardware import processor

PACKAGES = {"nst_framework": "nst_framework", "keras": "keras", "numpy": "numpy", "pillow": "PIL"}
"""Packages whose version affects a result, and the modules that provide the version."""

MAX_SHOWN = 120
"""Maximum number of characters shown of a recorded value, which may be untrusted."""


def environment() -> dict[str, str]:
    """Versions, processor, device and number of threads, each as a short text."""
    backend = keras.backend.backend()
    versions = {
        name: importlib.import_module(module).__version__ for name, module in PACKAGES.items()
    }
    return {
        **versions,
        "backend": f"{backend} {importlib.import_module(backend).__version__}",
        "python": platform.python_version(),
        "processor": processor(),
        "device": device_name(),
        "threads": str(thread_count()),
    }


def environment_change(recorded: Any) -> str | None:
    """Describes the differences from a recorded environment; `None` if there are none.

    `recorded` is an earlier result of `environment`, or several of them. It comes from a file, so
    it may be anything; values that cannot be compared are ignored. The text completes a sentence
    that begins with a name and adds another sentence, on one line.
    """
    several = recorded if isinstance(recorded, Sequence) else [recorded]
    tables = [table for table in several if isinstance(table, Mapping)]
    before, now = [], []
    for name, value in environment().items():
        known = {table[name] for table in tables if isinstance(table.get(name), str)} - {value}
        before += [f"{name} {_shown(each)}" for each in sorted(known)]
        now += [f"{name} {value}"] if known else []
    if not now:
        return None
    return (
        f"made with {', '.join(before)}. This environment has {', '.join(now)}; the picture may "
        "not be identical byte for byte."
    )


def _shown(value: str) -> str:
    return "".join(letter if letter.isprintable() else "?" for letter in value[:MAX_SHOWN])
