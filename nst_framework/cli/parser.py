"""The parser of the command line, made from the table of options."""

from __future__ import annotations

import argparse
import importlib.util
from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

from ..checks import did_you_mean
from ..quiet_tensorflow import load_backend
from ..settings.option import Option, PathKind, Values
from ..settings.paths import from_home
from ..settings.table import OPTIONS, options_of
from .app.command import APP_OPTIONS
from .batch.command import BATCH_OPTIONS
from .score import SCORE_OPTIONS
from .train import TRAIN_DEFAULTS, TRAIN_OPTIONS
from .video.command import VIDEO_DEFAULTS, VIDEO_OPTIONS

HELP = {
    "transfer": "make an image with the content of one image and the style of another",
    "batch": "make many images, from a table or two folders",
    "video": "make a video in the style of an image",
    "train": "learn a painting, to paint any photograph in seconds",
    "score": "measure how well an image keeps the content and matches the style",
    "app": "make pictures in the browser",
}
OWN_OPTIONS = {
    "batch": BATCH_OPTIONS,
    "video": VIDEO_OPTIONS,
    "train": TRAIN_OPTIONS,
    "score": SCORE_OPTIONS,
    "app": APP_OPTIONS,
}
"""The options of single commands, which are not allowed in settings files."""

DEFAULTS: dict[str, Mapping[str, Any]] = {"train": TRAIN_DEFAULTS, "video": VIDEO_DEFAULTS}
"""The defaults of a command that differ from those of the table."""

SHELLS = ("bash", "zsh", "tcsh", "fish", "powershell")


class Parser(argparse.ArgumentParser):
    """A parser that raises its errors, so that they are reported on one line like all others."""

    def error(self, message: str) -> NoReturn:
        """Raises a `ValueError`, where `argparse` would print the usage and exit."""
        raise ValueError(f"{message}. See {self.prog} --help.")


class PrintVersions(argparse.Action):
    """Prints the versions, and the devices that Keras uses."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: Any,
        option_string: str | None = None,
    ) -> NoReturn:
        """Loads Keras, prints the versions and exits."""
        load_backend()
        from ..backend import device_list
        from ..backend.environment import environment

        devices = ", ".join(device_list())
        for name, value in {**environment(), "devices": devices}.items():
            print(f"{name} {value}")
        parser.exit()


class PrintCompletion(argparse.Action):
    """Prints a shell script that completes commands, options and files."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: Any,
        option_string: str | None = None,
    ) -> NoReturn:
        """Prints the script and exits."""
        install = "pip install 'nst_framework[completion]'"
        if importlib.util.find_spec("shtab") is None:
            raise ImportError(f"--print-completion needs shtab: {install}")
        import shtab

        if values not in shtab.SUPPORTED_SHELLS:
            raise ImportError(
                f"--print-completion {values} needs shtab 1.13 or newer. Received: shtab "
                f"{shtab.__version__}. Run {install}"
            )
        print(shtab.complete(make_parser(shtab.FILE, shtab.DIRECTORY), values))
        parser.exit()


