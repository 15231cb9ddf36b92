"""`nst batch --scheduler` on a real cluster of processes, with one killed worker."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import needs
import pytest
from command_line import one_error_line

from nst_framework.cli import main

distributed = needs.package("distributed")
pytestmark = [pytest.mark.cluster, pytest.mark.usefixtures("contents_and_styles")]

OPTIONS = "--contents contents --styles styles --network random --content-layers filters_7"
OPTIONS += " --style-layers filters_7 --style-weight 1e6 --tv-weight 0 --size 32 --epochs 1"
OPTIONS += " --steps-per-epoch 150 --checkpoint-every 10steps"
NAMES = ("a-c", "a-d", "b-c", "b-d")


def test_every_job_is_done_once_if_a_worker_is_killed_and_another_joins() -> None:
    assert main(["batch", *OPTIONS.split(), "--outputs", "whole"]) == 0
    command = [sys.executable, "-m", "nst_framework", "batch", *OPTIONS.split()]
    with (
        distributed.LocalCluster(
            n_workers=1, threads_per_worker=1, dashboard_address=":0"
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        (first,) = client.run(os.getpid).values()
        words = ["--scheduler", cluster.scheduler_address, "--outputs", "out"]
        process = subprocess.Popen(
            [*command, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        deadline = time.monotonic() + 120
        while not list(Path().glob("out/.*.npz")) and time.monotonic() < deadline:
            time.sleep(0.01)
        cluster.scale(2)
        os.kill(first, signal.SIGKILL)
        out, err = process.communicate(timeout=240)
    assert process.returncode == 0, err
    assert sorted(line.split()[1] for line in out.splitlines()[:4]) == [
        f"out/{name}.png:" for name in NAMES
    ]
    for name in NAMES:
        assert Path(f"out/{name}.png").read_bytes() == Path(f"whole/{name}.png").read_bytes()
    assert not list(Path().glob("out/.*.npz"))
    # A second batch, on its own cluster, finds all pictures done.
    again = subprocess.run(
        [*command, "--scheduler", "local:1", "--outputs", "out"], capture_output=True, text=True
    )
    assert again.stdout.splitlines()[-1] == "out/results.csv: 4 pictures, 4 kept."


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("--scheduler tcp://127.0.0.1:9", "which did not answer"),
        ("--scheduler nowhere", "Expected --scheduler to be the address"),
        ("--scheduler local:none", "such as local:2"),
        ("--scheduler local:2 --jobs 2", "1 with --scheduler"),
    ],
)
def test_a_missing_cluster_is_reported_on_one_line(
    words: str, message: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert main(["batch", *OPTIONS.split(), *words.split()]) == 2
    assert message in one_error_line(capfd)


def test_a_worker_with_another_version_is_refused(capfd: pytest.CaptureFixture[str]) -> None:
    def become_older() -> None:
        from nst_framework.cli.batch import cluster

        cluster.__version__ = "0.0.1"

    with (
        distributed.LocalCluster(
            n_workers=1, threads_per_worker=1, dashboard_address=":0"
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        client.run(become_older)
        capfd.readouterr()
        words = ["--scheduler", cluster.scheduler_address]
        assert main(["batch", *OPTIONS.split(), *words]) == 2
    assert "Received: 0.0.1 at tcp://" in one_error_line(capfd)
