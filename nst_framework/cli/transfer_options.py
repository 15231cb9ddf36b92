"""The options of `nst transfer`; they are the keys of configuration files, too."""

from __future__ import annotations

import argparse
from typing import Any, TypeVar

from .. import defaults
from .presets import preset_names

Number = TypeVar("Number", int, float)


class NumberList(argparse.Action):
    """One list of all numbers, whether commas or spaces are between them."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: Any,
        option_string: str | None = None,
    ) -> None:
        """Puts the numbers of several words into one list."""
        setattr(namespace, self.dest, [number for numbers in values for number in numbers])


def add_traceback_option(parser: argparse.ArgumentParser) -> argparse.Action:
    """Adds `--traceback`, which every command has; it is absent unless it is given."""
    return parser.add_argument(
        "--traceback",
        action="store_true",
        default=argparse.SUPPRESS,
        help="if an error occurs, also print its traceback",
    )


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
            "--gradient-shares",
            nargs="+",
            type=_numbers,
            action=NumberList,
            metavar="SHARE",
            help="in place of weights: how much of the gradient at the start is the content's, "
            "each style loss's and the total variation's, such as 0.02,1,0.0002",
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
            "--content-layer-weights",
            nargs="+",
            type=_numbers,
            action=NumberList,
            metavar="WEIGHT",
            help="one for each of them; otherwise all the same",
        ),
        add(
            "--style-layers",
            nargs="+",
            default=list(defaults.STYLE_LAYERS),
            metavar="LAYER",
            help="layers of VGG16 for the style",
        ),
        add(
            "--style-layer-weights",
            nargs="+",
            type=_numbers,
            action=NumberList,
            metavar="WEIGHT",
            help="one for each of them; otherwise all the same",
        ),
        add(
            "--style-weights",
            nargs="+",
            type=_numbers,
            action=NumberList,
            metavar="WEIGHT",
            help="one for each style image: how much it counts beside the others, such as 0.7,0.3",
        ),
        add(
            "--style-scale",
            nargs="+",
            type=_numbers,
            action=NumberList,
            metavar="PART",
            help="the style's size relative to the content's, one number or one for each style: "
            "0.5 for structures half as large",
        ),
        add(
            "--style-masks",
            nargs="+",
            metavar="FILE",
            help="one for each style, white where it is the style; none: all of it is",
        ),
        add(
            "--content-masks",
            nargs="+",
            metavar="FILE",
            help="one for each style, white where in the content it goes; none: everywhere",
        ),
        add(
            "--color",
            choices=defaults.COLOR_MODES,
            default="style",
            help="where the colours come from. style; luminance: the content's, only light and "
            "dark change; cholesky, symmetric: the style's, moved to the content's mean and "
            "covariance; histogram: moved to the content's histograms",
        ),
        add(
            "--initial-image",
            default="content",
            metavar="IMAGE",
            help="content, style, noise, last for what the output is from the run before, or the "
            "path of an image",
        ),
        add(
            "--noise",
            type=float,
            default=0.0,
            metavar="SHARE",
            help="share of noise, from 0 to 1, that is blended into the initial image",
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
        add_traceback_option(parser),
    ]
    return {action.dest: action for action in actions}


def _scale(text: str) -> float | str:
    return text if text == "auto" else _number(float, text, "auto or a number")


def _tile_size(text: str) -> int | str:
    return text if text in ("auto", "none") else _number(int, text, "auto, none or a number")


def _numbers(text: str) -> list[float]:
    words = text.replace(",", " ").split()
    return [_number(float, word, "numbers such as 0.7,0.3") for word in words]


def _number(kind: type[Number], text: str, expected: str) -> Number:
    try:
        return kind(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"expected {expected}, received {text!r}") from error
