"""The package's losses are found by name, without importing the whole package."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import nst_framework
from nst_framework import losses
from nst_framework.losses import names
from nst_framework.losses.names import loss_class, snake_case

PUBLIC = [name for name in nst_framework.__all__ if name.endswith("Loss") and name != "Loss"]


def test_every_loss_of_the_package_is_found_by_both_names() -> None:
    assert PUBLIC
    assert [name for name in losses.__all__ if name != "Loss"] == sorted(PUBLIC)
    for name in PUBLIC:
        kind = getattr(nst_framework, name)
        assert loss_class(name) is kind
        assert loss_class(snake_case(name)) is kind


@pytest.mark.parametrize(
    ("name", "hint"), [("stile_loss", "'style_loss'"), ("StileLoss", "'StyleLoss'")]
)
def test_an_unknown_name_raises_an_error_with_the_nearest_name(name: str, hint: str) -> None:
    with pytest.raises(ValueError, match=f"'chained_gram_loss'.*{name!r}. Did you mean {hint}"):
        loss_class(name)


def test_names_are_found_without_importing_the_whole_package() -> None:
    imports = [
        alias.name
        for node in ast.walk(ast.parse(Path(names.__file__).read_text()))
        if isinstance(node, ast.Import)
        for alias in node.names
    ]
    assert "nst_framework" not in imports
