"""The benchmarks run; their results are not tested."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parent.parent / "benchmarks"
COFFEE = str(BENCHMARKS.parent / "examples" / "images" / "coffee.png")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("script", "arguments"),
    [
        ("memory.py", ["--run", "32"]),
        (
            "quality.py",
            ["--size", "64", "--presets", "draft", "--pairs", "chelsea.png:brush_strokes.jpg"],
        ),
        ("learned.py", ["loss", "--size", "64", "--evaluations", "2", "--photographs", COFFEE]),
        ("evaluation.py", ["--sizes", "32", "--tiled-sizes", "32", "--steps", "2"]),
    ],
)
def test_a_benchmark_runs(script: str, arguments: list[str], tmp_path: Path) -> None:
    command = [sys.executable, str(BENCHMARKS / script), *arguments]
    subprocess.run(command, check=True, cwd=tmp_path, capture_output=True)


def test_the_machine_is_described_on_every_backend() -> None:
    code = "import report; print(report.describe_machine()['devices'])"
    done = subprocess.run(
        [sys.executable, "-c", code], check=True, cwd=BENCHMARKS, capture_output=True, text=True
    )
    assert ":0" in done.stdout


def test_other_programs_need_their_folders(tmp_path: Path) -> None:
    command = [sys.executable, str(BENCHMARKS / "peers.py")]
    for words in (["nnst"], ["unknown", str(tmp_path)], ["nnst", str(tmp_path / "missing")]):
        done = subprocess.run(
            [*command, *words], check=False, cwd=tmp_path, capture_output=True, text=True
        )
        assert done.returncode == 2
        assert "Expected" in done.stderr
