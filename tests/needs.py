"""What a few tests need beyond the extra "test": without it they are skipped, and fail in CI."""

from __future__ import annotations

import importlib
import os
from typing import Any, NoReturn

import pytest

IN_CI = "CI" in os.environ


def skip(reason: str) -> NoReturn:
    """Skips the test, or all of a module; in CI, where nothing may be missing, it fails."""
    if IN_CI:
        pytest.fail(f"CI has to have what this test needs: {reason}")
    pytest.skip(reason, allow_module_level=True)


def package(name: str) -> Any:
    """Imports a package of the extra "dev", or skips what needs it."""
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        missing = name.partition(".")[0]
        if error.name != missing:
            raise
        skip(f"Needs {missing}: pip install -e '.[dev]'")
