"""The stages of a run, each with its own scale, weights, steps and optimizer."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..checks import check_integer, check_number
from ..defaults import AUTO, COARSEST_SIZE, COARSEST_STEPS, FINER_STEPS

if TYPE_CHECKING:
    import keras

    from ..objective.recipe import Recipe
    from ..optimizers.base import Optimizer

SWITCHES = {"yes": True, "no": False}
"""The values of switches in a stage's text form."""


@dataclass(frozen=True)
class Stage:
    """One stage of a run, which is one epoch; the last stage may be several.

    Example:
    ```python
    trainer.compile(
        [NeuralNeighborsLoss(), FeatureSplittingLoss()],
        optimizer="pyramid",
        schedule=[
            Stage(scale=0.5, loss_weights={"feature_splitting_loss": 0}),
            Stage(scale=1, loss_weights={"neural_neighbors_loss": 0}, steps=200),
        ],
    )
    ```

    Args:
        scale: Size of the stage's image, as a fraction of the full size.
        loss_weights: `{loss name: weight}` for weights that differ from those of `compile`. A loss
            of weight 0 is not computed.
        steps: Maximum number of steps. `None`: `steps_per_epoch` of `fit`.
        optimizer: Optimizer to use instead of that of `compile`, in any of its forms.
        content_detail: Whether to add the detail that the content gains at this size to an image
            enlarged from a smaller stage. `None`: only if a loss of the stage compares it with the
            content.

    Raises:
        ValueError: If an argument is invalid.
    """

    scale: float = 1.0
    loss_weights: Mapping[str, float] | None = None
    steps: int | None = None
    optimizer: Optimizer | keras.optimizers.Optimizer | str | None = None
    content_detail: bool | None = None

    def __post_init__(self) -> None:
        check_number("scale", self.scale, minimum=0.0)
        if self.steps is not None:
            check_integer("steps", self.steps, minimum=1)
        for name, weight in (self.loss_weights or {}).items():
            check_number(f"loss_weights[{name!r}]", weight, minimum=0.0)
        if self.optimizer is not None:
            # Imported here so that schedules can be checked without Keras.
            from ..optimizers.choice import as_optimizer

            object.__setattr__(self, "optimizer", as_optimizer(self.optimizer))

    def describe(self) -> dict[str, Any]:
        """Describes the stage in a checkpoint, to identify it."""
        from ..fingerprints import describe

        return {
            "scale": self.scale,
            "loss_weights": None if self.loss_weights is None else dict(self.loss_weights),
            "steps": self.steps,
            "optimizer": None if self.optimizer is None else describe(self.optimizer),
            "content_detail": self.content_detail,
        }


def make_schedule(
    scales: Sequence[float] | str, schedule: Sequence[Stage] | None
) -> tuple[Stage, ...]:
    """The stages of a schedule, or one stage for each of the scales, which increase to 1.

    `"auto"` gives a single stage at full size.
    """
    if schedule is None:
        given = (1.0,) if is_auto(scales) else _check_scales(scales)
        return tuple(Stage(scale) for scale in given)
    if not is_auto(scales):
        raise ValueError(
            "Expected scales or a schedule, not both. Received: "
            f"scales={scales!r} and schedule={schedule!r}. Leave out the scales."
        )
    stages = tuple(schedule)
    if not all(isinstance(stage, Stage) for stage in stages):
        raise ValueError(
            "Invalid value for argument `schedule`. Expected stages, such as [Stage(0.5), "
            f"Stage(1)]. Received: schedule={schedule!r}. Pass a list of `nst_framework.Stage`."
        )
    between = [stage.scale for stage in stages]
    if not stages or between[-1] != 1.0 or between != sorted(between) or between[0] <= 0:
        raise ValueError(
            "Invalid value for argument `schedule`. Expected stages whose scales never decrease "
            f"and end with 1. Received: scales {between}. Sort the stages, and end with 1."
        )
    return stages


def is_auto(scales: object) -> bool:
    """Whether the scales are chosen by the size of the content."""
    return isinstance(scales, str) and scales == AUTO


def automatic_schedule(size: int, epochs: int | None = None) -> tuple[Stage, ...]:
    """Stages at repeatedly halved sizes of at least `COARSEST_SIZE` pixels, ending at full size.

    `size` is the longer side, in pixels. There are at most as many stages as epochs.
    """
    scales = [1.0]
    while size * scales[0] / 2 >= COARSEST_SIZE and (epochs is None or len(scales) < epochs):
        scales.insert(0, scales[0] / 2)
    return tuple(Stage(scale) for scale in scales)


