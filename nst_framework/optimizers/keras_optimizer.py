"""Wraps Keras optimizers such as Adam, instead of a solver."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import Any

import keras
import numpy as np

from .base import Minimized, Optimizer, Step


@keras.saving.register_keras_serializable("nst_framework")
class KerasOptimizer(Optimizer):
    """Updates the image with a Keras optimizer, and keeps pixels between 0 and 255.

    `Trainer.compile(optimizer=keras.optimizers.Adam(5.0))` creates it automatically. The learning
    rate is in pixel values, so it is far larger than for the weights of a network: 1 to 10 for
    Adam. A new run starts with a fresh copy of the optimizer in its current configuration. The
    copy's moments are kept between epochs and saved in checkpoints.

    Source: Kingma and Ba, "Adam: a method for stochastic optimization", ICLR 2015; for the other
    optimizers, see the Keras documentation.

    Args:
        optimizer: A `keras.optimizers.Optimizer`.
    """

    resumes_within_epoch = True

    def __init__(self, optimizer: keras.optimizers.Optimizer) -> None:
        self.optimizer = optimizer
        self._original = optimizer
        self._variables: list[keras.Variable] = []

    @property
    def learning_rate(self) -> Any:
        """The optimizer's learning rate, which Keras callbacks read and set here."""
        return self.optimizer.learning_rate

    @learning_rate.setter
    def learning_rate(self, value: Any) -> None:
        self.optimizer.learning_rate = value

    def build(self, image: np.ndarray, state: dict[str, Any]) -> None:
        """Creates a fresh optimizer, or restores the moments of a saved one."""
        self._build([image], state)

    def steps(self, objective: Minimized, image: np.ndarray) -> Generator[Step, None, str | None]:
        """Updates the image repeatedly and evaluates it after each update."""
        if not self._variables:
            raise RuntimeError(
                "This optimizer has not been built for an image. Call build(image, {}) first."
            )
        tensor = keras.ops.convert_to_tensor(image, dtype="float32")
        evaluation = objective(tensor)
        while True:
            tensor = keras.ops.clip(self._update(tensor, evaluation.gradient), 0.0, 255.0)
            evaluation = objective(tensor)
            yield Step(tensor, evaluation)

    def get_state(self) -> dict[str, Any]:
        """Returns the optimizer's variables: its moments, learning rate and update count."""
        return {
            f"{index:03d}": keras.ops.convert_to_tensor(variable)
            for index, variable in enumerate(self.optimizer.variables)
        }

    def get_config(self) -> dict[str, Any]:
        """Returns the Keras optimizer as serialized by Keras, without its name.

        Keras numbers names within each process, so equal optimizers would seem to differ.
        """
        config = keras.optimizers.serialize(self._original)
        settings = {name: value for name, value in config["config"].items() if name != "name"}
        return {**config, "config": settings}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> KerasOptimizer:
        """Makes an optimizer from a configuration returned by `get_config`."""
        # Keras modifies the dictionary it receives.
        return cls(keras.optimizers.deserialize(dict(config)))

    def _build(self, values: Sequence[np.ndarray], state: dict[str, Any]) -> None:
        self.optimizer = type(self._original).from_config(self._original.get_config())
        self._variables = [keras.Variable(value, dtype="float32") for value in values]
        self.optimizer.build(self._variables)
        if state:
            for index, variable in enumerate(self.optimizer.variables):
                variable.assign(state[f"{index:03d}"])

    def _update(self, image: Any, gradient: Any) -> Any:
        """The image after one step, before its pixels are clipped to 0 to 255."""
        (variable,) = self._variables
        variable.assign(image)
        self.optimizer.apply([gradient], [variable])
        return keras.ops.stop_gradient(variable)
