"""Loading Keras without the messages that its backend prints on start-up."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path


def load_backend() -> None:
    """Loads Keras and initialises its device, discarding what is written to stderr meanwhile."""
    with silenced_stderr():
        import keras

        keras.ops.ones(1)


@contextlib.contextmanager
def silenced_stderr() -> Iterator[None]:
    """Discards what is written to stderr, also by libraries in C.

    No setting silences those of TensorFlow and libtiff, which write to the file descriptor.
    """
    try:
        kept = os.dup(2)
    except OSError:
        yield  # There is no stderr.
        return
    if sys.stderr is not None:
        sys.stderr.flush()
    with Path(os.devnull).open("wb") as nowhere:
        os.dup2(nowhere.fileno(), 2)
    try:
        yield
    finally:
        if sys.stderr is not None:
            sys.stderr.flush()
        os.dup2(kept, 2)
        os.close(kept)
