"""Writes the picture of a run, if need be to another place than the one that was asked for."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np


def write_picture(output: str, image: np.ndarray, metadata: str | None = None) -> None:
    """Writes a picture; if it cannot be written there, to a new file elsewhere.

    Args:
        output: Where the picture belongs.
        image: Array `(height, width, 3 or 4)`, uint8.
        metadata: A text to keep in the file.

    Raises:
        OSError: If the picture is not where it belongs; the error says where it is.
    """
    from ..images.writing import write_image

    try:
        write_image(output, image, metadata)
    except OSError as error:
        place = _write_elsewhere(Path(output), image, metadata)
        where = f"is in {str(place)!r}" if place else "fitted in no other place either"
        raise OSError(
            f"{output!r} could not be written ({error.strerror or error}). The picture {where}."
        ) from error


def _write_elsewhere(output: Path, image: np.ndarray, metadata: str | None) -> Path | None:
    for find_folder in (Path.cwd, Path.home, tempfile.gettempdir):
        # The folder may be gone, too, and there may be no home.
        with contextlib.suppress(OSError, RuntimeError):
            return _write_new(Path(find_folder()), output, image, metadata)
    return None


def _write_new(folder: Path, output: Path, image: np.ndarray, metadata: str | None) -> Path:
    from ..images.writing import write_image

    descriptor, name = tempfile.mkstemp(output.suffix, f"{output.stem[:50]}-", folder)
    os.close(descriptor)
    try:
        write_image(name, image, metadata)
    except OSError:
        Path(name).unlink()
        raise
    return Path(name)
