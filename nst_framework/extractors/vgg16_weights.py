"""Where the weights of VGG16 come from: the package, Keras's download, a file, or chance."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

import keras
import numpy as np

CONVOLUTIONS = (
    ("block1_conv1", 64),
    ("block1_conv2", 64),
    ("block2_conv1", 128),
    ("block2_conv2", 128),
    ("block3_conv1", 256),
    ("block3_conv2", 256),
    ("block3_conv3", 256),
    ("block4_conv1", 512),
    ("block4_conv2", 512),
    ("block4_conv3", 512),
    ("block5_conv1", 512),
    ("block5_conv2", 512),
    ("block5_conv3", 512),
)
"""Name and number of output channels."""

IMAGENET_FILE = "vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5"
IMAGENET_URL = "https://storage.googleapis.com/tensorflow/keras-applications/vgg16/" + IMAGENET_FILE
IMAGENET_MD5 = "6d6bbae143d832006294945121d1f1fc"

Weights = dict[str, tuple[np.ndarray, np.ndarray]]
"""`{layer: (kernel (3, 3, inputs, outputs), bias (outputs,))}`, float32."""


def load_weights(weights: str | None, seed: int = 0) -> Weights:
    """Loads the weights that `VGG16FeatureExtractor` describes under the same name.

    Args:
        weights: `"bundled"`, `"imagenet"`, a path, or `None`.
        seed: Seed for `None`.

    Returns:
        `{layer: (kernel (3, 3, inputs, outputs), bias (outputs,))}`, float32.

    Raises:
        ValueError: If the file is not one of VGG16's convolutions.
        FileNotFoundError: If there is no file of that name.
        ConnectionError: If `"imagenet"` cannot be downloaded.
    """
    if weights is None:
        return _random(seed)
    if weights == "bundled":
        return _bundled()
    if weights == "imagenet":
        return _keras_file(_download())
    path = Path(weights)
    if not path.is_file():
        raise FileNotFoundError(
            "Invalid value for argument `weights`. Expected 'bundled', 'imagenet', None, or the "
            f"path of a Keras .h5 file of VGG16. Received: weights={weights!r}, which is no file."
        )
    return _keras_file(path)


def pack(weights: Weights) -> dict[str, np.ndarray]:
    """Packs kernels into 8 bits, symmetric, with one scale for each output channel.

    Args:
        weights: `{layer: (kernel, bias)}`, float32.

    Returns:
        Arrays by name, for `numpy.savez_compressed`; `unpack` is the way back.
    """
    arrays = {}
    for name, (kernel, bias) in weights.items():
        scale = np.abs(kernel).max(axis=(0, 1, 2)) / 127
        arrays[f"{name}/kernel"] = np.rint(kernel / np.maximum(scale, 1e-30)).astype(np.int8)
        arrays[f"{name}/scale"] = scale.astype(np.float32)
        arrays[f"{name}/bias"] = bias.astype(np.float32)
    return arrays


def unpack(arrays: dict[str, np.ndarray]) -> Weights:
    """Turns what `pack` returned into kernels and biases again, float32."""
    return {
        name: (
            arrays[f"{name}/kernel"].astype(np.float32) * arrays[f"{name}/scale"],
            arrays[f"{name}/bias"],
        )
        for name, _ in CONVOLUTIONS
    }


def _bundled() -> Weights:
    with (
        resources.files("nst_framework.weights").joinpath("vgg16.npz").open("rb") as file,
        np.load(file, allow_pickle=False) as arrays,
    ):
        return unpack(dict(arrays))


def _random(seed: int) -> Weights:
    # He's initialisation keeps the size of the features the same from layer to layer.
    generator = np.random.default_rng(seed)
    weights = {}
    inputs = 3
    for name, outputs in CONVOLUTIONS:
        kernel = generator.normal(0.0, np.sqrt(2 / (9 * inputs)), (3, 3, inputs, outputs))
        weights[name] = (kernel.astype(np.float32), np.zeros(outputs, np.float32))
        inputs = outputs
    return weights


def _download() -> Path:
    try:
        path = keras.utils.get_file(
            IMAGENET_FILE, IMAGENET_URL, cache_subdir="models", file_hash=IMAGENET_MD5
        )
    # Keras wraps what urllib raises into a bare Exception.
    except Exception as error:
        raise ConnectionError(
            f"Expected to download the ImageNet weights of VGG16 from {IMAGENET_URL}. "
            f"Received: {error}. Use weights='bundled', which needs no download, or download the "
            "file elsewhere and pass its path as weights."
        ) from error
    return Path(path)


def _keras_file(path: Path) -> Weights:
    model = keras.applications.VGG16(include_top=False, weights=None)
    try:
        model.load_weights(path)
    except (ValueError, OSError, KeyError) as error:
        raise ValueError(
            "Invalid value for argument `weights`. Expected a Keras .h5 or .weights.h5 file of "
            f"VGG16 without its top (include_top=False). Received: {str(path)!r}, which Keras "
            f"cannot load: {str(error).splitlines()[0]}"
        ) from error
    return {name: tuple(model.get_layer(name).get_weights()) for name, _ in CONVOLUTIONS}
