"""`nst train`: a network learns paintings from photographs, and is saved."""

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
from ..settings.option import INTEGER, NUMBER, TEXT, Option, Place, Use, Values
from ..settings.table import SETTINGS
from ..text import say, say_error

COMMAND = Use.COMMAND
# fmt: off
TRAIN_OPTIONS = (
    Option("style", "training", COMMAND, TEXT, values=Values.WORDS, positional=True,
        place=Place.FILE, metavar="PAINTING",
        help="painting to learn, or several, which one network learns"),
    Option("photographs", "training", COMMAND, TEXT, place=Place.FOLDER, metavar="FOLDER",
        help="photographs to learn from: a folder, or a pattern such as 'photos/*.jpg'; required; "
        "some hundreds or thousands, of all that the network will paint"),
    Option("output", "training", COMMAND, TEXT, place=Place.FILE, metavar="FILE.keras",
        help="where to save the network; by default PAINTING.keras in the current folder"),
    Option("steps", "training", COMMAND, INTEGER, default=8000, minimum=1,
        help="steps in all"),
    Option("steps_per_epoch", "training", COMMAND, INTEGER, default=200, metavar="STEPS", minimum=1,
        help="steps from one checkpoint, and one look at photographs that were held out, to the "
        "next"),
    Option("size", "training", COMMAND, INTEGER, default=256, metavar="PIXELS", minimum=32,
        help="height and width of the crops of the photographs"),
    Option("batch_size", "training", COMMAND, INTEGER, default=4, metavar="NUMBER", minimum=1,
        help="crops in each step; with several paintings, a multiple of their number"),
    Option("width", "training", COMMAND, INTEGER, default=32, metavar="CHANNELS", minimum=1,
        maximum=128,
        help="channels of the network at the full size; half as many paint nearly four times as "
        "fast"),
    Option("style_size", "training", COMMAND, INTEGER, default=512, metavar="PIXELS", minimum=16,
        help="length of the longer side of the paintings; the network paints strokes of that size"),
    Option("learning_rate", "training", COMMAND, NUMBER, default=1e-3, metavar="RATE", minimum=0,
        help="largest learning rate of Adam; it rises at first, and falls to a hundredth"),
    Option("photograph_noise", "training", COMMAND, NUMBER, default=6.0, metavar="VALUE", minimum=0,
        maximum=255,
        help="standard deviation of noise in the photographs, in pixel values; with it, videos "
        "flicker less"),
    Option("held_out", "training", COMMAND, NUMBER, default=0.1, metavar="FRACTION", minimum=0,
        maximum=0.9,
        help="fraction of the photographs that is not trained on, but shows what was learned: "
        "val_loss"),
    Option("seed", "training", COMMAND, INTEGER, default=0, minimum=0,
        help="seed for the network and for the crops"),
    Option("preview", "training", COMMAND, TEXT, values=Values.SWITCH,
        help="after each epoch, write photographs that were held out, and below them what the "
        "network paints, beside the output, such as painting.preview.png"),
    Option("resume", "training", COMMAND, TEXT, values=Values.SWITCH,
        help="resume the training from its checkpoint, which is beside the output until the "
        "training ends, such as painting.checkpoint.npz; if there is none yet, begin it"),
)
# fmt: on
TRAIN_DEFAULTS = {
    "content_layers": ["block3_conv3"],
    "content_weight": 300.0,
    "moments_weight": 0.0,
}
"""A network does not start from the photograph, as the optimizer does. Compared at the optimizer's
deeper layer, the photograph is lost; this one is that of Johnson et al. (2016), `relu3_3`. Their
style loss has Gram matrices alone."""


def train(typed: Mapping[str, Any]) -> int:
    """Trains a network on the paintings, and returns the exit code."""
    settings = _settings(typed)
    quiet = "quiet" in typed
    photographs = check_training(settings)
    is_new = not Path(settings["output"]).exists() or checkpoint_path(settings).exists()
    if "output" not in typed and not is_new:
        raise ValueError(
            f"Expected --output, because {settings['output']!r} exists. Received: none. Name "
            "another file, or this one to replace it."
        )
    with StopSignals(quiet) as signals, contextlib.ExitStack() as locks:
        # Of the whole training, since warnings of the disk come while it runs.
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
            say_error(f"nst: note: {checkpoint} does not exist yet. The training begins.")
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
        saved = f"{output} has the network of step {step}." if step else "There is nothing to save."
        say_error(
            "nst: the training ended because the loss or a weight was not finite. "
            f"{saved} Train with a lower --learning-rate."
        )
        return 1
    if not quiet:
        painting = f"{output}: {step} of {settings['steps']} steps."
        if ending == "interrupted":
            say(f"{painting} {signals.reason} The same command with --resume resumes the training.")
        else:
            name = training.objective.names[0]
            say(f"{painting} nst transfer PHOTOGRAPH {output} paints in the style of {name}.")
    return signals.exit_code if ending == "interrupted" else 0


def _settings(typed: Mapping[str, Any]) -> dict[str, Any]:
    """All settings: those of the objective, as for a picture, and the training's own."""
    objective = {
        name: value
        for name, value in typed.items()
        if name in SETTINGS and "train" in SETTINGS[name].commands
    }
    own = {option.name: typed.get(option.name, option.default) for option in TRAIN_OPTIONS}
    settings = {**effective_settings(objective, TRAIN_DEFAULTS), **own}
    if not settings["style"] or settings["photographs"] is None:
        missing = "photographs" if settings["style"] else "painting"
        raise ValueError(
            f"Expected a painting and --photographs. Received: no {missing}. Write nst train "
            "PAINTING --photographs FOLDER."
        )
    settings["resume"], settings["preview"] = "resume" in typed, "preview" in typed
    if settings["output"] is None:
        stem = shortened("-".join(Path(path).stem for path in settings["style"]))
        settings["output"] = f"{stem}.keras"
    return settings
