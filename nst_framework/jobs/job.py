"""A picture to make: `Job` checks its settings, makes it and writes it."""

from __future__ import annotations

import abc
import contextlib
import functools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from ..settings.files import is_image
from ..settings.layers import Settings
from ..settings.paths import input_paths
from ..text import say_error
from .input_images import check_images, multi_picture_notes
from .result_name import may_overwrite
from .sidecar import check_names, format_embedded, input_digests, sidecar_path, write_sidecar

if TYPE_CHECKING:
    import keras
    import numpy as np

    from ..trainer import Trainer


@dataclass
class Job(abc.ABC):
    """A picture to make.

    Attributes:
        settings: The settings of the run, including `output`.
        checkpoint: The file to save the run to; `None`: the run is not saved.
        resume: Whether to resume the run from its checkpoint, if there is one.
        preview: Whether to save the unfinished picture during the run.
        metadata: Whether to embed the settings and the photograph's details in the result.
        sidecar: Whether to write the sidecar.
        quiet: Whether to print nothing.
        config: The settings file, which the result must not replace.
        notify: Called with messages to the user; by default, it prints them to stderr.
    """

    settings: Settings
    checkpoint: str | None = None
    resume: bool = False
    preview: bool = False
    metadata: bool = True
    sidecar: bool = True
    quiet: bool = True
    config: str | None = None
    notify: Callable[[str], None] = say_error

    @property
    def output(self) -> Path:
        """The path of the result."""
        return Path(self.settings["output"])

    @property
    def preview_path(self) -> Path:
        """The path of the preview: next to the output, in the same format."""
        return self.output.with_name(f"{self.output.stem}.preview{self.output.suffix}")

    @functools.cached_property
    def inputs(self) -> dict[Path, str]:
        """The digest of each file that the run reads, from the start of the job."""
        return input_digests(self.settings)

    def check(self) -> None:
        """Raises errors that can be found before the run, without loading Keras."""
        # Imports NumPy, which the help does not need.
        from .early_checks import check_parts

        self._check_required()
        check_parts(self.settings)
        self._check_outputs()
        check_names(self.settings)
        check_images(self.settings)
        if not self.quiet:
            for sentence in multi_picture_notes(self.settings):
                self.notify(f"nst: note: {sentence}")
        _ = self.inputs

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Keeps other processes from writing the result and the checkpoint."""
        from ..saving import lock_output

        with contextlib.ExitStack() as locks:
            for path in (self.settings["output"], self.checkpoint):
                if path is not None:
                    locks.enter_context(lock_output(path))
            yield

    @abc.abstractmethod
    def run(
        self,
        trainer_of: Callable[[Settings], Trainer] | None = None,
        callbacks: Sequence[keras.callbacks.Callback] = (),
        on_begin: Callable[[Trainer], None] | None = None,
    ) -> Ending:
        """Makes the picture, and writes it with its settings.

        Args:
            trainer_of: Returns a trainer compiled with the settings, if the job needs one; `None`:
                use a new one.
            callbacks: Callbacks in addition to those of the settings.
            on_begin: Called with the trainer right before the first step.
        """

    def _check_required(self) -> None:
        missing = " and ".join(
            f"a {name} image" for name in ("content", "style") if not self.settings.get(name)
        )
        if missing:
            raise ValueError(
                f"nst transfer needs {missing}. Write nst transfer CONTENT STYLE, or name both "
                "images in a file for --config."
            )
        every = self.settings.get("checkpoint_every")
        for option, given in (("--resume", self.resume), ("--checkpoint-every", every)):
            if given and self.checkpoint is None:
                raise ValueError(
                    f"{option} needs --checkpoint. Name the checkpoint file: --checkpoint RUN.npz."
                )

    def _check_outputs(self) -> None:
        from ..images import IMAGE_EXTENSIONS
        from ..saving import check_writable

        output = self.settings["output"]
        check_writable(output, IMAGE_EXTENSIONS)
        if self.sidecar:
            check_writable(sidecar_path(output), [".toml"])
        continues_output = self.settings.get("initial_image") == "last"
        # The result may replace the earlier one that it starts from.
        read = {**self.settings, **({"initial_image": "content"} if continues_output else {})}
        inputs = [Path(path) for path in input_paths(read)]
        if self.config is not None and is_image(Path(self.config)):
            inputs.append(Path(self.config))
        source = may_overwrite(self.output, inputs)
        if source is not None:
            raise ValueError(
                f"Expected --output to leave the input images unchanged. Received: --output "
                f"{output}, which may overwrite {str(source)!r}. Choose another name."
            )
        if continues_output and not self.output.is_file():
            raise ValueError(
                "Expected --output to hold the result of an earlier run, for --initial-image "
                f"last. Received: --output {output}, which does not exist. Choose a different "
                "starting image."
            )
        if self.checkpoint is not None:
            check_writable(self.checkpoint, [".npz"])

    def _write(
        self,
        image: np.ndarray,
        settings: Settings,
        resumed: bool = False,
        stopped_after: int | None = None,
        sidecar: bool = True,
    ) -> str | None:
        """Writes the picture, and returns the text of the settings that is embedded in it.

        The picture is `(height, width, 3)`, or 4 channels with alpha, float32, 0 to 255.
        """
        from ..images.metadata import photograph_details
        from ..images.writing import write_or_rescue

        text = details = None
        if self.metadata:
            text = format_embedded(settings, self.inputs, resumed, stopped_after)
            details = photograph_details(settings["content"], image.shape[:2])
        write_or_rescue(settings["output"], image, text, details, settings["bit_depth"])
        if self.sidecar and sidecar:
            write_sidecar(settings, self.inputs, resumed)
        return text


@dataclass(frozen=True)
class Ending:
    """How a job ended.

    Attributes:
        image: The picture, `(height, width, 3)`, or 4 channels with alpha, uint8.
        settings_text: The text of the settings that is embedded in the picture.
        reason: Why the run ended, as a sentence.
        losses: The last value of each loss, by name.
        interrupted: Whether the run was interrupted.
        diverged: Whether the run ended because its loss was not finite.
    """

    image: np.ndarray
    settings_text: str | None
    reason: str
    losses: Mapping[str, float] = field(default_factory=dict)
    interrupted: bool = False
    diverged: bool = False
