"""Skips tests that need more than the extra "test"; in CI they fail instead."""

from __future__ import annotations

import importlib
import os
from typing import Any, NoReturn

import pytest

IN_CI = "CI" in os.environ


def skip(reason: str) -> NoReturn:
    """Skips a test or a whole module; in CI, where nothing may be missing, it fails."""
    if IN_CI:
        pytest.fail(f"CI must provide everything that this test needs: {reason}")
    pytest.skip(reason, allow_module_level=True)


def package(name: str) -> Any:
    """Imports a package of the extra "dev", or skips the test."""
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        missing = name.partition(".")[0]
        if error.name != missing:
            raise
        skip(f"Needs {missing}: pip install -e '.[dev]'")
