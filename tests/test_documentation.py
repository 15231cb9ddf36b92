"""The public names, their docstrings and the docs agree."""

from __future__ import annotations

import ast
import dataclasses
import importlib
import inspect
import re
import shlex
from pathlib import Path
from typing import Any

import markdown_docstrings
import pytest

import nst_framework
from nst_framework import Loss
from nst_framework.cli.parser import make_parser

ROOT = Path(__file__).parents[1]
DOCUMENTS = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), ROOT / "benchmarks" / "README.md"]
MODULES = (
    "nst_framework",
    "nst_framework.batch",
    "nst_framework.callbacks",
    "nst_framework.metrics",
    "nst_framework.saving",
    "nst_framework.testing",
    "nst_framework.video",
)


def page_name(path: Path) -> str:
    return str(path.relative_to(ROOT))


NAMES = [
    (module, name)
    for module in MODULES
    for name in importlib.import_module(module).__all__
    if callable(getattr(importlib.import_module(module), name))
]


def described_arguments(value: Any, docstring: str) -> list[str]:
    """The names in the section "Args" or, for a dataclass, "Attributes"."""
    titles = "Args|Attributes" if dataclasses.is_dataclass(value) else "Args"
    section = re.search(rf"^(?:{titles}):\n((?:[ ]+.*\n|\n)*)", docstring + "\n", re.M)
    return re.findall(r"^    \*{0,2}(\w+):", section[1], re.M) if section else []


@pytest.mark.parametrize(("module", "name"), NAMES)
def test_docstrings_describe_every_argument(module: str, name: str) -> None:
    value = getattr(importlib.import_module(module), name)
    docstring = inspect.getdoc(value)
    assert docstring
    first, _, rest = docstring.partition("\n")
    assert first.endswith(".")
    assert not rest or rest.startswith("\n"), "a blank line follows the summary"
    arguments = [argument for argument in inspect.signature(value).parameters if argument != "self"]
    if inspect.isclass(value) and issubclass(value, Loss) and value.target is not None:
        # The class declares the target, which the inherited constructor accepts.
        arguments = [argument for argument in arguments if argument != "target"]
    assert described_arguments(value, docstring) == arguments


def public_calls(tree: ast.AST) -> list[tuple[Any, ast.Call]]:
    """The calls of public names: each public object and its call."""
    public = {name: getattr(importlib.import_module(module), name) for module, name in NAMES}
    return [
        (public[node.func.id], node)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in public
    ]


def snippets(text: str) -> list[str]:
    """Python blocks, and inline code that looks like a call."""
    blocks = re.findall(r"```python\n(.*?)```", text, flags=re.DOTALL)
    spans = re.findall(r"`([^`\n]+\))`", re.sub(r"```.*?```", "", text, flags=re.DOTALL))
    return blocks + [span for span in spans if parses(span)]


def parses(code: str) -> bool:
    try:
        ast.parse(code)
    except SyntaxError:
        return False
    return True


@pytest.mark.parametrize("path", DOCUMENTS, ids=page_name)
def test_python_in_the_docs_uses_existing_names(path: Path) -> None:
    for code in snippets(path.read_text()):
        tree = ast.parse(code)
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("nst_"):
                module = importlib.import_module(node.module or "")
                assert all(hasattr(module, alias.name) for alias in node.names), code
        for called, node in public_calls(tree):
            names = {keyword.arg for keyword in node.keywords if keyword.arg}
            assert names <= set(inspect.signature(called).parameters), code


def command_lines(text: str) -> list[list[str]]:
    """The words after `nst` of each command in a page's blocks."""
    blocks = re.findall(r"^ *```(.*?)\n(.*?)^ *```", text, flags=re.M | re.S)
    lines = [line for language, block in blocks if not language for line in block.splitlines()]
    words = [
        shlex.split(re.split(r" [|>] ", line)[0]) for line in lines if re.search(r"\bnst ", line)
    ]
    return [
        line[line.index("nst") + 1 :] for line in words if "nst" in line and line[0] != "docker"
    ]


def subcommands() -> dict[str, Any]:
    """The parsers of `nst transfer` and the other commands, by name."""
    return next(
        action.choices for action in make_parser()._actions if isinstance(action.choices, dict)
    )


@pytest.mark.parametrize("path", DOCUMENTS, ids=page_name)
def test_commands_in_the_docs_are_accepted(path: Path) -> None:
    for words in command_lines(path.read_text()):
        if words[0] not in ("--version", "--print-completion"):
            make_parser().parse_args(words)


@pytest.mark.parametrize("path", DOCUMENTS, ids=page_name)
def test_options_in_the_text_exist(path: Path) -> None:
    commands = subcommands()
    for command, words in re.findall(r"`nst\s(\w+)\s([^`]*)`", path.read_text()):
        for option in re.findall(r"(?<!\S)--[\w-]+", words):
            assert option in commands[command]._option_string_actions, option


@pytest.mark.parametrize("path", DOCUMENTS, ids=page_name)
def test_links_lead_to_files(path: Path) -> None:
    for link in re.findall(r"\]\((?!https?:|#)([^)#\s]+)", path.read_text()):
        assert (path.parent / link).exists(), link


def test_every_loss_and_callback_is_in_its_page() -> None:
    losses = (ROOT / "docs" / "losses.md").read_text()
    for name in nst_framework.__all__:
        value = getattr(nst_framework, name)
        if inspect.isclass(value) and issubclass(value, Loss) and value is not Loss:
            assert f"| `{name}` |" in losses, name
    callbacks = (ROOT / "docs" / "callbacks.md").read_text()
    for name in nst_framework.callbacks.__all__:
        assert f"| `{name}` |" in callbacks, name


def test_every_public_name_is_in_the_reference() -> None:
    pages = "".join(path.read_text() for path in (ROOT / "docs" / "api").glob("*.md"))
    listed = re.findall(r"^\.\. auto(?:class|function):: (\S+)$", pages, re.M)
    assert sorted(listed) == sorted(f"{module}.{name}" for module, name in NAMES)


def test_every_page_is_in_the_contents() -> None:
    contents = (ROOT / "docs" / "index.md").read_text().splitlines()
    pages = {path.stem for path in (ROOT / "docs").glob("*.md")} - {"index"}
    assert pages <= set(contents)


def test_the_readme_is_short() -> None:
    assert len((ROOT / "README.md").read_text().splitlines()) < 150


def test_docstrings_become_restructured_text() -> None:
    lines = [
        "Compares `StyleLoss`s with `(1, 2)`.",
        "",
        "$$ a_i $$",
        "",
        "with $b$ of `own`.",
        "",
        "| key | range |",
        "|---|---|",
        "| `x` | 0 to 1 |",
        "",
        "Example:",
        "```python",
        "fit(`a`)",
        "```",
    ]
    text = "\n".join(markdown_docstrings.convert(lines))
    assert ":py:obj:`StyleLoss <nst_framework.StyleLoss>`\\ s with ``(1, 2)``." in text
    assert re.search(r"^\.\. math::\n\n +a_i *$", text, re.M)
    assert "with :math:`b` of ``own``." in text
    assert re.search(r"^\.\. list-table::\n.*\* - ``x``\n     - 0 to 1$", text, re.M | re.S)
    assert re.search(r"^\.\. rubric:: Example\n", text, re.M)
    assert re.search(r"^\.\. code-block:: python\n+ +fit\(`a`\)$", text, re.M)
    assert "```" not in text
