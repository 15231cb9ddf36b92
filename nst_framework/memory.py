"""How much more memory this process can use, and a bound on what it keeps to save time."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import psutil

Made = TypeVar("Made")

MOST_KEPT = 8
"""How many things of a kind are kept: enough for the scales of two pictures of different sizes."""


class RecentlyUsed:
    """Keeps what takes long to make; beyond `most` things, the least recently used one goes.

    Other than with `functools.lru_cache`, the function that makes a thing may use more than the
    key, such as arrays, which have no hash.
    """

    def __init__(self, most: int = MOST_KEPT) -> None:
        self._most = most
        self._made: OrderedDict[Hashable, Any] = OrderedDict()

    def get(self, key: Hashable, make: Callable[[], Made]) -> Made:
        """The thing of a key, made if it is not there."""
        made = self._made[key] = self._made.pop(key) if key in self._made else make()
        while len(self._made) > self._most:
            self._made.popitem(last=False)
        return made

    def __len__(self) -> int:
        return len(self._made)


def available_memory() -> int:
    """Bytes that this process can allocate without swapping or being killed.

    This is the memory available on the machine or, if less, what remains under the tightest limit
    of a control group, such as a container's.
    """
    return min([psutil.virtual_memory().available, *control_group_memory()])


def control_group_memory(root: str | Path = "/") -> Iterator[int]:
    """Yields the bytes left under each control group that limits this process on Linux."""
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
        # The limits of all ancestors apply. In a container, the mount may start at the group
        # itself, so folders that do not exist there are skipped.
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
        # The kernel reclaims inactive file caches when memory runs short.
        yield max(0, int(limit) - usage + int(statistics.get(reclaimable, 0)))
