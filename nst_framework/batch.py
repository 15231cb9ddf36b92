"""Many pictures: `run` makes the picture of every job, here or wherever an executor sends them."""

from __future__ import annotations

from .cli.batch.row import Result
from .cli.batch.run import run

__all__ = ["Result", "run"]