def steps_of_stages(schedule: Sequence[Stage], steps_per_epoch: int | str) -> list[int]:
    """The maximum number of steps in an epoch of each stage.

    A stage that does not set its own number has `steps_per_epoch` steps. If that is `"auto"`, the
    first stage has many steps and the others fewer (after Galerne, Raad, Lezama and Morel, "Scaling
    painting style transfer", EGSR 2024).
    """
    usual = [COARSEST_STEPS] + [FINER_STEPS] * (len(schedule) - 1)
    if steps_per_epoch != AUTO:
        usual = [check_integer("steps_per_epoch", steps_per_epoch, minimum=1)] * len(schedule)
    return [
        steps if stage.steps is None else stage.steps
        for stage, steps in zip(schedule, usual, strict=True)
    ]


def check_length(schedule: Sequence[Stage], epochs: int) -> int:
    """Returns the number of epochs, or raises a `ValueError` if there are fewer than stages."""
    epochs = check_integer("epochs", epochs, minimum=1)
    if epochs < len(schedule):
        raise ValueError(
            "Expected at least one epoch for each stage. Received: "
            f"epochs={epochs} for stages at scales {[stage.scale for stage in schedule]}. Run more "
            "epochs, or compile with fewer stages."
        )
    return epochs


def check_schedule(schedule: Sequence[Stage], recipe: Recipe) -> None:
    """Raises a `ValueError` if a stage weights an unknown loss or sets all weights to 0."""
    for stage in schedule:
        own = stage.loss_weights or {}
        unknown = sorted(set(own) - set(recipe.weights))
        if unknown or not any({**recipe.weights, **own}.values()):
            raise ValueError(
                "Invalid value for argument `loss_weights` of a stage. Expected weights of "
                f"{sorted(recipe.weights)}, not all of them 0. Received: "
                f"loss_weights={dict(own)!r}. Use the names of the losses passed to compile."
            )
        if own and recipe.gradient_shares is not None:
            raise ValueError(
                "Expected stages without loss_weights, because gradient_shares determine the "
                f"weights. Received: loss_weights={dict(own)!r}. Leave one of them out."
            )


def _check_scales(scales: Sequence[float] | str) -> tuple[float, ...]:
    given = (scales,) if scales is None or isinstance(scales, str) else scales
    checked = tuple(check_number("scales", scale, minimum=0.0) for scale in given)
    rising = all(before < after for before, after in itertools.pairwise((0.0, *checked)))
    if not checked or not rising or checked[-1] != 1.0:
        raise ValueError(
            "Invalid value for argument `scales`. Expected fractions of the size that rise to 1, "
            f"such as (0.25, 0.5, 1). Received: scales={scales!r}. Sort them, and end with 1."
        )
    return checked


def parse_stage(text: str) -> Stage:
    """Makes a stage from its text form; see `stage_arguments`."""
    return Stage(**stage_arguments(text))


def stage_arguments(text: str) -> dict[str, Any]:
    """The arguments of a `Stage` from its text form.

    An example is `scale=0.5,steps=200,style_loss=2,optimizer=adam,content_detail=yes`. Every
    argument is optional. Names of losses set their weights.
    """
    arguments: dict[str, Any] = {}
    weights: dict[str, float] = {}
    for part in text.split(","):
        name, equals, value = (word.strip() for word in part.partition("="))
        if not (name and equals and value) or name in arguments or name in weights:
            raise ValueError(
                "Expected --stage to be like scale=0.5,steps=200,style_loss=2, with each name "
                f"once. Received: {text!r}."
            )
        if name == "optimizer":
            arguments[name] = value
        elif name == "content_detail":
            arguments[name] = _switch(value, text)
        elif name == "steps":
            arguments[name] = _number(int, value, text)
        elif name == "scale":
            arguments[name] = _number(float, value, text)
        else:
            weights[name] = _number(float, value, text)
    return {**arguments, "loss_weights": weights or None}


def _switch(value: str, text: str) -> bool:
    if value not in SWITCHES:
        raise ValueError(f"Expected yes or no in --stage {text}. Received: {value!r}.")
    return SWITCHES[value]


def _number(kind: type, value: str, text: str) -> Any:
    try:
        return kind(value)
    except ValueError:
        what = "a whole number" if kind is int else "a number"
        raise ValueError(f"Expected {what} in --stage {text}. Received: {value!r}.") from None
