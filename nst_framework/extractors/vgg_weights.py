"""The weights of VGG: from the package, Keras's download, a file, or random numbers."""

from __future__ import annotations

import warnings
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

import keras
import numpy as np

from .layer_names import vgg_layer_names

Weights = dict[str, tuple[np.ndarray, np.ndarray]]
"""`{layer: (kernel (3, 3, inputs, outputs), bias (outputs,))}`, float32."""

_LOADING_ERRORS = (
    AttributeError,
    LookupError,
    OSError,
    RuntimeError,
    TypeError,
    ValueError,
    zipfile.BadZipFile,
)
"""Errors that Keras and h5py raise for files that are damaged or of another kind."""

CHANNELS = (64, 128, 256, 512, 512)
"""Output channels of the convolutions in each of the five blocks."""


@dataclass(frozen=True)
class Architecture:
    """One of the VGG networks.

    Attributes:
        name: The network's name, as in Keras.
        depths: The number of convolutions in each of the five blocks.
        application: Keras's function that builds the network.
        imagenet_url: URL of Keras's weights, without the classifier on top.
        imagenet_md5: The MD5 digest of that file.
        bundled_file: Name of the packed file in `nst_framework/weights`, if there is one.
    """

    name: str
    depths: tuple[int, int, int, int, int]
    application: Callable[..., keras.Model]
    imagenet_url: str
    imagenet_md5: str
    bundled_file: str | None

    @property
    def layer_names(self) -> tuple[str, ...]:
        """The names of the convolutions and of the pooling layer after each block."""
        return vgg_layer_names(self.depths)

    @property
    def convolutions(self) -> dict[str, int]:
        """The number of output channels of each convolution, such as `"block1_conv1"`."""
        channels = {f"block{block}": count for block, count in enumerate(CHANNELS, start=1)}
        names = [name for name in self.layer_names if not name.endswith("_pool")]
        return {name: channels[name.partition("_")[0]] for name in names}


def load_weights(architecture: Architecture, weights: str | None, seed: int = 0) -> Weights:
    """Loads the weights given by the extractors' argument; `seed` applies to `None`."""
    if weights is None:
        return _random(architecture, seed)
    if weights == "imagenet":
        return _keras_file(architecture, _download(architecture))
    bundled = architecture.bundled_file
    if weights == "bundled" and bundled is not None:
        return _bundled(bundled)
    choices = "'bundled', 'imagenet', None" if bundled else "'imagenet', None"
    expected = (
        f"Invalid value for argument `weights`. Expected {choices}, or the path of a Keras .h5 "
        f"file of {architecture.name}."
    )
    if weights == "bundled":
        raise ValueError(
            f"{expected} Received: weights='bundled', but the weights of {architecture.name} are "
            "not part of this package. VGG16's are: use VGG16FeatureExtractor()."
        )
    path = Path(weights)
    if not path.is_file():
        raise FileNotFoundError(f"{expected} Received: weights={weights!r}, which is not a file.")
    return _keras_file(architecture, path)


def pack(weights: Weights) -> dict[str, np.ndarray]:
    """Packs kernels into 8 bits, symmetric, with one scale for each output channel.

    The arrays are for `numpy.savez_compressed`; `unpack` reverses it.
    """
    arrays = {}
    for name, (kernel, bias) in weights.items():
        scale = np.abs(kernel).max(axis=(0, 1, 2)) / 127
        arrays[f"{name}/kernel"] = np.rint(kernel / np.maximum(scale, 1e-30)).astype(np.int8)
        arrays[f"{name}/scale"] = scale.astype(np.float32)
        arrays[f"{name}/bias"] = bias.astype(np.float32)
    return arrays


def unpack(arrays: dict[str, np.ndarray]) -> Weights:
    """Reverses `pack`: returns float32 kernels and biases."""
    names = [array.removesuffix("/kernel") for array in arrays if array.endswith("/kernel")]
    return {
        name: (
            arrays[f"{name}/kernel"].astype(np.float32) * arrays[f"{name}/scale"],
            arrays[f"{name}/bias"],
        )
        for name in names
    }


def _bundled(name: str) -> Weights:
    with (
        resources.files("nst_framework.weights").joinpath(name).open("rb") as file,
        np.load(file, allow_pickle=False) as arrays,
    ):
        return unpack(dict(arrays))


def _random(architecture: Architecture, seed: int) -> Weights:
    # He initialization keeps the features of all layers at the same scale.
    generator = np.random.default_rng(seed)
    weights = {}
    inputs = 3
    for name, outputs in architecture.convolutions.items():
        kernel = generator.normal(0.0, np.sqrt(2 / (9 * inputs)), (3, 3, inputs, outputs))
        weights[name] = (kernel.astype(np.float32), np.zeros(outputs, np.float32))
        inputs = outputs
    return weights


def _download(architecture: Architecture) -> Path:
    url = architecture.imagenet_url
    try:
        path = keras.utils.get_file(
            url.rpartition("/")[2],
            url,
            cache_subdir="models",
            file_hash=architecture.imagenet_md5,
        )
    # Keras wraps urllib's errors in a bare Exception.
    except Exception as error:
        bundled = "weights='bundled'" if architecture.bundled_file else "VGG16FeatureExtractor()"
        raise ConnectionError(
            f"Could not download the ImageNet weights of {architecture.name} from {url}. "
            f"Received: {error}. Use {bundled}, which needs no download, or download the "
            "file elsewhere and pass its path as weights."
        ) from error
    return Path(path)


def _keras_file(architecture: Architecture, path: Path) -> Weights:
    model = architecture.application(include_top=False, weights=None)
    try:
        with warnings.catch_warnings():
            # Keras warns about each layer that it then rejects.
            warnings.simplefilter("ignore")
            model.load_weights(path)
    except _LOADING_ERRORS as error:
        reason = [*str(error).splitlines(), type(error).__name__][0]
        raise ValueError(
            "Invalid value for argument `weights`. Expected a Keras .h5 or .weights.h5 file of "
            f"{architecture.name} without its top (include_top=False). Received: {str(path)!r}, "
            f"which Keras cannot load: {reason}"
        ) from error
    return {name: tuple(model.get_layer(name).get_weights()) for name in architecture.convolutions}
