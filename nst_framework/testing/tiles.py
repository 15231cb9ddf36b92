"""Checks that tiles are exact: means over positions in losses, and receptive fields."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

import keras
import numpy as np
from keras import ops

from ..extractors.base import FeatureExtractor, ReceptiveField
from ..losses.base import IMAGE, Loss
from ..objective.recipe import Recipe
from ..objective.tiled.objective import TiledObjective
from ..objective.whole import Objective
from .requirements import DTYPE, relative_error, require
from .trials import FEATURE_TOLERANCE, ExtractorTrial, LossTrial, random_image

PARTS_TOLERANCE = 1e-6 if DTYPE == "float64" else 1e-4
TILES_TOLERANCE = 1e-4

NEGLIGIBLE = 1e-9
"""A derivative this small, relative to the largest one, counts as zero."""


def check_parts(trial: LossTrial) -> None:
    """The means of parts, weighted by their numbers of positions, add up to that of the whole."""
    loss = trial.loss
    if loss.mean_over_positions is None or type(loss).represent_layers is not Loss.represent_layers:
        return
    for layer in loss.layers:
        for axis, direction in ((1, "top and bottom"), (2, "left and right")):
            whole = _mean(trial, layer, trial.actual[layer], trial.reference[layer])
            added: list[Any] = [0.0] * len(whole)
            for fraction, index in _parts(trial.actual[layer].shape, axis, loss.window):
                actual, reference = trial.actual[layer][index], trial.reference[layer][index]
                part = _mean(trial, layer, actual, reference)
                require(
                    [each.shape for each in part] == [each.shape for each in whole],
                    f"{trial.name}.represent at layer {layer!r} returns a different shape for a "
                    "part of the features than for the whole, although mean_over_positions is "
                    "'represent': return a mean over positions, or set it to None.",
                )
                added = [total + fraction * each for total, each in zip(added, part, strict=True)]
            error = max(map(relative_error, added, whole), default=0.0)
            require(
                error < PARTS_TOLERANCE,
                f"{trial.name}.{loss.mean_over_positions} is not a mean over positions at layer "
                f"{layer!r}, although mean_over_positions declares it: {direction}, weighted by "
                "their numbers of positions, do not add up to the whole (a relative difference of "
                f"{error:.2g}). Divide by the number of positions, correct window={loss.window}, "
                "or set mean_over_positions to None.",
            )


def check_tiles(trial: LossTrial) -> None:
    """An image in two tiles has the value and the gradient of the whole image."""
    loss = trial.loss
    if loss.mean_over_positions is None:
        return
    extractor = SmallExtractor([layer for layer in loss.layers if layer != IMAGE])
    height = 2 * max(6, 2 * loss.window)
    generator = np.random.default_rng(6)
    content, style, image = (
        random_image(height, 2 * height - 1, generator).astype(np.float32) for _ in range(3)
    )
    recipe = Recipe(extractor, [loss], {loss.name: 1.0})
    whole = Objective(recipe, content, style)(image)
    tiled = TiledObjective(recipe, content, style, tile_size=height)(image)
    advice = (
        f"although mean_over_positions is {loss.mean_over_positions!r}: each layer's statistic "
        f"must be a mean over that layer's positions. Correct it or window={loss.window}, or set "
        "mean_over_positions to None."
    )
    require(
        math.isclose(tiled.loss, whole.loss, rel_tol=TILES_TOLERANCE),
        f"{trial.name} is {whole.loss:g} for a whole image and {tiled.loss:g} for the same image "
        f"in two tiles, {advice}",
    )
    error = relative_error(tiled.gradient, whole.gradient)
    require(
        error < TILES_TOLERANCE,
        f"The gradient of {trial.name} for an image in two tiles differs from that for the whole "
        f"image (a relative difference of {error:.2g}), {advice}",
    )


def check_receptive_field(trial: ExtractorTrial) -> None:
    """A crop with its halo has the features of the whole image, which depend on no other pixels."""
    for layer in trial.layers:
        field = trial.extractor.receptive_field(layer)
        if field is None:
            continue
        require(
            isinstance(field, ReceptiveField) and field.stride >= 1 and field.halo >= 0,
            f"{trial.name}.receptive_field({layer!r}) returned {field!r}, where None or a "
            "ReceptiveField with a stride of at least 1 and a halo of at least 0 is expected.",
        )
        _check_field(trial, layer, field)


def _check_field(trial: ExtractorTrial, layer: str, field: ReceptiveField) -> None:
    stride, halo = field.stride, field.halo
    # The crop, which includes the halo, begins at a multiple of the stride, away from the image's
    # border. The image is large enough to detect a halo that is too small.
    own = stride * max(2, -(-trial.extractor.minimum_size([layer]) // stride))
    before = stride * -(-halo // stride)
    start = 2 * stride
    stop = start + before + own + halo
    side = stop + 2 * stride + 8
    image = trial.random_image(side, side + 5)
    whole = trial.features(image, [layer])[layer]
    expected = image.shape[1] // stride, image.shape[2] // stride
    require(
        whole.shape[1:3] == expected,
        f"{trial.name} has {whole.shape[1:3]} rows and columns of features at layer {layer!r} "
        f"for an image of {image.shape[1:3]}, where {expected} are expected with the stride of "
        f"{stride} that receptive_field({layer!r}) states: correct it, or return None.",
    )
    crop = trial.features(image[:, start:stop, start:stop], [layer])[layer]
    first, row = before // stride, (start + before) // stride
    inside, same = (slice(at, at + own // stride) for at in (first, row))
    error = relative_error(crop[:, inside, inside], whole[:, same, same])
    require(
        error < FEATURE_TOLERANCE,
        f"{trial.name} has different features at layer {layer!r} in a crop with its halo than "
        f"in the whole image (a relative difference of {error:.2g}), although "
        f"receptive_field({layer!r}) is {field}: correct the stride or the halo, or return None.",
    )
    if layer not in trial.sampled_layers:
        return
    # The gradient of one position shows its receptive field, even if the rim has little weight.
    weights = np.zeros_like(whole)
    weights[:, row, row] = 1
    _, gradient = trial.evaluate(layer, image, weights)
    slopes = np.abs(gradient[0]).max(axis=-1)
    seen = np.argwhere(slopes > NEGLIGIBLE * slopes.max())
    if seen.size == 0:
        return
    reach = max(int(row * stride - seen.min()), int(seen.max() - ((row + 1) * stride - 1)))
    require(
        reach <= halo,
        f"{trial.name} depends on pixels {reach} away at layer {layer!r}, where "
        f"receptive_field({layer!r}) states a halo of {halo}: correct it, or return None.",
    )


def _mean(trial: LossTrial, layer: str, actual: np.ndarray, reference: np.ndarray) -> list[Any]:
    """The quantity that the loss declares as a mean over positions, as a list of arrays."""
    loss = trial.loss
    result = loss.represent(ops.convert_to_tensor(actual))
    if loss.mean_over_positions == "compare":
        has_target = loss.target is not None
        target = loss.represent(ops.convert_to_tensor(reference)) if has_target else None
        result = loss.compare(result, target)
    return [np.asarray(ops.convert_to_numpy(leaf)) for leaf in keras.tree.flatten(result)]


def _parts(
    shape: tuple[int, ...], axis: int, window: int
) -> Iterator[tuple[float, tuple[slice, ...]]]:
    """Two unequal parts and their fractions; a window belongs to the part where it starts."""
    terms = shape[axis] - window + 1
    middle = terms // 3
    for start, stop in ((0, middle), (middle, terms)):
        index = [slice(None)] * len(shape)
        index[axis] = slice(start, stop + window - 1)
        yield (stop - start) / terms, tuple(index)


class SmallExtractor(FeatureExtractor):
    """A convolution of the image for each layer, at half size for all but the first."""

    def __init__(self, layer_names: Sequence[str]) -> None:
        self.layer_names = tuple(layer_names)
        generator = np.random.default_rng(0)
        self._kernels = {name: generator.normal(0, 0.3, (3, 3, 3, 8)) for name in layer_names}

    def preprocess(self, image: Any) -> Any:
        """Maps 0 to 255 to -1 to 1."""
        return image / 127.5 - 1

    def call(self, image: Any, layers: Sequence[str]) -> dict[str, Any]:
        """Applies each layer's kernel."""
        half = ops.average_pool(image, 2, strides=2, data_format="channels_last")
        features = {}
        for layer in layers:
            seen = image if self.receptive_field(layer).stride == 1 else half
            kernel = ops.cast(self._kernels[layer], image.dtype)
            convolved = ops.conv(seen, kernel, padding="same", data_format="channels_last")
            features[layer] = ops.relu(convolved)
        return features

    def receptive_field(self, layer: str) -> ReceptiveField:
        """A convolution reaches one position further."""
        stride = 1 if layer == self.layer_names[0] else 2
        return ReceptiveField(stride, stride)
