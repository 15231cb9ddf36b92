"""The dtype in which the network computes."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import pytest
from conftest import tiny_losses

from nst_framework import Trainer, arguments
from nst_framework.backend.hardware import gpu_dtype, processor_dtype


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("flags\t\t: fpu sse2 avx512_bf16 amx_tile", "bfloat16"),
        ("flags\t\t: fpu amx_bf16", "bfloat16"),
        ("flags\t\t: fpu avx2 avx512f", None),
        ("model name\t: amx_bf16", None),
    ],
)
def test_processor_flags(line: str, expected: str | None, tmp_path: Path) -> None:
    (tmp_path / "cpuinfo").write_text(f"processor\t: 0\n{line}\n\n")
    assert processor_dtype(tmp_path / "cpuinfo") == expected


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({"ONEDNN_MAX_CPU_ISA": "AVX2"}, None),
        ({"ONEDNN_MAX_CPU_ISA": "avx512_core"}, None),
        ({"DNNL_MAX_CPU_ISA": "AVX512_CORE_VNNI"}, None),
        ({"ONEDNN_MAX_CPU_ISA": "AVX512_CORE_BF16", "DNNL_MAX_CPU_ISA": "AVX2"}, "bfloat16"),
        ({"ONEDNN_MAX_CPU_ISA": "DEFAULT"}, "bfloat16"),
    ],
)
def test_instructions_that_are_forbidden_to_onednn(
    variables: dict[str, str],
    expected: str | None,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("ONEDNN_MAX_CPU_ISA", "DNNL_MAX_CPU_ISA"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    (tmp_path / "cpuinfo").write_text("flags\t\t: fpu avx2 avx512_bf16 amx_bf16\n")
    assert processor_dtype(tmp_path / "cpuinfo") == expected


def test_a_processor_without_flags(tmp_path: Path) -> None:
    assert processor_dtype(tmp_path / "missing") is None


def test_gpus_by_compute_capability() -> None:
    capabilities = {"P100": (6, 0), "V100": (7, 0), "T4": (7, 5), "A100": (8, 0), "H200": (9, 0)}
    assert {name: gpu_dtype(*each) for name, each in capabilities.items()} == {
        "P100": None,
        "V100": "float16",
        "T4": "float16",
        "A100": "bfloat16",
        "H200": "bfloat16",
    }


def test_auto_reports_its_choice(
    trainer: Trainer, fit_arguments: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    trainer.compile(tiny_losses(), precision="auto")
    assert trainer.precision in ("float32", "mixed_bfloat16")
    trainer.fit(**{**fit_arguments, "verbose": 2})
    assert trainer.precision in capsys.readouterr().out.splitlines()[0]


def test_an_unknown_precision(trainer: Trainer) -> None:
    with pytest.raises(ValueError, match=r"precision.*'auto'.*mixed_bfloat16.*half"):
        trainer.compile(tiny_losses(), precision="half")


def test_slow_16_bit_precisions_cause_a_warning(
    trainer: Trainer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(arguments, "device_name", lambda: "cpu")
    monkeypatch.setattr(arguments, "fast_dtype", lambda: None)
    with pytest.warns(UserWarning, match=r"'mixed_bfloat16' is slower .* for bfloat16\. Pass"):
        trainer.compile(tiny_losses(), precision="mixed_bfloat16")
    monkeypatch.setattr(arguments, "fast_dtype", lambda: "bfloat16")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        trainer.compile(tiny_losses(), precision="mixed_bfloat16")
