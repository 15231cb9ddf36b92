"""The 16-bit types that a device multiplies faster than float32."""

from __future__ import annotations

from pathlib import Path

BFLOAT16_FLAGS = {"amx_bf16", "avx512_bf16"}
"""Linux's names for the instructions that multiply bfloat16 on x86 processors."""


def dtype_of_gpu(major: int, minor: int) -> str | None:
    """What Nvidia's GPUs have by their compute capability: bfloat16 from Ampere on.

    Source: Nvidia, "CUDA C++ programming guide", tables of the compute capabilities. Tensor cores
    came with 7.0; those before 8.0 have float16 only.
    """
    if (major, minor) >= (8, 0):
        return "bfloat16"
    return "float16" if (major, minor) >= (7, 0) else None


def dtype_of_processor(path: str | Path = "/proc/cpuinfo") -> str | None:
    """What the processor reports; `None` if that is unknown.

    Args:
        path: The file in which Linux lists the processor's flags.
    """
    try:
        text = Path(path).read_text()
    except OSError:
        return None
    flags = (line.partition(":")[2].split() for line in text.splitlines() if "flags" in line)
    return "bfloat16" if any(BFLOAT16_FLAGS & set(each) for each in flags) else None
