"""`nst transfer`: makes an image and saves it."""

from __future__ import annotations

import argparse
import re
import sys
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .components import make_callbacks, make_styles, make_trainer
from .configuration import as_options, effective_settings, format_settings
from .input_images import check_run_images
from .messages import one_line
from .sidecar import check_names, differences, input_digests, sidecar_path, write_sidecar
from .start_up import load_backend
from .trust import check_code, check_outputs, foreign_code

if TYPE_CHECKING:
    import keras

    from .. import Style, Trainer

INTERRUPTED = 130
"""The exit code that shells use for Ctrl-C."""


def transfer(typed: argparse.Namespace) -> int:
    """Makes the image that the options describe.

    Args:
        typed: The options that the user typed.

    Returns:
        The exit code: 0; 1 if the loss was not finite; 130 after Ctrl-C.

    Raises:
        ValueError: If an option or an input is wrong.
        OSError: If a file cannot be read or written.
        MemoryError: If the memory does not suffice.
    """
    settings = effective_settings(typed)
    if "dump_config" in typed:
        print(format_settings(settings), end="")
        return 0

    from ..images.writing import write_image

    options = as_options(settings, typed)
    check_code(settings, typed)
    check_outputs(settings, typed)
    _check(options)
    check_names(settings)
    check_run_images(options)
    styles = make_styles(options)
    inputs = input_digests(settings)
    load_backend()
    if not options.quiet:
        for path in foreign_code(settings, typed):
            note = f"runs the code in {path}, which {options.config} names."
            print(f"nst: note: {one_line(note)}", file=sys.stderr)
    trainer = make_trainer(options)
    callbacks = make_callbacks(options)
    if options.config is not None and not options.quiet:
        for sentence in differences(Path(options.config), inputs):
            print(f"nst: note: {one_line(sentence)}", file=sys.stderr)
    interrupted = _fit(trainer, options, styles, callbacks)
    write_image(options.output, trainer.image)
    if trainer.run.diverged:
        print(f"nst: {trainer.stop_reason}", file=sys.stderr)
        return 1
    if not interrupted:
        write_sidecar(_resolved(settings, trainer), inputs, bool(options.resume))
    if not options.quiet:
        height, width = trainer.image.shape[:2]
        print(f"{one_line(str(options.output))}: {width} x {height} pixels. {trainer.stop_reason}")
    return INTERRUPTED if interrupted else 0


def _fit(
    trainer: Trainer,
    options: argparse.Namespace,
    styles: Sequence[Style],
    callbacks: Sequence[keras.callbacks.Callback],
) -> bool:
    """Runs the trainer, and returns whether Ctrl-C ended the run."""
    from ..images.reading import read_image
    from ..images.writing import write_image
    from ..objective.evaluation import NonFiniteLossWarning

    initial_image = options.initial_image
    if initial_image == "last":
        # The trainer's own "last" refers to a run in the same process.
        initial_image = read_image(options.output, name="initial_image", background=None)
    with warnings.catch_warnings():
        # `transfer` prints its text on one line.
        warnings.simplefilter("ignore", NonFiniteLossWarning)
        try:
            trainer.fit(
                options.content,
                styles,
                size=None if options.size == "none" else options.size,
                epochs=options.epochs,
                steps_per_epoch=options.steps_per_epoch,
                initial_image=initial_image,
                noise=options.noise,
                color=options.color,
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
            # A disk too full for a callback's files may still have room for the image.
            if trainer.built and trainer.state.step > 0:
                write_image(options.output, trainer.image)
            raise
    return False


def _resolved(settings: Mapping[str, Any], trainer: Trainer) -> dict[str, Any]:
    """The settings with `auto` resolved."""
    resolved = {
        **settings,
        "scales": list(trainer.run.method.scales),
        "precision": trainer.precision,
    }
    tile_sizes = [stage.tile_size for stage in trainer.run.stages]
    if len(set(tile_sizes)) == 1:
        # If only some scales were in tiles, no single size would give the same run.
        resolved["tile_size"] = tile_sizes[0] or "none"
    return resolved


def _check(options: argparse.Namespace) -> None:
    from ..images.files import prepare_output

    if options.content is None or not options.style:
        raise ValueError(
            "Expected a content and a style image. Received: "
            f"content={options.content!r}, style={options.style!r}. Write nst transfer CONTENT "
            "STYLE, or put them into a file for --config."
        )
    output = prepare_output(options.output)
    prepare_output(sidecar_path(options.output), [".toml"])
    masks = [*(options.style_masks or ()), *(options.content_masks or ())]
    images = [options.content, *options.style, *(mask for mask in masks if mask != "none")]
    # Including the files that --save-every writes.
    written = re.compile(rf"{re.escape(output.stem)}(-\d+)?{re.escape(output.suffix)}")
    for source in map(Path, images):
        same_folder = source.absolute().parent.resolve() == output.absolute().parent.resolve()
        if same_folder and written.fullmatch(source.name):
            raise ValueError(
                f"Expected --output to leave the input images as they are. Received: --output "
                f"{options.output}, which may overwrite {str(source)!r}. Choose another name."
            )
    if options.initial_image == "last" and not output.is_file():
        raise ValueError(
            "Expected --output to hold the result of an earlier run, for --initial-image last. "
            f"Received: --output {options.output}, which does not exist. Choose a different "
            "starting image."
        )
    if options.resume and options.checkpoint is None:
        raise ValueError(
            "Expected --checkpoint with --resume. Received: no --checkpoint. Name the file to "
            "resume from."
        )
