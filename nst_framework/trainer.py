"""The trainer: compile and fit, as in Keras."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

import keras

from .arguments import (
    resolve_gradient_shares,
    resolve_loss_weights,
    resolve_losses,
    resolve_precision,
)
from .checks import check_integer
from .defaults import EPOCHS, SCALES, SIZE, STEPS_PER_EPOCH
from .extractors.base import FeatureExtractor
from .fingerprints import describe
from .images.initial_image import Start
from .images.inputs import Inputs, Stage
from .images.reading import ImageSource
from .images.styles import Style, resolve_styles
from .losses.base import Loss
from .objective.evaluation import ObjectiveFunction
from .objective.shares import weights_before_shares
from .optimizers.base import Optimizer
from .optimizers.keras_optimizer import as_optimizer
from .optimizers.projected_lbfgs import ProjectedLBFGS
from .results import Results
from .run.epoch import run_epoch
from .run.plan import check_scales, check_tile_size, make_objective, plan_stages
from .run.progress import make_progress
from .run.run import Run, begin_state


class Trainer(Results):
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
        super().__init__()
        self.extractor = extractor
        self.losses: tuple[Loss, ...] = ()
        self.loss_weights: dict[str, float] = {}
        self.gradient_shares: dict[str, float] | None = None
        self.optimizer: Optimizer | None = None
        self.precision = "float32"
        self.history = keras.callbacks.History()
        self.stop_training = False
        self.stop_reason = ""
        self.diverged = False

    def compile(
        self,
        loss: Loss | Sequence[Loss],
        loss_weights: Mapping[str, float] | Sequence[float] | None = None,
        optimizer: Optimizer | keras.optimizers.Optimizer | None = None,
        precision: str = "float32",
        gradient_shares: Mapping[str, float] | Sequence[float] | None = None,
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
            gradient_shares: In place of weights: how much of the gradient at the start is each
                loss's beside the others', in the losses' order or by name. `fit` finds the
                weights, which `trainer.loss_weights` then has, for any size and any layers. The
                style's gradient falls a hundredfold and more during a run, so small shares hold
                against it: `[0.02, 1, 0.0002]` for content, style and total variation keeps more
                of the content than the default weights do.

        Raises:
            ValueError: If there is no loss, if two have the same name, if a layer is not one of
                the extractor's, or if a weight or a share is invalid.
        """
        losses = resolve_losses(loss, self.extractor)
        shares = None
        if gradient_shares is not None:
            shares = resolve_gradient_shares(losses, gradient_shares)
            if loss_weights is not None:
                raise ValueError("Expected loss_weights or gradient_shares. Received both.")
        weights = resolve_loss_weights(losses, loss_weights)
        solver = ProjectedLBFGS() if optimizer is None else as_optimizer(optimizer)
        self.precision = resolve_precision(precision)
        self.losses, self.loss_weights, self.optimizer = losses, weights, solver
        self.gradient_shares = shares

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

        Each call is a run of its own, which begins with `initial_image`.
        Whatever ends the run, `image` and `best_image` are there afterwards. Ctrl-C is passed on
        after the callbacks' `on_train_end`; a loss that is not finite ends the run with a
        warning and keeps the last image whose loss was finite.

        Args:
            content: Path or array of the content image.
            style: Path or array of the style image, or a `Style`, or several of either.
            size: Length in pixels of the longer side of content, style and image; aspect ratios
                are kept. `None`: the images' own sizes.
            epochs: Number of the last epoch; an epoch is one run of the solver.
            steps_per_epoch: Steps of an epoch, at most.
            initial_epoch: Number of epochs to count as done.
            initial_image: `"content"`, `"style"`, `"noise"`, `"last"` for the image of the `fit`
                before, or the path or array of an image, which is resized to the content's size.
            noise: Share of noise, from 0 to 1, that is blended into the initial image.
            color: Where the colours come from. `"style"`; `"luminance"`: the content's, only
                light and dark are changed; `"cholesky"`, `"symmetric"`: the style's, moved to the
                content's mean and covariance in one of two forms; `"histogram"`: the style's,
                moved to the content's histograms.
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
            seed: Seed of the noise.

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
        scales = check_scales(scales, epochs)
        check_tile_size(tile_size)
        inputs = Inputs(content, resolve_styles(style), size, color)
        progress = make_progress(verbose)
        if isinstance(initial_image, str) and initial_image == "last":
            initial_image = self.image[..., :3]
        start = Start(initial_image, noise, seed, initial_epoch)
        stages = plan_stages(inputs, scales, tile_size, self.extractor, self.losses, self.optimizer)
        configuration = self._configuration(stages[-1], scales, self.optimizer)
        state = begin_state(stages, start, configuration, resume_from)
        previous = self._run, self.history, self.stop_reason, self.loss_weights
        if self.gradient_shares is not None:
            self.loss_weights = state.loss_weights or weights_before_shares(self.losses)
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
            if self.gradient_shares is not None:
                self.loss_weights = run.set_gradient_shares(self.gradient_shares)
            events.on_train_begin()
        except BaseException:
            # A callback found that it cannot do its work: the run before is not lost for that.
            self._run, self.history, self.stop_reason, self.loss_weights = previous
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

    def _make_objective(self, stage: Stage) -> ObjectiveFunction:
        return make_objective(stage, self.extractor, self.losses, self.loss_weights, self.precision)

    def _configuration(
        self, stage: Stage, scales: Sequence[float], optimizer: Optimizer
    ) -> dict[str, Any]:
        return {
            **stage.describe(),
            "scales": scales,
            "extractor": describe(self.extractor),
            "losses": [describe(loss) for loss in self.losses],
            "loss_weights": None if self.gradient_shares else self.loss_weights,
            "gradient_shares": self.gradient_shares,
            "optimizer": describe(optimizer),
            "precision": self.precision,
        }
