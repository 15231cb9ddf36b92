"""The memory still available to this process, and a cache of bounded size."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import psutil

Value = TypeVar("Value")

CACHE_SIZE = 8
"""Default size of a cache: enough for the scales of two pictures of different sizes."""


class LRUCache:
    """Keeps up to `size` values and drops the least recently used one beyond that.

    Unlike with `functools.lru_cache`, the function that makes a value may use more than the key,
    such as arrays, which are not hashable.
    """

    def __init__(self, size: int = CACHE_SIZE) -> None:
        self._size = size
        self._values: OrderedDict[Hashable, Any] = OrderedDict()

    def get(self, key: Hashable, make: Callable[[], Value]) -> Value:
        """Returns the value of a key, and makes it if it is missing."""
        value = self._values[key] = self._values.pop(key) if key in self._values else make()
        while len(self._values) > self._size:
            self._values.popitem(last=False)
        return value

    def __len__(self) -> int:
        return len(self._values)


def available_memory() -> int:
    """Bytes that this process can allocate without swapping or being killed.

    This is the memory available on the machine or, if that is less, the remainder under the
    tightest limit of a control group, such as a container's.
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
        # itself, so missing folders are skipped.
        group = mount / name.lstrip("/")
        for folder in (group, *group.parents):
            if folder.is_relative_to(mount):
                yield from _bytes_left(folder, *files)


def _bytes_left(folder: Path, limit_file: str, usage_file: str, reclaimable: str) -> Iterator[int]:
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
