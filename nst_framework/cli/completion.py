"""`nst --print-completion`: what a shell needs to complete the commands, options and files."""

from __future__ import annotations

import argparse
import importlib.util
from typing import Any, NoReturn

from .paths import CODE, WORDS

SHELLS = ("bash", "zsh", "tcsh")
FILES = (*WORDS, *CODE, "config", "table", "result")
FOLDERS = ("contents", "styles", "outputs")
"""The options and arguments after which files or folders are completed."""


class PrintCompletion(argparse.Action):
    """Prints a shell's completion script for the parser that it belongs to."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: Any,
        option_string: str | None = None,
    ) -> NoReturn:
        """Prints the script and exits.

        Raises:
            ImportError: If shtab, which writes the script, is not installed.
        """
        if importlib.util.find_spec("shtab") is None:
            raise ImportError(
                "Expected shtab, for --print-completion. Received: it is not installed. Install it "
                "with pip install 'nst_framework[completion]'."
            )
        import shtab

        _complete_files(parser)
        print(shtab.complete(parser, values))
        parser.exit()


def _complete_files(parser: argparse.ArgumentParser) -> None:
    import shtab

    # argparse has no public list of a parser's arguments.
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for command in action.choices.values():
                _complete_files(command)
        elif action.dest in FILES:
            action.complete = shtab.FILE  # type: ignore[attr-defined]
        elif action.dest in FOLDERS:
            action.complete = shtab.DIRECTORY  # type: ignore[attr-defined]
