"""The options of `nst transfer`, which are also the keys of configuration files."""

from __future__ import annotations

import argparse

from .. import defaults
from ..presets import preset_names
from .checkpoint_options import add_checkpoint_options
from .option_values import JoinedList, add_numbers, names, scale, size, tile_size
from .style_options import add_style_options

PRINTING_OPTIONS = ("help", "dump_config", "quiet", "traceback")
COMMAND_OPTIONS = (
    *PRINTING_OPTIONS,
    *("preset", "config", "allow_code", "resume", "preview", "no_metadata", "no_sidecar"),
)
"""Options that concern the command, not the image."""


def known_settings() -> dict[str, argparse.Action]:
    """The settings that a file may have, each with its option."""
    actions = add_transfer_options(argparse.ArgumentParser())
    return {name: actions[name] for name in actions if name not in COMMAND_OPTIONS}


def add_traceback_option(parser: argparse._ActionsContainer) -> argparse.Action:
    """Adds `--traceback`, which every command has; it is absent unless it is given."""
    return parser.add_argument(
        "--traceback",
        action="store_true",
        default=argparse.SUPPRESS,
        help="if an error occurs, print its traceback as well",
    )


def add_transfer_options(
    parser: argparse._ActionsContainer, images: bool = True
) -> dict[str, argparse.Action]:
    """Adds the options of `nst transfer`.

    Args:
        parser: The parser to add them to.
        images: Whether to add the content and the style images as well.

    Returns:
        The options by their names in a configuration file.
    """
    add = parser.add_argument
    of_images = [("content", "?", "content image"), ("style", "*", "style image, or several")]
    actions = [
        *(add(name, nargs=nargs, help=text) for name, nargs, text in of_images if images),
        add(
            "--preset",
            metavar="NAME",
            help=f"settings for a purpose: {', '.join(preset_names())}; all other options override "
            "them",
        ),
        add(
            "--config",
            metavar="RUN.toml",
            help="TOML file of settings, which override those of the preset. Keys are the names of "
            "the options with underscores, plus content and style for the images; paths are "
            "relative to the file. The file beside each result is one, and reproduces that result; "
            "so does the result itself, if its images are beside it",
        ),
        add(
            "--dump-config", action="store_true", help="print all settings as such a file and exit"
        ),
        add(
            "--allow-code",
            action="store_true",
            help="run the Python files that --config names, such as a loss in my_loss.py; without "
            "it, only those named on the command line are run",
        ),
        add(
            "--output",
            metavar="FILE",
            help="where to save the result: .png .jpg .webp .tif .bmp; by default "
            "CONTENT-STYLE.png in the current folder, with a number if another file has that name",
        ),
        add(
            "--size",
            type=size,
            default=defaults.SIZE,
            metavar="PIXELS",
            help="length of the longer side in pixels; none: the sizes of the images",
        ),
        add(
            "--epochs",
            type=int,
            default=defaults.EPOCHS,
            help="number of epochs; each is one run of the optimizer",
        ),
        add(
            "--steps-per-epoch",
            type=int,
            default=defaults.STEPS_PER_EPOCH,
            metavar="STEPS",
            help="steps in each epoch, at most",
        ),
        add(
            "--content-weight",
            type=float,
            default=defaults.CONTENT_WEIGHT,
            metavar="WEIGHT",
            help="weight of the content; doubling it makes the content visibly stronger",
        ),
        add(
            "--style-weight",
            type=float,
            default=defaults.STYLE_WEIGHT,
            metavar="WEIGHT",
            help="weight of the style",
        ),
        add_numbers(
            parser,
            "--gradient-shares",
            "SHARE",
            "instead of weights: how much the content, each style loss and the total "
            "variation contribute to the gradient at the start, such as 0.02,1,0.0002",
        ),
        add(
            "--loss",
            action="append",
            help="replaces the style loss: my_loss.py:MyLoss for a class in a file, or the name of "
            "a loss of the package; repeat it for several losses. Arguments of the constructor "
            "follow: my_loss.py:MyLoss,layers=block2_conv1+block3_conv1,weight=20, where + makes a "
            "list and weight is the weight of the loss (by default, that of its class). To keep "
            "the style loss, name it too: --loss StyleLoss",
        ),
        add(
            "--tv-weight",
            type=float,
            default=defaults.TOTAL_VARIATION_WEIGHT,
            metavar="WEIGHT",
            help="weight of the total variation; a larger one makes the image smoother",
        ),
        add(
            "--content-layers",
            nargs="+",
            default=list(defaults.CONTENT_LAYERS),
            metavar="LAYER",
            help="layers of VGG16 for the content",
        ),
        add_numbers(
            parser,
            "--content-layer-weights",
            "WEIGHT",
            "one weight for each content layer; equal by default",
        ),
        add(
            "--style-layers",
            nargs="+",
            default=list(defaults.STYLE_LAYERS),
            metavar="LAYER",
            help="layers of VGG16 for the style",
        ),
        add_numbers(
            parser,
            "--style-layer-weights",
            "WEIGHT",
            "one weight for each style layer; equal by default",
        ),
        *add_style_options(parser),
        add(
            "--color",
            choices=defaults.COLOR_MODES,
            default="style",
            help="where the colours come from. style: the style image; luminance: the content, "
            "only light and dark change; cholesky, symmetric: the style, with the mean and "
            "covariance of the content; histogram: the style, with the histograms of the content; "
            "placed: the style, where the content has colours most like them",
        ),
        add(
            "--initial-image",
            default="content",
            metavar="IMAGE",
            help="starting image: content, style, noise, last (the output file of an earlier run), "
            "or the path of an image",
        ),
        add(
            "--noise",
            type=float,
            default=0.0,
            metavar="SHARE",
            help="share of noise, from 0 to 1, blended into the starting image",
        ),
        add(
            "--scales",
            type=scale,
            nargs="+",
            default=["auto"],
            metavar="SCALE",
            help="fractions of the size to work at, one epoch at each and all further epochs at "
            f"1; auto: halves, such as 0.5 and 1, that leave at least {defaults.COARSEST_SIZE} "
            "pixels",
        ),
        add(
            "--stage",
            action="append",
            help="instead of --scales: one stage of the run, such as "
            "scale=0.5,steps=200,style_loss=2,optimizer=adam,content_detail=yes, each part of "
            "which may be left out; names of losses set their weight; repeat it for each stage",
        ),
        add("--seed", type=int, default=0, help="seed for the noise"),
        add(
            "--optimizer",
            default="lbfgs",
            metavar="NAME",
            help="lbfgs: projected L-BFGS; scipy: SciPy's L-BFGS-B; pyramid: Adam on a Laplacian "
            "pyramid; or the name of an optimizer of Keras, such as adam",
        ),
        add(
            "--learning-rate",
            type=float,
            metavar="RATE",
            help="learning rate of an optimizer of Keras, in pixel values: by default "
            f"{defaults.LEARNING_RATE:g}, or {defaults.PYRAMID_LEARNING_RATE:g} for pyramid",
        ),
        add(
            "--network",
            default="vgg16",
            help="network: vgg16, vgg19 (a download), random, or a class as for --loss: "
            "my_network.py:MyNetwork,channels=8; it needs losses with its own layers",
        ),
        add(
            "--weights",
            default="bundled",
            help="weights of VGG16 or VGG19: bundled (VGG16 alone), imagenet (a download), or the "
            "path of a Keras file",
        ),
        add(
            "--pooling",
            choices=["max", "avg"],
            default=defaults.POOLING,
            help="pooling of VGG16 and VGG19",
        ),
        add(
            "--precision",
            choices=["auto", "float32", "mixed_bfloat16", "mixed_float16"],
            default=defaults.PRECISION,
            help="precision of the network; auto: bfloat16 where the hardware supports it, which "
            "is faster",
        ),
        add(
            "--tile-size",
            type=tile_size,
            default="auto",
            metavar="PIXELS",
            help="evaluate the image in tiles: auto (if memory is short), none, or the size of "
            "the tiles in pixels",
        ),
        add(
            "--metrics",
            nargs="+",
            type=names,
            action=JoinedList,
            metavar="NAME",
            help="metrics to print at the end of every epoch, such as content_fidelity,"
            "gram_distance: the names of what nst score prints, or score for all of them",
        ),
        add(
            "--save-every",
            type=int,
            metavar="STEPS",
            help="also save the image beside the output every so many steps",
        ),
        add(
            "--preview",
            action="store_true",
            help="write the picture as it grows, every few seconds, beside the output, such as "
            "result.preview.png; removed at the end of the run",
        ),
        add(
            "--callback",
            action="append",
            help="callback for the run: my_callback.py:MyCallback,every=10, or the name of a "
            "callback of the package; repeat it for several callbacks",
        ),
        *add_checkpoint_options(parser),
        add(
            "--no-metadata",
            action="store_true",
            help="do not keep the settings inside the result, where --config finds them",
        ),
        add("--no-sidecar", action="store_true", help="do not write the file beside the result"),
        add("--quiet", action="store_true", help="print nothing but errors"),
        add_traceback_option(parser),
    ]
    return {action.dest: action for action in actions}
