"""`nst transfer`: makes an image and saves it."""

from __future__ import annotations

import argparse
import contextlib
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .check_options import check_options
from .components import make_callbacks, make_styles, make_trainer, preview_path
from .configuration import as_options, effective_settings, format_settings
from .input_images import check_run_images
from .output import say, show_on_one_line
from .picture import write_picture
from .result_name import claim_name
from .sidecar import (
    check_names,
    differences,
    format_inside,
    input_digests,
    write_sidecar,
)
from .start_up import load_backend
from .stop_signals import StopSignals
from .trust import check_code, check_outputs, foreign_code

if TYPE_CHECKING:
    import keras

    from .. import Style, Trainer


def transfer(typed: argparse.Namespace) -> int:
    """Makes the image that the options describe.

    Args:
        typed: The options that the user typed.

    Returns:
        The exit code: 0; 1 if the loss was not finite; 130 after Ctrl-C, 143 after SIGTERM.

    Raises:
        ValueError: If an option or an input is wrong.
        OSError: If a file cannot be read or written.
        MemoryError: If the memory does not suffice.
    """
    settings = effective_settings(typed)
    if "dump_config" in typed:
        print(format_settings(settings), end="")
        return 0
    with contextlib.ExitStack() as locks:
        if "output" not in settings:
            settings["output"] = claim_name(
                settings, locks, "resume" in typed, getattr(typed, "config", None)
            )
        return _transfer_to_output(typed, settings, locks)


def _transfer_to_output(
    typed: argparse.Namespace, settings: dict[str, Any], locks: contextlib.ExitStack
) -> int:
    options = as_options(settings, typed)
    check_code(settings, typed)
    check_outputs(settings, typed)
    check_options(options)
    check_names(settings)
    check_run_images(options)
    if not options.quiet:
        for path in foreign_code(settings, typed):
            _note(f"runs the code in {path}, which {options.config} names.")
    with StopSignals(options.quiet) as signals:
        try:
            _lock_outputs(options, locks)
            if not options.quiet:
                say(describe(options))
                if options.preview:
                    say(f"{preview_path(options.output)}: the picture as it grows, until the end")
            return _transfer(options, settings, signals)
        except KeyboardInterrupt:
            return signals.exit_code


def _transfer(
    options: argparse.Namespace, settings: Mapping[str, Any], signals: StopSignals
) -> int:
    styles = make_styles(options)
    inputs = input_digests(settings)
    load_backend()
    trainer = make_trainer(options)
    callbacks = make_callbacks(options)
    if options.config is not None and not options.quiet:
        for sentence in differences(Path(options.config), inputs):
            _note(sentence)
    try:
        interrupted = fit(trainer, options, styles, callbacks, signals)
    finally:
        if options.preview:
            with contextlib.suppress(OSError):
                preview_path(options.output).unlink()
    diverged = trainer.run.diverged
    if interrupted or diverged:
        inside = None
        if interrupted and not options.no_metadata:
            record = resolved(settings, trainer)
            inside = format_inside(record, inputs, stopped_after=trainer.state.step)
        write_picture(options.output, trainer.image, inside)
    else:
        write_result(trainer, options, settings, inputs)
    if diverged:
        say(f"nst: {trainer.stop_reason}", error=True)
        return 1
    if not options.quiet:
        height, width = trainer.image.shape[:2]
        reason = signals.reason if interrupted else trainer.stop_reason
        say(f"{options.output}: {width} x {height} pixels. {reason}")
    return signals.exit_code if interrupted else 0


def describe(options: argparse.Namespace) -> str:
    """What is made of what, in a line that is printed before Keras is loaded."""
    details = [] if options.size == "none" else [f"{options.size} pixels"]
    if not options.stage:
        details.append(f"at most {options.epochs} x {options.steps_per_epoch} steps")
    more = f" ({', '.join(details)})" if details else ""
    styles = " and ".join(options.style)
    return f"{options.content} in the style of {styles} -> {options.output}{more}"


