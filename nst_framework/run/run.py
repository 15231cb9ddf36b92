"""A run in progress: its state, its stage, and the objective of the stage."""

from __future__ import annotations

import os
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from typing import Any

import keras
import numpy as np

from ..images.bit_depth import dither
from ..images.pixels import to_batch
from ..images.reading import ImageSource, read_image
from ..objective.comparisons import depends_on_image
from ..objective.evaluation import Evaluation, gray_gradient
from ..objective.recipe import Recipe
from ..objective.shares import TermReport, measure_terms, weights_for_shares
from ..optimizers.base import Optimizer, Step
from .method import Method
from .previous import save_keeping
from .stages import PlannedStage, stage_of
from .state import RunState


class Run:
    """Works through the stages of a run.

    Attributes:
        recipe: Network, losses, weights and precision.
        method: The schedule, the optimizers, the executor of tiles, and the metrics.
        stages: The stages. Each has one epoch, and the last one all further epochs.
        state: The run's state.
        stage: The current stage.
        weights: `{loss name: weight}`, from the recipe, the stage or the gradient shares.
        stop_reason: Why the last epoch ended.
        metric_names: The names of the metrics, which only the logs of epochs contain.
        diverged: Whether the run ended because its loss was not finite.
        same_start: Whether the current arguments give the starting image of this run; in a resumed
            run they may not.
        between_steps: Whether image and optimizer are in the same state and all callbacks have seen
            the last step. This holds from the end of a step or epoch until the optimizer resumes.
    """

    stage: PlannedStage

    def __init__(
        self,
        recipe: Recipe,
        method: Method,
        stages: Sequence[PlannedStage],
        state: RunState,
        same_start: bool = True,
    ) -> None:
        self.recipe = recipe
        self.method = method
        self.stages = stages
        self.state = state
        self.weights: dict[str, float] = {}
        self.stop_reason = ""
        self.diverged = False
        self.same_start = same_start
        self.between_steps = False
        self._enter(self.stage_of(state.epoch))
        # A metric that fails should do so before the first step, not after an epoch.
        self.metric_names = list(self.measure())
        taken = set(self.metric_names) & {*self.log_names, "size"}
        if taken:
            raise ValueError(
                "Expected metrics with other names than the losses. Received: "
                f"{sorted(taken)}. Pass `name` to the losses' constructors."
            )

    def stage_of(self, epoch: int) -> PlannedStage:
        """The stage of an epoch."""
        return stage_of(self.stages, epoch)

    @property
    def optimizer(self) -> Optimizer:
        """The optimizer of the stage."""
        return self.stage.optimizer

    def enter_stage(self) -> PlannedStage:
        """Enters the stage of the next epoch, if it is not the current one, and returns it."""
        state, stage = self.state, self.stage_of(self.state.epoch)
        if stage is not self.stage:
            self._enter(stage)
        elif (
            self._depends_on_image
            and state.steps_in_epoch == 0
            # Otherwise, the objective is already prepared for this image.
            and state.epoch_image is not state.image
        ):
            state.epoch_image = state.image
            self._objective.prepare(state.epoch_image)
        return stage

    def accept(self, step: Step) -> dict[str, float]:
        """Makes an accepted step part of the state; returns its logs."""
        image, evaluation = step
        self.state.image = image
        self.state.step += 1
        self.state.steps_in_epoch += 1
        if self.optimizer.iterations is not None:
            self.optimizer.iterations.assign(self.state.step)
        self.remember_best(image, evaluation)
        return self.logs(evaluation)

    def remember_best(self, image: Any, evaluation: Evaluation) -> None:
        """Keeps an image, array or tensor, if its loss is the lowest so far in this stage."""
        if evaluation.loss < self.state.best_loss:
            self.state.best_loss, self.state.best_image = evaluation.loss, image

    def complete_epoch(self, steps: int, logs: Mapping[str, float]) -> None:
        """Counts an epoch of at most `steps` steps and records its logs."""
        state = self.state
        state.epoch += 1
        state.steps_in_epoch = 0
        state.steps_per_epoch.append(steps)
        state.optimizer_state = self.optimizer.get_state()
        for name, value in logs.items():
            state.history.setdefault(name, []).append(value)

    def save(self, path: str | os.PathLike[str], keep: int = 1) -> None:
        """Writes the run's state, including the optimizer's current state.

        If the optimizer cannot resume within an epoch, the saved run restarts the epoch from the
        current image. `keep` is the number of checkpoints to keep, including this one.
        """
        within = self.state.steps_in_epoch if self.optimizer.resumes_within_epoch else 0
        state = replace(
            self.state, optimizer_state=self.optimizer.get_state(), steps_in_epoch=within
        )
        save_keeping(state, path, keep)

    def restore(self, state: RunState) -> None:
        """Restores a saved state."""
        state.check_configuration(self.state.configuration)
        # The state stays the same object, because an epoch in progress holds a reference to it.
        for each in fields(state):
            setattr(self.state, each.name, getattr(state, each.name))
        self._enter(self.stage_of(state.epoch))

    def evaluate(self, image: Any, weights: Mapping[str, float] | None = None) -> Evaluation:
        """Evaluates all losses at an array or tensor `(1, height, width, 3)`, float32.

        The weights, by the losses' names, default to those of the stage.
        """
        weights = self.weights if weights is None else weights
        evaluation = self._objective(image, weights)
        if len(evaluation.terms) < len(weights):
            # Losses that the stage leaves out still appear in the logs.
            terms = dict.fromkeys(weights, 0.0) | evaluation.terms
            evaluation = replace(evaluation, terms=terms)
        if self.stage.images.color.is_gray:
            evaluation = replace(evaluation, gradient=gray_gradient(evaluation.gradient))
        return evaluation

    def measure_terms(self, image: np.ndarray) -> dict[str, TermReport]:
        """The value of each term and its share of the gradient at an image."""
        return measure_terms(self.evaluate, self.weights, image)

    def measure(self, pixels: np.ndarray | None = None) -> dict[str, float]:
        """The metrics of an image, by name, against the content and the first style.

        The image is an array `(height, width, 3)`, uint8; by default, the current image in its
        final colors.
        """
        measure, images = self.method.measure, self.stage.images
        if measure is None:
            return {}
        shown = self.image[..., :3] if pixels is None else pixels
        return measure(shown, images.content, images.styles[0].image)

    def find_weights(self) -> None:
        """Finds the weights that give each loss its share of the gradient, and stores them.

        A run without shares uses the weights of its recipe; a resumed run uses the weights that it
        found before.
        """
        if self.recipe.gradient_shares is None or self.state.loss_weights:
            return
        images = self.stage.images
        content = images.prepare(images.content)
        # At an average of content and style, every loss has a gradient.
        styles = [
            to_batch(read_image(style.image, shape=images.content.shape[:2]))
            for style in images.styles
        ]
        between = (content + np.mean(styles, axis=0)) / 2
        self.weights = weights_for_shares(
            self.evaluate, self.weights, self.recipe.gradient_shares, self.state.image, between
        )
        self.state.loss_weights = dict(self.weights)

    def as_batch(self, image: ImageSource | None = None) -> np.ndarray:
        """Converts an image of the content's size to the form that the objective expects.

        The default is the current image in 8 bits per channel, as saved. Alpha is ignored. The
        result is an array `(1, height, width, 3)`, float32, in the run's color mode.
        """
        images = self.stage.images
        pixels = self.pixels if image is None else read_image(image, background=None)
        if pixels.shape != images.content.shape:
            raise ValueError(
                f"Expected an image of the content's shape {images.content.shape}. Received: "
                f"shape {pixels.shape}. Resize it with read_image(image, shape=...)."
            )
        return images.prepare(pixels)

    def replace_image(self, batch: np.ndarray) -> None:
        """Replaces the image with an array `(1, height, width, 3)`, 0 to 255.

        An image of another size of the run is not used, because losses at different sizes are not
        comparable. The best image at the current size is used instead.
        """
        shape, own = np.shape(batch), self.state.image.shape
        if shape == own:
            self.state.image = np.array(batch, np.float32)
            return
        if shape[1:] not in [stage.images.content.shape for stage in self.stages]:
            raise ValueError(
                f"Expected an image of shape {own}. Received: shape {shape}. Pass the result of "
                "get_weights."
            )
        warnings.warn(
            f"An image of {shape[2]} x {shape[1]} pixels cannot replace one of {own[2]} x "
            f"{own[1]}, because losses at different sizes are not comparable. The best image at "
            f"this size is used instead. Pass start_from_epoch={len(self.stages) - 1} to callbacks "
            "such as EarlyStopping, so that they compare images of one size.",
            stacklevel=3,
        )
        self.state.image = self.state.best_image.copy()

    @property
    def pixels(self) -> np.ndarray:
        """The image as the network sees it: array `(height, width, 3)`, uint8."""
        return dither(self.state.image[0])

    @property
    def image(self) -> np.ndarray:
        """The image as shown and saved: in its final colors, with alpha if it has any, uint8."""
        return dither(self.float_image)

    @property
    def float_image(self) -> np.ndarray:
        """The same before it is rounded to 8 bits: float32, 0 to 255."""
        return self.stage.images.present(np.clip(self.state.image[0], 0, 255))

    @property
    def best_image(self) -> np.ndarray:
        """The image with the lowest loss so far in this stage, in the same form."""
        return dither(self.stage.images.present(np.clip(self.state.best_image[0], 0, 255)))

    def logs(self, evaluation: Evaluation) -> dict[str, float]:
        """The logs of an evaluation: the losses and, if it changes, the size."""
        return self._size | evaluation.logs

    @property
    def log_names(self) -> list[str]:
        """The names in a step's logs: the loss, each term and, if it changes, the size."""
        return ["loss", *self.weights, *self._size]

    @property
    def _size(self) -> dict[str, float]:
        return {"size": float(self.stage.images.size)} if len(self.stages) > 1 else {}

    def _enter(self, stage: PlannedStage) -> None:
        """Begins or resumes a stage."""
        state, self.stage = self.state, stage
        self.weights = stage.own_weights(state.loss_weights or self.recipe.weights)
        if state.stage != stage.number:
            state.stage = stage.number
            state.image = stage.begin_with(state.image, self.recipe, self.weights)
            # Neither losses nor an optimizer's vectors are comparable between stages.
            state.best_image = state.image.copy()
            state.best_loss = float("inf")
            state.optimizer_state = {}
        recipe = self.recipe
        if stage.settings.loss_weights:
            recipe = recipe.weighted(self.weights)
        self._depends_on_image = any(map(depends_on_image, recipe.losses))
        if self._depends_on_image and state.steps_in_epoch == 0:
            state.epoch_image = state.image
        first = state.epoch_image if self._depends_on_image else state.image
        self._objective = stage.make_objective(recipe, self.method.executor, first)
        self._build_optimizer()

    def _build_optimizer(self) -> None:
        state = self.state
        # The optimizer empties the state that it receives, so nothing is in memory twice.
        optimizer_state, state.optimizer_state = state.optimizer_state, {}
        self.optimizer.build(state.image, optimizer_state)
        state.optimizer_state = self.optimizer.get_state()
        self.optimizer.built = True
        self.optimizer.iterations = keras.Variable(state.step, dtype="int32", trainable=False)
