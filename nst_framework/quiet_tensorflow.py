"""Imports TensorFlow without the lines it prints on every start."""

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
"""TensorFlow's own setting: 0 prints everything, 1 omits information."""

ROUTINE = re.compile(
    rb"WARNING: All log messages before absl::InitializeLog\(\) is called are written to STDERR"
    rb"|I\d{4} .*|\d{4}-\d\d-\d\d \S+: I .*"
    rb"|To enable the following instructions: .*"
    # CUDA finds no driver, as on every machine without such a GPU.
    rb"|E\d{4} .*failed call to cuInit: .*\(303\)"
    # Printed at the first gradient with a variable batch size, even on processors with AVX-512.
    rb"|E\d{4} .*oneDNN supports DT_INT32 only on platforms with AVX-512\. .*"
    # TensorFlow 2.19 and 2.20 print this about their own parts.
    rb"|[EW]\d{4} .*(factory for plugin cu\w+ when one has|computation placer) already .*"
)
"""Lines that do not report a problem."""

_capturing = threading.Lock()


def import_quietly(execute: Execute, module: ModuleType) -> None:
    """Executes TensorFlow's module quietly, for an `ImportHook`.

    This also quiets the workers of a cluster, which may import any module of this package.
    """
    with quiet_tensorflow():
        execute(module)


def load_backend() -> None:
    """Loads Keras and initializes its device."""
    with quiet_tensorflow():
        import keras

        keras.ops.ones(1)


@contextlib.contextmanager
def quiet_tensorflow() -> Iterator[None]:
    """Drops TensorFlow's routine lines in this block, unless the user wants to see everything.

    TensorFlow 2.21 prints some log messages before it reads any logging setting.
    """
    if os.environ.setdefault(LEVEL, "1") == "0":
        yield
        return
    lines: list[bytes] = []
    try:
        with captured_stderr(lines):
            yield
            if "tensorflow" in sys.modules:
                # Looks for a CUDA driver; otherwise the first operation would report it missing.
                with contextlib.suppress(Exception):
                    sys.modules["tensorflow"].config.list_physical_devices()
        lines = [line for line in lines if not ROUTINE.fullmatch(line.rstrip())]
    finally:
        # After an error, all lines are printed.
        for line in lines:
            os.write(2, line)


@contextlib.contextmanager
def captured_stderr(lines: list[bytes]) -> Iterator[None]:
    """Collects all output on stderr, even that of C libraries, in a list when the block ends.

    Nothing is captured without a stderr or a place for a temporary file, or while another block
    is capturing.
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
        # The lines come from C, so only redirecting the file descriptor holds them back.
        os.dup2(written.fileno(), 2)
        try:
            yield
        finally:
            # Users may have replaced it with anything.
            with contextlib.suppress(AttributeError, OSError, ValueError):
                sys.stderr.flush()
            os.dup2(kept, 2)
            written.seek(0)
            lines += written
