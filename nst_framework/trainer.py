"""The trainer: compile and fit, as in Keras."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence

import keras
import numpy as np

from .arguments import make_recipe
from .checks import check_integer
from .defaults import EPOCHS, SCALES, SIZE, STEPS_PER_EPOCH
from .extractors.base import FeatureExtractor
from .images.initial_image import Start
from .images.inputs import make_inputs
from .images.reading import ImageSource
from .images.styles import Style
from .losses.base import Loss
from .objective.recipe import Recipe
from .objective.shares import TermReport
from .objective.tiled.executors import Executor, check_executor
from .optimizers.base import Optimizer
from .optimizers.choice import as_optimizer
from .run.begin import begin_run
from .run.epoch import run_epochs
from .run.plan import check_scales, check_tile_size
from .run.progress import make_events
from .run.run import Run
from .run.state import RunState


class Trainer:
    """Makes an image with the content of one image and the style of another.

    Example:
    ```python
    trainer = Trainer(VGG16FeatureExtractor())
    trainer.compile([ContentLoss(), StyleLoss(), TotalVariationLoss()])
    history = trainer.fit("photograph.jpg", "painting.jpg", size=512)
    write_image("result.png", trainer.image)
    ```

    Args:
        extractor: The network that gives the features.

    Attributes:
        optimizer: The optimizer, once compiled.
        history: The `keras.callbacks.History` of the last `fit`; Keras sets it.
        stop_training: A callback sets it to true to stop after the step.
    """

    def __init__(self, extractor: FeatureExtractor) -> None:
        if not isinstance(extractor, FeatureExtractor):
            raise ValueError(
                "Invalid value for argument `extractor`. Expected a FeatureExtractor. "
                f"Received: extractor={extractor!r}."
            )
        self.extractor = extractor
        self.optimizer: Optimizer | None = None
        self.history = keras.callbacks.History()
        self.stop_training = False
        self._recipe = Recipe(extractor, (), {})
        self._executor: Executor | None = None
        self._run: Run | None = None

    def compile(
        self,
        loss: Loss | Sequence[Loss],
        loss_weights: Mapping[str, float] | Sequence[float] | None = None,
        optimizer: Optimizer | keras.optimizers.Optimizer | None = None,
        precision: str = "float32",
        gradient_shares: Mapping[str, float] | Sequence[float] | None = None,
        executor: Executor | None = None,
    ) -> None:
        """Sets what is minimised and how.

        Args:
            loss: One loss or several.
            loss_weights: A weight for each loss, in the losses' order or by name. Losses without
                a name here have their class's `default_weight`.
            optimizer: An `Optimizer`, or one of Keras's. By default `ProjectedLBFGS()`.
            precision: `"float32"`, or `"mixed_bfloat16"` for a network in bfloat16, which is
                faster where the processor supports it; all else stays in float32. `"auto"` picks
                one of the two for this machine; `trainer.precision` then says which.
            gradient_shares: Instead of weights: each loss's share of the gradient at the start, in
                the losses' order or by name. `fit` finds the weights for them, at any size and for
                any layers. The style's gradient falls a hundredfold and more during a run, so small
                shares hold against it: `[0.02, 1, 0.0002]` for content, style and total variation
                keeps more of the content than the default weights do.
            executor: What evaluates the tiles of large images: anything with the `map` of
                `concurrent.futures.Executor`. By default this process, one tile after the other.

        Raises:
            ValueError: If an argument is invalid.
        """
        recipe = make_recipe(self.extractor, loss, loss_weights, gradient_shares, precision)
        self.optimizer, self._executor = as_optimizer(optimizer), check_executor(executor)
        self._recipe = recipe

    def fit(
        self,
        content: ImageSource,
        style: ImageSource | Style | Sequence[ImageSource | Style],
        *,
        size: int | None = SIZE,
        epochs: int = EPOCHS,
        steps_per_epoch: int = STEPS_PER_EPOCH,
        initial_epoch: int = 0,
        initial_image: ImageSource = "content",
        noise: float = 0.0,
        color: str = "style",
        scales: Sequence[float] = SCALES,
        tile_size: int | str | None = "auto",
        callbacks: Sequence[keras.callbacks.Callback] | None = None,
        resume_from: str | os.PathLike[str] | None = None,
        verbose: str | int = "auto",
        seed: int = 0,
    ) -> keras.callbacks.History:
        """Moves the image, step by step, towards a lower loss.

        Each call is a run of its own, which starts from `initial_image`. Whatever ends the run,
        `image` and `best_image` are there afterwards. Ctrl-C is raised again after the callbacks'
        `on_train_end`; a loss that is not finite ends the run with a warning and keeps the last
        image whose loss was finite.

        Args:
            content: Path or array of the content image.
            style: Path or array of the style image, or a `Style`, or several of either.
            size: Length in pixels of the longer side of content, style and image; aspect ratios
                are kept. `None`: the images' own sizes.
            epochs: Number of the last epoch; an epoch is one run of the solver.
            steps_per_epoch: The largest number of steps in an epoch.
            initial_epoch: Number of epochs that count as done.
            initial_image: `"content"`, `"style"`, `"noise"`, `"last"` for the image of the previous
                `fit`, or the path or array of an image, which is resized to the content's size.
            noise: Fraction of noise, from 0 to 1, that is blended into the initial image.
            color: Where the colours come from. `"style"`; `"luminance"`: the content's, and only
                light and dark change; `"cholesky"`, `"symmetric"`, `"histogram"`: the style's,
                moved to the content's mean and covariance in one of two forms, or its histograms.
            scales: Fractions of `size`, rising to 1, with one epoch at each and all further ones
                at 1. `(0.25, 0.5, 1)` begins with the large structures of the style. Logs then
                include the `size`.
            tile_size: Longest side in pixels of the tiles in which the image is evaluated; `None`:
                the whole image at once. `"auto"`: the whole image if that takes little of the
                memory, otherwise tiles that fit into it. The result is the same.
            callbacks: Callbacks of Keras, of `nst_framework.callbacks`, or of your own.
            resume_from: Checkpoint to resume from, of the same images and configuration.
            verbose: 0 prints nothing, 1 a line that is rewritten at every step, 2 one line an
                epoch. `"auto"`: 1 in a terminal, 2 elsewhere.
            seed: Seed of the noise.

        Returns:
            History: `history.history` has the loss and every term at the end of each epoch.

        Raises:
            RuntimeError: If the trainer is not compiled.
            ValueError: If an argument, an image or the checkpoint is invalid, or the checkpoint is
                of other images or another configuration.
            FileNotFoundError: If an image or the checkpoint does not exist.
        """
        if self.optimizer is None:
            raise RuntimeError("Expected a compiled trainer. Call trainer.compile(...) before fit.")
        epochs = check_integer("epochs", epochs, minimum=1)
        steps_per_epoch = check_integer("steps_per_epoch", steps_per_epoch, minimum=1)
        if isinstance(initial_image, str) and initial_image == "last":
            initial_image = self.image[..., :3]
        scales, tile_size = check_scales(scales, epochs), check_tile_size(tile_size)
        start = Start(initial_image, noise, seed, initial_epoch, resume_from)
        inputs = make_inputs(content, style, size, color)
        before = self._run, self.history
        self.stop_training = False
        try:
            events = make_events(self, callbacks or (), epochs, steps_per_epoch, verbose)
            self._run = run = begin_run(
                self._recipe, self.optimizer, self._executor, inputs, start, scales, tile_size
            )
            run.find_weights()
            events.on_train_begin()
        except BaseException:
            # What cannot begin leaves the run before as it was.
            self._run, self.history = before
            raise
        del before
        self.history.epoch, self.history.history = run.state.past_epochs()
        run_epochs(run, epochs, steps_per_epoch, events, lambda: self.stop_training)
        return self.history

    def evaluate(self, image: ImageSource | None = None) -> dict[str, float]:
        """The loss and its terms for an image, with the content and style of the last `fit`.

        Args:
            image: Path or array of the content's size; alpha is left out. By default the image as
                it is now, in 8 bits a channel, as it is saved.

        Returns:
            `{"loss": ..., name of each term: ...}`, weighted.

        Raises:
            RuntimeError: If there was no `fit` since the last `compile`.
            ValueError: If the image has another size.
        """
        run = self._run_as_compiled()
        return run.evaluate(run.as_batch(image)).logs

    def measure_terms(self, image: ImageSource | None = None) -> dict[str, TermReport]:
        """Each term's value and its share of the gradient, with one evaluation for each term.

        Args:
            image: As for `evaluate`, which raises the same errors.

        Returns:
            A `TermReport` for each loss by its name.
        """
        run = self._run_as_compiled()
        return run.measure_terms(run.as_batch(image))

    @property
    def losses(self) -> tuple[Loss, ...]:
        """The losses, once compiled."""
        return tuple(self._recipe.losses)

    @property
    def loss_weights(self) -> dict[str, float]:
        """A weight for each loss by its name; with gradient shares, `fit` finds them."""
        run = self._run
        found = run is not None and run.recipe is self._recipe
        return dict(run.weights if run and found else self._recipe.weights)

    @property
    def precision(self) -> str:
        """`"float32"` or `"mixed_bfloat16"`, once compiled."""
        return self._recipe.precision

    @property
    def built(self) -> bool:
        """Whether a `fit` has begun, so that there is an image."""
        return self._run is not None

    @property
    def run(self) -> Run:
        """The last `fit`, with its sizes and tiles; a `RuntimeError` if there was none."""
        if self._run is None:
            raise RuntimeError("Expected a trainer that has been fitted. Call trainer.fit first.")
        return self._run

    @property
    def stop_reason(self) -> str:
        """Why the last epoch of the last `fit` ended; empty before."""
        return self.run.stop_reason if self.built else ""

    @property
    def state(self) -> RunState:
        """The state of the run: the images at full precision, the counters, the history."""
        return self.run.state

    @property
    def image(self) -> np.ndarray:
        """The image as it is now: array `(height, width, 3)`, uint8; with alpha if it has one."""
        return self.run.image

    @property
    def best_image(self) -> np.ndarray:
        """The image with the lowest loss so far, likewise."""
        return self.run.best_image

    @property
    def content(self) -> np.ndarray:
        """The content image at the size it is used: array `(height, width, 3)`, uint8."""
        return self.run.stage.content

    @property
    def style(self) -> np.ndarray:
        """The first style image at the size and in the colours in which it is used, likewise."""
        return self.styles[0]

    @property
    def styles(self) -> list[np.ndarray]:
        """All style images, likewise."""
        return [style.image for style in self.run.stage.styles]

    def get_weights(self) -> list[np.ndarray]:
        """The image as Keras's callbacks ask for it: `[array (1, height, width, 3)]`."""
        return [self.state.image.copy()]

    def set_weights(self, weights: Sequence[np.ndarray]) -> None:
        """Puts an image that `get_weights` returned in the image's place.

        One from another of the run's scales is replaced by the best image, with a warning.
        """
        self.run.replace_image(weights[0])

    def _run_as_compiled(self) -> Run:
        if self.run.recipe is not self._recipe:
            raise RuntimeError(
                "Expected a trainer that was fitted as it is compiled. Received: one that was "
                "compiled again after fit. Call trainer.fit first."
            )
        return self.run
