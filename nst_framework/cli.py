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

from . import defaults
from .checks import check_number
from .cli_options import make_parser
from .user_code import call_class, load_class, parse_class_call

if TYPE_CHECKING:
    import keras

    from .losses.base import Loss
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
    options = make_parser().parse_args(arguments)
    try:
        return _transfer(options)
    except (ValueError, OSError, ImportError, MemoryError) as error:
        print(f"nst: error: {' '.join(str(error).split())}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return INTERRUPTED


def _scales(options: argparse.Namespace) -> Sequence[float]:
    if options.scales != ["auto"]:
        return options.scales
    large = options.size >= defaults.COARSE_TO_FINE_SIZE and options.epochs > 1
    return defaults.COARSE_TO_FINE if large else defaults.SCALES


def _transfer(options: argparse.Namespace) -> int:
    from .images import write_image

    _check(options)
    with _without_start_up_messages():
        trainer = _make_trainer(options)
    # Outside, since these may be the user's own, who may want to print something.
    _compile(trainer, options)
    callbacks = _make_callbacks(options)
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
                callbacks=callbacks,
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
    from . import Trainer, VGG16FeatureExtractor

    return Trainer(VGG16FeatureExtractor(options.weights, pooling=options.pooling))


def _compile(trainer: Trainer, options: argparse.Namespace) -> None:
    from . import ContentLoss, TotalVariationLoss

    content, smoothness = ContentLoss(options.content_layers), TotalVariationLoss()
    weights = {content.name: options.content_weight, smoothness.name: options.tv_weight}
    style, style_weights = _make_style_losses(options)
    trainer.compile(
        [content, *style, smoothness],
        loss_weights=weights | style_weights,
        optimizer=_make_optimizer(options),
        precision=options.precision,
    )


def _make_style_losses(options: argparse.Namespace) -> tuple[list[Loss], dict[str, float]]:
    """The losses between content and smoothness, and the weights of those that have one."""
    import nst_framework

    if not options.loss:
        style = nst_framework.StyleLoss(options.style_layers)
        return [style], {style.name: options.style_weight}
    for option, default in (
        ("style_weight", defaults.STYLE_WEIGHT),
        ("style_layers", list(defaults.STYLE_LAYERS)),
    ):
        if getattr(options, option) != default:
            raise ValueError(
                f"Expected --loss without --{option.replace('_', '-')}, since it takes the place "
                "of the style loss. Write --loss StyleLoss,layers=block1_conv1+block2_conv1,"
                "weight=1 to have that, too."
            )
    losses, weights = [], {}
    for text in options.loss:
        call = parse_class_call(text)
        arguments = dict(call.arguments)
        weight = arguments.pop("weight", None)
        if isinstance(arguments.get("layers"), str):
            # One layer has no + from which its being a list could be seen.
            arguments["layers"] = [arguments["layers"]]
        kind = load_class(call, nst_framework.Loss, nst_framework)
        loss = call_class(kind, arguments)
        losses.append(loss)
        if weight is not None:
            weights[loss.name] = weight
    return losses, weights


def _make_optimizer(options: argparse.Namespace) -> Optimizer | keras.optimizers.Optimizer:
    import keras

    from . import ProjectedLBFGS, ScipyLBFGSB

    if options.optimizer == "scipy":
        return ScipyLBFGSB()
    if options.optimizer == "adam":
        rate = check_number("learning_rate", options.learning_rate, minimum=0.0)
        return keras.optimizers.Adam(rate)
    return ProjectedLBFGS()


def _make_callbacks(options: argparse.Namespace) -> list[keras.callbacks.Callback]:
    import keras

    from . import callbacks as ready_made

    callbacks: list[keras.callbacks.Callback] = []
    if options.save_every is not None:
        output = Path(options.output)
        # Braces in the user's name are not fields.
        stem = str(output.with_suffix("")).replace("{", "{{").replace("}", "}}")
        path = f"{stem}-{{step:05d}}{output.suffix}"
        callbacks.append(ready_made.ImageSaver(path, every=options.save_every, unit="step"))
    if options.checkpoint is not None:
        callbacks.append(ready_made.Checkpoint(options.checkpoint))
    for text in options.callback or []:
        call = parse_class_call(text)
        kind = load_class(call, keras.callbacks.Callback, ready_made)
        callbacks.append(call_class(kind, call.arguments))
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
