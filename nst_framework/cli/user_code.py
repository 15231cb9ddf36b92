"""Classes of the user's own, named as in `my_loss.py:MyLoss,layers=a+b,weight=20`."""

from __future__ import annotations

import contextlib
import importlib.util
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

from ..presets.class_calls import NEXT_ARGUMENT, ClassCall

MODULE_PREFIX = "nst_user_code_"
"""Starts the name of each module that is loaded from a file of the user's."""


def change_path(text: str, change: Callable[[str], str]) -> str:
    """Replaces the path in a text such as `my_loss.py:MyLoss,exponent=2`, if it has one.

    Args:
        text: What the user typed.
        change: Maps the path to its replacement.

    Returns:
        The text with the new path.
    """
    path = NEXT_ARGUMENT.split(text)[0].rpartition(":")[0]
    return change(path) + text[len(path) :] if path else text


def load_class(call: ClassCall, base: type, package: ModuleType) -> type:
    """Loads the class that a call names.

    Args:
        call: The call.
        base: The class that it must be derived from.
        package: Where a class without a file is looked up, among the names in `__all__`.

    Returns:
        The class.

    Raises:
        FileNotFoundError: If the file does not exist.
        ValueError: If the file cannot be imported, or has no such class.
    """
    if call.path:
        where = call.path
        names = vars(_import_file(Path(call.path)))
    else:
        where = package.__name__
        names = {name: getattr(package, name) for name in package.__all__}
    classes = {name: value for name, value in names.items() if _is_derived(value, base)}
    if call.class_name in classes:
        return classes[call.class_name]
    received = "has nothing of that name"
    if call.class_name in names:
        received = f"has something else of that name: {names[call.class_name]!r}"
    choice = f"choose one of: {', '.join(sorted(classes))}" if classes else "write one"
    library = base.__module__.partition(".")[0]
    raise ValueError(
        f"Expected {call.class_name} to be a class derived from {base.__name__} of {library}. "
        f"Received: {where}, which {received}. Correct the name, or {choice}."
    )


def call_class(kind: type, arguments: Mapping[str, Any]) -> Any:
    """Calls a class with arguments by name.

    Raises:
        ValueError: If it does not accept them; the error names the class and the arguments.
        Exception: Whatever the user's own code raises.
    """
    given = ", ".join(f"{name}={value!r}" for name, value in arguments.items())
    with _reported(f"Expected arguments that {kind.__name__} accepts. Received: {given or 'none'}"):
        return kind(**arguments)


def user_code_location(error: BaseException) -> str | None:
    """Where in the user's own code an error occurred: `my_loss.py, line 12, in compare`.

    Args:
        error: An exception that has been raised.

    Returns:
        The innermost of the user's lines in the traceback of the error, or else of its cause;
        `None` if there is no such line.
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


def describe_error(error: BaseException) -> str:
    """The error's type and, if it has one, its message."""
    return ": ".join(filter(None, (type(error).__name__, str(error))))


def _is_derived(value: object, base: type) -> bool:
    return isinstance(value, type) and issubclass(value, base) and value is not base


def _import_file(path: Path) -> ModuleType:
    if not path.is_file():
        raise FileNotFoundError(
            f"Expected a Python file with a class. Received: {str(path)!r}, which does not exist "
            "or is not a file. Correct the path."
        )
    name = f"{MODULE_PREFIX}{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ValueError(
            f"Expected a Python file, with a name that ends in .py. Received: {str(path)!r}."
        )
    module = importlib.util.module_from_spec(spec)
    # A dataclass looks up its module by name while the module is being imported.
    sys.modules[name] = module
    with _reported(f"Expected a Python file that can be imported. Received: {str(path)!r}"):
        spec.loader.exec_module(module)
    return module


@contextlib.contextmanager
def _reported(sentence: str) -> Iterator[None]:
    try:
        yield
    except Exception as error:
        if user_code_location(error):
            raise
        # None of the user's lines was running, so there is none to report.
        raise ValueError(f"{sentence}, which raised {describe_error(error)}") from error
