"""The trainer: compile and fit, as in Keras."""

from __future__ import annotations

import os
from collections.abc import Sequence

import keras

from .arguments import Default, FitDefaults, LossLike, Numbers, make_recipe
from .callback_model import CallbackModel
from .defaults import AUTO, DEFAULT_LOSSES
from .extractors.keras_model import ExtractorLike, Preprocess, as_extractor
from .images.initial_image import InitialImage
from .images.inputs import make_inputs
from .images.reading import ImageSource, read_image
from .images.styles import Style
from .losses.base import Loss
from .objective.recipe import Recipe
from .objective.shares import TermReport
from .objective.tiled.executors import Executor
from .objective.wrapping import side_multiple
from .optimizers.base import Optimizer
from .run.begin import begin_run
from .run.keras_callbacks import resolve_callbacks
from .run.loop import run_epochs
from .run.measures import Metric
from .run.method import Method, make_method
from .run.progress import make_events
from .run.run import Run
from .run.schedule import Stage, check_schedule, steps_of_stages
from .settings.layers import effective_settings
from .settings.parts import compile_arguments, fit_defaults, make_extractor


class Trainer(CallbackModel):
    """Makes an image with the content of one image and the style of another.

    Example:
    ```python
    trainer = Trainer(VGG16FeatureExtractor())
    trainer.compile()
    history = trainer.fit("photograph.jpg", "painting.jpg", size=512)
    write_image("result.png", trainer.image)
    ```

    Args:
        extractor: A `FeatureExtractor`, or a Keras model, which a `KerasFeatureExtractor` wraps.
        preprocess: For a Keras model: a function that turns an RGB image, 0 to 255, into its input.

    Attributes:
        fit_defaults: The values `fit` uses for arguments that are not given; presets change them.
        history: The `keras.callbacks.History` of the last `fit`, set by Keras.
        method: How a run proceeds: optimizer, schedule and tiles; `None` before `compile`.
        stop_training: Set to true by a callback to stop the run after the current step.
    """

    def __init__(self, extractor: ExtractorLike, preprocess: Preprocess = None) -> None:
        self.extractor = as_extractor(extractor, preprocess)
        super().__init__(Recipe(self.extractor, (), {}))
        self.fit_defaults = FitDefaults()
        self.method: Method | None = None

    @classmethod
    def from_preset(cls, name: str) -> Trainer:
        """Makes a compiled trainer from a preset of `nst transfer`, such as `"strokes"`.

        The preset's values for arguments of `fit`, such as the size, are in `fit_defaults`.

        Example:
        ```python
        trainer = Trainer.from_preset("strokes")
        trainer.fit("photograph.jpg", "painting.jpg")
        ```

        Raises:
            ValueError: If no preset has that name; the error lists the presets.
        """
        settings = effective_settings({"preset": name})
        trainer = cls(make_extractor(settings))
        trainer.compile(**compile_arguments(settings))
        trainer.fit_defaults = fit_defaults(settings)
        return trainer

    def compile(
        self,
        loss: LossLike | Sequence[LossLike] = DEFAULT_LOSSES,
        loss_weights: Numbers | None = None,
        optimizer: Optimizer | keras.optimizers.Optimizer | str | None = None,
        precision: str = AUTO,
        gradient_shares: Numbers | None = None,
        scales: Sequence[float] | str = AUTO,
        tile_size: int | str | None = "auto",
        executor: Executor | None = None,
        metrics: Metric | Sequence[Metric] | None = None,
        schedule: Sequence[Stage] | None = None,
        tileable: bool = False,
    ) -> None:
        """Configures the losses and how they are minimized.

        Without arguments, the configuration is that of `nst transfer` without options.

        Args:
            loss: One loss or several: instances, classes, or names such as `"style_loss"`. By
                default `ContentLoss`, `StyleLoss`, `ChannelMomentsLoss` and `TotalVariationLoss`.
            loss_weights: A weight for each loss, in the order of the losses or by name. A loss that
                is not named gets its class's `default_weight`.
            optimizer: An `Optimizer` or a Keras optimizer; by default `ProjectedLBFGS()`. Names:
                `"lbfgs"`, `"scipy"`, `"pyramid"` (`LaplacianPyramidOptimizer`), or a Keras
                optimizer's, whose learning rate is then 5 pixel values. Each scale uses a new copy
                of a Keras optimizer, which starts with the learning rate of the optimizer given
                here. To change the rate between two calls of `fit`, set it on that optimizer, not
                on `trainer.optimizer`, which is the copy after a run.
            precision: `"auto"` for the fastest on this machine (see `trainer.precision`);
                `"float32"`; or `"mixed_bfloat16"` or `"mixed_float16"` to run only the network in
                16 bits.
            gradient_shares: Instead of weights: each loss's share of the gradient at the start,
                such as `[0.02, 1, 0.0002]`; `fit` finds the weights. The style's gradient shrinks a
                hundredfold or more during a run, so even small shares count.
            scales: Fractions of the size, rising to 1: one epoch at each, all further epochs at 1.
                `(0.25, 0.5, 1)` starts with large structures. Logs then include the `size`.
                `"auto"`: halves the size as long as at least 256 pixels remain.
            tile_size: Longest side of the tiles in which the image is evaluated, in pixels; the
                result is the same. `None`: the whole image. `"auto"`: tiles if memory is short.
            executor: Evaluates tiles: any object with the `map` method of
                `concurrent.futures.Executor`. By default, this process evaluates them one by one.
            metrics: Metrics to log at the end of every epoch: names or functions from
                `nst_framework.metrics`, with the same values as in `score` (`"score"` logs all of
                them), or your own functions `(result, content, style) -> number` of uint8 arrays
                `(height, width, 3)`.
            schedule: Instead of scales: the stages of the run, each a `Stage` with a scale,
                weights, steps and an optimizer of its own.
            tileable: Whether copies of the image tile a plane without seams. Height and width are
                rounded to multiples of the network's stride, 16 pixels for VGG16.

        Raises:
            ValueError: If an argument is invalid.
        """
        recipe = make_recipe(
            self.extractor, loss, loss_weights, gradient_shares, precision, tileable
        )
        self.method = make_method(optimizer, scales, schedule, tile_size, executor, metrics)
        if schedule is not None:
            check_schedule(self.method.schedule, recipe)
        self._recipe, self._optimizer = recipe, self.method.optimizer

    def fit(
        self,
        content: ImageSource,
        style: ImageSource | Style | Sequence[ImageSource | Style],
        *,
        size: int | Default | None = "default",
        epochs: int | str = "default",
        steps_per_epoch: int | str = "default",
        initial_epoch: int = 0,
        initial_image: ImageSource | Default = "default",
        noise: float = 0.0,
        color: str = "default",
        callbacks: Sequence[keras.callbacks.Callback] | None = None,
        resume_from: str | os.PathLike[str] | None = None,
        verbose: str | int = "auto",
        seed: int = 0,
    ) -> keras.callbacks.History:
        """Optimizes the image step by step.

        Each call is a separate run. However it ends, `image` and `best_image` remain available.
        Ctrl-C is raised again after the callbacks' `on_train_end`. A loss that is not finite ends
        the run with a warning and keeps the last good image.

        `"default"` stands for the value in `fit_defaults`: a preset's, or the one in parentheses.

        Args:
            content: The content image: a path, an array, a tensor or a `PIL.Image`.
            style: The style image in any of these forms, a `Style`, or a sequence of them.
            size: Length of the longer side of content, style and image, in pixels (512). Aspect
                ratios are preserved. `None` keeps the size of each image.
            epochs: Total number of epochs, each one run of the solver (`"auto"`: one for each
                scale).
            steps_per_epoch: Maximum number of steps in each epoch (`"auto"`: 100 at the smallest
                scale, and 60 at each larger one).
            initial_epoch: Number of epochs that count as completed.
            initial_image: The starting image (`"content"`): `"content"`, `"style"`, `"noise"`,
                `"last"` for the image of the previous `fit`, or any image, resized to the content's
                size.
            noise: Fraction of noise, from 0 to 1, blended into the starting image.
            color: Source of the colors (`"style"`). `"style"`: the style image. `"luminance"`: the
                content, with only its brightness changed. `"cholesky"`, `"symmetric"`: the style
                image, with the content's color mean and covariance (two variants). `"histogram"`:
                the style image, with the content's color histograms. `"placed"`: the style's
                colors, each where the content has the most similar ones. `"affine"`: the content in
                the style's colors, with its edges and without strokes.
            callbacks: Callbacks from Keras, from `nst_framework.callbacks`, or your own.
            resume_from: Checkpoint to resume from, with the same images and configuration. If it is
                damaged, the previous checkpoint, if any, is used with a warning.
            verbose: 0 prints nothing, 1 updates a line at every step, 2 prints one line per epoch.
                `"auto"`: 1 in a terminal, 2 elsewhere.
            seed: Seed for the noise.

        Returns:
            The history: `history.history` holds the loss, its terms and the metrics at the end of
            every epoch; the callback `StepHistory` records the losses of every step.

        Raises:
            RuntimeError: If the trainer is not compiled.
            ValueError: If an argument, an image or the checkpoint is invalid, or the checkpoint
                belongs to other images or another configuration.
            FileNotFoundError: If a file does not exist.
        """
        if self.method is None:
            raise RuntimeError("This trainer has not been compiled. Call trainer.compile first.")
        own = self.fit_defaults.replace(size, epochs, steps_per_epoch, initial_image, color)
        first = own.initial_image
        if isinstance(first, str) and first == "last":
            first = self.image[..., :3]
        start = InitialImage(first, noise, seed)
        inputs = make_inputs(
            content, style, own.size, own.color, own.style_rotations, side_multiple(self._recipe)
        )
        method, length = self.method.for_size(inputs.longer_side, own.epochs)
        steps = own.steps_per_epoch
        max_steps = max(steps_of_stages(method.schedule, steps))
        previous = self._run, self.history
        self.stop_training = self.interrupt_training = False
        try:
            resolved = resolve_callbacks(
                callbacks or (), method.optimizers, ["loss", *self._recipe.weights]
            )
            events = make_events(self, resolved, length, max_steps, verbose)
            self._run = run = begin_run(
                self._recipe, method, inputs, steps, start, initial_epoch, resume_from
            )
            run.find_weights()
            events.on_train_begin()
        except BaseException:
            # A run that fails to start leaves the previous one unchanged.
            self._run, self.history = previous
            raise
        del previous
        self.history.epoch, self.history.history = run.state.past_epochs()
        run_epochs(run, length, events, self)
        return self.history

    def evaluate(self, image: ImageSource | None = None) -> dict[str, float]:
        """Computes an image's loss, terms and metrics, with the images of the last `fit`.

        Args:
            image: An image of the content's size; its alpha is ignored. By default, the current
                image in 8 bits per channel, as saved.

        Returns:
            `{"loss": ..., name of each term: ..., name of each metric: ...}`; terms are weighted.

        Raises:
            RuntimeError: If `fit` has not been called since the last `compile`.
            ValueError: If the image is invalid or of another size.
        """
        run = self._run_as_compiled()
        pixels = None if image is None else read_image(image, background=None)
        return run.evaluate(run.as_batch(pixels)).logs | run.measure(pixels)

    def measure_terms(self, image: ImageSource | None = None) -> dict[str, TermReport]:
        """Measures each term's value and share of the gradient, with one evaluation per term.

        Args:
            image: As for `evaluate`, which raises the same errors.

        Returns:
            A `TermReport` for each loss, by name.
        """
        run = self._run_as_compiled()
        return run.measure_terms(run.as_batch(image))

    @property
    def losses(self) -> tuple[Loss, ...]:
        """The losses, once compiled."""
        return tuple(self._recipe.losses)

    @property
    def loss_weights(self) -> dict[str, float]:
        """The weight of each loss, by name; with gradient shares, `fit` finds the weights."""
        run = self._run
        found = run is not None and run.recipe is self._recipe
        return dict(run.weights if run and found else self._recipe.weights)

    @property
    def precision(self) -> str:
        """`"float32"`, `"mixed_bfloat16"` or `"mixed_float16"`, once compiled."""
        return self._recipe.precision

    def _run_as_compiled(self) -> Run:
        if self.run.recipe is not self._recipe:
            raise RuntimeError(
                "Expected a trainer that was fitted after it was compiled. Received: one compiled "
                "again after fit. Call trainer.fit first."
            )
        return self.run
