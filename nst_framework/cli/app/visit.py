"""A visitor's page, with its pictures and their files."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from pathlib import Path

from .job import Job


@dataclass
class Visit:
    """A visitor's page.

    Attributes:
        folder: The folder of its files.
        job: The last picture.
        pictures: All pictures, each with its title.
    """

    folder: Path
    job: Job | None = None
    pictures: list[tuple[str, str]] = field(default_factory=list)

    def close(self) -> None:
        """Stops the run and removes the files."""
        if self.job is not None:
            self.job.stop()
            self.job.join()
        shutil.rmtree(self.folder, ignore_errors=True)


def keep_picture(job: Job) -> None:
    """Removes the files of a run, once it has ended, but for the picture and its settings."""
    job.join()
    for path in job.folder.iterdir():
        if path != job.output.parent:
            shutil.rmtree(path) if path.is_dir() else path.unlink()
