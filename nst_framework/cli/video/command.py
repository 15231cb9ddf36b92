"""`nst video`: makes each frame of a video from the one before it."""

from __future__ import annotations

import contextlib
import time
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ... import defaults
from ...checks import check_fraction, check_integer, check_number
from ...jobs.input_images import check_images
from ...jobs.learned import style_proportions
from ...jobs.sidecar import check_names, input_digests
from ...jobs.stop_signals import StopSignals
from ...jobs.trainer import make_trainer
from ...jobs.trust import check_trust
from ...quiet_tensorflow import load_backend
from ...settings.files import read_file
from ...settings.layers import Settings, effective_settings
from ...settings.learned import has_learned_style
from ...settings.option import INTEGER, NUMBER, TEXT, Option, PathKind, Use, Values
from ...settings.parts import fit_defaults, make_styles
from ...settings.paths import input_paths
from ...settings.table import SETTINGS
from ...text import format_duration, say
from .folder import FrameFolder
from .presentation import Presentation
from .remarks import size_remarks, sound_remarks, source_remarks

if TYPE_CHECKING:
    import numpy as np

    from ...video import StylizedFrame, Video

COMMAND = Use.COMMAND
# fmt: off
VIDEO_OPTIONS = (
    Option("content", "video", COMMAND, TEXT, positional=True, path=PathKind.FILE, metavar="VIDEO",
        help="a video (needs nst_framework[video]), a folder of frames, or a pattern such as "
        "'frames/*.png'"),
    Option("style", "video", COMMAND, TEXT, values=Values.WORDS, positional=True,
        path=PathKind.FILE,
        help="style image, or several; or a learned painting"),
    Option("frames", "video", COMMAND, TEXT, default=":", metavar="FIRST:END",
        help="range of frames to make, counted from 0, without END: 10:50, 10: or :50"),
    Option("every", "video", COMMAND, INTEGER, default=1, metavar="N",
        help="make only every N-th of these frames; the duration stays the same"),
    Option("fps", "video", COMMAND, NUMBER, metavar="RATE",
        help="frames per second, evenly spaced; by default, frames keep their times in the video, "
        "and a folder of images is shown at 25 per second"),
    Option("no_sound", "video", COMMAND, TEXT, default=False, values=Values.SWITCH,
        help="leave out the video's sound"),
    Option("steps_per_frame", "video", COMMAND, INTEGER, default=defaults.STEPS_PER_FRAME,
        metavar="STEPS",
        help="steps for each frame that continues another; the first frame takes those of a "
        "picture"),
    Option("temporal_weight", "video", COMMAND, NUMBER, default=defaults.TEMPORAL_WEIGHT,
        metavar="WEIGHT",
        help="weight of consistency with the previous frame; higher values flicker less"),
    Option("steadiness", "video", COMMAND, NUMBER, default=defaults.STEADINESS,
        metavar="FRACTION",
        help="with a learned painting: how much of the previous frame to keep where the motion can "
        "be followed, at least 0 and below 1; higher values flicker less"),
)
# fmt: on
OPTIMIZER_ONLY, LEARNED_ONLY = ("steps_per_frame", "temporal_weight"), ("steadiness",)
"""The options that apply only without a learned painting, and those that apply only with one."""

VIDEO_DEFAULTS = {"size": "none", "output": "result.mp4"}


def make_video(typed: Mapping[str, Any]) -> int:
    """Makes the frames, joins them to a video, and returns the exit code."""
    settings = _settings(typed)
    own = _own_settings(typed, has_learned_style(settings))
    check_trust(settings, typed)
    # Imports NumPy, which the help does not need.
    from ...jobs.early_checks import check_parts

    check_parts(settings)
    check_names(settings)
    # The frames are checked when the video is opened.
    check_images(settings, content=False)
    quiet = "quiet" in typed
    with StopSignals(quiet) as signals, contextlib.ExitStack() as locks:
        try:
            return _make(settings, own, quiet, locks)
        except KeyboardInterrupt:
            if not quiet:
                say(f"{signals.reason} Run the same command again to resume with this frame.")
            return signals.exit_code


def _make(settings: Settings, own: dict[str, Any], quiet: bool, locks: contextlib.ExitStack) -> int:
    from ...images.reading import target_shape
    from ...saving import lock_output
    from ...video import open_video

    output = settings["output"]
    folder = FrameFolder(output)
    video = open_video(settings["content"], *_frame_numbers(own["frames"]), own["every"])
    folder.check(video.source, input_paths(settings)[1:])
    locks.enter_context(lock_output(output))
    record = folder.describe(settings, own, input_digests(settings), video)
    presentation = Presentation.of(video, own)
    if folder.is_complete(record, presentation):
        sentence = f"{output} exists already, made with the same settings."
    else:
        done = folder.count(record, video.count)
        size = None if settings["size"] == "none" else settings["size"]
        shape = target_shape(video.shape, size, None, "image")
        folder.check_film(shape, presentation)
        sound = folder.plan_sound(video) if presentation.has_sound else None
        if not quiet:
            height, width = video.shape
            say(f"{video.count} frames of {width} x {height} pixels, {done} of them done already")
            for remark in (*source_remarks(settings["content"]), *size_remarks(output, shape)):
                say(remark)
            for remark in sound_remarks(video, presentation, sound):
                say(remark)
        if done < video.count:
            _make_frames(settings, own, quiet, video, folder, record, done)
        folder.finish(record, presentation, sound)
        sentence = f"{output}: {video.count} frames, {presentation.describe()}"
    if not quiet:
        say(sentence)
    return 0


