"""`check_extractor`: checks an extractor's features, its gradient and its declarations."""

from __future__ import annotations

from collections.abc import Sequence

import keras
import numpy as np
from keras import ops

from ..extractors.base import FeatureExtractor
from .requirements import (
    Arrays,
    Evaluate,
    error_of,
    path_error,
    rebuild,
    relative_error,
    require,
    require_finite,
)
from .sizes import check_minimum_size, check_other_sizes
from .tiles import check_receptive_field
from .trials import FEATURE_TOLERANCE, ExtractorTrial

UNKNOWN_LAYER = "no such layer"

TOLERANCE = 0.05
"""Relative error allowed in float32, where rounding hides small steps and paths must be long."""

LENGTHS = (1.0, 0.3, 0.1, 0.03, 0.01)

PIXELS = 4.0
"""Root mean square change of the pixels along a path, on the scale of 0 to 255."""


def check_extractor(extractor: FeatureExtractor, layers: Sequence[str] | None = None) -> None:
    """Checks an extractor's features, gradient and declarations on random images.

    The check requires that:

    - `call` returns exactly the requested layers, of shape `(1, height, width, channels)`, finite,
      in the image's dtype, and identical for every call and every selection of layers;
    - the gradient with respect to the image is finite, nonzero and correct, which is checked at
      three layers, including the first and the last;
    - an unknown layer raises a `ValueError`, and the image is not modified;
    - `minimum_size` and `receptive_field` are correct;
    - `from_config` rebuilds the same extractor from the result of `get_config`, or raises
      `NotImplementedError`, as an extractor around a given model may.

    Checking VGG16 takes about 15 seconds. Any test runner can be used.

    Example:
    ```python
    from nst_framework.testing import check_extractor


    def test_my_extractor():
        check_extractor(MyExtractor(weights=None))
    ```

    Args:
        extractor: The extractor.
        layers: Names of the layers to check, in the extractor's order; by default, all.

    Raises:
        AssertionError: At the first fault. The message names the fault, its place and the remedy.
        ValueError: If one of `layers` is unknown.
    """
    require(
        isinstance(extractor, FeatureExtractor),
        "check_extractor expects an extractor, such as check_extractor(MyExtractor()), but "
        f"received {extractor!r}: derive the class from nst_framework.FeatureExtractor and pass an "
        "instance.",
    )
    check_layer_names(extractor)
    layers = extractor.layer_names if layers is None else tuple(layers)
    extractor.check_layers(layers)
    check_minimum_size(extractor, layers)
    trial = ExtractorTrial(extractor, layers)
    for check in _CHECKS:
        check(trial)


def check_layer_names(extractor: FeatureExtractor) -> None:
    """The layers' names are distinct strings in a tuple."""
    name, layers = type(extractor).__name__, extractor.layer_names
    require(
        isinstance(layers, tuple) and len(layers) > 0,
        f"{name}.layer_names is {layers!r}, where a tuple of at least one name is expected, such "
        "as ('first', 'second').",
    )
    require(
        all(isinstance(layer, str) for layer in layers) and len(set(layers)) == len(layers),
        f"{name}.layer_names is {layers!r}, where distinct strings are expected.",
    )


def check_call(trial: ExtractorTrial) -> None:
    """`call` returns exactly the requested layers, finite, `(1, height, width, channels)`."""
    image = ops.convert_to_tensor(trial.image)
    for wanted in (trial.layers, trial.layers[-1:]):
        features = trial.extractor.call(trial.extractor.preprocess(image), wanted)
        require(
            isinstance(features, dict) and set(features) == set(wanted),
            f"{trial.name}.call returned {_names(features)} when it was asked for "
            f"{sorted(wanted)}: return a dictionary of these layers only.",
        )
    for layer, array in trial.extractor(image, trial.layers).items():
        shape = tuple(array.shape)
        require(
            len(shape) == 4 and shape[0] == 1 and min(shape) > 0,
            f"{trial.name} returned features of shape {shape} at layer {layer!r}, where "
            "(1, height, width, channels) is expected: keep the batch of one image.",
        )
        dtype = keras.backend.standardize_dtype(array.dtype)
        require(
            dtype == "float32",
            f"{trial.name} returned {dtype} at layer {layer!r} for an image in float32: cast the "
            "features to the image's dtype.",
        )
        require(
            bool(np.isfinite(ops.convert_to_numpy(array)).all()),
            f"{trial.name} returned features that are not finite at layer {layer!r} for a random "
            "image.",
        )


