"""`nst transfer`: makes an image and writes it."""

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

from .. import defaults
from .components import compile_trainer, make_callbacks, make_trainer

if TYPE_CHECKING:
    from ..trainer import Trainer

INTERRUPTED = 130
"""The exit code that shells give to Ctrl-C."""


def transfer(options: argparse.Namespace) -> int:
    """Makes the image that the options ask for.

    Returns:
        The exit code: 0; 1 if the loss was not finite; 130 after Ctrl-C.

    Raises:
        ValueError: If an option or an input is wrong.
        OSError: If a file cannot be read or written.
        MemoryError: If there is not enough memory.
    """
    from ..images import write_image

    _check(options)
    with _without_start_up_messages():
        trainer = make_trainer(options)
    # Outside, since these may be the user's own, who may want to print something.
    compile_trainer(trainer, options)
    callbacks = make_callbacks(options)
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


def _scales(options: argparse.Namespace) -> Sequence[float]:
    if options.scales != ["auto"]:
        return options.scales
    large = options.size >= defaults.COARSE_TO_FINE_SIZE and options.epochs > 1
    return defaults.COARSE_TO_FINE if large else defaults.SCALES


def _check(options: argparse.Namespace) -> None:
    from ..files import prepare_output

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


def _finish(options: argparse.Namespace, trainer: Trainer, interrupted: bool) -> int:
    from ..images import write_image

    write_image(options.output, trainer.image)
    height, width = trainer.image.shape[:2]
    if trainer.diverged:
        print(f"nst: {trainer.stop_reason}", file=sys.stderr)
        return 1
    if not options.quiet:
        print(f"{options.output}: {width} x {height} pixels. {trainer.stop_reason}")
    return INTERRUPTED if interrupted else 0