def make_parser(complete_file: Any = None, complete_folder: Any = None) -> Parser:
    """Makes the parser of `nst`, without loading Keras.

    Options that are not given are absent from its result.

    Args:
        complete_file: What `shtab` calls the completion of files; `None`: no completion.
        complete_folder: The same for folders.
    """
    parser = Parser(prog="nst", description="Neural style transfer with Keras.")
    parser.add_argument(
        "--version",
        action=PrintVersions,
        nargs=0,
        default=argparse.SUPPRESS,
        help="print the versions that affect results, and the devices, and exit",
    )
    parser.add_argument(
        "--print-completion",
        action=PrintCompletion,
        choices=SHELLS,
        default=argparse.SUPPRESS,
        help="print the completion script for a shell and exit; needs nst_framework[completion]",
    )
    commands = parser.add_subparsers(dest="command")
    for command, text in HELP.items():
        options = command_options(command)
        names = [
            (option.metavar or option.name.upper()) + (" ..." if option.is_list else "")
            for option in options
            if option.positional
        ]
        subparser = commands.add_parser(
            command,
            allow_abbrev=False,
            help=text,
            usage=" ".join(["nst", command, *names, "[options]"]),
            description=f"{text[0].upper()}{text[1:]}.",
        )
        groups: dict[str, argparse._ArgumentGroup] = {}
        for option in options:
            if option.group not in groups:
                groups[option.group] = subparser.add_argument_group(option.group)
            default = DEFAULTS.get(command, {}).get(option.name, option.default)
            action = _add_option(groups[option.group], option, default)
            if complete_file is not None and option.choices:
                # For completion only; `Option.read` checks the choices, with a better error.
                action.choices = option.choices
            if option.path is PathKind.FOLDER:
                action.complete = complete_folder  # type: ignore[attr-defined]
            elif option.path is not PathKind.NONE:
                action.complete = complete_file  # type: ignore[attr-defined]
    return parser


def command_options(command: str) -> list[Option]:
    """All options of a command."""
    return [*OWN_OPTIONS.get(command, ()), *options_of(command)]


def parse_arguments(arguments: Sequence[str] | None) -> tuple[str, dict[str, Any]]:
    """The command, and the options that the user typed, by name."""
    namespace, rest = make_parser().parse_known_args(arguments)
    words = vars(namespace)
    command = words.pop("command")
    if command is None:
        raise ValueError(
            f"nst needs a command: {', '.join(HELP)}. Write nst transfer CONTENT STYLE, or see nst "
            "--help."
        )
    options = {option.name: option for option in command_options(command)}
    unknown = [word for word in rest if word.startswith("-") and word != "-"]
    has_styles = "style" in options and options["style"].positional
    if unknown or (rest and not has_styles):
        _refuse((unknown or rest)[0].partition("=")[0], command, list(options.values()))
    if rest:
        # After an option, argparse no longer accepts styles once it has read the content.
        words["style"] = [*words.get("style", []), *rest]
    return command, {
        name: True if value is True else options[name].read(_words(value, options[name]))
        for name, value in words.items()
        if value != []
    }


def _words(value: Any, option: Option) -> list[str]:
    words = value if isinstance(value, list) else [value]
    # Shells do not expand ~ in --contents=~/photographs.
    return words if option.path is PathKind.NONE else list(map(from_home, words))


def _refuse(word: str, command: str, options: Sequence[Option]) -> NoReturn:
    """Raises a `ValueError` for an unknown word."""
    hint = did_you_mean(word, [option.flag for option in options], show=str)
    if word in [option.flag for option in OPTIONS]:
        hint = f" Leave it out: nst {command} does not have this option of nst transfer."
    raise ValueError(
        f"Expected options of nst {command}. Received: {word!r}."
        f"{hint or f' See nst {command} --help.'}"
    )


def _add_option(group: argparse._ArgumentGroup, option: Option, default: Any) -> argparse.Action:
    text = option.help.replace("%", "%%")
    if default is not None:
        shown = " ".join(map(str, default)) if isinstance(default, list) else default
        text += f" (default: {shown})"
    if option.positional:
        nargs = "*" if option.is_list else "?"
        return group.add_argument(
            option.name,
            nargs=nargs,
            default=argparse.SUPPRESS,
            help=text,
            metavar=option.metavar or None,
        )
    if option.values is Values.SWITCH:
        return group.add_argument(
            option.flag, action="store_true", default=argparse.SUPPRESS, help=text
        )
    choices = f"{{{','.join(option.choices)}}}" if option.choices else None
    return group.add_argument(
        option.flag,
        action="append" if option.values is Values.REPEATED else "store",
        nargs="+" if option.values in (Values.WORDS, Values.COMMAS) else None,
        default=argparse.SUPPRESS,
        help=text,
        metavar=option.metavar or choices,
    )
