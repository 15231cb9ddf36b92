"""What the processor can do."""

from __future__ import annotations

from pathlib import Path

BFLOAT16_FLAGS = {"amx_bf16", "avx512_bf16"}
"""What Linux calls the instructions that multiply bfloat16, for processors of the x86 family."""


def processor_has_bfloat16(path: str | Path = "/proc/cpuinfo") -> bool:
    """Whether the processor multiplies bfloat16 itself; where that cannot be told, it does not.

    Args:
        path: Linux's list of the processor's flags.
    """
    try:
        text = Path(path).read_text()
    except OSError:
        return False
    flags = (line.partition(":")[2].split() for line in text.splitlines() if "flags" in line)
    return any(BFLOAT16_FLAGS & set(each) for each in flags)
