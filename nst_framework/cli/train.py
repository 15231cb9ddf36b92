"""`nst train`: trains a network to paint photographs in the style of paintings."""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..jobs.result_name import shortened
from ..jobs.stop_signals import StopSignals
from ..jobs.training import check_training, checkpoint_path, make_training
from ..quiet_tensorflow import load_backend
from ..settings.layers import effective_settings
from ..settings.option import INTEGER, NUMBER, TEXT, Option, PathKind, Use, Values
from ..settings.table import SETTINGS
from ..text import say, say_error

COMMAND = Use.COMMAND
# fmt: off
TRAIN_OPTIONS = (
    Option("style", "training", COMMAND, TEXT, values=Values.WORDS, positional=True,
        path=PathKind.FILE, metavar="PAINTING",
        help="painting to learn; one network can learn several"),
    Option("photographs", "training", COMMAND, TEXT, path=PathKind.FOLDER, metavar="FOLDER",
        help="photographs to learn from (required): a folder, or a pattern such as 'photos/*.jpg'; "
        "some hundreds or thousands, similar to those that the network will paint"),
    Option("output", "training", COMMAND, TEXT, path=PathKind.FILE, metavar="FILE.keras",
        help="file to save the network to; by default PAINTING.keras in the current folder"),
    Option("steps", "training", COMMAND, INTEGER, default=8000, minimum=1,
        help="total number of steps"),
    Option("steps_per_epoch", "training", COMMAND, INTEGER, default=200, metavar="STEPS", minimum=1,
        help="steps per epoch; each epoch ends with a validation and a checkpoint"),
    Option("size", "training", COMMAND, INTEGER, default=256, metavar="PIXELS", minimum=32,
        help="height and width of the crops of the photographs"),
    Option("batch_size", "training", COMMAND, INTEGER, default=4, metavar="NUMBER", minimum=1,
        help="crops per step; with several paintings, a multiple of their number"),
    Option("width", "training", COMMAND, INTEGER, default=32, metavar="CHANNELS", minimum=1,
        maximum=128,
        help="channels of the network at full size; halving them makes painting nearly four times "
        "as fast"),
    Option("style_size", "training", COMMAND, INTEGER, default=512, metavar="PIXELS", minimum=16,
        help="longer side of the paintings; it determines the size of the strokes"),
    Option("learning_rate", "training", COMMAND, NUMBER, default=1e-3, metavar="RATE", minimum=0,
        help="peak learning rate of Adam, after a warm-up; it decays to a hundredth"),
    Option("photograph_noise", "training", COMMAND, NUMBER, default=6.0, metavar="VALUE", minimum=0,
        maximum=255,
        help="standard deviation of noise added to the photographs, in pixel values; it reduces "
        "flicker in videos"),
    Option("held_out", "training", COMMAND, NUMBER, default=0.1, metavar="FRACTION", minimum=0,
        maximum=0.9,
        help="fraction of the photographs to hold out for validation (val_loss)"),
    Option("seed", "training", COMMAND, INTEGER, default=0, minimum=0,
        help="random seed of the network and the crops"),
    Option("preview", "training", COMMAND, TEXT, values=Values.SWITCH,
        help="after each epoch, save held-out photographs above the network's paintings of them, "
        "next to the output, as in painting.preview.png"),
    Option("resume", "training", COMMAND, TEXT, values=Values.SWITCH,
        help="resume an unfinished training from its checkpoint next to the output, such as "
        "painting.checkpoint.npz; without one, start a new training"),
)
# fmt: on
TRAIN_DEFAULTS = {
    "content_layers": ["block3_conv3"],
    "content_weight": 1000.0,
    "moments_weight": 0.0,
}
"""Those of Johnson et al. (2016): content at `relu3_3`, and Gram matrices alone for the style. A
network, unlike the optimizer, does not start from the photograph, and loses it if the content is
compared at the optimizer's deeper layer."""


def train(typed: Mapping[str, Any]) -> int:
    """Trains a network on the paintings, and returns the exit code."""
    settings = _settings(typed)
    quiet = "quiet" in typed
    photographs = check_training(settings)
    is_new = not Path(settings["output"]).exists() or checkpoint_path(settings).exists()
    if "output" not in typed and not is_new:
        raise ValueError(
            f"{settings['output']!r} exists already. Name another file with --output, or this one "
            "to replace it."
        )
    with StopSignals(quiet) as signals, contextlib.ExitStack() as locks:
        # For the whole training, because disk warnings may come at any time.
        locks.enter_context(warnings.catch_warnings())
        try:
            return _train(settings, photographs, quiet, signals, locks)
        except KeyboardInterrupt:
            return signals.exit_code


def _train(
    settings: Mapping[str, Any],
    photographs: list[Path],
    quiet: bool,
    signals: StopSignals,
    locks: contextlib.ExitStack,
) -> int:
    from ..saving import lock_output

    output, checkpoint = Path(settings["output"]), checkpoint_path(settings)
    locks.enter_context(lock_output(output))
    resumes = settings["resume"] and checkpoint.exists()
    if not quiet:
        styles = " and ".join(settings["style"])
        say(
            f"{styles} from {len(photographs)} photographs -> {output} "
            f"({settings['steps']} steps of {settings['batch_size']} x {settings['size']} pixels)"
        )
        if settings["resume"] and not resumes:
            say_error(f"nst: note: {checkpoint} does not exist yet. A new training starts.")
    load_backend()
    training = make_training(settings, photographs, quiet)
    if resumes:
        training.resume()
        if not quiet:
            say(f"Resumed after step {training.taken.step}.")
    signals.wait_for_step_of(training.taken)
    ending = training.run()
    if not quiet:
        for sentence in training.photographs.remarks():
            say_error(f"nst: note: {sentence}")
    step = training.taken.step
    if ending == "diverged":
        saved = f"{output} has the network of step {step}." if step else "Nothing was saved."
        say_error(
            "nst: the training ended because the loss or a weight was not finite. "
            f"{saved} Train with a lower --learning-rate."
        )
        return 1
    if not quiet:
        painting = f"{output}: {step} of {settings['steps']} steps."
        if ending == "interrupted":
            say(f"{painting} {signals.reason} Run the same command with --resume to continue.")
        else:
            name = training.objective.names[0]
            say(f"{painting} nst transfer PHOTOGRAPH {output} paints in the style of {name}.")
    return signals.exit_code if ending == "interrupted" else 0


def _settings(typed: Mapping[str, Any]) -> dict[str, Any]:
    """All settings: those of the objective, as for a picture, and those of the training."""
    objective = {
        name: value
        for name, value in typed.items()
        if name in SETTINGS and "train" in SETTINGS[name].commands
    }
    own = {option.name: typed.get(option.name, option.default) for option in TRAIN_OPTIONS}
    settings = {**effective_settings(objective, TRAIN_DEFAULTS), **own}
    if not settings["style"] or settings["photographs"] is None:
        missing = "--photographs" if settings["style"] else "a painting"
        raise ValueError(
            f"nst train needs {missing}. Write nst train PAINTING --photographs FOLDER."
        )
    settings["resume"], settings["preview"] = "resume" in typed, "preview" in typed
    if settings["output"] is None:
        stem = shortened("-".join(Path(path).stem for path in settings["style"]))
        settings["output"] = f"{stem}.keras"
    return settings
