"""The public names, and the layers of imports."""

from __future__ import annotations

import ast
import importlib
import subprocess
import sys
from pathlib import Path

import pytest

import nst_framework
import nst_framework.saving

ROOT = Path(nst_framework.__file__).parent


@pytest.mark.parametrize(
    "module",
    [
        "nst_framework",
        "nst_framework.callbacks",
        "nst_framework.metrics",
        "nst_framework.saving",
        "nst_framework.testing",
        "nst_framework.video",
    ],
)
def test_all_is_sorted_and_complete(module: str) -> None:
    __import__(module)
    names = sys.modules[module].__all__
    assert names == sorted(names)
    for name in names:
        assert getattr(sys.modules[module], name) is not None


def test_the_stub_lists_all_public_names() -> None:
    tree = ast.parse((ROOT / "__init__.pyi").read_text())
    seen = {
        alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.level == 1
        for alias in node.names
    }
    assert seen == set(nst_framework.__all__)


def test_unknown_names_raise_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="NoSuchLoss"):
        _ = nst_framework.NoSuchLoss


def test_importing_the_package_loads_no_backend() -> None:
    code = (
        "import sys, nst_framework, nst_framework.cli; "
        "loaded = {'keras', 'tensorflow', 'matplotlib', 'scipy', 'numpy'} & set(sys.modules); "
        "sys.exit(str(loaded) if loaded else 0)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_run_imports_neither_testing_nor_metrics() -> None:
    code = (
        "import sys, nst_framework; nst_framework.Trainer, nst_framework.callbacks; "
        "loaded = {'nst_framework.testing', 'nst_framework.metrics'} & set(sys.modules); "
        "sys.exit(str(loaded) if loaded else 0)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_callbacks_use_only_public_names() -> None:
    paths = list((ROOT / "callbacks").glob("*.py"))
    assert paths
    for path in paths:
        assert "import_module" not in path.read_text()
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                assert not any(alias.name.startswith("nst_framework.") for alias in node.names)
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("nst_framework"):
                modules = ("nst_framework", "nst_framework.saving", "nst_framework.video")
                assert node.module in modules, path
                public = set(importlib.import_module(node.module).__all__)
                assert {alias.name for alias in node.names} <= public, path


FLOORS = (
    {"checks", "defaults", "import_hook", "memory", "paintings", "saving", "text"},
    {"backend", "fingerprints", "quiet_tensorflow"},
    {"extractors", "images", "losses"},
    {"objective", "presets"},
    {"arguments", "metrics", "optimizers"},
    {"run", "testing"},
    {"settings", "style_network"},
    {"callback_model"},
    {"trainer"},
    {"__init__", "callbacks", "video"},
    {"jobs"},
    {"batch"},
    {"cli"},
    {"__main__"},
)
"""Each room (module or package) may import from lower floors and from its own folder."""


def imported_rooms(source: str, folder: tuple[str, ...]) -> set[str]:
    """The rooms that a file imports, anywhere in the file and in any form."""
    modules: list[str] = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            modules += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            above = list(folder[: len(folder) - node.level + 1]) if node.level else []
            module = ".".join([*above, *([node.module] if node.module else [])])
            modules += [f"{module}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
            function = getattr(node.func, "attr", getattr(node.func, "id", None))
            if function in ("import_module", "__import__"):
                modules.append(str(node.args[0].value))
    parts = [module.split(".") for module in modules]
    floors = set().union(*FLOORS)
    rooms = {(*part, "__init__")[1] for part in parts if part[0] == "nst_framework"}
    return {room if room in floors else "__init__" for room in rooms}


@pytest.mark.parametrize(
    ("source", "room"),
    [
        ("import nst_framework", "__init__"),
        ("import nst_framework.run.state as state", "run"),
        ("from nst_framework import Trainer", "__init__"),
        ("from nst_framework import trainer", "trainer"),
        ("from .. import StyleLoss", "__init__"),
        ("from ..run.state import RunState", "run"),
        ("def use():\n    import nst_framework", "__init__"),
        ("if TYPE_CHECKING:\n    from ..trainer import Trainer", "trainer"),
        ("importlib.import_module('nst_framework')", "__init__"),
        ("import_module('nst_framework.cli')", "cli"),
    ],
)
def test_every_form_of_import_is_found(source: str, room: str) -> None:
    assert imported_rooms(source, ("nst_framework", "losses")) == {room}


def test_imports_go_one_way() -> None:
    floor = {room: number for number, rooms in enumerate(FLOORS) for room in rooms}
    paths = [path for path in ROOT.rglob("*.py") if "weights" not in path.parts]
    assert len(paths) > 20
    upwards = set()
    for path in paths:
        if path.name == "__init__.py" and path.parent == ROOT:
            continue  # It imports names lazily.
        parts = path.relative_to(ROOT).parts
        room = parts[0].removesuffix(".py")
        rooms = imported_rooms(path.read_text(), ("nst_framework", *parts[:-1])) - {room}
        if any(floor[other] >= floor[room] for other in rooms):
            upwards.add("/".join(parts))
    assert not upwards


def test_only_the_backend_package_imports_backends() -> None:
    for path in ROOT.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            modules = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom):
                modules = [node.module or ""]
            backends = {module.partition(".")[0] for module in modules}
            if backends & {"tensorflow", "jax", "torch"}:
                assert path.parent.name == "backend"
