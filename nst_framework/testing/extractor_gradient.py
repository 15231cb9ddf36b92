"""Checks that the gradient with respect to the image is correct, finite and nonzero."""

from __future__ import annotations

import numpy as np

from .requirements import require
from .slopes import Arrays, Evaluate, path_error
from .trials import ExtractorTrial

TOLERANCE = 0.05
"""For float32, in which small steps drown in rounding and only longer paths show a gradient."""

LENGTHS = (1.0, 0.3, 0.1, 0.03, 0.01)

PIXELS = 4.0
"""How far pixels move along a path, as a root mean square, on the scale of 0 to 255."""


def check_gradient(trial: ExtractorTrial) -> None:
    """The gradient is finite and nonzero; its integral along two paths is the value's change."""
    generator = np.random.default_rng(3)
    for layer in trial.sampled_layers:
        evaluate = _evaluation(trial, layer)
        point: Arrays = {"image": trial.image}
        _, gradient = evaluate(point)
        slopes = gradient["image"]
        require(
            bool(np.isfinite(slopes).all()),
            f"{trial.gradient_at(layer)} is not finite for a "
            "random image: look for a root, a logarithm or a division at 0.",
        )
        require(
            bool(slopes.any()),
            f"{trial.gradient_at(layer)} is zero everywhere: "
            "use only keras.ops in preprocess and call, without rounding, casts to integers, "
            "NumPy or stop_gradient.",
        )
        along = PIXELS / np.sqrt(np.mean(slopes**2)) * slopes
        paths = (np.clip(along, -16, 16), PIXELS * generator.standard_normal(slopes.shape))
        for path in paths:
            direction = {"image": path.astype(np.float32)}
            error = path_error(evaluate, point, gradient, direction, LENGTHS, TOLERANCE)
            require(
                error < TOLERANCE,
                f"{trial.gradient_at(layer)} differs from "
                f"finite differences by {error:.0%}: look for a stop_gradient, a rounding or "
                "NumPy code in preprocess and call.",
            )


def check_flat_images(trial: ExtractorTrial) -> None:
    """Features and gradient are finite for images of a single colour."""
    for colour, pixel in (("black", 0.0), ("grey", 128.0), ("white", 255.0)):
        image = np.full_like(trial.image, pixel)
        for layer, array in trial.features(image, trial.layers).items():
            require(
                bool(np.isfinite(array).all()),
                f"{trial.name} returned features that are not finite at layer {layer!r} for a "
                f"{colour} image: add a small number under roots, logarithms and divisions.",
            )
        for layer in trial.sampled_layers:
            _, gradient = trial.evaluate(layer, image, trial.random_weights(layer))
            require(
                bool(np.isfinite(gradient).all()),
                f"{trial.gradient_at(layer)} is not finite for "
                f"a {colour} image: add a small number under roots, logarithms and divisions.",
            )


def _evaluation(trial: ExtractorTrial, layer: str) -> Evaluate:
    weights = trial.random_weights(layer)

    def evaluate(point: Arrays) -> tuple[float, Arrays]:
        value, gradient = trial.evaluate(layer, point["image"], weights)
        return value, {"image": gradient}

    return evaluate
