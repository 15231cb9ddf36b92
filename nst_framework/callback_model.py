"""The trainer's interface for callbacks, which find it as `self.model`."""

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
    """The part of the `keras.Model` interface that Keras callbacks use, and the run's images.

    Args:
        recipe: The network and the losses until `compile` replaces them.

    Attributes:
        history: The `keras.callbacks.History` of the last `fit`, set by Keras.
        stop_training: Set to true by a callback to stop the run after the current step, which
            completes the epoch.
        interrupt_training: Set to true to end the run like Ctrl-C, but after the current step. The
            epoch is not completed, and a saved run resumes within it.
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
        """Whether the trainer was compiled with gradient shares instead of weights."""
        return self._recipe.gradient_shares is not None

    @property
    def built(self) -> bool:
        """Whether a run has started, so that an image exists."""
        return self._run is not None

    @property
    def run(self) -> Run:
        """The last run, with its sizes and tiles; raises a `RuntimeError` before the first one."""
        if self._run is None:
            raise RuntimeError("This trainer has no run yet. Call trainer.fit first.")
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
        """The first style image, resized and recolored: array `(height, width, 3)`, uint8."""
        return self.styles[0]

    @property
    def styles(self) -> list[np.ndarray]:
        """All style images, in the same form."""
        return [style.image for style in self.run.stage.images.styles]

    def get_weights(self) -> list[np.ndarray]:
        """Returns the image in the form Keras callbacks expect: `[array (1, height, width, 3)]`."""
        return [self.run.state.image.copy()]

    def set_weights(self, weights: Sequence[np.ndarray]) -> None:
        """Replaces the image with one that `get_weights` returned.

        An image from another scale is replaced by the best image at the current scale, with a
        warning.

        Args:
            weights: The return value of `get_weights`.

        Raises:
            RuntimeError: If no run has started.
            ValueError: If no scale of the run has images of that shape.
        """
        self.run.replace_image(weights[0])

    def save(self, filepath: str | os.PathLike[str], overwrite: bool = True, keep: int = 1) -> None:
        """Saves the whole run to one file, from which `fit(resume_from=...)` resumes it.

        The format is that of `nst_framework.callbacks.Checkpoint`, `.npz`, whatever the extension,
        because Keras callbacks ask for `.keras` and `.weights.h5`.

        Example:
        ```python
        trainer.fit(content, style, epochs=5)
        trainer.save("run.npz")
        trainer.fit(content, style, epochs=10, resume_from="run.npz")
        ```

        Args:
            filepath: Path of the file; missing folders are created.
            overwrite: Whether to replace an existing file.
            keep: How many checkpoints to keep; older ones are named `run.1.npz` and so on.

        Raises:
            RuntimeError: If no run has started.
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
        """Saves the whole run, as `save` does, because the image alone cannot be resumed."""
        self.save(filepath, overwrite)

    def load_weights(self, filepath: str | os.PathLike[str]) -> None:
        """Restores the last run's image, counters, history and optimizer from a file.

        In a new process, which has no run yet, pass `resume_from` to `fit` instead.

        Args:
            filepath: Path of a file written by `save`, `save_weights` or `Checkpoint`.

        Raises:
            RuntimeError: If no run has started.
            ValueError: If the file belongs to other images or another configuration.
            OSError: If the file does not exist or is damaged.
        """
        run = self.run
        try:
            state = load_newest(filepath)
        except ValueError as error:
            # Only at this error does Keras's BackupAndRestore try its second copy.
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
            print_fn: A function called once, with the text; by default `print`.
        """
        run = self._run
        # A trainer that was compiled again has no run with its new losses yet.
        current = run if run is not None and run.recipe is self._recipe else None
        (print_fn or print)(summarize(self._recipe, self.optimizer, current))