def write_result(
    trainer: Trainer,
    options: argparse.Namespace,
    settings: Mapping[str, Any],
    inputs: Mapping[Path, str],
) -> None:
    """Writes the picture of a run that is finished, and how it was made: into it and beside it."""
    record, resumed = resolved(settings, trainer), not is_in_one_go(trainer, options)
    if resumed:
        record["checkpoint"] = options.checkpoint
    inside = None if options.no_metadata else format_inside(record, inputs, resumed)
    write_picture(options.output, trainer.image, inside)
    if not options.no_sidecar:
        write_sidecar(record, inputs, resumed)


def fit(
    trainer: Trainer,
    options: argparse.Namespace,
    styles: Sequence[Style],
    callbacks: Sequence[keras.callbacks.Callback],
    signals: StopSignals,
) -> bool:
    """Runs the trainer, and returns whether a signal ended the run."""
    import keras

    from ..callbacks.disk_errors import NotSavedWarning
    from ..images.reading import read_image
    from ..objective.evaluation import NonFiniteLossWarning
    from ..run.previous import OlderCheckpointWarning
    from ..run.state import OtherEnvironmentWarning

    initial_image = options.initial_image
    if initial_image == "last":
        # The trainer's own "last" refers to a run in the same process.
        initial_image = read_image(options.output, name="initial_image", background=None)
    begun = keras.callbacks.LambdaCallback(
        on_train_begin=lambda logs: signals.wait_for_step_of(trainer)
    )
    with warnings.catch_warnings():
        # `transfer` prints its text on one line.
        warnings.simplefilter("ignore", NonFiniteLossWarning)
        if options.quiet:
            warnings.simplefilter("ignore", OtherEnvironmentWarning)
        show_on_one_line((NotSavedWarning, OlderCheckpointWarning, OtherEnvironmentWarning))
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
                callbacks=[*callbacks, begun],
                resume_from=_resume_from(options),
                verbose=0 if options.quiet else "auto",
                seed=options.seed,
            )
        except KeyboardInterrupt:
            if not trainer.built:
                raise
            return True
        except Exception:
            # Whatever a callback raises, the picture is kept before the error is reported.
            if trainer.built:
                try:
                    write_picture(options.output, trainer.image)
                except OSError as error:
                    _note(str(error))
            raise
    return False


def _lock_outputs(options: argparse.Namespace, locks: contextlib.ExitStack) -> None:
    from ..images.locks import lock_output

    for path in (options.output, options.checkpoint):
        if path is not None:
            locks.enter_context(lock_output(path))


def _resume_from(options: argparse.Namespace) -> str | None:
    """The checkpoint, if there is one yet: a job that is started again as before simply goes on."""
    from ..run.previous import has_checkpoint

    if not options.resume:
        return None
    if has_checkpoint(options.checkpoint):
        return options.checkpoint
    if not options.quiet:
        _note(f"{options.checkpoint} does not exist yet. The run begins anew.")
    return None


def is_in_one_go(trainer: Trainer, options: argparse.Namespace) -> bool:
    """Whether a run in one go, with these options, would have given the same result."""
    run, state = trainer.run, trainer.state
    return (
        run.same_start
        and len(state.made_with) == 1
        and state.epoch <= options.epochs
        and all(
            steps == run.stage_of(epoch).steps for epoch, steps in enumerate(state.steps_per_epoch)
        )
    )


def _note(sentence: str) -> None:
    say(f"nst: note: {sentence}", error=True)


def resolved(settings: Mapping[str, Any], trainer: Trainer) -> dict[str, Any]:
    """The settings with `auto` resolved."""
    resolved = {**settings, "precision": trainer.precision}
    if "stage" not in settings:
        resolved["scales"] = list(trainer.run.method.scales)
    tile_sizes = [stage.tile_size for stage in trainer.run.stages]
    if len(set(tile_sizes)) == 1:
        # If only some scales were in tiles, no single size would give the same run.
        resolved["tile_size"] = tile_sizes[0] or "none"
    return resolved
