"""The names that users import."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import nst_framework

ROOT = Path(nst_framework.__file__).parent


@pytest.mark.parametrize("module", ["nst_framework", "nst_framework.callbacks"])
def test_all_is_sorted_and_complete(module: str) -> None:
    __import__(module)
    names = sys.modules[module].__all__
    assert names == sorted(names)
    for name in names:
        assert getattr(sys.modules[module], name) is not None


def test_what_type_checkers_see_is_what_is_loaded() -> None:
    tree = ast.parse((ROOT / "__init__.py").read_text())
    seen = {
        alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.level == 1
        for alias in node.names
    }
    assert seen == set(nst_framework.__all__)


def test_unknown_names_are_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="NoSuchLoss"):
        _ = nst_framework.NoSuchLoss


def test_importing_the_package_loads_no_backend() -> None:
    code = (
        "import sys, nst_framework, nst_framework.cli; "
        "loaded = {'keras', 'tensorflow', 'matplotlib', 'scipy', 'numpy'} & set(sys.modules); "
        "sys.exit(str(loaded) if loaded else 0)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_callbacks_use_public_names_alone() -> None:
    for path in (ROOT / "callbacks").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("nst_framework"):
                assert node.module == "nst_framework", path
                assert {alias.name for alias in node.names} <= set(nst_framework.__all__), path


def test_only_the_command_line_imports_callbacks() -> None:
    for path in ROOT.rglob("*.py"):
        if "callbacks" in path.parts or path.name in ("cli.py", "__init__.py"):
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and node.level:
                assert not (node.module or "").startswith("callbacks"), path


def test_only_the_backend_names_backends() -> None:
    for path in ROOT.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            modules = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom):
                modules = [node.module or ""]
            backends = {module.partition(".")[0] for module in modules}
            if backends & {"tensorflow", "jax", "torch"}:
                assert path.name == "backend.py"
