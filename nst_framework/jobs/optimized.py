"""A picture made by an optimizer."""

from __future__ import annotations

import contextlib
import functools
import warnings
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from ..defaults import AUTO
from ..paintings import is_learned
from ..settings.layers import Settings
from ..settings.option import Use
from ..settings.parts import make_styles, passed_arguments
from .callbacks import make_callbacks, on_train_begin, report_warnings
from .job import Ending, Job
from .learned import paint
from .trainer import make_trainer

if TYPE_CHECKING:
    import keras

    from ..images.reading import ImageSource
    from ..images.styles import Style
    from ..trainer import Trainer


class OptimizedJob(Job):
    """A picture made by an optimizer."""

    @functools.cached_property
    def styles(self) -> list[Style]:
        """A style for each style image."""
        return make_styles(self.settings)

    def run(
        self,
        trainer_of: Callable[[Settings], Trainer] | None = None,
        callbacks: Sequence[keras.callbacks.Callback] = (),
        on_begin: Callable[[Trainer], None] | None = None,
    ) -> Ending:
        """Runs the optimizer, from the checkpoint if the run is resumed."""
        # Computed before the first step, because a file may change during the run.
        _ = self.styles, self.inputs
        trainer = (trainer_of or make_trainer)(self.settings)
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
        return self._finish(trainer, interrupted)

    def _fit(self, trainer: Trainer, callbacks: Sequence[keras.callbacks.Callback]) -> bool:
        """Runs the trainer, and returns whether it was interrupted."""
        from ..images.writing import write_or_rescue

        settings = self.settings
        initial_image = self._initial_image()
        with warnings.catch_warnings():
            report_warnings(self.notify, self.quiet)
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
                # Save the picture before reporting an error, such as one from a callback.
                if trainer.built:
                    try:
                        write_or_rescue(
                            settings["output"],
                            trainer.float_image,
                            bit_depth=settings["bit_depth"],
                        )
                    except OSError as error:
                        self.notify(f"nst: note: {error}")
                raise
        return False

    def _resume_from(self) -> str | None:
        """The checkpoint, if it exists; the first run of a command with `--resume` has none."""
        from ..run.previous import has_checkpoint

        if not self.resume or self.checkpoint is None:
            return None
        if has_checkpoint(self.checkpoint):
            return self.checkpoint
        if not self.quiet:
            self.notify(
                f"nst: note: {self.checkpoint} does not exist yet. The run starts from the "
                "beginning."
            )
        return None

    def _initial_image(self) -> ImageSource:
        """The starting image; an earlier result is read, and a learned painting applied, first."""
        from ..images.bit_depth import dither
        from ..images.reading import read_image

        settings = self.settings
        initial_image: str = settings["initial_image"]
        if initial_image == "last":
            # The trainer's own "last" refers to a run in the same process.
            return read_image(settings["output"], name="initial_image", background=None)
        if is_learned(initial_image):
            return dither(paint(initial_image, settings))
        return initial_image

    def _finish(self, trainer: Trainer, interrupted: bool) -> Ending:
        diverged = trainer.run.diverged
        settings = resolve_auto(self.settings, trainer)
        resumed = not (interrupted or diverged or equals_one_run(self.settings, trainer))
        if resumed:
            settings["checkpoint"] = self.checkpoint
        stopped_after = trainer.state.step if interrupted else None
        sidecar = not (interrupted or diverged)
        return Ending(
            trainer.image,
            self._write(trainer.float_image, settings, resumed, stopped_after, sidecar),
            trainer.stop_reason,
            {name: values[-1] for name, values in trainer.history.history.items()},
            interrupted,
            diverged,
        )


def resolve_auto(settings: Settings, trainer: Trainer) -> Settings:
    """The settings, with the values that the trainer chose for `auto`."""
    resolved = {**settings, "precision": trainer.precision}
    if "stage" not in settings:
        resolved["scales"] = [stage.scale for stage in trainer.run.method.schedule]
    tile_sizes = [stage.tile_size for stage in trainer.run.stages]
    if len(set(tile_sizes)) == 1:
        # If only some scales used tiles, no single tile size would give the same run.
        resolved["tile_size"] = tile_sizes[0] or "none"
    return resolved


def equals_one_run(settings: Settings, trainer: Trainer) -> bool:
    """Whether one uninterrupted run with these settings would have given the same result."""
    run, state = trainer.run, trainer.state
    return (
        run.same_start
        and len(state.made_with) == 1
        and state.epoch <= (len(run.stages) if settings["epochs"] == AUTO else settings["epochs"])
        and all(
            steps == run.stage_of(epoch).steps for epoch, steps in enumerate(state.steps_per_epoch)
        )
    )
