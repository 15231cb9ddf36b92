"""The trainer: compile and fit, as in Keras."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

import keras
import numpy as np

from .checks import check_integer
from .defaults import EPOCHS, SCALES, SIZE, STEPS_PER_EPOCH
from .epoch import run_epoch
from .extractors.base import FeatureExtractor
from .images import ImageSource, read_image, to_batch, to_pixels
from .initial_image import make_initial_image
from .losses.base import Loss
from .objective_arguments import resolve_loss_weights, resolve_losses, resolve_precision
from .optimizers.base import Optimizer
from .optimizers.keras_optimizer import as_optimizer
from .optimizers.projected_lbfgs import ProjectedLBFGS
from .progress import make_progress
from .run import ObjectiveFunction, Run
from .stages import Stage, check_scales, check_tile_size, make_objective, plan_stages
from .state import RunState, describe, fingerprint


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
        history: The `keras.callbacks.History` of the last `fit`; Keras sets it.
        optimizer: The optimizer, once compiled.
        stop_reason: Why the last epoch ended.
        diverged: Whether the last `fit` ended because its loss was not finite.
        stop_training: A callback sets it to true to stop after the step.
    """

    def __init__(self, extractor: FeatureExtractor) -> None:
        if not isinstance(extractor, FeatureExtractor):
            raise ValueError(
                "Invalid value for argument `extractor`. Expected a FeatureExtractor. "
                f"Received: extractor={extractor!r}."
            )
        self.extractor = extractor
        self.losses: tuple[Loss, ...] = ()
        self.loss_weights: dict[str, float] = {}
        self.optimizer: Optimizer | None = None
        self.precision = "float32"
        self.history = keras.callbacks.History()
        self.stop_training = False
        self.stop_reason = ""
        self.diverged = False
        self._run: Run | None = None

    def compile(
        self,
        loss: Loss | Sequence[Loss],
        loss_weights: Mapping[str, float] | Sequence[float] | None = None,
        optimizer: Optimizer | keras.optimizers.Optimizer | None = None,
        precision: str = "float32",
    ) -> None:
        """Sets what is minimised and how.

        Args:
            loss: One loss or several.
            loss_weights: A weight for each loss, in the losses' order or by name. A loss that is
                not named has its class's `default_weight`.
            optimizer: An `Optimizer`, or one of Keras's. By default `ProjectedLBFGS()`.
            precision: `"float32"`, or `"mixed_bfloat16"` for a network in bfloat16, which is
                faster where the processor has it; all else stays in float32. `"auto"` picks one
                of the two for this machine; `trainer.precision` then says which.

        Raises:
            ValueError: If there is no loss, if two have the same name, if a layer is not one of
                the extractor's, or if a weight is invalid.
        """
        losses = resolve_losses(loss, self.extractor)
        weights = resolve_loss_weights(losses, loss_weights)
        solver = ProjectedLBFGS() if optimizer is None else as_optimizer(optimizer)
        self.precision = resolve_precision(precision)
        self.losses, self.loss_weights, self.optimizer = losses, weights, solver

    def fit(
        self,
        content: ImageSource,
        style: ImageSource,
        *,
        size: int | None = SIZE,
        epochs: int = EPOCHS,
        steps_per_epoch: int = STEPS_PER_EPOCH,
        initial_epoch: int = 0,
        initial_image: ImageSource = "content",
        scales: Sequence[float] = SCALES,
        tile_size: int | str | None = "auto",
        callbacks: Sequence[keras.callbacks.Callback] | None = None,
        resume_from: str | os.PathLike[str] | None = None,
        verbose: str | int = "auto",
        seed: int = 0,
    ) -> keras.callbacks.History:
        """Moves the image, step by step, towards a lower loss.

        Each call is a run of its own, which begins with `initial_image`.
        Whatever ends the run, `image` and `best_image` are there afterwards. Ctrl-C is passed on
        after the callbacks' `on_train_end`; a loss that is not finite ends the run with a
        warning and keeps the last image whose loss was finite.

        Args:
            content: Path or array of the content image.
            style: Path or array of the style image.
            size: Length in pixels of the longer side of content, style and image; aspect ratios
                are kept. `None`: the images' own sizes.
            epochs: Number of the last epoch; an epoch is one run of the solver.
            steps_per_epoch: Steps of an epoch, at most.
            initial_epoch: Number of epochs to count as done.
            initial_image: `"content"`, `"style"`, `"noise"`, or the path or array of an image,
                which is resized to the content's size.
            scales: Parts of `size` that the run goes through, rising to 1, with one epoch at each
                and all further ones at 1. `(0.25, 0.5, 1)` begins with the large structures of
                the style. Logs then have the `size`, too.
            tile_size: Longest side in pixels of the tiles in which the image is evaluated;
                `None`: the image as a whole. `"auto"`: as a whole if that takes little of the
                memory, otherwise tiles that fit into it. The result is the same.
            callbacks: Callbacks of Keras, of `nst_framework.callbacks`, or of your own.
            resume_from: A checkpoint to go on from, of the same images and configuration.
            verbose: `"auto"`: a line that is rewritten at every step in a terminal, one line an
                epoch elsewhere. 0 is silent, 1 and 2 are the two kinds of progress.
            seed: Seed of `initial_image="noise"`.

        Returns:
            History: `history.history` has the loss and every term at the end of each epoch.

        Raises:
            RuntimeError: If the trainer is not compiled.
            ValueError: If an argument or an image is invalid, or the checkpoint is one of other
                images or another configuration.
            FileNotFoundError: If an image or the checkpoint does not exist.
        """
        if self.optimizer is None:
            raise RuntimeError("Expected a compiled trainer. Call trainer.compile(...) before fit.")
        epochs = check_integer("epochs", epochs, minimum=1)
        steps_per_epoch = check_integer("steps_per_epoch", steps_per_epoch, minimum=1)
        initial_epoch = check_integer("initial_epoch", initial_epoch, minimum=0)
        seed = check_integer("seed", seed, minimum=0)
        if resume_from is not None and initial_epoch != 0:
            raise ValueError(
                "Expected no initial_epoch with resume_from, because a checkpoint knows its epoch. "
                f"Received: initial_epoch={initial_epoch}."
            )
        scales = check_scales(scales, epochs)
        check_tile_size(tile_size)
        progress = make_progress(verbose)
        stages = plan_stages(
            content, style, size, scales, tile_size, self.extractor, self.losses, self.optimizer
        )
        configuration = self._configuration(stages[-1], scales, self.optimizer)
        if resume_from is None:
            first = stages[min(initial_epoch, len(stages) - 1)]
            start = make_initial_image(initial_image, first.content, first.style, seed)
            batch = to_batch(start)
            state = RunState(batch, batch, epoch=initial_epoch, configuration=configuration)
        else:
            state = RunState.load(resume_from)
            state.check_configuration(configuration)
        previous = self._run, self.history, self.stop_reason
        self._run = run = Run(stages, state, self.optimizer, self._make_objective)
        self.stop_training = False
        self.diverged = False
        self.stop_reason = f"No epoch was left to run: {state.epoch} of {epochs} were done."
        events = keras.callbacks.CallbackList(
            [*(callbacks or ()), *progress],
            add_history=True,
            model=self,
            epochs=epochs,
            steps=steps_per_epoch,
            verbose=verbose,
        )
        try:
            events.on_train_begin()
        except BaseException:
            # A callback found that it cannot do its work: the run before is not lost for that.
            self._run, self.history, self.stop_reason = previous
            raise
        del previous
        self.history.history = {name: list(values) for name, values in state.history.items()}
        epochs_before = len(state.history.get("loss", []))
        self.history.epoch = list(range(state.epoch - epochs_before, state.epoch))
        try:
            if self.stop_training:
                self.stop_reason = "A callback stopped the run before its first step."
            while state.epoch < epochs and not self.stop_training:
                run.begin_epoch()
                run_epoch(self, run, steps_per_epoch, events)
        except KeyboardInterrupt:
            self.stop_reason = "Interrupted from the keyboard."
            raise
        finally:
            events.on_train_end()
        return self.history

    def evaluate(self, image: ImageSource | None = None) -> dict[str, float]:
        """The loss and its terms for an image, with the content and style of the last `fit`.

        Args:
            image: Path or array of the content's size. By default `trainer.image`, which is what
                is saved: 8 bits a channel.

        Returns:
            `{"loss": ..., name of each term: ...}`, weighted.

        Raises:
            RuntimeError: If there was no `fit`.
            ValueError: If the image has another size.
        """
        objective = self._fitted().objective
        pixels = read_image(self.image if image is None else image)
        if pixels.shape != self.content.shape:
            raise ValueError(
                f"Expected an image of the content's shape {self.content.shape}. "
                f"Received: shape {pixels.shape}."
            )
        return objective(to_batch(pixels)).logs

    @property
    def built(self) -> bool:
        """Whether a `fit` has begun, so that there is an image."""
        return self._run is not None

    @property
    def plan(self) -> str:
        """Size, precision and tiles, in one line."""
        return f"{self._fitted().stage.plan}, {self.precision}"

    @property
    def state(self) -> RunState:
        """The state of the run: the images at full precision, the counters, the history."""
        return self._fitted().state

    @property
    def image(self) -> np.ndarray:
        """The image as it is now: array `(height, width, 3)`, uint8."""
        return to_pixels(self.state.image)

    @property
    def best_image(self) -> np.ndarray:
        """The image with the lowest loss so far: array `(height, width, 3)`, uint8."""
        return to_pixels(self.state.best_image)

    @property
    def content(self) -> np.ndarray:
        """The content image at the size it is used: array `(height, width, 3)`, uint8."""
        return self._fitted().stage.content

    @property
    def style(self) -> np.ndarray:
        """The style image at the size it is used: array `(height, width, 3)`, uint8."""
        return self._fitted().stage.style

    def get_weights(self) -> list[np.ndarray]:
        """The image as Keras's callbacks ask for it: `[array (1, height, width, 3)]`."""
        return [self.state.image.copy()]

    def set_weights(self, weights: Sequence[np.ndarray]) -> None:
        """Puts an image that `get_weights` returned in the image's place."""
        self.state.image = np.array(weights[0], np.float32)

    def _fitted(self) -> Run:
        if self._run is None:
            raise RuntimeError("Expected a trainer that has been fitted. Call trainer.fit first.")
        return self._run

    def _make_objective(self, stage: Stage) -> ObjectiveFunction:
        return make_objective(stage, self.extractor, self.losses, self.loss_weights, self.precision)

    def _configuration(
        self, stage: Stage, scales: Sequence[float], optimizer: Optimizer
    ) -> dict[str, Any]:
        return {
            "content": fingerprint(stage.content),
            "style": fingerprint(stage.style),
            "scales": scales,
            "extractor": describe(self.extractor),
            "losses": [describe(loss) for loss in self.losses],
            "loss_weights": self.loss_weights,
            "optimizer": describe(optimizer),
            "precision": self.precision,
        }