def _make_frames(
    settings: Settings,
    own: dict[str, Any],
    quiet: bool,
    video: Video,
    folder: FrameFolder,
    record: Mapping[str, Any],
    done: int,
) -> None:
    load_backend()
    before = None
    if done:
        previous = next(video.after(done - 1))
        before = previous, folder.read(done - 1)
    begin = time.perf_counter()
    frames = _stylized(settings, own, video.after(done), video.shape, before)
    for number, frame in enumerate(frames, start=done):
        if number == done:
            # This removes older frames, so it waits until the settings have made a frame.
            folder.begin(record)
        folder.write(number, frame.image)
        if not quiet:
            seconds = time.perf_counter() - begin
            left = seconds / (number + 1 - done) * (video.count - 1 - number)
            origin = (
                f"{frame.followed:.0%} from the previous frame"
                if frame.followed
                else "from scratch"
            )
            say(
                f"Frame {number + 1}/{video.count} - {origin} - {format_duration(seconds)}, "
                f"{format_duration(left)} left"
            )


def _stylized(
    settings: Settings,
    own: Mapping[str, Any],
    frames: Iterator[np.ndarray],
    shape: tuple[int, int],
    before: tuple[np.ndarray, np.ndarray] | None,
) -> Iterator[StylizedFrame]:
    """Yields the frames, from a network or an optimizer, as they are finished."""
    from ...video import paint_frames, stylize

    size = None if settings["size"] == "none" else settings["size"]
    if has_learned_style(settings):
        from ...style_network.network import StyleNetwork

        return paint_frames(
            StyleNetwork.load(settings["style"][0]),
            frames,
            size=size,
            style=style_proportions(settings),
            color=settings["color"],
            steadiness=own["steadiness"],
            before=before,
        )
    trainer = make_trainer(settings)
    trainer.fit_defaults = fit_defaults(settings)
    return stylize(
        trainer,
        frames,
        make_styles(settings),
        size=size,
        steps_per_frame=own["steps_per_frame"],
        temporal_weight=own["temporal_weight"],
        before=before,
    )


def _settings(typed: Mapping[str, Any]) -> Settings:
    """The settings of a frame; by default, the size is the video's own."""
    settings = effective_settings(typed, VIDEO_DEFAULTS)
    for name, option in SETTINGS.items():
        # A settings file may contain settings of pictures that have their default values.
        only_of_pictures = "video" not in option.commands and not option.positional
        if only_of_pictures and settings.get(name, option.default) != option.default:
            raise ValueError(
                f"Expected settings that suit a video. Received: {name}={settings[name]!r}. Leave "
                "it out: each frame starts from the previous one, and videos resume by themselves."
            )
    if "content" not in settings or not settings.get("style"):
        missing = "a style image" if "content" in settings else "a video and a style image"
        raise ValueError(
            f"nst video needs {missing}. Write nst video VIDEO STYLE --output result.mp4."
        )
    if settings["color"] == "placed":
        raise ValueError(
            "Expected colors that stay the same from frame to frame. Received: --color placed, "
            "which places them anew in each frame. Choose style or luminance."
        )
    return settings


def _own_settings(typed: Mapping[str, Any], learned: bool) -> dict[str, Any]:
    """The video's own settings: the user's, or those in the sidecar of another video.

    `learned`: whether the style is a learned painting.
    """
    unused = OPTIMIZER_ONLY if learned else LEARNED_ONLY
    if found := [f"--{name.replace('_', '-')}" for name in unused if name in typed]:
        kind = "a learned painting" if learned else "a style image"
        instead = "--steadiness" if learned else "--temporal-weight"
        raise ValueError(
            f"Expected options that apply to {kind}. Received: {', '.join(found)}. Use {instead} "
            "instead, which sets how much a frame keeps of the previous one."
        )
    recorded: Any = {}
    if "config" in typed:
        recorded = tomllib.loads(read_file(Path(typed["config"]))).get("video")
    if not isinstance(recorded, dict):
        recorded = {}
    own: dict[str, Any] = {
        option.name: typed.get(option.name, recorded.get(option.name, option.default))
        for option in VIDEO_OPTIONS
        if not option.positional and option.name not in unused
    }
    if own["fps"] is not None and not 0 < check_number("fps", own["fps"], minimum=0.0) < 1000:
        raise ValueError(
            "Expected --fps to be a number above 0 and below 1000. Received: --fps "
            f"{own['fps']:g}. Leave it out to keep the video's rate."
        )
    check_integer("every", own["every"], minimum=1)
    if learned:
        check_fraction("steadiness", own["steadiness"])
    else:
        check_integer("steps_per_frame", own["steps_per_frame"], minimum=1)
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
            f"Expected --frames to be FIRST:END, such as 10:50. Received: --frames {text}. Frames "
            "are counted from 0, and END is not included."
        )
    return numbers
