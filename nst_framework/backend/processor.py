"""The capabilities of the processor."""

from __future__ import annotations

from pathlib import Path

BFLOAT16_FLAGS = {"amx_bf16", "avx512_bf16"}
"""Linux's names for the instructions that multiply bfloat16 on x86 processors."""


def processor_has_bfloat16(path: str | Path = "/proc/cpuinfo") -> bool:
    """Whether the processor multiplies bfloat16 natively; false if that is unknown.

    Args:
        path: The file in which Linux lists the processor's flags.
    """
    try:
        text = Path(path).read_text()
    except OSError:
        return False
    flags = (line.partition(":")[2].split() for line in text.splitlines() if "flags" in line)
    return any(BFLOAT16_FLAGS & set(each) for each in flags)
