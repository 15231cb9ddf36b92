"""Wraps the first import of a package, whoever imports it."""

from __future__ import annotations

import importlib.abc
import importlib.machinery
from collections.abc import Callable, Sequence
from types import ModuleType
from typing import Any

Execute = Callable[[ModuleType], None]
"""A loader's `exec_module`, which runs a module's code."""


class ImportHook(importlib.abc.MetaPathFinder):
    """Finds a package as Python does, and leaves everything else to the other finders.

    Args:
        package: The package's name.
        around: Called with the loader's own `exec_module` and the module; it must call the former
            with the latter.
    """

    def __init__(self, package: str, around: Callable[[Execute, ModuleType], None]) -> None:
        self._package, self._around = package, around

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """Finds the package, whose loader then calls `around`."""
        if name != self._package:
            return None
        spec = importlib.machinery.PathFinder.find_spec(name, path, target)
        # A folder left over after the package was uninstalled has no loader.
        if spec is not None and spec.loader is not None:
            loader: Any = spec.loader
            execute = loader.exec_module
            loader.exec_module = lambda module: self._around(execute, module)
        return spec
