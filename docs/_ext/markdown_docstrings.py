"""The Markdown of docstrings as reStructuredText: code blocks, formulas, tables, code, links."""

from __future__ import annotations

import importlib
import re
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sphinx.application import Sphinx

MODULES = (
    "nst_framework",
    "nst_framework.batch",
    "nst_framework.callbacks",
    "nst_framework.metrics",
    "nst_framework.testing",
    "nst_framework.video",
)

CODE = r"`(?P<code>[^`\n]+(?:\n[^`\n]+)?)`(?P<suffix>(?=\w))?"
FORMULA = r"\$(?P<formula>[^$]+)\$"


@cache
def public_names() -> dict[str, str]:
    """Where each public name is documented."""
    return {
        name: f"{module}.{name}"
        for module in MODULES
        for name in importlib.import_module(module).__all__
    }


def convert(lines: list[str]) -> list[str]:
    """A docstring in reStructuredText; sections such as "Args" remain as they are.

    A code block after "Example:" gets that word as its title, since it is not indented.
    """
    text = "\n".join(lines)
    text = re.sub(r"(?:^ *\|.*\|$\n?){2,}", _table, text, flags=re.M)
    # Odd parts are code blocks and formulas on lines of their own.
    parts = re.split(r"(^ *```python\n.*?^ *```$|^ *\$\$.*?\$\$$)", text, flags=re.M | re.S)
    for index, part in enumerate(parts):
        if index % 2 == 0:
            part = re.sub(r"^Example:$", ".. rubric:: Example", part, flags=re.M)
            parts[index] = re.sub(f"{CODE}|{FORMULA}", _inline, part)
        elif part.lstrip().startswith("```"):
            parts[index] = _block("code-block:: python", part, r"```(?:python)?")
        else:
            parts[index] = _block("math::", part, r"\$\$")
    return "".join(parts).split("\n")


def _inline(match: re.Match[str]) -> str:
    if match["formula"]:
        return f":math:`{_one_line(match['formula'])}`"
    code = _one_line(match["code"])
    # In reStructuredText, a letter must not follow at once.
    end = "" if match["suffix"] is None else "\\ "
    name = re.fullmatch(r"(?:\w+\.)*(\w+)", code)
    if name and name[1] in public_names():
        return f":py:obj:`{code} <{public_names()[name[1]]}>`{end}"
    return f"``{code}``{end}"


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _block(directive: str, part: str, marks: str) -> str:
    indent = " " * (len(part) - len(part.lstrip()))
    lines = re.sub(marks, "", part).split("\n")
    body = [f"{indent}   {line.removeprefix(indent)}".rstrip() for line in lines]
    return "\n".join(["", f"{indent}.. {directive}", "", *body, ""])


def _table(match: re.Match[str]) -> str:
    head, _, *rows = match[0].rstrip("\n").split("\n")
    indent = " " * (len(head) - len(head.lstrip()))
    lines = ["", f"{indent}.. list-table::", f"{indent}   :header-rows: 1", ""]
    for row in (head, *rows):
        first, *others = (cell.strip() for cell in row.strip().strip("|").split("|"))
        lines += [f"{indent}   * - {first}", *(f"{indent}     - {cell}" for cell in others)]
    return "\n".join([*lines, "", ""])


def _process(app: Sphinx, what: str, name: str, obj: Any, options: Any, lines: list[str]) -> None:
    if what in ("attribute", "data", "property") and lines:
        # Napoleon takes what stands before a colon for the type.
        lines[0] = lines[0].replace(": ", "; ")
    lines[:] = convert(lines)


def setup(app: Sphinx) -> dict[str, Any]:
    """Connects the conversion before that of the sections, which Napoleon does."""
    app.connect("autodoc-process-docstring", _process, priority=400)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
