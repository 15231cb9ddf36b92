"""The client of a Dask cluster, which is there already or is started here."""

from __future__ import annotations

import contextlib
import importlib.util
import logging
from collections.abc import Iterator
from typing import Any

from ... import __version__

LOCAL = "local:"
"""Before the number of processes of a cluster that is started here."""

SECONDS_TO_ANSWER = 10


@contextlib.contextmanager
def connect(address: str) -> Iterator[Any]:
    """Connects to a cluster for as long as the context lasts."""
    if importlib.util.find_spec("distributed") is None:
        raise ImportError(
            "Expected Dask, for --scheduler. Received: it is not installed. Install it with "
            "pip install 'nst_framework[cluster]'."
        )
    import distributed

    with contextlib.ExitStack() as stack:
        where: Any = address
        if address.startswith(LOCAL):
            where = stack.enter_context(_start(address))
        try:
            client = stack.enter_context(distributed.Client(where, timeout=SECONDS_TO_ANSWER))
        except (OSError, ValueError) as error:
            raise OSError(
                f"Expected --scheduler to be the address of a Dask scheduler. Received: {address}, "
                f"which does not answer: {error}. Start one with `dask scheduler`, or use local:2."
            ) from error
        _check_versions(client)
        yield client


def _start(address: str) -> Any:
    import distributed

    count = address.removeprefix(LOCAL)
    if not count.isdigit() or int(count) < 1:
        raise ValueError(
            f"Expected --scheduler local: with a number of processes, such as local:2. Received: "
            f"{address}."
        )
    # Its warnings of a worker that ended would stand between the lines of the batch.
    return distributed.LocalCluster(
        n_workers=int(count),
        threads_per_worker=1,
        dashboard_address=":0",
        silence_logs=logging.CRITICAL,
    )


def version() -> str:
    """The version of the package, as a worker has it."""
    return __version__


def _check_versions(client: Any) -> None:
    try:
        versions = client.run(version)
    except ImportError as error:
        raise ValueError(
            f"Expected every worker to have nst_framework {__version__}. Received: one without it: "
            f"{error}. Install it there."
        ) from error
    for worker, found in versions.items():
        if found != __version__:
            raise ValueError(
                f"Expected every worker to have nst_framework {__version__}. Received: {found} at "
                f"{worker}. Install the same version there."
            )
