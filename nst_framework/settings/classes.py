"""Classes named in text, `my_loss.py:MyLoss,layers=a+b`, and errors in the user's own code."""

from __future__ import annotations

import ast
import contextlib
import importlib.util
import re
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

NEXT_ARGUMENT = re.compile(r",(?=[A-Za-z_]\w*=)")
"""A comma that starts an argument; other commas are part of a value, such as a list."""

MODULE_PREFIX = "nst_user_code_"
"""The prefix of the names of modules that are loaded from the user's files."""

_NOT_IMPORTABLE = "Expected a Python file that can be imported. Received: {path!r}"

BAD_INPUT = (ValueError, OSError, ImportError, MemoryError)
"""The exceptions that the package raises for bad input."""


@dataclass(frozen=True)
class ClassCall:
    """A class and its keyword arguments; `path` is empty for a class in the package."""

    path: str
    class_name: str
    arguments: dict[str, Any]


def parse_class_call(text: str) -> ClassCall:
    """Parses `path/to/file.py:Class,name=value,...`, or `Class,name=value,...`.

    Values are Python literals if they can be parsed as such, and strings otherwise. Values joined
    by `+` become a list.

    Example:
    ```python
    parse_class_call("my_loss.py:MyLoss,layers=block2_conv1+block3_conv1,exponent=1.5")
    ```
    """
    head, *assignments = NEXT_ARGUMENT.split(text)
    path, colon, class_name = head.rpartition(":")
    if not class_name.isidentifier() or (colon and not path):
        raise ValueError(
            "Expected a class, such as my_loss.py:MyLoss or StyleLoss, optionally with arguments: "
            f"my_loss.py:MyLoss,layers=block1_conv1+block2_conv1,weight=2. Received: {text!r}."
        )
    arguments = {}
    for assignment in assignments:
        name, _, value = assignment.partition("=")
        if name in arguments:
            raise ValueError(f"Expected each argument once. Received {name!r} twice in {text!r}.")
        arguments[name] = _parse_value(value)
    return ClassCall(path, class_name, arguments)


def change_path(text: str, change: Callable[[str], str]) -> str:
    """Applies `change` to the path in a text such as `my_loss.py:MyLoss,exponent=2`, if any."""
    path = NEXT_ARGUMENT.split(text)[0].rpartition(":")[0]
    return change(path) + text[len(path) :] if path else text


def load_class(call: ClassCall, base: type, package: ModuleType) -> type:
    """Loads the class of a call, which must be a subclass of `base`.

    A class without a file is looked up in the package, among the names in `__all__`.
    """
    module = _import_file(Path(call.path)) if call.path else package
    where = call.path or package.__name__
    names = dir(module) if call.path else package.__all__
    received = "does not define it"
    if call.class_name in names:
        found = getattr(module, call.class_name)
        if _is_derived(found, base):
            return found
        received = f"defines it as something else: {found!r}"
    classes = sorted(name for name in names if _is_derived(getattr(module, name), base))
    library = base.__module__.partition(".")[0]
    raise _class_error(call, base.__name__, library, f"{where}, which {received}", classes)


def check_class(
    text: str, base: str, library: str, package: ModuleType, words: Sequence[str] = ()
) -> None:
    """Raises a `ValueError` if a class can be seen to be wrong without loading it.

    It should be a subclass of `base` of a library. `package` lists the package's own classes in
    `__all__`; each of the `words` is accepted in place of a class.
    """
    if text in words:
        return
    call = parse_class_call(text)
    if call.path:
        _read_code(Path(call.path))
        return
    classes = [name for name in package.__all__ if name != base]
    if call.class_name not in classes:
        received = f"{package.__name__}, which does not define it"
        raise _class_error(call, base, library, received, [*words, *classes])


def _class_error(
    call: ClassCall, base: str, library: str, received: str, classes: Sequence[str]
) -> ValueError:
    choice = f"choose one of: {', '.join(classes)}" if classes else "write such a class"
    return ValueError(
        f"Expected {call.class_name} to be a subclass of {library}'s {base}. Received: "
        f"{received}. Correct the name, or {choice}."
    )


def call_class(kind: type, arguments: Mapping[str, Any]) -> Any:
    """Calls a class with keyword arguments."""
    given = ", ".join(f"{name}={value!r}" for name, value in arguments.items())
    with _reported(f"Expected arguments that {kind.__name__} accepts. Received: {given or 'none'}"):
        return kind(**arguments)


def describe_failure(error: BaseException) -> str | None:
    """The sentence that reports an error to the user; `None` for a bug in the package.

    For an error in the user's own code, it includes the location and the type.
    """
    location = user_code_location(error)
    if location is not None:
        return f"{location}: {_describe_error(error)}"
    return str(error) if isinstance(error, BAD_INPUT) else None


def user_code_location(error: BaseException) -> str | None:
    """The location of an error in the user's own code: `my_loss.py, line 12, in compare`.

    This is the innermost of the user's lines in the traceback of the error, or else in that of its
    cause; `None` if there is no such line.
    """
    cause: BaseException | None = error
    while cause is not None:
        for frame, line in reversed(list(traceback.walk_tb(cause.__traceback__))):
            module, file = frame.f_globals.get("__name__"), frame.f_globals.get("__file__")
            # Generated code, such as autograph's, has the module's globals but another file.
            if str(module).startswith(MODULE_PREFIX) and frame.f_code.co_filename == file:
                path = Path(file)
                if path.is_relative_to(Path.cwd()):
                    path = path.relative_to(Path.cwd())
                name = frame.f_code.co_name
                return f"{path}, line {line}" + (f", in {name}" if name != "<module>" else "")
        cause = cause.__cause__
    return None


def _parse_value(text: str) -> Any:
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError, TypeError):
        pass
    except (MemoryError, RecursionError) as error:
        raise ValueError(
            f"Expected an argument that can be parsed. Received: {text[:40]}… of {len(text)} "
            "characters, which is nested too deeply."
        ) from error
    if "+" in text:
        return [_parse_value(part) for part in text.split("+") if part]
    return text


def _describe_error(error: BaseException) -> str:
    return ": ".join(filter(None, (type(error).__name__, str(error))))


def _is_derived(value: object, base: type) -> bool:
    return isinstance(value, type) and issubclass(value, base) and value is not base


def _read_code(path: Path) -> None:
    """Raises an error if a file of code can be seen to be wrong without running it."""
    if not path.is_file():
        raise FileNotFoundError(
            f"Expected a Python file with a class. Received: {str(path)!r}, which does not exist "
            "or is not a file. Correct the path."
        )
    if path.suffix != ".py":
        raise ValueError(f"Expected a Python file whose name ends in .py. Received: {str(path)!r}.")
    with _reported(_NOT_IMPORTABLE.format(path=str(path))):
        compile(path.read_bytes(), path, "exec", dont_inherit=True)


def _import_file(path: Path) -> ModuleType:
    _read_code(path)
    name = f"{MODULE_PREFIX}{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    # A dataclass looks up its module by name while the module is being imported.
    sys.modules[name] = module
    with _reported(_NOT_IMPORTABLE.format(path=str(path))):
        spec.loader.exec_module(module)
    return module


@contextlib.contextmanager
def _reported(sentence: str) -> Iterator[None]:
    try:
        yield
    except Exception as error:
        if user_code_location(error):
            raise
        # No line of the user's was running, so the file or class itself is reported.
        raise ValueError(f"{sentence}, which raised {_describe_error(error)}") from error
