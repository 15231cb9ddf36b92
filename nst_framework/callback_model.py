"""The trainer as its callbacks see it: what they read, call and set on their `model`."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path

import keras
import numpy as np

from .objective.recipe import Recipe
from .optimizers.base import Optimizer
from .run.previous import load_newest
from .run.run import Run
from .run.state import RunState
from .run.summary import summarize


class CallbackModel:
    """What callbacks find on a trainer: all that Keras's expect of a `keras.Model`, and the images.

    Args:
        recipe: What is minimised, until `compile` replaces it.

    Attributes:
        history: The `keras.callbacks.History` of the last `fit`, set by Keras.
        stop_training: Set to true by a callback to stop the run after the current step, which
            completes the epoch.
        interrupt_training: Set to true to end the run after the current step as Ctrl-C does, but
            between two steps: the epoch is not completed, and a saved run resumes within it.
        train_function: Always `None`, because `keras.callbacks.TensorBoard` would draw its graph.
    """

    train_function = None

    def __init__(self, recipe: Recipe) -> None:
        self._optimizer: Optimizer | None = None
        self.history = keras.callbacks.History()
        self.stop_training = False
        self.interrupt_training = False
        self._recipe = recipe
        self._run: Run | None = None

    @property
    def shares_gradient(self) -> bool:
        """Whether it was compiled with gradient shares, for which each run finds weights."""
        return self._recipe.gradient_shares is not None

    @property
    def built(self) -> bool:
        """Whether a run has started, so that there is an image."""
        return self._run is not None

    @property
    def run(self) -> Run:
        """The last run, with its sizes and tiles; raises a `RuntimeError` if there is none."""
        if self._run is None:
            raise RuntimeError("Expected a trainer with a run. Received: one without. Call fit.")
        return self._run

    @property
    def optimizer(self) -> Optimizer | None:
        """The optimizer, once compiled; during a run, that of its stage."""
        run = self._run
        return run.optimizer if run and run.recipe is self._recipe else self._optimizer

    @property
    def stop_reason(self) -> str:
        """Why the last epoch of the last `fit` ended; an empty string before the first `fit`."""
        return self.run.stop_reason if self.built else ""

    @property
    def state(self) -> RunState:
        """The run's state: the images at full precision, the counters and the history."""
        return self.run.state

    @property
    def image(self) -> np.ndarray:
        """The current image: array `(height, width, 3)`, uint8; 4 channels if it has alpha."""
        return self.run.image

    @property
    def float_image(self) -> np.ndarray:
        """The current image before it is rounded to 8 bits: in the same form, float32."""
        return self.run.float_image

    @property
    def best_image(self) -> np.ndarray:
        """The image with the lowest loss so far, in the same form."""
        return self.run.best_image

    @property
    def content(self) -> np.ndarray:
        """The content image, resized, in the same form."""
        images = self.run.stage.images
        return images.with_alpha(images.content)

    @property
    def style(self) -> np.ndarray:
        """The first style image, resized and recoloured: array `(height, width, 3)`, uint8."""
        return self.styles[0]

    @property
    def styles(self) -> list[np.ndarray]:
        """All style images, in the same form."""
        return [style.image for style in self.run.stage.images.styles]

    def get_weights(self) -> list[np.ndarray]:
        """The image in the form that Keras's callbacks expect: `[array (1, height, width, 3)]`."""
        return [self.run.state.image.copy()]

    def set_weights(self, weights: Sequence[np.ndarray]) -> None:
        """Replaces the image with one that `get_weights` returned.

        An image from another scale cannot be used: the best image at the current scale replaces it,
        with a warning.

        Args:
            weights: What `get_weights` returned.

        Raises:
            RuntimeError: If there is no run.
            ValueError: If no scale of the run has images of that shape.
        """
        self.run.replace_image(weights[0])

    def save(self, filepath: str | os.PathLike[str], overwrite: bool = True, keep: int = 1) -> None:
        """Saves the whole run to one file, from which `fit(resume_from=...)` resumes it.

        The file has the format of `nst_framework.callbacks.Checkpoint`, `.npz`, whatever its
        extension, because Keras's callbacks ask for `.keras` and `.weights.h5`.

        Example:
        ```python
        trainer.fit(content, style, epochs=5)
        trainer.save("run.npz")
        trainer.fit(content, style, epochs=10, resume_from="run.npz")
        ```

        Args:
            filepath: Path of the file; missing folders are created.
            overwrite: Whether to replace a file that exists already.
            keep: How many checkpoints to keep; those before this one are `run.1.npz` and so on.

        Raises:
            RuntimeError: If there is no run.
            FileExistsError: If the file exists and `overwrite` is false.
            OSError: If the file cannot be written.
        """
        if not overwrite and Path(filepath).exists():
            raise FileExistsError(
                f"Expected the path of a new file. Received: {os.fspath(filepath)!r}, which exists "
                "already. Choose another name, or pass overwrite=True."
            )
        self.run.save(filepath, keep)

    def save_weights(self, filepath: str | os.PathLike[str], overwrite: bool = True) -> None:
        """Saves the whole run, as `save` does: the image alone would not suffice to resume it."""
        self.save(filepath, overwrite)

    def load_weights(self, filepath: str | os.PathLike[str]) -> None:
        """Restores image, counters, history and optimizer of the last run from a file.

        In a new process, there is no run yet: pass `resume_from` to `fit` instead.

        Args:
            filepath: Path of a file that `save`, `save_weights` or a checkpoint wrote.

        Raises:
            RuntimeError: If there is no run.
            ValueError: If the file belongs to other images or another configuration.
            OSError: If the file does not exist or is damaged.
        """
        run = self.run
        try:
            state = load_newest(filepath)
        except ValueError as error:
            # Keras's BackupAndRestore turns to its second copy at this error alone.
            raise OSError(str(error)) from error
        run.restore(state)
        run.state.resume_here(filepath)

    def summary(self, print_fn: Callable[[str], None] | None = None) -> None:
        """Prints network, layers and shapes, losses and weights, optimizer and estimated memory.

        Example:
        ```python
        trainer.compile([ContentLoss(), StyleLoss()])
        trainer.summary()
        ```

        Args:
            print_fn: A function that is called once, with the text; by default, `print`.
        """
        run = self._run
        # A trainer that is compiled again has no run of its new losses yet.
        current = run if run is not None and run.recipe is self._recipe else None
        (print_fn or print)(summarize(self._recipe, self.optimizer, current))
