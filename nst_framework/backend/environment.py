"""What the bytes of a picture depend on besides its settings: the software and the machine."""

from __future__ import annotations

import importlib
import platform
from collections.abc import Mapping, Sequence
from typing import Any

import keras

from . import device_name, thread_count
from .hardware import processor

PACKAGES = {"nst_framework": "nst_framework", "keras": "keras", "numpy": "numpy", "pillow": "PIL"}
"""Packages whose version affects a result, and the modules that have it."""

LONGEST = 120
"""The most characters of a recorded value that are shown; the file may be somebody else's."""


def environment() -> dict[str, str]:
    """Versions, processor, device and number of threads, each in a few words."""
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
    """Says what differs from where something was made; `None` if nothing does.

    `recorded` is what `environment` returned then, or several of these. It comes from a file, so
    it may be anything; what cannot be compared is ignored. The text is the end of a sentence that
    begins with a name, and a further sentence, on one line.
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
        f"made with {', '.join(before)}. This is {', '.join(now)}; the picture need not be the "
        "same byte for byte."
    )


def _shown(value: str) -> str:
    return "".join(letter if letter.isprintable() else "?" for letter in value[:LONGEST])
