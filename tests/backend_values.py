"""What every backend has to agree on: `python tests/backend_values.py` records it.

The values in `tests/backend/reference.json` were made by TensorFlow. Gradients are recorded as their
lengths and their products with random images, whose differences are as large, in the mean over
products, as those of the gradients themselves.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

import nst_framework
from nst_framework import Loss, Objective, Recipe, Trainer, VGG16FeatureExtractor, read_image
from nst_framework.images.pixels import to_batch

REFERENCE = Path(__file__).parent / "backend" / "reference.json"
IMAGES = Path(__file__).parents[1] / "examples" / "images"
SIZE = 128
PRODUCTS = 16


def all_losses() -> list[Loss]:
    """Each of the package's losses, with its defaults."""
    names = [name for name in nst_framework.__all__ if name.endswith("Loss") and name != "Loss"]
    return [getattr(nst_framework, name)() for name in names]


def measure_losses() -> dict[str, Any]:
    """Value and gradient of each loss, of an image halfway between content and style."""
    content, style = _read_images()
    losses = all_losses()
    none = dict.fromkeys([loss.name for loss in losses], 0.0)
    recipe = Recipe(VGG16FeatureExtractor(), losses, none)
    objective = Objective(recipe, to_batch(content), to_batch(style))
    image = (to_batch(content) + to_batch(style)) / 2
    directions = np.random.default_rng(0).normal(size=(PRODUCTS, *image.shape))
    measured = {}
    for loss in losses:
        evaluation = objective(image, {**none, loss.name: 1.0})
        gradient = evaluation.gradient.astype(np.float64)
        measured[loss.name] = {
            "loss": evaluation.loss,
            "length": float(np.linalg.norm(gradient)),
            "products": [float(np.vdot(each, gradient)) for each in directions],
        }
    return measured


def measure_run() -> float:
    """The loss after a short run with the defaults."""
    trainer = Trainer(VGG16FeatureExtractor())
    trainer.compile([getattr(nst_framework, name)() for name in ("ContentLoss", "StyleLoss")])
    history = trainer.fit(*_read_images(), size=None, epochs=1, steps_per_epoch=20, verbose=0)
    return float(history.history["loss"][-1])


def _read_images() -> list[np.ndarray]:
    names = ("chelsea.png", "brush_strokes.jpg")
    return [read_image(IMAGES / name, shape=(SIZE, SIZE)) for name in names]


if __name__ == "__main__":
    values = {"losses": measure_losses(), "run": measure_run()}
    REFERENCE.write_text(json.dumps(values, indent=1) + "\n")
