"""The command line: `nst transfer CONTENT STYLE --output result.png`."""

from __future__ import annotations

import argparse
import contextlib
import os
import re
import sys
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from . import __version__, defaults
from .checks import check_number

if TYPE_CHECKING:
    import keras

    from .optimizers.base import Optimizer
    from .trainer import Trainer

INTERRUPTED = 130
"""The exit code that shells give to Ctrl-C."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command line.

    Args:
        arguments: The words after `nst`; by default those of this process.

    Returns:
        The exit code: 0; 1 if the loss was not finite; 2 for bad input; 130 after Ctrl-C.
    """
    parser = _make_parser()
    options = parser.parse_args(arguments)
    try:
        return _transfer(options)
    except (ValueError, OSError, ImportError, MemoryError) as error:
        print(f"nst: error: {' '.join(str(error).split())}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return INTERRUPTED


def _make_parser() -> argparse.ArgumentParser:
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
    add("--checkpoint", metavar="RUN.npz", help="save the run in this file after every epoch")
    add("--resume", action="store_true", help="go on from the checkpoint")
    add("--quiet", action="store_true", help="print nothing but errors")
    return parser


def _scale(text: str) -> float | str:
    return text if text == "auto" else float(text)


def _scales(options: argparse.Namespace) -> Sequence[float]:
    if options.scales != ["auto"]:
        return options.scales
    large = options.size >= defaults.COARSE_TO_FINE_SIZE and options.epochs > 1
    return defaults.COARSE_TO_FINE if large else defaults.SCALES


def _tile_size(text: str) -> int | str | None:
    if text in ("auto", "none"):
        return None if text == "none" else text
    return int(text)


def _transfer(options: argparse.Namespace) -> int:
    from .images import write_image

    _check(options)
    with _without_start_up_messages():
        trainer = _make_trainer(options)
    interrupted = False
    with warnings.catch_warnings():
        # That a loss is not finite is said below, in one line.
        warnings.simplefilter("ignore", RuntimeWarning)
        try:
            trainer.fit(
                options.content,
                options.style,
                size=options.size,
                epochs=options.epochs,
                steps_per_epoch=options.steps_per_epoch,
                initial_image=options.initial_image,
                scales=_scales(options),
                tile_size=options.tile_size,
                callbacks=_make_callbacks(options),
                resume_from=options.checkpoint if options.resume else None,
                verbose=0 if options.quiet else "auto",
                seed=options.seed,
            )
        except KeyboardInterrupt:
            if not trainer.built:
                raise
            interrupted = True
        except OSError:
            # A disk that is full for a callback may still have room for the picture.
            if trainer.built and trainer.state.step > 0:
                write_image(options.output, trainer.image)
            raise
    return _finish(options, trainer, interrupted)


def _check(options: argparse.Namespace) -> None:
    from .files import prepare_output

    output = prepare_output(options.output)
    # What --save-every writes, too.
    written = re.compile(rf"{re.escape(output.stem)}(-\d+)?{re.escape(output.suffix)}")
    for source in map(Path, (options.content, options.style)):
        same_folder = source.absolute().parent.resolve() == output.absolute().parent.resolve()
        if same_folder and written.fullmatch(source.name):
            raise ValueError(
                f"Expected --output to leave the images as they are. Received: {str(source)!r}, "
                f"which --output {options.output} may write over. Choose another name."
            )
    if options.resume and options.checkpoint is None:
        raise ValueError("Expected --checkpoint with --resume. Name the file to go on from.")


@contextlib.contextmanager
def _without_start_up_messages() -> Iterator[None]:
    """Hides what TensorFlow's C++ code prints when it is loaded, which no setting turns off."""
    sys.stderr.flush()
    kept = os.dup(2)
    with Path(os.devnull).open("wb") as nowhere:
        os.dup2(nowhere.fileno(), 2)
    try:
        yield
    finally:
        sys.stderr.flush()
        os.dup2(kept, 2)
        os.close(kept)


def _make_trainer(options: argparse.Namespace) -> Trainer:
    import keras

    from . import (
        ContentLoss,
        ProjectedLBFGS,
        ScipyLBFGSB,
        StyleLoss,
        TotalVariationLoss,
        Trainer,
        VGG16FeatureExtractor,
    )

    optimizer: Optimizer | keras.optimizers.Optimizer = ProjectedLBFGS()
    if options.optimizer == "scipy":
        optimizer = ScipyLBFGSB()
    if options.optimizer == "adam":
        rate = check_number("learning_rate", options.learning_rate, minimum=0.0)
        optimizer = keras.optimizers.Adam(rate)
    trainer = Trainer(VGG16FeatureExtractor(options.weights, pooling=options.pooling))
    trainer.compile(
        [
            ContentLoss(options.content_layers),
            StyleLoss(options.style_layers),
            TotalVariationLoss(),
        ],
        loss_weights=[options.content_weight, options.style_weight, options.tv_weight],
        optimizer=optimizer,
        precision=options.precision,
    )
    return trainer


def _make_callbacks(options: argparse.Namespace) -> list[keras.callbacks.Callback]:
    from .callbacks import Checkpoint, ImageSaver

    callbacks: list[keras.callbacks.Callback] = []
    if options.save_every is not None:
        output = Path(options.output)
        # Braces in the user's name are not fields.
        stem = str(output.with_suffix("")).replace("{", "{{").replace("}", "}}")
        path = f"{stem}-{{step:05d}}{output.suffix}"
        callbacks.append(ImageSaver(path, every=options.save_every, unit="step"))
    if options.checkpoint is not None:
        callbacks.append(Checkpoint(options.checkpoint))
    return callbacks


def _finish(options: argparse.Namespace, trainer: Trainer, interrupted: bool) -> int:
    from .images import write_image

    write_image(options.output, trainer.image)
    height, width = trainer.image.shape[:2]
    if trainer.diverged:
        print(f"nst: {trainer.stop_reason}", file=sys.stderr)
        return 1
    if not options.quiet:
        print(f"{options.output}: {width} x {height} pixels. {trainer.stop_reason}")
    return INTERRUPTED if interrupted else 0
