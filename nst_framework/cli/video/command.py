"""`nst video`: makes each frame of a video from the one before it."""

from __future__ import annotations

import argparse
import contextlib
import time
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ... import defaults
from ...checks import check_integer, check_number
from ...durations import format_duration
from ...quiet_tensorflow import load_backend
from ..components import make_styles, make_trainer
from ..configuration import as_options, effective_settings
from ..input_images import check_run_images
from ..output import say
from ..paths import input_paths
from ..settings_file import read_file
from ..sidecar import check_names, input_digests
from ..stop_signals import StopSignals
from ..transfer_options import add_transfer_options, known_settings
from ..trust import check_code, check_outputs
from .folder import FrameFolder

if TYPE_CHECKING:
    from ...video import Video

ONLY_OF_PICTURES = (
    *("gradient_shares", "initial_image", "noise", "seed", "save_every", "callback", "metrics"),
    *("preview", "no_metadata", "no_sidecar"),
)
OF_THE_COMMAND = ("dump_config", "resume", "checkpoint", "checkpoint_every", "keep_checkpoints")
"""Options of `nst transfer` that a video does not have."""

OWN: dict[str, Any] = {
    "frames": ":",
    "every": 1,
    "fps": None,
    "steps_per_frame": defaults.STEPS_PER_FRAME,
    "temporal_weight": defaults.TEMPORAL_WEIGHT,
}
"""The options of the video itself, with their defaults."""


def add_video_options(parser: argparse.ArgumentParser) -> dict[str, argparse.Action]:
    """Adds the options of `nst video`, among them those of `nst transfer`, and returns them."""
    own = parser.add_argument_group("the video")
    actions = [
        own.add_argument(
            "content",
            nargs="?",
            metavar="VIDEO",
            help="a video (needs the extra video), a folder of frames, or a pattern such as "
            "'frames/*.png'",
        ),
        own.add_argument("style", nargs="*", help="style image, or several"),
        own.add_argument(
            "--frames",
            default=":",
            metavar="FIRST:END",
            help="which frames to make, counted from 0, END not included: 10:50, 10: or :50",
        ),
        own.add_argument(
            "--every",
            type=int,
            default=1,
            metavar="N",
            help="every N-th of them; the video lasts as long as before",
        ),
        own.add_argument(
            "--fps",
            type=float,
            metavar="RATE",
            help="frames a second; by default those of the video, and 25 for images",
        ),
        own.add_argument(
            "--steps-per-frame",
            type=int,
            default=defaults.STEPS_PER_FRAME,
            metavar="STEPS",
            help="steps for each frame that follows from another; the first one has "
            "those of a picture",
        ),
        own.add_argument(
            "--temporal-weight",
            type=float,
            default=defaults.TEMPORAL_WEIGHT,
            metavar="WEIGHT",
            help="how strongly each frame keeps to the one before it: more flickers less",
        ),
    ]
    of_pictures = parser.add_argument_group("of every frame")
    of_transfer = add_transfer_options(of_pictures, images=False)
    for name in (*ONLY_OF_PICTURES, *OF_THE_COMMAND):
        of_transfer[name].help = argparse.SUPPRESS
    of_transfer["output"].default = "result.mp4"
    of_transfer["output"].help = "a video (.mp4 .mov .mkv), or a folder for the frames"
    of_transfer["size"].default = "none"
    return {**{action.dest: action for action in actions}, **of_transfer}


def make_video(typed: argparse.Namespace) -> int:
    """Makes the frames, and of them a video.

    Args:
        typed: The options that the user typed.

    Returns:
        The exit code: 0; 130 after Ctrl-C, 143 after SIGTERM.

    Raises:
        ValueError: If an option or an input is wrong.
        OSError: If a file cannot be read or written.
        MemoryError: If the memory does not suffice.
    """
    own = _own_settings(typed)
    settings = _settings(typed)
    options = as_options(settings, typed)
    check_code(settings, typed)
    check_outputs(settings, typed)
    check_names(settings)
    # The frames are checked when the video is opened.
    check_run_images(argparse.Namespace(**{**vars(options), "content": options.style[0]}))
    with StopSignals(options.quiet) as signals, contextlib.ExitStack() as locks:
        try:
            return _make(options, settings, own, locks)
        except KeyboardInterrupt:
            if not options.quiet:
                say(f"{signals.reason} Started again, the video goes on with this frame.")
            return signals.exit_code


