"""A picture to make: checked once, in one order, then made and written."""

from __future__ import annotations

import contextlib
import functools
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ..settings.files import is_image
from ..settings.layers import Settings
from ..settings.option import Use
from ..settings.parts import make_styles, passed_arguments
from ..settings.paths import input_paths
from ..text import say_error
from .callbacks import make_callbacks, on_train_begin, tell_warnings
from .input_images import check_images, several_pictures
from .result_name import may_overwrite
from .sidecar import check_names, format_inside, input_digests, sidecar_path, write_sidecar
from .trainer import make_trainer

if TYPE_CHECKING:
    import keras

    from ..images.styles import Style
    from ..trainer import Trainer


@dataclass
class Job:
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

    @functools.cached_property
    def styles(self) -> list[Style]:
        """A style for each style image."""
        return make_styles(self.settings)

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
        _ = self.styles, self.inputs

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Keeps other processes from writing result and checkpoint."""
        from ..saving import lock_output

        with contextlib.ExitStack() as locks:
            for path in (self.settings["output"], self.checkpoint):
                if path is not None:
                    locks.enter_context(lock_output(path))
            yield

    def run(
        self,
        trainer: Trainer | None = None,
        callbacks: Sequence[keras.callbacks.Callback] = (),
        on_begin: Callable[[Trainer], None] | None = None,
    ) -> Ending:
        """Makes the picture, and writes it with its settings.

        Args:
            trainer: A trainer that was compiled with these settings; `None`: a new one.
            callbacks: Callbacks besides those of the settings.
            on_begin: Called with the trainer right before the first step.
        """
        # Before the first step, since a file may change during the run.
        _ = self.styles, self.inputs
        trainer = trainer or make_trainer(self.settings)
        preview = self.preview_path if self.preview else None
        own = make_callbacks(self.settings, self.checkpoint, preview)
        callbacks = [*own, *callbacks]
        if on_begin is not None:
            callbacks.append(on_train_begin(lambda: on_begin(trainer)))
        try:
            interrupted = self._fit(trainer, callbacks)
        finally:
            if self.preview:
                with contextlib.suppress(OSError):
                    self.preview_path.unlink()
        return Ending(trainer, interrupted, self._write(trainer, interrupted))

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
        continues_output = self.settings["initial_image"] == "last"
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

    def _fit(self, trainer: Trainer, callbacks: Sequence[keras.callbacks.Callback]) -> bool:
        """Runs the trainer, and returns whether it was interrupted."""
        from ..images.reading import read_image
        from ..images.writing import write_or_rescue

        settings = self.settings
        initial_image = settings["initial_image"]
        if initial_image == "last":
            # The trainer's own "last" refers to a run in the same process.
            initial_image = read_image(settings["output"], name="initial_image", background=None)
        with warnings.catch_warnings():
            tell_warnings(self.tell, self.quiet)
            try:
                trainer.fit(
                    settings["content"],
                    self.styles,
                    initial_image=initial_image,
                    callbacks=callbacks,
                    resume_from=self._resume_from(),
                    verbose=0 if self.quiet else "auto",
                    **passed_arguments(settings, Use.FIT),
                )
            except KeyboardInterrupt:
                if not trainer.built:
                    raise
                return True
            except Exception:
                # Whatever a callback raises, the picture is kept before the error is reported.
                if trainer.built:
                    try:
                        write_or_rescue(settings["output"], trainer.image)
                    except OSError as error:
                        self.tell(f"nst: note: {error}")
                raise
        return False

    def _resume_from(self) -> str | None:
        """The checkpoint, if there is one yet: a job that is started again simply resumes."""
        from ..run.previous import has_checkpoint

        if not self.resume or self.checkpoint is None:
            return None
        if has_checkpoint(self.checkpoint):
            return self.checkpoint
        if not self.quiet:
            self.tell(
                f"nst: note: {self.checkpoint} does not exist yet. The run starts from the "
                "beginning."
            )
        return None

    def _write(self, trainer: Trainer, interrupted: bool) -> str | None:
        """Writes the picture, and returns the text of its settings that is kept inside it."""
        from ..images.metadata import photograph_details
        from ..images.writing import write_or_rescue

        diverged, output = trainer.run.diverged, self.settings["output"]
        settings = resolved(self.settings, trainer)
        resumed = not (interrupted or diverged or is_in_one_go(self.settings, trainer))
        if resumed:
            settings["checkpoint"] = self.checkpoint
        text = details = None
        if self.metadata:
            stopped_after = trainer.state.step if interrupted else None
            text = format_inside(settings, self.inputs, resumed, stopped_after)
            details = photograph_details(settings["content"], trainer.image.shape[:2])
        write_or_rescue(output, trainer.image, text, details)
        if self.sidecar and not (interrupted or diverged):
            write_sidecar(settings, self.inputs, resumed)
        return text


@dataclass(frozen=True)
class Ending:
    """How a job ended.

    Attributes:
        trainer: The trainer, with the picture.
        interrupted: Whether the run was interrupted before its end.
        settings_text: The text of the settings that is kept inside the picture.
    """

    trainer: Trainer
    interrupted: bool
    settings_text: str | None

    @property
    def diverged(self) -> bool:
        """Whether the run ended because its loss was not finite."""
        return self.trainer.run.diverged


def resolved(settings: Settings, trainer: Trainer) -> Settings:
    """The settings with `auto` resolved."""
    resolved = {**settings, "precision": trainer.precision}
    if "stage" not in settings:
        resolved["scales"] = list(trainer.run.method.scales)
    tile_sizes = [stage.tile_size for stage in trainer.run.stages]
    if len(set(tile_sizes)) == 1:
        # If only some scales were in tiles, no single size would give the same run.
        resolved["tile_size"] = tile_sizes[0] or "none"
    return resolved


def is_in_one_go(settings: Settings, trainer: Trainer) -> bool:
    """Whether an uninterrupted run, with these settings, would have given the same result."""
    run, state = trainer.run, trainer.state
    return (
        run.same_start
        and len(state.made_with) == 1
        and state.epoch <= settings["epochs"]
        and all(
            steps == run.stage_of(epoch).steps for epoch, steps in enumerate(state.steps_per_epoch)
        )
    )
