"""Arrays of the state that may still be on the device."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..backend import as_numpy


def to_host(value: Any) -> Any:
    """Returns arrays and numbers unchanged, and fetches a tensor to the host."""
    return value if isinstance(value, np.ndarray | np.generic) else as_numpy(value)


class HostArray:
    """An array that may be set to a tensor, which is fetched to the host when it is first read.

    An optimizer can then stay on the device: only what a callback asks for leaves it.
    """

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    def __get__(self, instance: object, owner: type) -> np.ndarray:
        if instance is None:
            # Dataclasses take what the class has as the default; there is none.
            raise AttributeError(self._name)
        array = vars(instance)[self._name] = to_host(vars(instance)[self._name])
        return array

    def __set__(self, instance: object, value: Any) -> None:
        vars(instance)[self._name] = value
