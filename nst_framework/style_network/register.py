"""Registers `StyleNetwork` with Keras before its module is imported.

The package loads its modules on first use, but `keras.saving.load_model` finds only classes that
are registered with Keras.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from types import ModuleType
from typing import Any

from ..import_hook import Execute, ImportHook


class LazyStyleNetwork:
    """A placeholder for `StyleNetwork` in Keras's registry until its module is imported."""

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Any:
        """Makes the network."""
        from .network import StyleNetwork

        return StyleNetwork.from_config(config)


def register_with_keras() -> None:
    """Registers the package's model now or, if Keras is not imported yet, when it is."""
    if (keras := sys.modules.get("keras")) is None:
        sys.meta_path.insert(0, ImportHook("keras", _execute_and_register))
    else:
        _register(keras)


def _execute_and_register(execute: Execute, keras: ModuleType) -> None:
    execute(keras)
    _register(keras)


def _register(keras: Any) -> None:
    names = keras.saving.get_custom_objects()
    names.setdefault("nst_framework>StyleNetwork", LazyStyleNetwork)
