"""Shared helpers of the benchmarks: describe the machine and save results."""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import subprocess
from importlib.metadata import version
from pathlib import Path
from typing import Any

import keras
import psutil
from matplotlib.figure import Figure

from nst_framework.backend import device_list

IMAGES = Path(__file__).parents[1] / "examples" / "images"
PACKAGES = ("nst_framework", "keras", keras.backend.backend(), "scipy", "numpy")


def add_output(parser: argparse.ArgumentParser) -> None:
    """Adds the option for the folder of `save`."""
    parser.add_argument(
        "--output",
        type=Path,
        default=Path("outputs/benchmarks"),
        help="folder (default: %(default)s)",
    )


def describe_machine() -> dict[str, Any]:
    """Returns devices, processor, memory and versions, which results depend on."""
    models = [platform.processor() or platform.machine()]
    if Path("/proc/cpuinfo").exists():
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        models = [line.partition(":")[2].strip() for line in lines if "model name" in line]
    return {
        "devices": device_list(),
        "gpu": _gpu_name(),
        "processor": models[0],
        "cores": len(os.sched_getaffinity(0)),
        "memory_gb": round(psutil.virtual_memory().total / 1e9, 1),
        "python": platform.python_version(),
        **{package: version(package) for package in PACKAGES},
    }


def save(folder: Path, name: str, results: Any, figure: Figure) -> None:
    """Writes `name.json` and `name.png` and prints their path."""
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps({"machine": describe_machine(), "results": results}, indent=1)
    (folder / f"{name}.json").write_text(text + "\n")
    figure.savefig(folder / f"{name}.png", dpi=120)
    print(describe_machine())
    print(f"{folder / name}.json and .png", flush=True)


def _gpu_name() -> str | None:
    """Name, memory and driver of Nvidia GPUs, or `None`."""
    if shutil.which("nvidia-smi") is None:
        return None
    command = [
        "nvidia-smi",
        "--query-gpu=name,memory.total,driver_version",
        "--format=csv,noheader",
    ]
    return subprocess.run(command, capture_output=True, text=True).stdout.strip() or None
