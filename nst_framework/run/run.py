"""A run in progress: its state, and the objective at its current size."""

from __future__ import annotations

import os
import warnings
from collections.abc import Sequence
from dataclasses import fields, replace
from typing import Any

import keras
import numpy as np

from ..images.inputs import StageImages
from ..images.pixels import content_detail, to_batch, to_pixels
from ..images.reading import ImageSource, read_image
from ..objective.comparisons import depends_on_image
from ..objective.evaluation import Evaluation
from ..objective.recipe import Recipe
from ..objective.shares import TermReport, measure_terms, weights_for_shares
from .method import Method
from .plan import make_objective
from .previous import save_keeping
from .state import RunState


class Run:
    """Works through the stages of a run: one epoch in each, all further epochs in the last.

    Args:
        recipe: Network, losses, weights and precision.
        method: The schedule, the optimizers, what evaluates tiles, and the metrics.
        stages: Content and styles of each stage.
        state: The run's state.

    Attributes:
        weights: A weight for each loss, by name: those of the recipe or of the stage, or those
            found from gradient shares.
        optimizer: The optimizer of the stage.
        stop_reason: Why the last epoch ended.
        metric_names: The names in the logs of an epoch that those of its steps do not have.
        diverged: Whether the run ended because its loss was not finite.
        same_start: Whether the run began with the starting image that it would begin with now; a
            resumed one may not have.
        between_steps: Whether image and optimizer belong together, and all callbacks have seen the
            last step: from the end of a step or an epoch until the optimizer goes on.
    """

    def __init__(
        self,
        recipe: Recipe,
        method: Method,
        stages: Sequence[StageImages],
        state: RunState,
    ) -> None:
        self.recipe = recipe
        self.method = method
        self.stages = stages
        self.state = state
        self.weights: dict[str, float] = {}
        self.stop_reason = ""
        self.diverged = False
        self.same_start = True
        self.between_steps = False
        self._enter(method.stage_number(state.epoch))
        # A metric that fails does so before the first step, and not after an epoch's work.
        self.metric_names = list(self.measure())
        taken = set(self.metric_names) & {*self.log_names, "size"}
        if taken:
            raise ValueError(
                "Expected metrics with other names than the losses. Received: "
                f"{sorted(taken)}. Pass `name` to the losses' constructors."
            )

    def begin_epoch(self) -> None:
        """Moves on to the next stage, if the epoch has a new one."""
        number = self.method.stage_number(self.state.epoch)
        if number != self._number:
            self._enter(number)
        elif self._depends_on_image and self.state.steps_in_epoch == 0:
            if self.state.epoch_image is self.state.image:
                return  # the objective was made for this image
            self.state.epoch_image = self.state.image
            self._objective.prepare(self.state.epoch_image)

    def save(self, path: str | os.PathLike[str], keep: int = 1) -> None:
        """Writes the run's state, which within an epoch has the optimizer's as it is now.

        If the optimizer cannot go on within an epoch, the saved run begins the epoch again, from
        the image as it is now.

        Args:
            path: Path of the file.
            keep: How many checkpoints to keep, this one and those before it.
        """
        within = self.state.steps_in_epoch if self.optimizer.resumes_within_epoch else 0
        state = replace(
            self.state, optimizer_state=self.optimizer.get_state(), steps_in_epoch=within
        )
        save_keeping(state, path, keep)

    def restore(self, state: RunState) -> None:
        """Puts the run back into a state in which it was saved.

        Raises:
            ValueError: If the state belongs to other images or another configuration.
        """
        state.check_configuration(self.state.configuration)
        # The state stays the same object, because an epoch in progress has hold of it.
        for each in fields(state):
            setattr(self.state, each.name, getattr(state, each.name))
        self._enter(self.method.stage_number(state.epoch))

    def evaluate(self, batch: Any) -> Evaluation:
        """Evaluates the objective at an array or tensor `(1, height, width, 3)`, float32."""
        evaluation = self._objective(batch, self.weights)
        if len(evaluation.terms) == len(self.weights):
            return evaluation
        # Losses that the stage leaves out have a place in the logs all the same.
        return replace(evaluation, terms=dict.fromkeys(self.weights, 0.0) | evaluation.terms)

    def measure_terms(self, batch: np.ndarray) -> dict[str, TermReport]:
        """Each term's value and its share of the gradient at an image."""
        return measure_terms(self._objective, self.weights, batch)

    def measure(self, pixels: np.ndarray | None = None) -> dict[str, float]:
        """The metrics of an image, by name, compared with the content and the first style.

        Args:
            pixels: Array `(height, width, 3)`, uint8; by default, the current image as shown.
        """
        measure, stage = self.method.measure, self.stage
        if measure is None:
            return {}
        shown = self.image[..., :3] if pixels is None else pixels
        return measure(shown, stage.content, stage.styles[0].image)

    def find_weights(self) -> None:
        """Finds the weights that give each loss its share of the gradient, and stores them.

        A run without shares uses the weights of its recipe, and a resumed run those that it found
        before.
        """
        if self.recipe.gradient_shares is None or self.state.loss_weights:
            return
        content = self.stage.see(self.stage.content)
        # Half content, half style: an image at which every loss has a gradient.
        styles = [
            to_batch(read_image(style.image, shape=self.stage.content.shape[:2]))
            for style in self.stage.styles
        ]
        between = (content + np.mean(styles, axis=0)) / 2
        self.weights = weights_for_shares(
            self._objective,
            self.weights,
            self.recipe.gradient_shares,
            self.state.image,
            between,
        )
        self.state.loss_weights = dict(self.weights)

    def as_batch(self, image: ImageSource | None = None) -> np.ndarray:
        """Converts an image to what the objective expects.

        Args:
            image: The image; its alpha is ignored. By default, the current one in 8 bits per
                channel, as saved.

        Returns:
            Array `(1, height, width, 3)`, float32, in the run's colour mode.

        Raises:
            ValueError: If the image is not of the content's size.
        """
        pixels = self.pixels if image is None else read_image(image, background=None)
        if pixels.shape != self.stage.content.shape:
            raise ValueError(
                f"Expected an image of the content's shape {self.stage.content.shape}. Received: "
                f"shape {pixels.shape}. Resize it with read_image(image, shape=...)."
            )
        return self.stage.see(pixels)

    def replace_image(self, batch: np.ndarray) -> None:
        """Replaces the image with another one.

        An image from another size of the run cannot be used, because losses at different sizes are
        not comparable. The best image at this size is used instead.

        Args:
            batch: Array `(1, height, width, 3)`, 0 to 255.

        Raises:
            ValueError: If none of the run's images has that shape.
        """
        shape, own = np.shape(batch), self.state.image.shape
        if shape == own:
            self.state.image = np.array(batch, np.float32)
            return
        if shape[1:] not in [stage.content.shape for stage in self.stages]:
            raise ValueError(
                f"Expected an image of shape {own}. Received: shape {shape}. Pass what get_weights "
                "returned."
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
        return to_pixels(self.state.image)

    @property
    def image(self) -> np.ndarray:
        """The image as shown and saved: in its final colours, with alpha if it has any."""
        return self.stage.present(self.pixels)

    @property
    def best_image(self) -> np.ndarray:
        """The image with the lowest loss so far at this size, in the same form."""
        return self.stage.present(to_pixels(self.state.best_image))

    @property
    def log_names(self) -> list[str]:
        """The names in a step's logs: the loss, each term and, if the size changes, the size."""
        return ["loss", *self.weights, *self.labels]

    @property
    def labels(self) -> dict[str, float]:
        """The size as an entry for the logs, if the run has several sizes."""
        return {"size": float(self.stage.size)} if len(self.stages) > 1 else {}

    def _enter(self, number: int) -> None:
        """Begins a stage, or goes on within it, after the run was resumed."""
        state = self.state
        own = self.method.schedule[number].loss_weights or {}
        self._number = number
        self.stage = self.stages[number]
        self.optimizer = self.method.optimizer_of(number)
        self.weights = {**(state.loss_weights or self.recipe.weights), **own}
        if state.stage != number:
            state.stage = number
            self._begin_stage()
        recipe = self.recipe.weighted(self.weights) if own else self.recipe
        self._depends_on_image = any(map(depends_on_image, recipe.losses))
        if self._depends_on_image and state.steps_in_epoch == 0:
            state.epoch_image = state.image
        first = state.epoch_image if self._depends_on_image else state.image
        self._objective = make_objective(self.stage, recipe, self.method.executor, first)
        self._build_optimizer()

    def _begin_stage(self) -> None:
        """Brings the image to the stage's size."""
        state, shape = self.state, self.stage.content.shape
        if state.image.shape[1:] != shape:
            smaller = state.image.shape[1:3]
            state.image = to_batch(read_image(to_pixels(state.image), shape=shape[:2]))
            if self._keeps_content_detail():
                detail = content_detail(self.stage.see(self.stage.content), smaller)
                state.image = np.clip(state.image + detail, 0, 255)
        # Neither losses nor an optimizer's vectors are comparable between stages.
        state.best_image = state.image.copy()
        state.best_loss = float("inf")
        state.optimizer_state = {}

    def _keeps_content_detail(self) -> bool:
        own = self.method.schedule[self._number].content_detail
        if own is not None:
            return own
        return any(
            loss.target == "content" and self.weights[loss.name] for loss in self.recipe.losses
        )

    def _build_optimizer(self) -> None:
        state = self.state
        # The optimizer empties the state that it receives, so that nothing is in memory twice.
        optimizer_state, state.optimizer_state = state.optimizer_state, {}
        self.optimizer.build(state.image, optimizer_state)
        state.optimizer_state = self.optimizer.get_state()
        self.optimizer.built = True
        self.optimizer.iterations = keras.Variable(state.step, dtype="int32", trainable=False)
