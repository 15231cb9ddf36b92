"""Layer names of the networks of the command line, available without loading Keras."""

from __future__ import annotations

from collections.abc import Sequence

VGG16_DEPTHS = (2, 2, 3, 3, 3)
VGG19_DEPTHS = (2, 2, 4, 4, 4)
"""The number of convolutions in each of the five blocks."""

FILTER_SIZES = (3, 5, 7, 11, 15, 23)
"""Sizes of the random filters in pixels: the paper's, without the two largest, 37 and 55."""


def vgg_layer_names(depths: Sequence[int]) -> tuple[str, ...]:
    """The names of the convolutions and of the pooling layer after each block."""
    names = []
    for block, depth in enumerate(depths, start=1):
        names += [f"block{block}_conv{number}" for number in range(1, depth + 1)]
        names.append(f"block{block}_pool")
    return tuple(names)


def filter_names(sizes: Sequence[int]) -> tuple[str, ...]:
    """The names of the layers of random filters, one per size."""
    return tuple(f"filters_{size}" for size in sizes)


LAYER_NAMES = {
    "vgg16": vgg_layer_names(VGG16_DEPTHS),
    "vgg19": vgg_layer_names(VGG19_DEPTHS),
    "random": filter_names(FILTER_SIZES),
}
"""The layers of each network, by the network's name on the command line."""
