"""The dtype in which the network computes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from conftest import tiny_losses

from nst_framework import Trainer
from nst_framework.backend.processor import processor_has_bfloat16


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("flags\t\t: fpu sse2 avx512_bf16 amx_tile", True),
        ("flags\t\t: fpu amx_bf16", True),
        ("flags\t\t: fpu avx2 avx512f", False),
        ("model name\t: amx_bf16", False),
    ],
)
def test_the_processors_flags(line: str, expected: bool, tmp_path: Path) -> None:
    (tmp_path / "cpuinfo").write_text(f"processor\t: 0\n{line}\n\n")
    assert processor_has_bfloat16(tmp_path / "cpuinfo") is expected


def test_a_processor_without_flags(tmp_path: Path) -> None:
    assert processor_has_bfloat16(tmp_path / "missing") is False


def test_auto_says_what_it_chose(
    trainer: Trainer, fit_arguments: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    trainer.compile(tiny_losses(), precision="auto")
    assert trainer.precision in ("float32", "mixed_bfloat16")
    trainer.fit(**{**fit_arguments, "verbose": 2})
    assert trainer.precision in capsys.readouterr().out.splitlines()[0]


def test_an_unknown_precision(trainer: Trainer) -> None:
    with pytest.raises(ValueError, match=r"precision.*'auto'.*mixed_bfloat16.*half"):
        trainer.compile(tiny_losses(), precision="half")
