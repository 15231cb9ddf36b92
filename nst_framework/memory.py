"""How much memory this process may still take."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psutil


def available_memory() -> int:
    """Bytes that can be taken without swapping, or being killed for it.

    That is what the machine has left or, in a container or wherever else a control group limits
    the process, what the narrowest of its limits leaves.
    """
    return min([psutil.virtual_memory().available, *control_group_memory()])


def control_group_memory(root: str | Path = "/") -> Iterator[int]:
    """Bytes left under each of Linux's memory limits for this process, versions 1 and 2.

    Args:
        root: Where `/proc` and `/sys` are.
    """
    root = Path(root)
    try:
        memberships = (root / "proc/self/cgroup").read_text().splitlines()
    except OSError:
        return
    for membership in memberships:
        _, controllers, name = membership.split(":", 2)
        if controllers == "":
            mount = root / "sys/fs/cgroup"
            files = "memory.max", "memory.current", "inactive_file"
        elif "memory" in controllers.split(","):
            mount = root / "sys/fs/cgroup/memory"
            files = "memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"
        else:
            continue
        # Every ancestor limits the process. In a container the mount may begin at the group itself,
        # so names that do not exist there are passed over.
        group = mount / name.lstrip("/")
        for folder in (group, *group.parents):
            if folder.is_relative_to(mount):
                yield from _left(folder, *files)


def _left(folder: Path, limit_file: str, usage_file: str, reclaimable: str) -> Iterator[int]:
    try:
        limit = (folder / limit_file).read_text().strip()
        usage = int((folder / usage_file).read_text())
        statistics = dict(
            line.split() for line in (folder / "memory.stat").read_text().splitlines()
        )
    except OSError:
        return
    if limit != "max":
        # What was read from files is given back when memory runs short.
        yield max(0, int(limit) - usage + int(statistics.get(reclaimable, 0)))