def check_selection(trial: ExtractorTrial) -> None:
    """A layer's features do not depend on the other requested layers or on their order."""
    together = trial.features(trial.image, trial.layers)
    backwards = trial.features(trial.image, trial.layers[::-1])
    for layer in trial.layers:
        alone = trial.features(trial.image, [layer])
        for other, how in ((alone, "on its own"), (backwards, "in another order")):
            require(
                relative_error(together[layer], other[layer]) < FEATURE_TOLERANCE,
                f"{trial.name} returned different features of layer {layer!r} when it was asked "
                f"for {how} than for all layers at once: make call depend only on the image, look "
                "up layers by name, and do not change a tensor once it is stored.",
            )


def check_repeatable(trial: ExtractorTrial) -> None:
    """The same image gives the same features every time."""
    first = trial.features(trial.image, trial.layers)
    trial.features(255 - trial.image, trial.layers)
    again = trial.features(trial.image, trial.layers)
    for layer in trial.layers:
        require(
            relative_error(first[layer], again[layer]) < FEATURE_TOLERANCE,
            f"{trial.name} returned different features of layer {layer!r} for the same image the "
            "second time: turn off dropout and batch statistics, and keep no state between calls.",
        )


def check_unknown_layer(trial: ExtractorTrial) -> None:
    """An unknown layer raises a `ValueError`."""
    image = ops.convert_to_tensor(trial.image)
    error = error_of(lambda: trial.extractor(image, [UNKNOWN_LAYER]))
    received = "no error" if error is None else type(error).__name__
    require(
        isinstance(error, ValueError),
        f"{trial.name} raised {received} when it was asked for the layer {UNKNOWN_LAYER!r}, where "
        "a ValueError is expected: call check_layers first, as FeatureExtractor.__call__ does.",
    )


def check_input_unchanged(trial: ExtractorTrial) -> None:
    """The input image is not modified."""
    array, tensor = trial.image.copy(), ops.convert_to_tensor(trial.image.copy())
    # Only arrays can be changed in place on every backend. An extractor that does not accept
    # arrays raises an error, which is ignored.
    error_of(lambda: trial.extractor.preprocess(array))
    trial.extractor(tensor, trial.layers)
    for after in (array, ops.convert_to_numpy(tensor)):
        require(
            bool(np.array_equal(after, trial.image)),
            f"{trial.name} changed the image in place: preprocess and call must create new "
            "tensors, with image = image - mean rather than image -= mean.",
        )


def check_flat_images(trial: ExtractorTrial) -> None:
    """Features and gradient are finite for images of a single color."""
    for color, pixel in (("black", 0.0), ("gray", 128.0), ("white", 255.0)):
        image = np.full_like(trial.image, pixel)
        for layer, array in trial.features(image, trial.layers).items():
            require_finite(
                array,
                f"{trial.name} returned features that are not finite at layer {layer!r} for a "
                f"{color} image",
            )
        for layer in trial.sampled_layers:
            _, gradient = trial.evaluate(layer, image, trial.random_weights(layer))
            where = f"{trial.gradient_at(layer)} is not finite for a {color} image"
            require_finite(gradient, where)


def check_configuration(trial: ExtractorTrial) -> None:
    """An extractor rebuilt from the configuration has the same features."""
    again = rebuild(trial.extractor)
    if again is None:
        return
    before = trial.features(trial.image, trial.layers)
    after = ExtractorTrial(again, trial.layers).features(trial.image, trial.layers)
    for layer in trial.layers:
        require(
            relative_error(before[layer], after[layer]) < FEATURE_TOLERANCE,
            f"{trial.name} has different features at layer {layer!r} after get_config and "
            "from_config: get_config must return every argument that they depend on.",
        )


def check_gradient(trial: ExtractorTrial) -> None:
    """The gradient is finite and nonzero, and its integral along two paths is correct."""
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
                f"finite differences by {error:.0%}: look for stop_gradient, rounding or NumPy "
                "code in preprocess and call.",
            )


def _evaluation(trial: ExtractorTrial, layer: str) -> Evaluate:
    weights = trial.random_weights(layer)

    def evaluate(point: Arrays) -> tuple[float, Arrays]:
        value, gradient = trial.evaluate(layer, point["image"], weights)
        return value, {"image": gradient}

    return evaluate


def _names(features: object) -> str:
    return str(sorted(features)) if isinstance(features, dict) else repr(type(features).__name__)


_CHECKS = (
    check_call,
    check_input_unchanged,
    check_repeatable,
    check_selection,
    check_unknown_layer,
    check_other_sizes,
    check_flat_images,
    check_gradient,
    check_receptive_field,
    check_configuration,
)
"""Ordered so that the first failure best explains those that would follow."""
