"""Copies or encodes the audio of a source video while another video is written."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING, cast

import numpy as np

from .decoding import continuous_packets, path_for_ffmpeg
from .film import FilmStream, NullFile
from .frames import Video, is_video_file
from .picture import picture_stream
from .sound_tracks import CopiedTrack, EncodedTrack

if TYPE_CHECKING:
    from av.audio.stream import AudioStream
    from av.container import OutputContainer
    from av.packet import Packet


@dataclass(frozen=True)
class Track:
    """One audio track: the index of its stream, and whether it is copied or encoded."""

    index: int
    is_copied: bool


@dataclass(frozen=True)
class SoundPlan:
    """How the audio of a video is written to a new file.

    Attributes:
        video: The source of the audio.
        tracks: The audio tracks of the new file.
        remarks: A sentence for each track that is not copied.
    """

    video: Video
    tracks: tuple[Track, ...] = ()
    remarks: tuple[str, ...] = ()


def plan_sound(form: str, video: Video) -> SoundPlan:
    """Tests, without writing a file, which audio tracks a container format can hold and how.

    All audio goes through the muxer, because some tracks are rejected only in the header, and some
    only at a later packet.

    Args:
        form: FFmpeg's name of the container format.
        video: The source of the audio.
    """
    plan = SoundPlan(video)
    if not is_video_file(video.source):
        return plan
    import av

    with av.open(path_for_ffmpeg(video.source)) as container:
        sounds = [(stream.index, _codec_name(stream)) for stream in container.streams.audio]
    tracks, remarks = list[Track](), list[str]()
    for number, (index, codec) in enumerate(sounds, start=1):
        name = f"sound {number} ({codec})" if len(sounds) > 1 else f"the sound ({codec})"
        reason = _refusal(form, replace(plan, tracks=(Track(index, True),)))
        if reason is None:
            tracks.append(Track(index, True))
            continue
        cannot = f"{form} cannot hold it ({reason})"
        reason = _refusal(form, replace(plan, tracks=(Track(index, False),)))
        if reason is None:
            tracks.append(Track(index, False))
            remarks.append(f"{name} of {video.source!r} is encoded as AAC, because {cannot}.")
        else:
            remarks.append(
                f"{name} of {video.source!r} is left out, because {cannot}, and it cannot be "
                f"decoded ({reason})."
            )
    remarks = [remark[0].upper() + remark[1:] for remark in remarks]
    return SoundPlan(video, tuple(tracks), tuple(remarks))


def _codec_name(stream: AudioStream) -> str:
    return "an unknown codec" if stream.codec_context is None else stream.codec_context.name


def _refusal(form: str, plan: SoundPlan) -> str | None:
    """Why a container format cannot hold the audio of a plan; `None` if it can."""
    import av

    try:
        with (
            contextlib.ExitStack() as files,
            av.open(NullFile(), "w", format=form) as container,
        ):
            film = FilmStream(container, (64, 64), plan.video.times)
            sound = Sound(container, plan, files)
            container.start_encoding()
            film.add(np.zeros((64, 64, 3), np.uint8), Fraction(0), plan.video.times[-1])
            film.close()
            sound.close(plan.video.times[-1])
    except av.FFmpegError as error:
        return error.strerror
    except ValueError as error:
        return str(error)
    return None


class Sound:
    """Writes the audio of a video to an open container, interleaved with the frames.

    The source file is opened in `files`, which closes it.
    """

    def __init__(
        self, container: OutputContainer, plan: SoundPlan, files: contextlib.ExitStack
    ) -> None:
        import av

        self._video = plan.video
        self._tracks: dict[int, CopiedTrack | EncodedTrack] = {}
        self._packets: Iterator[Packet] = iter(())
        if plan.tracks:
            source = files.enter_context(av.open(path_for_ffmpeg(plan.video.source)))
            for track in plan.tracks:
                stream = cast("AudioStream", source.streams[track.index])
                begin = plan.video.begin
                end = plan.video.times[-1] if plan.video.ends_early else None
                self._tracks[track.index] = (
                    CopiedTrack(container, stream, begin)
                    if track.is_copied
                    else EncodedTrack(container, stream, begin, end)
                )
            streams = [picture_stream(source), *source.streams.audio]
            self._packets = continuous_packets(source, streams)
        self._next = self._next_packet()

    def copy(self, until: Fraction | None) -> None:
        """Writes the audio up to a time, in seconds after the first frame; `None` writes all."""
        while self._next is not None:
            packet, time = self._next
            if until is not None and time >= until:
                return
            self._tracks[packet.stream.index].write(packet)
            self._next = self._next_packet()

    def close(self, film_end: Fraction) -> None:
        """Writes the remaining audio.

        A complete video keeps all of its audio, even if it lasts longer than the frames, as in
        FFmpeg. Players then keep showing the last frame.
        """
        is_whole = not self._video.ends_early and film_end >= self._video.times[-1]
        self.copy(None if is_whole else film_end)
        for track in self._tracks.values():
            track.close()

    def _next_packet(self) -> tuple[Packet, Fraction] | None:
        for packet in self._packets:
            if packet.stream.index in self._tracks and packet.size:
                stamp = packet.dts if packet.pts is None else packet.pts
                if stamp is not None:
                    return packet, stamp * packet.time_base - self._video.begin
        return None
