"""Properties of the processor or GPU that affect results or their speed."""

from __future__ import annotations

import os
import platform
from pathlib import Path

INSTRUCTIONS = ("avx2", "fma", "avx512f", "avx512_bf16", "avx512_fp16", "amx_bf16", "sve", "bf16")
"""Linux's names for the instruction sets by which libraries choose their kernels."""

BFLOAT16_FLAGS = {"amx_bf16", "avx512_bf16"}
"""Instruction sets that multiply bfloat16 on x86 processors."""

ONEDNN_LIMITS = ("ONEDNN_MAX_CPU_ISA", "DNNL_MAX_CPU_ISA")
"""The variables that limit oneDNN's instruction sets; it reads the second if the first is unset."""

ISAS_WITHOUT_BFLOAT16 = {"sse41", "avx", "avx2", "avx2_vnni", "avx512_core", "avx512_core_vnni"}
"""oneDNN's names for the instruction sets that do not multiply bfloat16."""

CPUINFO = "/proc/cpuinfo"
"""The file in which Linux describes the processors."""


def processor(path: str | Path = CPUINFO) -> str:
    """The processor's architecture and, on Linux, its model and instructions."""
    fields = _describe_cpu(path)
    if fields is None:
        # On other systems, Python reports little more.
        return " ".join(dict.fromkeys([platform.machine(), platform.processor()])).strip()
    # Linux lists instruction sets as flags on x86 and as features on ARM.
    available = f"{fields.get('flags', '')} {fields.get('Features', '')}".split()
    words = [platform.machine(), fields.get("model name", "")]
    words += [name for name in INSTRUCTIONS if name in available]
    return " ".join(word for word in words if word)


def core_count() -> int:
    """The number of cores available to this process; backends use as many threads."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def processor_dtype(path: str | Path = CPUINFO) -> str | None:
    """The 16-bit dtype that the processor multiplies faster than float32; `None` if unknown.

    TensorFlow looks only at the processor: if a variable limits oneDNN to AVX2, TensorFlow's
    convolutions in bfloat16 fail.
    """
    limit = next((os.environ[name] for name in ONEDNN_LIMITS if os.environ.get(name)), "")
    if limit.lower() in ISAS_WITHOUT_BFLOAT16:
        return None
    flags = (_describe_cpu(path) or {}).get("flags", "")
    return "bfloat16" if BFLOAT16_FLAGS & set(flags.split()) else None


def gpu_dtype(major: int, minor: int) -> str | None:
    """The same for NVIDIA GPUs, by their compute capability.

    Source: NVIDIA, "CUDA C++ programming guide", tables of the compute capabilities. Tensor cores
    were introduced with 7.0; those before 8.0 support only float16.
    """
    if (major, minor) >= (8, 0):
        return "bfloat16"
    return "float16" if (major, minor) >= (7, 0) else None


def _describe_cpu(path: str | Path) -> dict[str, str] | None:
    """Linux's fields for the first processor; `None` on other systems."""
    try:
        lines = Path(path).read_text(errors="replace").splitlines()
    except OSError:
        return None
    fields: dict[str, str] = {}
    for line in lines:
        name, _, value = line.partition(":")
        fields.setdefault(name.strip(), value.strip())
    return fields
