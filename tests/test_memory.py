"""The memory left in a control group, in folders laid out like Linux's."""

from __future__ import annotations

from pathlib import Path

import psutil
import pytest

from nst_framework.memory import available_memory, control_group_memory


def write(root: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def test_version_2_uses_the_limits_of_all_ancestors(tmp_path: Path) -> None:
    group = "sys/fs/cgroup"
    write(
        tmp_path,
        {
            "proc/self/cgroup": "0::/outer/inner\n",
            f"{group}/memory.stat": "inactive_file 0\n",
            f"{group}/outer/memory.max": "1000\n",
            f"{group}/outer/memory.current": "700\n",
            f"{group}/outer/memory.stat": "anon 500\ninactive_file 150\n",
            f"{group}/outer/inner/memory.max": "max\n",
            f"{group}/outer/inner/memory.current": "300\n",
            f"{group}/outer/inner/memory.stat": "inactive_file 0\n",
        },
    )
    assert list(control_group_memory(tmp_path)) == [1000 - 700 + 150]


def test_version_1_in_a_container_that_sees_its_own_group_as_the_root(tmp_path: Path) -> None:
    group = "sys/fs/cgroup/memory"
    write(
        tmp_path,
        {
            "proc/self/cgroup": "5:cpu,cpuacct:/docker/4f\n4:memory:/docker/4f\n",
            f"{group}/memory.limit_in_bytes": "2000\n",
            f"{group}/memory.usage_in_bytes": "1900\n",
            f"{group}/memory.stat": "cache 7\ntotal_inactive_file 50\n",
        },
    )
    assert list(control_group_memory(tmp_path)) == [150]


def test_usage_above_the_limit_leaves_nothing(tmp_path: Path) -> None:
    group = "sys/fs/cgroup"
    write(
        tmp_path,
        {
            "proc/self/cgroup": "0::/\n",
            f"{group}/memory.max": "10",
            f"{group}/memory.current": "12",
            f"{group}/memory.stat": "",
        },
    )
    assert list(control_group_memory(tmp_path)) == [0]


def test_a_machine_without_control_groups(tmp_path: Path) -> None:
    assert list(control_group_memory(tmp_path)) == []


def test_this_machine() -> None:
    assert 0 < available_memory() <= psutil.virtual_memory().total
    assert available_memory() == pytest.approx(available_memory(), rel=0.2)
