"""The check of a feature extractor of one's own."""

from __future__ import annotations

from collections.abc import Sequence

from ..extractors.base import FeatureExtractor
from .configuration import remade
from .extractor_features import (
    TOLERANCE,
    check_call,
    check_input_unchanged,
    check_layer_names,
    check_minimum_size,
    check_other_sizes,
    check_repeatable,
    check_selection,
    check_unknown_layer,
)
from .extractor_gradient import check_flat_images, check_gradient
from .extractor_trial import ExtractorTrial
from .receptive_field import check_receptive_field
from .requirements import relative_error, require

CHECKS = (
    check_call,
    check_input_unchanged,
    check_repeatable,
    check_selection,
    check_unknown_layer,
    check_other_sizes,
    check_flat_images,
    check_gradient,
    check_receptive_field,
)
"""In this order: what fails first explains best what would fail after it."""


def check_extractor(extractor: FeatureExtractor, layers: Sequence[str] | None = None) -> None:
    """Checks a network on random images: its features, its gradient, and what it says of itself.

    Features have to be exactly those that were asked for, `(1, height, width, channels)`, finite,
    of the image's type, the same every time and in every selection of layers. The gradient by the
    image has to be finite, not zero, and that of the features. An unknown layer has to be a
    `ValueError`, and the image has to stay as it was. `minimum_size` and `receptive_field` have to
    be true, and `from_config` has to make the same network of what `get_config` returned, unless it
    raises a `NotImplementedError`, as that of a network around a given model may. The
    gradient is checked at three layers, the first and the last among them.

    VGG16 takes about 15 seconds. It works with any runner of tests.

    Example:
    ```python
    from nst_framework.testing import check_extractor


    def test_my_network():
        check_extractor(MyNetwork(weights=None))
    ```

    Args:
        extractor: The network.
        layers: Names of the layers to check, in the network's order; by default all.

    Raises:
        AssertionError: At the first thing that is wrong; it says what, where, and what to do.
        ValueError: If one of `layers` is unknown.
    """
    require(
        isinstance(extractor, FeatureExtractor),
        "check_extractor expects a network, such as check_extractor(MyNetwork()), and received "
        f"{extractor!r}: derive the class from nst_framework.FeatureExtractor and pass an "
        "instance.",
    )
    check_layer_names(extractor)
    layers = extractor.layer_names if layers is None else tuple(layers)
    extractor.check_layers(layers)
    check_minimum_size(extractor, layers)
    trial = ExtractorTrial(extractor, layers)
    for check in CHECKS:
        check(trial)
    _check_configuration(trial)


def _check_configuration(trial: ExtractorTrial) -> None:
    again = remade(trial.extractor)
    if again is None:
        return
    before = trial.features(trial.image, trial.layers)
    after = ExtractorTrial(again, trial.layers).features(trial.image, trial.layers)
    for layer in trial.layers:
        require(
            relative_error(before[layer], after[layer]) < TOLERANCE,
            f"{trial.name} has other features at layer {layer!r} after get_config and "
            "from_config: let get_config return every argument that they depend on.",
        )
