"""The processor in a few words, as far as it decides in which order numbers are added."""

from __future__ import annotations

import os
import platform
from pathlib import Path

INSTRUCTIONS = ("avx2", "fma", "avx512f", "avx512_bf16", "avx512_fp16", "amx_bf16", "sve", "bf16")
"""Linux's names for the instructions by which libraries choose how to add and multiply."""


def processor(path: str | Path = "/proc/cpuinfo") -> str:
    """The processor's architecture and, on Linux, its model and instructions.

    Args:
        path: The file in which Linux describes the processors.
    """
    try:
        lines = Path(path).read_text(errors="replace").splitlines()
    except OSError:
        # Elsewhere, Python knows little more.
        return " ".join(dict.fromkeys([platform.machine(), platform.processor()])).strip()
    fields: dict[str, str] = {}
    for line in lines:
        name, _, value = line.partition(":")
        fields.setdefault(name.strip(), value.strip())
    # x86 lists its instructions as flags, ARM as features.
    available = f"{fields.get('flags', '')} {fields.get('Features', '')}".split()
    words = [platform.machine(), fields.get("model name", "")]
    words += [name for name in INSTRUCTIONS if name in available]
    return " ".join(word for word in words if word)


def core_count() -> int:
    """The number of cores on which this process may run; backends use as many threads."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
