"""The state of a run, and how it is saved and loaded."""

from __future__ import annotations

import json
import os
import warnings
from dataclasses import dataclass, field, fields
from typing import Any

import numpy as np

from ..backend import as_numpy
from ..backend.environment import environment, environment_change
from ..fingerprints import describe
from .checkpoint_file import DamagedCheckpointError, read_checkpoint, write_checkpoint

_OPTIMIZER = "optimizer/"
_EMPTY = np.empty(0, np.float32)
_ARRAYS = ("image", "best_image", "epoch_image", "optimizer_state")


def to_host(value: Any) -> Any:
    """Returns arrays and numbers unchanged, and fetches a tensor to the host."""
    return value if isinstance(value, np.ndarray | np.generic) else as_numpy(value)


class HostArray:
    """An array that may be set to a tensor, which is copied to the host on first access.

    An optimizer can therefore stay on the device: only arrays that a callback reads leave it.
    """

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    def __get__(self, instance: object, owner: type) -> np.ndarray:
        if instance is None:
            # Dataclasses read class attributes as defaults; this field has none.
            raise AttributeError(self._name)
        array = vars(instance)[self._name] = to_host(vars(instance)[self._name])
        return array

    def __set__(self, instance: object, value: Any) -> None:
        vars(instance)[self._name] = value


class OtherEnvironmentWarning(UserWarning):
    """A checkpoint was made by other software or on another machine, so bytes may differ."""


@dataclass
class RunState:
    """Everything that a run needs in order to resume, bit for bit.

    Attributes:
        image: The image, array `(1, height, width, 3)`, float32; it may be set to a tensor.
        best_image: The image with the lowest loss so far, in the same form.
        epoch_image: The image at the start of the epoch, in the same form, if a loss prepares its
            targets from it; otherwise an empty array.
        best_loss: The loss of the best image.
        stage: Number of the stage to which image and optimizer belong.
        epoch: Number of completed epochs.
        step: Number of completed steps.
        steps_in_epoch: Number of completed steps of the current epoch.
        steps_per_epoch: The maximum number of steps of each completed epoch.
        start: The fingerprint of the starting image.
        history: `{name: [value at the end of each epoch]}`.
        optimizer_state: The optimizer's state, as arrays or tensors.
        configuration: The definition of the run: images, extractor, losses and optimizer.
        loss_weights: `{loss name: weight}`, if the weights were found from gradient shares.
        made_with: The software and machines that made steps of the run, as `environment` returns
            them.
    """

    image: HostArray = HostArray()
    best_image: HostArray = HostArray()
    epoch_image: np.ndarray = field(default_factory=lambda: _EMPTY)
    best_loss: float = float("inf")
    stage: int = 0
    epoch: int = 0
    step: int = 0
    steps_in_epoch: int = 0
    steps_per_epoch: list[int] = field(default_factory=list)
    start: str = ""
    history: dict[str, list[float]] = field(default_factory=dict)
    optimizer_state: dict[str, Any] = field(default_factory=dict)
    configuration: dict[str, Any] = field(default_factory=dict)
    loss_weights: dict[str, float] = field(default_factory=dict)
    made_with: list[dict[str, str]] = field(default_factory=list)

    def past_epochs(self) -> tuple[list[int], dict[str, list[float]]]:
        """The numbers of the past epochs and a copy of `history`, as Keras's `History` has them."""
        count = len(self.history.get("loss", []))
        history = {name: list(values) for name, values in self.history.items()}
        return list(range(self.epoch - count, self.epoch)), history

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes a `.npz` file; an existing file is replaced only once the new one is complete."""
        header = {
            each.name: getattr(self, each.name) for each in fields(self) if each.name not in _ARRAYS
        }
        arrays = {"image": self.image, "best_image": self.best_image}
        if self.epoch_image.size:
            arrays["epoch_image"] = self.epoch_image
        for name, value in self.optimizer_state.items():
            arrays[f"{_OPTIMIZER}{name}"] = to_host(value)
        write_checkpoint(path, describe(header), arrays)

    def check_configuration(self, configuration: dict[str, Any]) -> None:
        """Raises a `ValueError` that names the differences from the saved run."""
        # NaN becomes a string, because NaN does not equal itself.
        current, saved = (
            json.loads(json.dumps(describe(each)), parse_constant=str)
            for each in (configuration, self.configuration)
        )
        differing = [name for name in current if current[name] != saved.get(name)]
        if differing:
            raise ValueError(
                "Expected a checkpoint of the same images and configuration. Received: one that "
                f"differs in: {', '.join(differing)}. Restore the images and settings of that run, "
                "or start a new run without the checkpoint."
            )

    def resume_here(self, path: str | os.PathLike[str]) -> None:
        """Records this software and machine, and warns if others made the checkpoint at `path`."""
        change = environment_change(self.made_with)
        if change is not None:
            warnings.warn(
                f"{os.fspath(path)!r} was {change}", OtherEnvironmentWarning, stacklevel=2
            )
        here = environment()
        known = self.made_with if isinstance(self.made_with, list) else []
        self.made_with = known if here in known else [*known, here]

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> RunState:
        """Reads a file that `save` wrote."""
        header, arrays = read_checkpoint(path)
        try:
            image, best_image = arrays.pop("image"), arrays.pop("best_image")
            epoch_image = arrays.pop("epoch_image", _EMPTY)
            optimizer_state = {name.removeprefix(_OPTIMIZER): arrays[name] for name in arrays}
            return cls(
                image=image,
                best_image=best_image,
                epoch_image=epoch_image,
                optimizer_state=optimizer_state,
                **header,
            )
        except (KeyError, TypeError) as error:
            raise DamagedCheckpointError(
                f"Expected a checkpoint of a run. Received: {os.fspath(path)!r}, which has other "
                f"contents ({error}). Use another file, or start a new run."
            ) from error
