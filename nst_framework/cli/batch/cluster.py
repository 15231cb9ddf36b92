"""The client of a Dask cluster, which is either running already or started here."""

from __future__ import annotations

import contextlib
import importlib.util
import logging
from collections.abc import Iterator
from typing import Any

from ... import __version__

LOCAL = "local:"
"""The prefix of the number of processes, for a cluster that is started here."""

TIMEOUT_SECONDS = 10


@contextlib.contextmanager
def connect(address: str) -> Iterator[Any]:
    """Connects to a cluster for as long as the context lasts."""
    if importlib.util.find_spec("distributed") is None:
        raise ImportError(
            "--scheduler needs Dask's distributed: pip install 'nst_framework[cluster]'"
        )
    import distributed

    with contextlib.ExitStack() as stack:
        where: Any = address
        if address.startswith(LOCAL):
            where = stack.enter_context(_start(address))
        try:
            client = stack.enter_context(distributed.Client(where, timeout=TIMEOUT_SECONDS))
        except (OSError, ValueError) as error:
            raise OSError(
                f"Expected --scheduler to be the address of a Dask scheduler. Received: {address}, "
                f"which did not answer: {error}. Start one with `dask scheduler`, or use local:2."
            ) from error
        _check_versions(client)
        yield client


def _start(address: str) -> Any:
    import distributed

    count = address.removeprefix(LOCAL)
    if not count.isdigit() or int(count) < 1:
        raise ValueError(
            f"Expected --scheduler local: to have a number of processes, such as local:2. "
            f"Received: {address}."
        )
    # Warnings about workers that ended would appear between the lines of the batch.
    return distributed.LocalCluster(
        n_workers=int(count),
        threads_per_worker=1,
        dashboard_address=":0",
        silence_logs=logging.CRITICAL,
    )


def version() -> str:
    """The version of the package on a worker."""
    return __version__


def _check_versions(client: Any) -> None:
    try:
        versions = client.run(version)
    except ImportError as error:
        raise ValueError(
            f"Expected every worker to have nst_framework {__version__}. Received: a worker "
            f"without it ({error}). Install it there."
        ) from error
    for worker, found in versions.items():
        if found != __version__:
            raise ValueError(
                f"Expected every worker to have nst_framework {__version__}. Received: {found} at "
                f"{worker}. Install the same version there."
            )
