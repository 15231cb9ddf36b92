"""Classes and their arguments as text: `my_loss.py:MyLoss,layers=a+b,weight=20`."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from typing import Any

NEXT_ARGUMENT = re.compile(r",(?=[A-Za-z_]\w*=)")
"""A comma that starts an argument; other commas are part of a value, such as a list."""


@dataclass(frozen=True)
class ClassCall:
    """A class and the arguments to call it with.

    Attributes:
        path: The file that defines the class; empty for a class of the package.
        class_name: The name of the class.
        arguments: The constructor's arguments by name.
    """

    path: str
    class_name: str
    arguments: dict[str, Any]


def loss_arguments(call: ClassCall) -> tuple[dict[str, Any], float | None]:
    """The arguments of a loss's constructor, and its weight if it has one.

    Args:
        call: The class and its arguments, `weight` among them.
    """
    arguments = dict(call.arguments)
    weight = arguments.pop("weight", None)
    if isinstance(arguments.get("layers"), str):
        # A single layer has no + that would make it a list.
        arguments["layers"] = [arguments["layers"]]
    return arguments, weight


def parse_class_call(text: str) -> ClassCall:
    """Parses `path/to/file.py:Class,name=value,...`, or `Class,name=value,...`.

    Values are Python literals where they can be read as such, and strings otherwise. Values joined
    by `+` are a list.

    Example:
    ```python
    parse_class_call("my_loss.py:MyLoss,layers=block2_conv1+block3_conv1,exponent=1.5")
    ```

    Args:
        text: What the user typed.

    Returns:
        The class and its arguments.

    Raises:
        ValueError: If the text has another form, or an argument appears twice.
    """
    head, *assignments = NEXT_ARGUMENT.split(text)
    path, colon, class_name = head.rpartition(":")
    if not class_name.isidentifier() or (colon and not path):
        raise ValueError(
            "Expected a class, as in my_loss.py:MyLoss or StyleLoss, with its arguments, as in "
            f"my_loss.py:MyLoss,layers=block1_conv1+block2_conv1,weight=2. Received: {text!r}."
        )
    arguments = {}
    for assignment in assignments:
        name, _, value = assignment.partition("=")
        if name in arguments:
            raise ValueError(f"Expected each argument once. Received {name!r} twice in {text!r}.")
        arguments[name] = _parse_value(value)
    return ClassCall(path, class_name, arguments)


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
