"""Lets Keras load a style network whether or not its module has been imported.

The package loads its modules on first use, but `keras.saving.load_model` finds classes only by
their names in Keras's register.
"""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import sys
from collections.abc import Mapping, Sequence
from types import ModuleType
from typing import Any


class StyleNetworkLater:
    """Stands for `StyleNetwork` in Keras's register until its module is imported."""

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Any:
        """Makes the network."""
        from .network import StyleNetwork

        return StyleNetwork.from_config(config)


class KerasFinder(importlib.abc.MetaPathFinder):
    """Finds Keras as Python does, and registers the package's model when it has been imported."""

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """Finds the package `keras`, and leaves everything else to the other finders."""
        if name != "keras":
            return None
        spec = importlib.machinery.PathFinder.find_spec(name, path, target)
        if spec is not None and spec.loader is not None:
            loader: Any = spec.loader
            execute = loader.exec_module

            def execute_and_register(module: ModuleType) -> None:
                execute(module)
                _register(module)

            loader.exec_module = execute_and_register
        return spec


def register_with_keras() -> None:
    """Registers the package's model with Keras, now or when Keras is imported."""
    if (keras := sys.modules.get("keras")) is None:
        sys.meta_path.insert(0, KerasFinder())
    else:
        _register(keras)


def _register(keras: Any) -> None:
    names = keras.saving.get_custom_objects()
    names.setdefault("nst_framework>StyleNetwork", StyleNetworkLater)
