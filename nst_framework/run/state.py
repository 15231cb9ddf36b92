"""The state of a run, and the file in which it is saved."""

from __future__ import annotations

import json
import os
import zipfile
import zlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from ..fingerprints import describe
from ..images.files import whole_file
from .host_array import HostArray, to_host

FORMAT_VERSION = 2
_LOADING_ERRORS = (
    OSError,
    ValueError,
    KeyError,
    TypeError,
    AttributeError,
    EOFError,
    zipfile.BadZipFile,
    zlib.error,
)


@dataclass
class RunState:
    """Everything that a run needs in order to resume at the end of an epoch, bit for bit.

    Attributes:
        image: The image, array `(1, height, width, 3)`, float32; it may be set to a tensor.
        best_image: The image with the lowest loss so far, in the same form.
        best_loss: Its loss.
        epoch: Number of completed epochs.
        step: Number of completed steps.
        history: `{name: [value at the end of each epoch]}`.
        optimizer_state: What the optimizer keeps from epoch to epoch, as arrays or tensors.
        configuration: What defines the run: images, extractor, losses, optimizer.
        loss_weights: The weights by the losses' names, if they were found from gradient shares.
    """

    image: HostArray = HostArray()
    best_image: HostArray = HostArray()
    best_loss: float = float("inf")
    epoch: int = 0
    step: int = 0
    history: dict[str, list[float]] = field(default_factory=dict)
    optimizer_state: dict[str, Any] = field(default_factory=dict)
    configuration: dict[str, Any] = field(default_factory=dict)
    loss_weights: dict[str, float] = field(default_factory=dict)

    def past_epochs(self) -> tuple[list[int], dict[str, list[float]]]:
        """The numbers of the past epochs and a copy of `history`, as Keras's `History` has them."""
        count = len(self.history.get("loss", []))
        history = {name: list(values) for name, values in self.history.items()}
        return list(range(self.epoch - count, self.epoch)), history

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes the state; an existing file is only replaced once the new one is complete.

        Args:
            path: Path of a `.npz` file.

        Raises:
            OSError: If the file cannot be written.
        """
        header = {
            "format_version": FORMAT_VERSION,
            "best_loss": self.best_loss,
            "epoch": self.epoch,
            "step": self.step,
            "history": self.history,
            "configuration": self.configuration,
            "loss_weights": self.loss_weights,
        }
        arrays: dict[str, Any] = {
            f"optimizer/{name}": to_host(value) for name, value in self.optimizer_state.items()
        }
        with whole_file(path) as partial, partial.open("wb") as file:
            np.savez(
                file,
                header=np.array(json.dumps(describe(header))),
                image=self.image,
                best_image=self.best_image,
                **arrays,
            )

    def check_configuration(self, configuration: dict[str, Any]) -> None:
        """Raises a `ValueError` that names what differs from the saved run."""
        # NaN becomes a string, because as a number it would not equal itself.
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

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> RunState:
        """Reads what `save` wrote.

        Args:
            path: Path of a `.npz` file.

        Returns:
            The state.

        Raises:
            FileNotFoundError: If the file does not exist.
            ValueError: If the file is not a valid checkpoint.
        """
        received = f"Expected a checkpoint of a run. Received: {os.fspath(path)!r}"
        if not Path(path).exists():
            raise FileNotFoundError(f"{received}, which does not exist. Check the path.")
        try:
            with np.load(path, allow_pickle=False) as file:
                arrays = dict(file)
            header = json.loads(str(arrays.pop("header")))
            image, best_image = arrays.pop("image"), arrays.pop("best_image")
            version = header.pop("format_version")
        except _LOADING_ERRORS as error:
            raise ValueError(
                f"{received}, which is damaged or not a checkpoint ({error}). Use another file, or "
                "start a new run."
            ) from error
        if version != FORMAT_VERSION:
            raise ValueError(
                f"{received}, which has format version {version}, but this release reads "
                f"{FORMAT_VERSION}. Resume with the release that wrote it."
            )
        optimizer_state = {name.removeprefix("optimizer/"): arrays[name] for name in arrays}
        return cls(image=image, best_image=best_image, optimizer_state=optimizer_state, **header)
