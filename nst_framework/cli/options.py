"""The parser of the command line."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from typing import Any, NoReturn

from ..checks import did_you_mean
from ..quiet_tensorflow import load_backend
from .app.command import add_app_options
from .batch.command import add_batch_options
from .completion import SHELLS, PrintCompletion
from .score import add_score_options
from .transfer_options import add_transfer_options
from .video.command import add_video_options


class Parser(argparse.ArgumentParser):
    """A parser that raises its errors, so that they are reported on one line like all others."""

    def error(self, message: str) -> NoReturn:
        """Raises a `ValueError` where `argparse` would print the usage and exit."""
        raise ValueError(f"{message}. See {self.prog} --help.")


class PrintVersions(argparse.Action):
    """Prints the versions and the devices that Keras computes on."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: Any,
        option_string: str | None = None,
    ) -> NoReturn:
        """Loads Keras, which the help does not."""
        load_backend()
        from ..backend import device_list
        from ..backend.environment import environment

        devices = ", ".join(device_list())
        for name, value in {**environment(), "devices": devices}.items():
            print(f"{name} {value}")
        parser.exit()


ADD_OPTIONS: dict[str, Callable[[argparse.ArgumentParser], dict[str, argparse.Action]]] = {
    "transfer": add_transfer_options,
    "batch": add_batch_options,
    "video": add_video_options,
    "score": add_score_options,
    "app": add_app_options,
}


def make_parser(with_defaults: bool = True) -> Parser:
    """The parser of `nst`; its help does not load Keras.

    Args:
        with_defaults: Whether options that are not given get their defaults, which the help
            shows. Otherwise they are absent from the result.

    Returns:
        The parser.
    """
    parser = Parser(prog="nst", description="Neural style transfer with Keras.")
    parser.add_argument(
        "--version",
        action=PrintVersions,
        nargs=0,
        help="print the versions of what affects results, and the devices, and exit",
    )
    parser.add_argument(
        "--print-completion",
        action=PrintCompletion,
        choices=SHELLS,
        help="print the completion script of a shell and exit; needs the extra completion",
    )
    commands = parser.add_subparsers(dest="command", required=True)
    transfer = commands.add_parser(
        "transfer",
        help="make an image with the content of one image and the style of another",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
        # Options without a default are then absent, and the help shows none for them.
        argument_default=argparse.SUPPRESS,
    )
    batch = commands.add_parser(
        "batch",
        help="make many images, from a table or two folders",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
        argument_default=argparse.SUPPRESS,
    )
    video = commands.add_parser(
        "video",
        help="make a video in the style of an image",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
        argument_default=argparse.SUPPRESS,
    )
    added = add_transfer_options(transfer), add_batch_options(batch), add_video_options(video)
    for actions in added:
        for action in actions.values() if not with_defaults else ():
            action.default = argparse.SUPPRESS
    add_score_options(
        commands.add_parser(
            "score", help="measure how much of the content and the style an image has"
        )
    )
    add_app_options(
        commands.add_parser(
            "app",
            help="make pictures in the browser",
            formatter_class=argparse.ArgumentDefaultsHelpFormatter,
        )
    )
    return parser


def parse_arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    """The options that the user typed; those that were not given are absent.

    Args:
        arguments: The words after `nst`; by default those of this process.

    Returns:
        The options by name, and the `command`.

    Raises:
        ValueError: If an option is unknown or wrong.
    """
    # Only this parser shows defaults in its help.
    make_parser().parse_known_args(arguments)
    typed, rest = make_parser(with_defaults=False).parse_known_args(arguments)
    unknown = [word for word in rest if word.startswith("-") and word != "-"]
    if unknown or (rest and typed.command not in ("transfer", "video")):
        word = (unknown or rest)[0].partition("=")[0]
        actions = ADD_OPTIONS[typed.command](argparse.ArgumentParser()).values()
        known = [name for action in actions for name in action.option_strings]
        hint = did_you_mean(word, known, show=str) or f" See nst {typed.command} --help."
        raise ValueError(f"Expected options of nst {typed.command}. Received: {word!r}.{hint}")
    if rest:
        # Once the content has been read, argparse accepts no styles after an option.
        typed.style = [*getattr(typed, "style", []), *rest]
    return typed
