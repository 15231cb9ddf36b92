"""The options of `nst`, in a file of their own that asks for no more than `argparse`."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import NoReturn, TypeVar

from .. import __version__, defaults
from .names import nearest
from .presets import preset_names

Number = TypeVar("Number", int, float)


class Parser(argparse.ArgumentParser):
    """A parser that raises its errors, so that they become one line like all others."""

    def error(self, message: str) -> NoReturn:
        """Raises a `ValueError` where `argparse` would print the usage and exit."""
        raise ValueError(f"{message}. See {self.prog} --help.")


def make_parser(with_defaults: bool = True) -> Parser:
    """The parser of `nst`; its help needs no Keras.

    Args:
        with_defaults: Whether options that were not given have their defaults, which the help
            shows. Otherwise they are not among the results at all.

    Returns:
        The parser.
    """
    parser = Parser(prog="nst", description="Neural style transfer with Keras.")
    parser.add_argument("--version", action="version", version=f"nst_framework {__version__}")
    commands = parser.add_subparsers(dest="command", required=True)
    transfer = commands.add_parser(
        "transfer",
        help="make an image with the content of one image and the style of another",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
        # Options without a default are then absent, and their help shows none.
        argument_default=argparse.SUPPRESS,
    )
    actions = add_transfer_options(transfer)
    if not with_defaults:
        leave_out_defaults(actions)
    return parser


def parse_arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    """What somebody typed, and no more: options that were not given are not there.

    Args:
        arguments: The words after `nst`; by default those of this process.

    Returns:
        The options by name, and the `command`.

    Raises:
        ValueError: If an option is unknown or wrong.
    """
    parser = make_parser()
    # This one shows the help, which the other could not, for want of defaults.
    parser.parse_known_args(arguments)
    typed, rest = make_parser(with_defaults=False).parse_known_args(arguments)
    unknown = [word for word in rest if word.startswith("-") and word != "-"]
    if unknown or (rest and typed.command != "transfer"):
        word = (unknown or rest)[0].partition("=")[0]
        actions = add_transfer_options(argparse.ArgumentParser()).values()
        known = [name for action in actions for name in action.option_strings]
        parser.error(f"Expected options of nst. Received: {word!r}.{nearest(word, known)}")
    if rest:
        # Argparse takes no style after an option if the content stands before it.
        typed.style = [*getattr(typed, "style", []), *rest]
    return typed


def leave_out_defaults(actions: dict[str, argparse.Action]) -> None:
    """Makes options that are not given absent from what a parser returns."""
    for action in actions.values():
        action.default = argparse.SUPPRESS


def add_transfer_options(parser: argparse.ArgumentParser) -> dict[str, argparse.Action]:
    """Adds the options of `nst transfer`.

    Args:
        parser: Where they are added.

    Returns:
        The options by the name that they have in a configuration file.
    """
    add = parser.add_argument
    actions = [
        add("content", nargs="?", help="the content image"),
        add("style", nargs="*", help="the style image, or several"),
        add(
            "--preset",
            metavar="NAME",
            help=f"settings for a purpose: {', '.join(preset_names())}; what else is given goes "
            "before them",
        ),
        add(
            "--config",
            metavar="RUN.toml",
            help="a file of settings, which go before those of the preset: the options' names with "
            "underscores, the images as content and style, paths from the file's folder. The file "
            "beside each result is one, and makes the same result again",
        ),
        add(
            "--dump-config",
            action="store_true",
            help="print all settings as such a file, and do nothing else",
        ),
        add(
            "--output",
            default="result.png",
            help="where the result goes: .png .jpg .webp .tif .bmp",
        ),
        add("--size", type=int, default=defaults.SIZE, help="longer side in pixels"),
        add("--epochs", type=int, default=defaults.EPOCHS, help="runs of the solver"),
        add("--steps-per-epoch", type=int, default=defaults.STEPS_PER_EPOCH, help="steps of each"),
        add(
            "--content-weight",
            type=float,
            default=defaults.CONTENT_WEIGHT,
            help="twice as much: the content is visibly stronger",
        ),
        add(
            "--style-weight", type=float, default=defaults.STYLE_WEIGHT, help="weight of the style"
        ),
        add(
            "--loss",
            action="append",
            metavar="LOSS",
            help="in place of the style loss: my_loss.py:MyLoss for a class in a file, or the name "
            "of one that comes with the package; several times for several losses. Its "
            "constructor's arguments follow: my_loss.py:MyLoss,layers=block2_conv1+block3_conv1,"
            "weight=20, where + makes a list and weight is the loss's weight (otherwise the class's"
            " own). To keep the style loss, name it as well: --loss StyleLoss",
        ),
        add(
            "--tv-weight",
            type=float,
            default=defaults.TOTAL_VARIATION_WEIGHT,
            help="weight of the total variation: more is smoother",
        ),
        add(
            "--content-layers",
            nargs="+",
            default=list(defaults.CONTENT_LAYERS),
            metavar="LAYER",
            help="layers of VGG16 for the content",
        ),
        add(
            "--style-layers",
            nargs="+",
            default=list(defaults.STYLE_LAYERS),
            metavar="LAYER",
            help="layers of VGG16 for the style",
        ),
        add(
            "--initial-image",
            default="content",
            metavar="IMAGE",
            help="content, style, noise, or the path of an image",
        ),
        add(
            "--scales",
            type=_scale,
            nargs="+",
            default=["auto"],
            metavar="PART",
            help="parts of the size that the run goes through, one epoch at each and the rest at "
            f"1; auto: 0.5 and 1 from {defaults.COARSE_TO_FINE_SIZE} pixels and two epochs on",
        ),
        add("--seed", type=int, default=0, help="seed of the noise"),
        add(
            "--optimizer",
            choices=["lbfgs", "scipy", "adam"],
            default="lbfgs",
            help="what moves the image: projected L-BFGS, SciPy's L-BFGS-B, or Adam",
        ),
        add(
            "--learning-rate",
            type=float,
            default=defaults.LEARNING_RATE,
            help="of adam, in pixel values",
        ),
        add(
            "--weights",
            default="bundled",
            help="of VGG16: bundled, imagenet (a download), or the path of a Keras .h5 file",
        ),
        add("--pooling", choices=["max", "avg"], default=defaults.POOLING, help="of VGG16"),
        add(
            "--precision",
            choices=["auto", "float32", "mixed_bfloat16"],
            default=defaults.PRECISION,
            help="of the network; auto: bfloat16 where the processor has it, which is faster",
        ),
        add(
            "--tile-size",
            type=_tile_size,
            default="auto",
            metavar="PIXELS",
            help="evaluate the image in tiles: auto (if memory needs it), none, or pixels",
        ),
        add(
            "--save-every",
            type=int,
            metavar="STEPS",
            help="also save the image after every so many steps, beside the output",
        ),
        add(
            "--callback",
            action="append",
            metavar="CALLBACK",
            help="what else watches the run: my_callback.py:MyCallback,every=10, or the name of "
            "one that comes with the package; several times for several callbacks",
        ),
        add("--checkpoint", metavar="RUN.npz", help="save the run in this file after every epoch"),
        add("--resume", action="store_true", help="go on from the checkpoint"),
        add("--quiet", action="store_true", help="print nothing but errors"),
    ]
    return {action.dest: action for action in actions}


def _scale(text: str) -> float | str:
    return text if text == "auto" else _number(float, text, "auto or a number")


def _tile_size(text: str) -> int | str:
    return text if text in ("auto", "none") else _number(int, text, "auto, none or a number")


def _number(kind: type[Number], text: str, expected: str) -> Number:
    try:
        return kind(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"expected {expected}, received {text!r}") from error
