"""A picture to make: checked once, in one order, then made and written."""

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
from .input_images import check_images, several_pictures
from .result_name import may_overwrite
from .sidecar import check_names, format_inside, input_digests, sidecar_path, write_sidecar

if TYPE_CHECKING:
    import keras
    import numpy as np

    from ..trainer import Trainer


@dataclass
class Job(abc.ABC):
    """A picture to make.

    Attributes:
        settings: The settings of the run, with an `output`.
        checkpoint: Where the run is saved; `None`: nowhere.
        resume: Whether the run is resumed from its checkpoint, if there is one.
        preview: Whether the picture is written as it grows.
        metadata: Whether the settings and the photograph's details are kept inside the result.
        sidecar: Whether the settings are written beside the result.
        quiet: Whether nothing is printed.
        config: The file of settings, which the result must not replace.
        tell: Called with sentences for the user; by default, they are lines of stderr.
    """

    settings: Settings
    checkpoint: str | None = None
    resume: bool = False
    preview: bool = False
    metadata: bool = True
    sidecar: bool = True
    quiet: bool = True
    config: str | None = None
    tell: Callable[[str], None] = say_error

    @property
    def output(self) -> Path:
        """The path of the result."""
        return Path(self.settings["output"])

    @property
    def preview_path(self) -> Path:
        """Where the picture is written as it grows: beside the output, in its format."""
        return self.output.with_name(f"{self.output.stem}.preview{self.output.suffix}")

    @functools.cached_property
    def inputs(self) -> dict[Path, str]:
        """The digest of each file that the run reads, as it was when the job began."""
        return input_digests(self.settings)

    def check(self) -> None:
        """Raises what can be known before the work, without loading Keras."""
        # NumPy is loaded later than the help.
        from .known import check_parts

        self._check_given()
        check_parts(self.settings)
        self._check_outputs()
        check_names(self.settings)
        check_images(self.settings)
        if not self.quiet:
            for sentence in several_pictures(self.settings):
                self.tell(f"nst: note: {sentence}")
        _ = self.inputs

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Keeps other processes from writing result and checkpoint."""
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
            trainer_of: Gives a trainer that is compiled with the settings, if the job needs one;
                `None`: a new one.
            callbacks: Callbacks besides those of the settings.
            on_begin: Called with the trainer right before the first step.
        """

    def _check_given(self) -> None:
        content, style = self.settings.get("content"), self.settings.get("style")
        if content is None or not style:
            received = "neither" if content is None else f"only the content, {content!r}"
            if style:
                received = "no content"
            raise ValueError(
                f"Expected a content and a style image. Received: {received}. Write nst "
                "transfer CONTENT STYLE, or put them into a file for --config."
            )
        every = self.settings.get("checkpoint_every")
        for option, given in (("--resume", self.resume), ("--checkpoint-every", every)):
            if given and self.checkpoint is None:
                raise ValueError(
                    f"Expected --checkpoint with {option}. Received: no --checkpoint. Name the "
                    "file of the checkpoint."
                )

    def _check_outputs(self) -> None:
        from ..images import IMAGE_EXTENSIONS
        from ..saving import check_writable

        output = self.settings["output"]
        check_writable(output, IMAGE_EXTENSIONS)
        if self.sidecar:
            check_writable(sidecar_path(output), [".toml"])
        continues_output = self.settings.get("initial_image") == "last"
        # The result may replace the one that it begins with.
        read = {**self.settings, **({"initial_image": "content"} if continues_output else {})}
        inputs = [Path(path) for path in input_paths(read)]
        if self.config is not None and is_image(Path(self.config)):
            inputs.append(Path(self.config))
        source = may_overwrite(self.output, inputs)
        if source is not None:
            raise ValueError(
                f"Expected --output to leave the input images as they are. Received: --output "
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
        """Writes the picture, and returns the text of its settings that is kept inside it.

        The picture is `(height, width, 3)` or has an alpha, float32, 0 to 255.
        """
        from ..images.metadata import photograph_details
        from ..images.writing import write_or_rescue

        text = details = None
        if self.metadata:
            text = format_inside(settings, self.inputs, resumed, stopped_after)
            details = photograph_details(settings["content"], image.shape[:2])
        write_or_rescue(settings["output"], image, text, details, settings["bit_depth"])
        if self.sidecar and sidecar:
            write_sidecar(settings, self.inputs, resumed)
        return text


@dataclass(frozen=True)
class Ending:
    """How a job ended.

    Attributes:
        image: The picture, `(height, width, 3)` or with an alpha, uint8.
        settings_text: The text of the settings that is kept inside the picture.
        reason: Why the run ended, in a sentence.
        losses: The last value of each loss, by name.
        interrupted: Whether the run was interrupted before its end.
        diverged: Whether the run ended because its loss was not finite.
    """

    image: np.ndarray
    settings_text: str | None
    reason: str
    losses: Mapping[str, float] = field(default_factory=dict)
    interrupted: bool = False
    diverged: bool = False
