"""What a style network has learned: kept in its file, beside the weights."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

FORMAT = 1
"""The version of the record's form."""


@dataclass(frozen=True)
class Record:
    """What a style network has learned.

    Attributes:
        names: A name for each painting.
        objective: Losses, weights, sizes and whatever else the network was trained with.
        made_with: The versions of the software.
        thumbnail: The paintings side by side, a small JPEG; empty if there is none.
    """

    names: tuple[str, ...] = ()
    objective: Mapping[str, Any] = field(default_factory=dict)
    made_with: Mapping[str, Any] = field(default_factory=dict)
    thumbnail: bytes = b""

    def to_json(self) -> str:
        """The record as text, without the thumbnail."""
        content = {
            "format": FORMAT,
            "names": list(self.names),
            "objective": dict(self.objective),
            "made_with": dict(self.made_with),
        }
        return json.dumps(content, indent=1)


def parse_record(text: bytes, thumbnail: bytes, path: str) -> Record:
    """The record in a file that may come from a stranger: texts and numbers, and nothing else."""
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{_expected(path)} a record that is not JSON.") from error
    if not isinstance(content, dict) or not isinstance(content.get("format"), int):
        raise ValueError(f"{_expected(path)} a record without a version.")
    if content["format"] > FORMAT:
        raise ValueError(
            f"Expected {path!r} to have version {FORMAT} or older. Received: version "
            f"{content['format']}. Install a newer nst_framework."
        )
    names = content.get("names", [])
    objective, made_with = content.get("objective", {}), content.get("made_with", {})
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise ValueError(f"{_expected(path)} names that are not texts.")
    if not (isinstance(objective, dict) and isinstance(made_with, dict)):
        raise ValueError(f"{_expected(path)} a record of another form.")
    return Record(tuple(names), objective, made_with, thumbnail)


def _expected(path: str) -> str:
    return f"Expected {path!r} to be a painting that nst train learned. Received:"
