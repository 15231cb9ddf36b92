"""VGG19, the network of the first paper on neural style transfer."""

from __future__ import annotations

import os

import keras

from ..defaults import POOLING
from .layer_names import VGG19_DEPTHS
from .vgg import VGGFeatureExtractor
from .vgg_weights import Architecture

VGG19 = Architecture(
    name="VGG19",
    depths=VGG19_DEPTHS,
    application=keras.applications.VGG19,
    imagenet_url="https://storage.googleapis.com/tensorflow/keras-applications/vgg19/"
    "vgg19_weights_tf_dim_ordering_tf_kernels_notop.h5",
    imagenet_md5="253f8cb515780f3b799900260a226db6",
    bundled_file=None,
)


@keras.saving.register_keras_serializable("nst_framework")
class VGG19FeatureExtractor(VGGFeatureExtractor):
    """The 16 convolutions and 5 pooling layers of VGG19, trained on ImageNet.

    This is the network of Gatys, Ecker and Bethge, 2016. Its weights are not part of this package:
    they are downloaded once. Otherwise it works like `VGG16FeatureExtractor`, including the layer
    names, `block1_conv1` to `block5_pool`, and the margin around the image.

    Source: Simonyan and Zisserman, "Very deep convolutional networks for large-scale image
    recognition", ICLR 2015, configuration E.

    Example:
    ```python
    extractor = VGG19FeatureExtractor()
    features = extractor(image, ["block1_conv1", "block3_conv4"])
    ```

    Args:
        weights: `"imagenet"`: full precision, 80 MB, downloaded once into Keras's cache. A path:
            a Keras `.h5` or `.weights.h5` file of VGG19 without its top. `None`: random numbers.
        pooling: `"avg"` or `"max"`, as for `VGG16FeatureExtractor`.
        seed: Seed of the random numbers for `weights=None`.

    Raises:
        ValueError: If an argument is invalid or the file does not contain VGG19's weights.
        FileNotFoundError: If the file does not exist.
        ConnectionError: If `"imagenet"` cannot be downloaded.
    """

    architecture = VGG19
    layer_names = VGG19.layer_names

    def __init__(
        self,
        weights: str | os.PathLike[str] | None = "imagenet",
        pooling: str = POOLING,
        seed: int = 0,
    ) -> None:
        super().__init__(weights, pooling, seed)
