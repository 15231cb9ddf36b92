"""The options of `nst transfer` that save a run and resume it."""

from __future__ import annotations

import argparse

from .option_values import interval


def add_checkpoint_options(parser: argparse._ActionsContainer) -> list[argparse.Action]:
    """Adds `--checkpoint` and what belongs to it, and returns the options."""
    add = parser.add_argument
    return [
        add("--checkpoint", metavar="RUN.npz", help="save the run to this file after every epoch"),
        add(
            "--checkpoint-every",
            type=interval,
            metavar="INTERVAL",
            help="save it within epochs as well, such as every 50steps, 30s, 10min or 1h",
        ),
        add(
            "--keep-checkpoints",
            type=int,
            default=1,
            metavar="NUMBER",
            help="how many checkpoints to keep; with 2, the one before the last is RUN.1.npz, "
            "from which the run resumes if the last one is damaged",
        ),
        add(
            "--resume",
            action="store_true",
            help="resume the run from the checkpoint; if there is none yet, begin it",
        ),
    ]