def _make(
    options: argparse.Namespace,
    settings: dict[str, Any],
    own: dict[str, Any],
    locks: contextlib.ExitStack,
) -> int:
    from ...saving import lock_output
    from ...video import open_video

    folder = FrameFolder(options.output)
    video = open_video(options.content, *_frame_numbers(own["frames"]), own["every"])
    folder.check(video.source, input_paths(settings)[1:])
    locks.enter_context(lock_output(options.output))
    record = folder.describe(settings, own, input_digests(settings), video)
    rate = video.rate if own["fps"] is None else own["fps"]
    if folder.is_complete(record, rate):
        return _end(options, f"{options.output} is there already, made with the same settings.")
    done = folder.count(record, video.count)
    if not options.quiet:
        height, width = video.shape
        say(f"{video.count} frames of {width} x {height} pixels, {done} of them there already")
    if done < video.count:
        _make_frames(options, own, video, folder, record, done)
    folder.finish(record, video, rate)
    return _end(options, f"{options.output}: {video.count} frames, {float(rate):g} a second")


def _make_frames(
    options: argparse.Namespace,
    own: dict[str, Any],
    video: Video,
    folder: FrameFolder,
    record: Mapping[str, Any],
    done: int,
) -> None:
    load_backend()
    size = None if options.size == "none" else options.size
    # What the scales are chosen by.
    options.size = size or max(video.shape)
    trainer = make_trainer(options)
    trainer.fit_defaults = trainer.fit_defaults.replace(
        options.size, options.epochs, options.steps_per_epoch, "content", options.color
    )
    from ...video import stylize

    before = None
    if done:
        previous = next(video.after(done - 1))
        before = previous, folder.read(done - 1)
    begin = time.perf_counter()
    frames = stylize(
        trainer,
        video.after(done),
        make_styles(options),
        size=size,
        steps_per_frame=own["steps_per_frame"],
        temporal_weight=own["temporal_weight"],
        before=before,
    )
    for number, frame in enumerate(frames, start=done):
        if number == done:
            # Only now, since older frames are removed: the settings might have been wrong.
            folder.begin(record)
        folder.write(number, frame.image)
        if not options.quiet:
            seconds = time.perf_counter() - begin
            left = seconds / (number + 1 - done) * (video.count - 1 - number)
            follows = f"{frame.followed:.0%} follows" if frame.followed else "begins anew"
            say(
                f"Frame {number + 1}/{video.count} - {follows} - {format_duration(seconds)}, "
                f"{format_duration(left)} left"
            )


def _settings(typed: argparse.Namespace) -> dict[str, Any]:
    """The settings of a frame; a video keeps its size unless it is told otherwise."""
    settings = effective_settings(typed, {"size": "none", "output": "result.mp4"})
    known = known_settings()
    for name in (*ONLY_OF_PICTURES, *OF_THE_COMMAND):
        given = settings.get(name, vars(typed).get(name))
        if given != (known[name].default if name in known else None):
            advice = (
                "nst video goes on where it stopped by itself"
                if name in OF_THE_COMMAND
                else "It has no meaning for frames that follow from one another"
            )
            raise ValueError(
                f"Expected settings that suit a video. Received: {name}={given!r}. Leave it out. "
                f"{advice}."
            )
    if "content" not in settings or not settings.get("style"):
        raise ValueError(
            "Expected a video and a style image. Received: "
            f"{settings.get('content')!r} and {settings.get('style', [])!r}. Write nst "
            "video VIDEO STYLE --output result.mp4."
        )
    if settings["color"] == "placed":
        raise ValueError(
            "Expected colours that stay from frame to frame. Received: --color placed, which "
            "places them in each frame anew. Choose style or luminance."
        )
    return settings


def _own_settings(typed: argparse.Namespace) -> dict[str, Any]:
    """The settings of the video itself: the user's, or those of the file beside another video."""
    recorded: Any = {}
    if "config" in typed:
        recorded = tomllib.loads(read_file(Path(typed.config))).get("video")
    if not isinstance(recorded, dict):
        recorded = {}
    own: dict[str, Any] = {
        name: getattr(typed, name, recorded.get(name, default)) for name, default in OWN.items()
    }
    if own["fps"] is not None and not 0 < check_number("fps", own["fps"], minimum=0.0) < 1000:
        raise ValueError(
            "Expected --fps to be a number above 0 and below 1000. Received: --fps "
            f"{own['fps']:g}. Leave it out to keep the rate."
        )
    for name in ("every", "steps_per_frame"):
        check_integer(name, own[name], minimum=1)
    check_number("temporal_weight", own["temporal_weight"], minimum=0.0)
    own["frames"] = str(own["frames"])
    _frame_numbers(own["frames"])
    return own


def _frame_numbers(text: str) -> tuple[int, int | None]:
    first, colon, end = text.partition(":")
    try:
        numbers = int(first or 0), int(end) if end else None
    except ValueError:
        numbers = -1, None
    if not colon or numbers[0] < 0 or (numbers[1] is not None and numbers[1] <= numbers[0]):
        raise ValueError(
            f"Expected --frames as FIRST:END, such as 10:50. Received: --frames {text}. Numbers "
            "count from 0, and END is not included."
        )
    return numbers


def _end(options: argparse.Namespace, sentence: str) -> int:
    if not options.quiet:
        say(sentence)
    return 0
