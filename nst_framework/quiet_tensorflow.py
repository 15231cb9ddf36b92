"""Imports TensorFlow without the lines that it prints on every start."""

from __future__ import annotations

import contextlib
import importlib.abc
import importlib.machinery
import os
import re
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

LEVEL = "TF_CPP_MIN_LOG_LEVEL"
"""TensorFlow's own setting: 0 prints everything, 1 no information."""

ROUTINE = re.compile(
    rb"WARNING: All log messages before absl::InitializeLog\(\) is called are written to STDERR"
    rb"|I\d{4} .*|\d{4}-\d\d-\d\d \S+: I .*"
    rb"|To enable the following instructions: .*"
    # CUDA has no driver, as on every machine without such a GPU.
    rb"|E\d{4} .*failed call to cuInit: .*\(303\)"
)
"""Lines that say nothing is wrong."""


class QuietTensorFlow(importlib.abc.MetaPathFinder):
    """Finds TensorFlow as Python does, and filters what it prints while it is imported.

    TensorFlow 2.21 prints some of its lines before it reads any setting. They come from C, so only
    the file descriptor keeps them back. Warnings and errors are printed afterwards.
    """

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """Finds the package `tensorflow`, and leaves everything else to the other finders."""
        if name != "tensorflow":
            return None
        spec = importlib.machinery.PathFinder.find_spec(name, path, target)
        # A folder of that name, which may remain after it was removed, has no loader.
        if spec is not None and spec.loader is not None:
            _filter(spec.loader)
        return spec


def _filter(loader: Any) -> None:
    execute = loader.exec_module

    def execute_quietly(module: Any) -> None:
        with filtered_stderr():
            execute(module)
            # Looks for a driver of CUDA, which would be reported at the first operation.
            with contextlib.suppress(Exception):
                module.config.list_physical_devices()

    loader.exec_module = execute_quietly


@contextlib.contextmanager
def filtered_stderr() -> Iterator[None]:
    """Keeps back what is written to stderr, also by libraries in C, and prints it without routine.

    If an error is raised, everything is printed. Without a stderr or a place for a temporary file,
    and in other threads than the main one, nothing is kept back.
    """
    with contextlib.ExitStack() as opened:
        try:
            kept = os.dup(2)
            opened.callback(os.close, kept)
            written = opened.enter_context(tempfile.TemporaryFile())
        except OSError:
            yield
            return
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        routine = ROUTINE
        os.dup2(written.fileno(), 2)
        try:
            yield
        except BaseException:
            routine = re.compile(rb"(?!)")
            raise
        finally:
            # Users may have put anything in its place.
            with contextlib.suppress(AttributeError, OSError, ValueError):
                sys.stderr.flush()
            os.dup2(kept, 2)
            written.seek(0)
            for line in written:
                if not routine.fullmatch(line.rstrip()):
                    os.write(2, line)


def quiet_tensorflow() -> None:
    """Prepares a quiet import of TensorFlow, unless it is imported, or told to print everything."""
    if os.environ.setdefault(LEVEL, "1") != "0" and "tensorflow" not in sys.modules:
        sys.meta_path.insert(0, QuietTensorFlow())


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
