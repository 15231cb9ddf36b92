"""The record of a style network's training, stored in its file with the weights."""

from __future__ import annotations

import io
import json
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

FORMAT = 1
"""The version of the record's format."""

LIMITS = {"styles": (1, 256), "width": (1, 128), "blocks": (0, 16)}
"""The allowed range of each of a network's sizes, which untrusted files contain."""

LONGEST_NAME = 200
"""The maximum number of characters in a painting's name."""

LARGEST_THUMBNAIL = 2**22
"""The maximum number of pixels in a thumbnail, which shows up to 256 paintings."""


@dataclass(frozen=True)
class Record:
    """The paintings that a style network has learned, and how.

    Attributes:
        names: A name for each painting.
        objective: Losses, weights, sizes and other settings of the training.
        made_with: The versions of the software.
        thumbnail: The paintings side by side as a small JPEG; may be empty.
    """

    names: tuple[str, ...] = ()
    objective: Mapping[str, Any] = field(default_factory=dict)
    made_with: Mapping[str, Any] = field(default_factory=dict)
    thumbnail: bytes = b""

    def to_json(self) -> str:
        """The record as JSON, without the thumbnail."""
        content = {
            "format": FORMAT,
            "names": list(self.names),
            "objective": dict(self.objective),
            "made_with": dict(self.made_with),
        }
        return json.dumps(content, indent=1)


def parse_record(text: bytes, thumbnail: bytes) -> Record:
    """Parses the record of an untrusted file; it contains only text and numbers.

    Raises:
        ValueError: If the record is invalid. The message describes the fault.
    """
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ValueError("a record that is not JSON") from error
    version = content.get("format") if isinstance(content, dict) else None
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        raise ValueError("a record without a version")
    if version > FORMAT:
        raise ValueError(f"a record of version {version!r:.20}. Install a newer nst_framework")
    names = content.get("names", [])
    objective, made_with = content.get("objective", {}), content.get("made_with", {})
    if not isinstance(names, list) or not all(is_name(name) for name in names):
        raise ValueError("names that are not printable text")
    if not (isinstance(objective, dict) and isinstance(made_with, dict)):
        raise ValueError("a malformed record")
    return Record(tuple(names), objective, made_with, thumbnail)


def check_thumbnail(content: bytes) -> None:
    """Checks that a thumbnail, if present, is a small JPEG."""
    if not content:
        return
    from PIL import Image

    try:
        with warnings.catch_warnings():
            # The size is checked below.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            image = Image.open(io.BytesIO(content), formats=["JPEG"])
        small = image.width * image.height <= LARGEST_THUMBNAIL
        if small:
            image.load()
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise ValueError("a thumbnail that is not a JPEG") from error
    if not small:
        raise ValueError(f"a thumbnail of more than {LARGEST_THUMBNAIL} pixels")


def is_name(name: object) -> bool:
    """Whether a name is printable: it must not move the cursor or clear the screen."""
    return isinstance(name, str) and name.isprintable() and len(name) <= LONGEST_NAME
