"""Values on which all backends must agree; `python tests/backend_values.py` records them.

The values in `tests/backend/reference.json` were recorded with TensorFlow. Gradients are recorded
as their lengths and their products with random images. The root mean square difference of these
products approximates the length of the difference of the gradients.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import keras
import numpy as np

import nst_framework
from nst_framework import (
    ContentLoss,
    Loss,
    Objective,
    ProjectedLBFGS,
    Recipe,
    StyleLoss,
    TotalVariationLoss,
    Trainer,
    VGG16FeatureExtractor,
    read_image,
)
from nst_framework.images.pixels import to_batch

REFERENCE = Path(__file__).parent / "backend" / "reference.json"
IMAGES = Path(__file__).parents[1] / "examples" / "images"
SIZE = 128
PRODUCTS = 16
ENDS = 5
GROUP = 5
"""Losses compiled together. Each evaluation computes all of them, but a compilation takes long."""


def all_losses() -> list[Loss]:
    """Each of the package's losses, with its defaults."""
    # A temporal loss is 0 without a frame to follow.
    others = ("Loss", "TemporalLoss")
    names = [name for name in nst_framework.__all__ if name.endswith("Loss") and name not in others]
    return [getattr(nst_framework, name)() for name in names]


def measure_losses() -> dict[str, Any]:
    """The value and gradient of each loss for an image halfway between content and style."""
    content, style = _read_images()
    extractor = VGG16FeatureExtractor()
    image = (to_batch(content) + to_batch(style)) / 2
    directions = np.random.default_rng(0).normal(size=(PRODUCTS, *image.shape))
    measured = {}
    losses = all_losses()
    for first in range(0, len(losses), GROUP):
        group = losses[first : first + GROUP]
        none = dict.fromkeys([loss.name for loss in group], 0.0)
        recipe = Recipe(extractor, group, none)
        objective = Objective(recipe, to_batch(content), to_batch(style))
        for loss in group:
            evaluation = objective(image, {**none, loss.name: 1.0})
            gradient = evaluation.gradient.astype(np.float64)
            measured[loss.name] = {
                "loss": evaluation.loss,
                "length": float(np.linalg.norm(gradient)),
                "products": [float(np.vdot(each, gradient)) for each in directions],
            }
    return measured


def measure_run(optimizer: Any, style_weight: float = 1.0) -> list[float]:
    """The losses of a short run with the default losses."""
    trainer = Trainer(VGG16FeatureExtractor())
    losses_of_run = [ContentLoss(), StyleLoss(), TotalVariationLoss()]
    trainer.compile(losses_of_run, {"style_loss": style_weight}, optimizer, "float32")
    losses: list[float] = []
    record = keras.callbacks.LambdaCallback(
        on_train_batch_end=lambda batch, logs: losses.append(logs["loss"])
    )
    arguments = {"size": None, "epochs": 1, "steps_per_epoch": 20, "verbose": 0}
    trainer.fit(*_read_images(), callbacks=[record], **arguments)
    return losses


def measure_ends() -> list[float]:
    """The final losses of L-BFGS for style weights that differ in the last bits."""
    bit = float(np.finfo(np.float32).eps)
    return [measure_run(ProjectedLBFGS(), 1 + number * bit)[-1] for number in range(ENDS)]


def adam() -> keras.optimizers.Optimizer:
    """An optimizer that does not amplify small differences."""
    return keras.optimizers.Adam(5.0)


def _read_images() -> list[np.ndarray]:
    names = ("chelsea.png", "brush_strokes.jpg")
    return [read_image(IMAGES / name, shape=(SIZE, SIZE)) for name in names]


if __name__ == "__main__":
    runs = {"adam": measure_run(adam()), "lbfgs": measure_run(ProjectedLBFGS())}
    runs["lbfgs_ends"] = measure_ends()
    values = {"losses": measure_losses(), "runs": runs}
    REFERENCE.write_text(json.dumps(values, indent=1) + "\n")
