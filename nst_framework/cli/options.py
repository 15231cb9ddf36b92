"""The options of `nst`, in a file of their own that asks for no more than `argparse`."""

from __future__ import annotations

import argparse

from .. import __version__, defaults


def make_parser() -> argparse.ArgumentParser:
    """The parser of `nst`; its help needs no Keras."""
    parser = argparse.ArgumentParser(prog="nst", description="Neural style transfer with Keras.")
    parser.add_argument("--version", action="version", version=f"nst_framework {__version__}")
    commands = parser.add_subparsers(dest="command", required=True)
    transfer = commands.add_parser(
        "transfer",
        help="make an image with the content of one image and the style of another",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    transfer.add_argument("content", help="the content image")
    transfer.add_argument("style", help="the style image")
    add = transfer.add_argument
    add("--output", default="result.png", help="where the result goes: .png .jpg .webp .tif .bmp")
    add("--size", type=int, default=defaults.SIZE, help="longer side in pixels")
    add("--epochs", type=int, default=defaults.EPOCHS, help="runs of the solver")
    add("--steps-per-epoch", type=int, default=defaults.STEPS_PER_EPOCH, help="steps of each")
    add(
        "--content-weight",
        type=float,
        default=defaults.CONTENT_WEIGHT,
        help="twice as much: the content is visibly stronger",
    )
    add("--style-weight", type=float, default=defaults.STYLE_WEIGHT, help="weight of the style")
    add(
        "--loss",
        action="append",
        metavar="LOSS",
        help="in place of the style loss: my_loss.py:MyLoss for a class in a file, or the name of "
        "one that comes with the package; several times for several losses. Its constructor's "
        "arguments follow: my_loss.py:MyLoss,layers=block2_conv1+block3_conv1,weight=20, where + "
        "makes a list and weight is the loss's weight (otherwise the class's own). To keep the "
        "style loss, name it as well: --loss StyleLoss",
    )
    add(
        "--tv-weight",
        type=float,
        default=defaults.TOTAL_VARIATION_WEIGHT,
        help="weight of the total variation: more is smoother",
    )
    add(
        "--content-layers",
        nargs="+",
        default=list(defaults.CONTENT_LAYERS),
        metavar="LAYER",
        help="layers of VGG16 for the content",
    )
    add(
        "--style-layers",
        nargs="+",
        default=list(defaults.STYLE_LAYERS),
        metavar="LAYER",
        help="layers of VGG16 for the style",
    )
    add(
        "--initial-image",
        default="content",
        metavar="IMAGE",
        help="content, style, noise, or the path of an image",
    )
    add(
        "--scales",
        type=_scale,
        nargs="+",
        default=["auto"],
        metavar="PART",
        help="parts of the size that the run goes through, one epoch at each and the rest at 1; "
        f"auto: 0.5 and 1 from {defaults.COARSE_TO_FINE_SIZE} pixels and two epochs on",
    )
    add("--seed", type=int, default=0, help="seed of the noise")
    add(
        "--optimizer",
        choices=["lbfgs", "scipy", "adam"],
        default="lbfgs",
        help="what moves the image: projected L-BFGS, SciPy's L-BFGS-B, or Adam",
    )
    add(
        "--learning-rate",
        type=float,
        default=defaults.LEARNING_RATE,
        help="of adam, in pixel values",
    )
    add(
        "--weights",
        default="bundled",
        help="of VGG16: bundled, imagenet (a download), or the path of a Keras .h5 file",
    )
    add("--pooling", choices=["max", "avg"], default=defaults.POOLING, help="of VGG16")
    add(
        "--precision",
        choices=["auto", "float32", "mixed_bfloat16"],
        default=defaults.PRECISION,
        help="of the network; auto: bfloat16 where the processor has it, which is faster",
    )
    add(
        "--tile-size",
        type=_tile_size,
        default="auto",
        metavar="PIXELS",
        help="evaluate the image in tiles: auto (if memory needs it), none, or pixels",
    )
    add(
        "--save-every",
        type=int,
        metavar="STEPS",
        help="also save the image after every so many steps, beside the output",
    )
    add(
        "--callback",
        action="append",
        metavar="CALLBACK",
        help="what else watches the run: my_callback.py:MyCallback,every=10, or the name of one "
        "that comes with the package; several times for several callbacks",
    )
    add("--checkpoint", metavar="RUN.npz", help="save the run in this file after every epoch")
    add("--resume", action="store_true", help="go on from the checkpoint")
    add("--quiet", action="store_true", help="print nothing but errors")
    return parser


def _scale(text: str) -> float | str:
    return text if text == "auto" else float(text)


def _tile_size(text: str) -> int | str | None:
    if text in ("auto", "none"):
        return None if text == "none" else text
    return int(text)
