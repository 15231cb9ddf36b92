"""Imports TensorFlow without the lines that it prints on every start."""

from __future__ import annotations

import contextlib
import os
import re
import sys
import tempfile
import threading
from collections.abc import Iterator
from types import ModuleType

from .import_hook import Execute

LEVEL = "TF_CPP_MIN_LOG_LEVEL"
"""TensorFlow's own setting: 0 prints everything, 1 no information."""

ROUTINE = re.compile(
    rb"WARNING: All log messages before absl::InitializeLog\(\) is called are written to STDERR"
    rb"|I\d{4} .*|\d{4}-\d\d-\d\d \S+: I .*"
    rb"|To enable the following instructions: .*"
    # CUDA has no driver, as on every machine without such a GPU.
    rb"|E\d{4} .*failed call to cuInit: .*\(303\)"
    # At the first gradient in which the size of a batch is open; processors with it are told, too.
    rb"|E\d{4} .*oneDNN supports DT_INT32 only on platforms with AVX-512\. .*"
    # TensorFlow 2.19 and 2.20 say so of their own parts.
    rb"|[EW]\d{4} .*(factory for plugin cu\w+ when one has|computation placer) already .*"
)
"""Lines that say nothing is wrong."""

_capturing = threading.Lock()


def import_quietly(execute: Execute, module: ModuleType) -> None:
    """Executes TensorFlow's module quietly, for an `ImportHook`.

    So workers of a cluster are quiet, too, which import any module of this package.
    """
    with quiet_tensorflow():
        execute(module)


def load_backend() -> None:
    """Loads Keras and initialises its device."""
    with quiet_tensorflow():
        import keras

        keras.ops.ones(1)


@contextlib.contextmanager
def quiet_tensorflow() -> Iterator[None]:
    """Drops TensorFlow's routine lines in this block, unless the user has asked for all.

    TensorFlow 2.21 prints some of its lines before it reads any setting.
    """
    if os.environ.setdefault(LEVEL, "1") == "0":
        yield
        return
    lines: list[bytes] = []
    try:
        with captured_stderr(lines):
            yield
            if "tensorflow" in sys.modules:
                # Looks for a driver of CUDA, which would be reported at the first operation.
                with contextlib.suppress(Exception):
                    sys.modules["tensorflow"].config.list_physical_devices()
        lines = [line for line in lines if not ROUTINE.fullmatch(line.rstrip())]
    finally:
        # After an error, all of them.
        for line in lines:
            os.write(2, line)


@contextlib.contextmanager
def captured_stderr(lines: list[bytes]) -> Iterator[None]:
    """Puts what is written to stderr, also by libraries in C, into a list when the block ends.

    Nothing is captured without a stderr or a place for a temporary file, or while another block
    captures it.
    """
    with contextlib.ExitStack() as opened:
        if not _capturing.acquire(blocking=False):
            yield
            return
        opened.callback(_capturing.release)
        try:
            kept = os.dup(2)
            opened.callback(os.close, kept)
            written = opened.enter_context(tempfile.TemporaryFile())
        except OSError:
            yield
            return
        # They come from C, so only the file descriptor keeps them back.
        os.dup2(written.fileno(), 2)
        try:
            yield
        finally:
            # Users may have put anything in its place.
            with contextlib.suppress(AttributeError, OSError, ValueError):
                sys.stderr.flush()
            os.dup2(kept, 2)
            written.seek(0)
            lines += written
