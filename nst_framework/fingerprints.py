"""Digests and descriptions that identify images and settings in a checkpoint."""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import inspect
import json
import os
import re
from collections.abc import Mapping
from typing import Any

import keras
import numpy as np


def fingerprint(array: np.ndarray) -> str:
    """A digest that differs between arrays of different shape, dtype or elements."""
    digest = hashlib.sha256(f"{array.shape} {array.dtype}".encode())
    digest.update(array.tobytes())
    return digest.hexdigest()


def describe(value: Any, containers: tuple[int, ...] = ()) -> Any:
    """Describes a setting in full, with values that JSON can represent.

    Arrays, tensors and variables are described by shape, dtype and digest; functions and classes by
    their full names; objects by class and `get_config()`, or by class and attributes if they are
    dataclasses or have Python's default `repr`; anything else by its `repr` without addresses.
    """
    if value is None:
        return None
    for kind, numpy_kind in ((bool, np.bool_), (int, np.integer), (float, np.floating), (str, str)):
        # Instances of subclasses become plain instances of the type.
        if isinstance(value, kind | numpy_kind):
            return kind(value)
    if id(value) in containers:
        return f"a {type(value).__qualname__} that contains this"
    inside = functools.partial(describe, containers=(*containers, id(value)))
    if isinstance(value, Mapping):
        return {str(key): inside(element) for key, element in value.items()}
    if isinstance(value, list | tuple):
        return [inside(element) for element in value]
    if isinstance(value, set | frozenset):
        return sorted((inside(element) for element in value), key=json.dumps)
    if isinstance(value, keras.Variable) or keras.ops.is_tensor(value):
        return inside(keras.ops.convert_to_numpy(value))
    if isinstance(value, np.ndarray):
        if value.dtype.hasobject:
            # The bytes of such an array are the addresses of its objects.
            return inside(value.tolist())
        shape, dtype = list(value.shape), str(value.dtype)
        return {"shape": shape, "dtype": dtype, "sha256": fingerprint(value)}
    if isinstance(value, os.PathLike):
        return inside(os.fspath(value))
    if inspect.ismethod(value):
        return {"method": _full_name(value.__func__), "of": inside(value.__self__)}
    if inspect.isclass(value) or inspect.isroutine(value):
        return _full_name(value)
    if isinstance(value, functools.partial):
        arguments = {"args": inside(value.args), "keywords": inside(value.keywords)}
        return {"partial": inside(value.func), **arguments}
    kind_of_value: Any = type(value)
    name = kind_of_value.__qualname__
    if hasattr(value, "get_config"):
        return {"class": name, "config": inside(value.get_config())}
    if kind_of_value.__repr__ is object.__repr__ or dataclasses.is_dataclass(value):
        # The content of `__dict__` and `__slots__`, as for pickle and copy.
        return {"class": name, "attributes": inside(object.__getstate__(value))}
    return re.sub(r" at 0x[0-9a-fA-F]+", "", repr(value))


def _full_name(value: Any) -> str:
    module = getattr(value, "__module__", None)
    return f"{module}.{value.__qualname__}" if module else value.__qualname__
