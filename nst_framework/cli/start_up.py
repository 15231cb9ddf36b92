"""Loading Keras without the messages that its backend prints on start-up."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def load_backend() -> None:
    """Loads Keras and initialises its device, discarding what is written to stderr meanwhile.

    No setting silences TensorFlow's C++ code, which writes to the file descriptor directly.
    """
    sys.stderr.flush()
    kept = os.dup(2)
    with Path(os.devnull).open("wb") as nowhere:
        os.dup2(nowhere.fileno(), 2)
    try:
        import keras

        keras.ops.ones(1)
    finally:
        sys.stderr.flush()
        os.dup2(kept, 2)
        os.close(kept)
