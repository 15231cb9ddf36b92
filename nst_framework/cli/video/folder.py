"""The folder of finished frames, from which an interrupted video resumes."""

from __future__ import annotations

import contextlib
import re
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import tomli_w

from ...jobs.sidecar import digest, relative_path, sidecar_path
from ...settings.paths import map_paths

if TYPE_CHECKING:
    import numpy as np

    from ...video import Video
    from ...video.sound import SoundPlan
    from .presentation import Presentation

FRAME = re.compile(r"frame-\d{5,}\.png")
"""The file names of frames."""

RECORD = "frames.toml"
"""The file that records the settings and inputs of the frames in a folder."""


def is_film(output: str) -> bool:
    """Whether an output is a video file, not a folder of frames."""
    return Path(output).suffix != ""


class FrameFolder:
    """The finished frames of a video, and a record of their settings and inputs."""

    def __init__(self, output: str) -> None:
        self.output = Path(output)
        self._film = is_film(output)
        self.path = Path(f"{output}.frames") if self._film else self.output

    def check(self, source: str, others: Sequence[str]) -> None:
        """Checks before the run that the frames and the video can be written.

        Args:
            source: The input video or folder, which must not be overwritten.
            others: The other files that the run reads.
        """
        from ...images import IMAGE_EXTENSIONS
        from ...saving import check_writable
        from ...video.decoding import require_av
        from ...video.writing import FORMATS

        for each in (source, *others):
            path = Path(each).resolve()
            if path == self.output.resolve() or self.path.resolve() in (path, *path.parents):
                raise ValueError(
                    f"Expected --output to leave {each!r} unchanged. Received: --output "
                    f"{str(self.output)!r}. Choose another name."
                )
        if self._film:
            check_writable(self.output, list(FORMATS))
            require_av()
        check_writable(self._frame(0), IMAGE_EXTENSIONS)
        used = self.path.is_dir() and any(self.path.iterdir())
        if used and "video" not in _read(self.path / RECORD):
            raise ValueError(
                "Expected a new folder for the frames, or the folder of an earlier run. Received: "
                f"{str(self.path)!r}, which has other files. Choose another folder."
            )

    def describe(
        self,
        settings: Mapping[str, Any],
        own: Mapping[str, Any],
        inputs: Mapping[Path, str],
        video: Video,
    ) -> dict[str, Any]:
        """The record of the settings and inputs of the frames."""
        folder = self.output.parent

        def relative(path: str | Path) -> str:
            return relative_path(Path(path), folder)

        # The times and the sound do not change the frames.
        of_frames = {name: own[name] for name in own if name not in ("fps", "no_sound")}
        kept = {name: value for name, value in settings.items() if name != "output"}
        return {
            **map_paths(kept, relative),
            "video": of_frames,
            "inputs": {
                **{relative(path): found for path, found in inputs.items()},
                relative(video.source): video.digest,
            },
        }

    def is_complete(self, record: Mapping[str, Any], presentation: Presentation) -> bool:
        """Whether the video exists and was made as recorded."""
        if not self._film or not self.output.is_file():
            return False
        found = _read(sidecar_path(str(self.output)))
        return found == self._complete(record, presentation)

    def count(self, record: Mapping[str, Any], most: int) -> int:
        """The number of finished frames with this record, up to the first missing one."""
        if _read(self.path / RECORD) != record:
            return 0
        return next((n for n in range(most) if not self._frame(n).is_file()), most)

    def begin(self, record: Mapping[str, Any]) -> None:
        """Creates the folder, and removes frames that have another record."""
        from ...saving import atomic_write

        path = self.path / RECORD
        if _read(path) != record:
            self._remove_frames()
            with atomic_write(path) as partial:
                partial.write_text(tomli_w.dumps(dict(record)), encoding="utf-8")

    def read(self, number: int) -> np.ndarray:
        """Reads a finished frame, `(height, width, 3)`, or 4 channels with alpha, uint8."""
        from ...video.animated import read_frame

        return read_frame(self._frame(number))

    def write(self, number: int, frame: np.ndarray) -> None:
        """Writes a finished frame."""
        from ...images.writing import write_image

        write_image(self._frame(number), frame)

    def check_film(self, shape: tuple[int, int], presentation: Presentation) -> None:
        """Checks that the video format, if any, supports frames of this height and width."""
        from ...video.film import check_film
        from ...video.writing import film_format

        if self._film:
            check_film(film_format(self.output), shape, presentation.times)

    def plan_sound(self, video: Video) -> SoundPlan:
        """Plans how to copy or encode the sound, if the output is a video file."""
        from ...video.sound import SoundPlan, plan_sound
        from ...video.writing import film_format

        return plan_sound(film_format(self.output), video) if self._film else SoundPlan(video)

    def finish(
        self, record: Mapping[str, Any], presentation: Presentation, sound: SoundPlan | None
    ) -> None:
        """Joins the frames to a video file and removes them, or lists their times in the folder."""
        from ...saving import atomic_write
        from ...video.frame_list import write_frame_list
        from ...video.writing import write_film

        count = len(presentation.times) - 1
        if not self._film:
            names = [self._frame(number).name for number in range(count)]
            write_frame_list(self.path, names, presentation.times)
            return
        write_film(self.output, map(self.read, range(count)), presentation.times, sound)
        text = tomli_w.dumps(self._complete(record, presentation))
        with atomic_write(sidecar_path(str(self.output))) as partial:
            partial.write_text(text, encoding="utf-8")
        self._remove_frames()
        (self.path / RECORD).unlink(missing_ok=True)
        # Not removed if it contains other files.
        with contextlib.suppress(OSError):
            self.path.rmdir()

    def _complete(self, record: Mapping[str, Any], presentation: Presentation) -> dict[str, Any]:
        outputs = {self.output.name: digest(self.output)}
        return {
            **record,
            "video": {**record["video"], **presentation.record()},
            "outputs": outputs,
        }

    def _remove_frames(self) -> None:
        from ...video.frame_list import FRAME_LIST

        for path in self.path.glob("frame-*.png"):
            if FRAME.fullmatch(path.name):
                path.unlink()
        (self.path / FRAME_LIST).unlink(missing_ok=True)

    def _frame(self, number: int) -> Path:
        return self.path / f"frame-{number:05d}.png"


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
