"""`nst transfer`: makes an image and writes it."""

from __future__ import annotations

import argparse
import re
import sys
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .. import defaults
from .components import compile_trainer, make_callbacks, make_trainer
from .configuration import as_options, effective_settings, format_settings
from .sidecar import differences, input_digests, sidecar_path, write_sidecar
from .start_up import without_start_up_messages
from .styles import make_styles

if TYPE_CHECKING:
    import keras

    from .. import Style, Trainer

INTERRUPTED = 130
"""The exit code that shells give to Ctrl-C."""


def transfer(typed: argparse.Namespace) -> int:
    """Makes the image that somebody asked for.

    Args:
        typed: The options that were typed.

    Returns:
        The exit code: 0; 1 if the loss was not finite; 130 after Ctrl-C.

    Raises:
        ValueError: If an option or an input is wrong.
        OSError: If a file cannot be read or written.
        MemoryError: If there is not enough memory.
    """
    settings = effective_settings(typed)
    if "dump_config" in typed:
        print(format_settings(settings), end="")
        return 0

    from ..images.writing import write_image

    options = as_options(settings, typed)
    _check(options)
    styles = make_styles(options)
    inputs = input_digests(settings)
    with without_start_up_messages():
        trainer = make_trainer(options)
    # Outside, since these may be the user's own, who may want to print something.
    compile_trainer(trainer, options)
    callbacks = make_callbacks(options)
    if options.config is not None and not options.quiet:
        for sentence in differences(Path(options.config), inputs):
            print(f"nst: note: {sentence}", file=sys.stderr)
    interrupted = _fit(trainer, options, styles, callbacks)
    write_image(options.output, trainer.image)
    if trainer.diverged:
        print(f"nst: {trainer.stop_reason}", file=sys.stderr)
        return 1
    if not interrupted:
        write_sidecar(_resolved(settings, options, trainer), inputs, bool(options.resume))
    if not options.quiet:
        height, width = trainer.image.shape[:2]
        print(f"{options.output}: {width} x {height} pixels. {trainer.stop_reason}")
    return INTERRUPTED if interrupted else 0


def _fit(
    trainer: Trainer,
    options: argparse.Namespace,
    styles: Sequence[Style],
    callbacks: Sequence[keras.callbacks.Callback],
) -> bool:
    """Runs the trainer, and says whether Ctrl-C ended the run."""
    from ..images.writing import write_image

    last = options.initial_image == "last"
    with warnings.catch_warnings():
        # That a loss is not finite is said below, in one line.
        warnings.simplefilter("ignore", RuntimeWarning)
        try:
            trainer.fit(
                options.content,
                styles,
                size=options.size,
                epochs=options.epochs,
                steps_per_epoch=options.steps_per_epoch,
                # The trainer's own "last" is that of a run in the same process.
                initial_image=options.output if last else options.initial_image,
                noise=options.noise,
                color=options.color,
                scales=_scales(options),
                tile_size=None if options.tile_size == "none" else options.tile_size,
                callbacks=callbacks,
                resume_from=options.checkpoint if options.resume else None,
                verbose=0 if options.quiet else "auto",
                seed=options.seed,
            )
        except KeyboardInterrupt:
            if not trainer.built:
                raise
            return True
        except OSError:
            # A disk that is full for a callback may still have room for the picture.
            if trainer.built and trainer.state.step > 0:
                write_image(options.output, trainer.image)
            raise
    return False


def _resolved(
    settings: Mapping[str, Any], options: argparse.Namespace, trainer: Trainer
) -> dict[str, Any]:
    """The settings with what `auto` came to."""
    resolved = {
        **settings,
        "scales": [float(scale) for scale in _scales(options)],
        "precision": trainer.precision,
    }
    tile_sizes = [stage.tile_size for stage in trainer.run.stages]
    if len(set(tile_sizes)) == 1:
        # With some scales in tiles and others as a whole, no one size would give the same run.
        resolved["tile_size"] = tile_sizes[0] or "none"
    return resolved


def _scales(options: argparse.Namespace) -> Sequence[float]:
    if options.scales != ["auto"]:
        return options.scales
    large = options.size >= defaults.COARSE_TO_FINE_SIZE and options.epochs > 1
    return defaults.COARSE_TO_FINE if large else defaults.SCALES


def _check(options: argparse.Namespace) -> None:
    from ..images.files import prepare_output

    if options.content is None or not options.style:
        raise ValueError(
            "Expected a content and a style image. Received: "
            f"content={options.content!r}, style={options.style!r}. Write nst transfer CONTENT "
            "STYLE, or name them in a file for --config."
        )
    output = prepare_output(options.output)
    prepare_output(sidecar_path(options.output), [".toml"])
    masks = [*(options.style_masks or ()), *(options.content_masks or ())]
    images = [options.content, *options.style, *(mask for mask in masks if mask != "none")]
    # What --save-every writes, too.
    written = re.compile(rf"{re.escape(output.stem)}(-\d+)?{re.escape(output.suffix)}")
    for source in map(Path, images):
        same_folder = source.absolute().parent.resolve() == output.absolute().parent.resolve()
        if same_folder and written.fullmatch(source.name):
            raise ValueError(
                f"Expected --output to leave the images as they are. Received: {str(source)!r}, "
                f"which --output {options.output} may write over. Choose another name."
            )
    if options.initial_image == "last" and not output.is_file():
        raise ValueError(
            "Expected an image from the run before, for --initial-image last. Received: --output "
            f"{options.output}, which does not exist. Begin with another image."
        )
    if options.resume and options.checkpoint is None:
        raise ValueError("Expected --checkpoint with --resume. Name the file to go on from.")
