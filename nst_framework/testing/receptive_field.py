"""Checks that an extractor's receptive fields are correct, so that tiles are exact."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..extractors.base import ReceptiveField
from .requirements import relative_error, require
from .trials import FEATURE_TOLERANCE, ExtractorTrial

NOTHING = 1e-9
"""A derivative this small, relative to the largest one, counts as zero."""


@dataclass(frozen=True)
class _Cut:
    """Where a layer's features are compared: a crop that consists of own pixels and a halo.

    The crop begins at a multiple of the stride, away from the image's border.
    """

    field: ReceptiveField
    own: int

    @property
    def before(self) -> int:
        """The number of pixels of the crop before its own."""
        return self.field.stride * -(-self.field.halo // self.field.stride)

    @property
    def start(self) -> int:
        """The image's pixel at which the crop begins."""
        return 2 * self.field.stride

    @property
    def stop(self) -> int:
        """The image's pixel before which the crop ends."""
        return self.start + self.before + self.own + self.field.halo

    @property
    def length(self) -> int:
        """Pixels that the image needs: the crop, and room to see that a halo is too small."""
        return self.stop + 2 * self.field.stride + 8


def check_receptive_field(trial: ExtractorTrial) -> None:
    """A crop with its halo has the whole image's features, which depend on nothing beyond."""
    cuts = _cuts(trial)
    if not cuts:
        return
    side = max(cut.length for cut in cuts.values())
    image = trial.random_image(side, side + 5)
    whole = trial.features(image, list(trial.layers))
    for layer, cut in cuts.items():
        stride = cut.field.stride
        _require_rows(trial, layer, stride, image, whole[layer])
        crop = image[:, cut.start : cut.stop, cut.start : cut.stop]
        features = trial.features(crop, [layer])[layer]
        count, first = cut.own // stride, cut.before // stride
        own = slice(first, first + count)
        same = slice(cut.start // stride + first, cut.start // stride + first + count)
        error = relative_error(features[:, own, own], whole[layer][:, same, same])
        require(
            error < FEATURE_TOLERANCE,
            f"{trial.name} has different features at layer {layer!r} in a crop with its halo than "
            f"in the whole image (a relative difference of {error:.2g}), though "
            f"receptive_field({layer!r}) is {cut.field}: correct the stride and the halo, or "
            "return None.",
        )
    for layer in trial.sampled_layers:
        if layer in cuts:
            _require_no_dependence_beyond(trial, layer, cuts[layer])


def _cuts(trial: ExtractorTrial) -> dict[str, _Cut]:
    cuts = {}
    for layer in trial.layers:
        field = trial.extractor.receptive_field(layer)
        if field is None:
            continue
        require(
            isinstance(field, ReceptiveField) and field.stride >= 1 and field.halo >= 0,
            f"{trial.name}.receptive_field({layer!r}) returned {field!r}, where None or a "
            "ReceptiveField with a stride of at least 1 and a halo of at least 0 is expected.",
        )
        minimum = trial.extractor.minimum_size([layer])
        cuts[layer] = _Cut(field, field.stride * max(2, -(-minimum // field.stride)))
    return cuts


def _require_rows(
    trial: ExtractorTrial, layer: str, stride: int, image: np.ndarray, features: np.ndarray
) -> None:
    expected = image.shape[1] // stride, image.shape[2] // stride
    require(
        features.shape[1:3] == expected,
        f"{trial.name} has {features.shape[1:3]} rows and columns of features at layer {layer!r} "
        f"for an image of {image.shape[1:3]}, where {expected} are expected with the stride of "
        f"{stride} that receptive_field({layer!r}) states: correct it, or return None.",
    )


def _require_no_dependence_beyond(trial: ExtractorTrial, layer: str, cut: _Cut) -> None:
    # One position's gradient shows the receptive field itself, however little weight its rim has.
    stride, halo = cut.field.stride, cut.field.halo
    image = trial.random_image(cut.length, cut.length)
    row = (cut.start + cut.before) // stride
    weights = np.zeros_like(trial.features(image, [layer])[layer])
    weights[:, row, row] = 1
    _, gradient = trial.evaluate(layer, image, weights)
    slopes = np.abs(gradient[0]).max(axis=-1)
    seen = np.argwhere(slopes > NOTHING * slopes.max())
    if seen.size == 0:
        return
    first, last = row * stride, (row + 1) * stride - 1
    reach = max(int(first - seen.min()), int(seen.max() - last))
    require(
        reach <= halo,
        f"{trial.name} depends on pixels {reach} away at layer {layer!r}, where "
        f"receptive_field({layer!r}) states a halo of {halo}: correct it, or return None.",
    )
