"""VGG16, the network of the style transfer papers."""

from __future__ import annotations

import keras

from .layer_names import VGG16_DEPTHS
from .vgg import VGGFeatureExtractor
from .vgg_weights import Architecture

VGG16 = Architecture(
    name="VGG16",
    depths=VGG16_DEPTHS,
    application=keras.applications.VGG16,
    imagenet_url="https://storage.googleapis.com/tensorflow/keras-applications/vgg16/"
    "vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5",
    imagenet_md5="6d6bbae143d832006294945121d1f1fc",
    bundled_file="vgg16.npz",
)


@keras.saving.register_keras_serializable("nst_framework")
class VGG16FeatureExtractor(VGGFeatureExtractor):
    """The 13 convolutions and 5 pooling layers of VGG16, trained on ImageNet.

    The layers have Keras's names, `block1_conv1` to `block5_pool`; a convolution's features are
    taken after its ReLU. The network is run no further than the deepest requested layer. The image
    is mirrored beyond its border, and the margin is cropped from the features. Features near the
    border therefore differ from those of Keras's VGG16, whose zero padding would leave a seam a few
    pixels wide along the border of the result.

    Source: Simonyan and Zisserman, "Very deep convolutional networks for large-scale image
    recognition", ICLR 2015, configuration D.

    Example:
    ```python
    extractor = VGG16FeatureExtractor(pooling="max")
    features = extractor(image, ["block1_conv1", "block4_conv2"])
    ```

    Args:
        weights: `"bundled"`: the weights in this package, 8 bits with a scale for each output
            channel. `"imagenet"`: full precision, downloaded once into Keras's cache. A path:
            a Keras `.h5` or `.weights.h5` file of VGG16 without its top. `None`: random numbers.
        pooling: `"avg"`, which gives smoother pictures with fewer color specks (Gatys et al. also
            found it slightly more appealing), or `"max"`, with which the network was trained. The
            losses' default weights are meant for `"avg"`.
        seed: Seed of the random numbers for `weights=None`.

    Raises:
        ValueError: If an argument is invalid or the file does not contain VGG16's weights.
        FileNotFoundError: If the file does not exist.
        ConnectionError: If `"imagenet"` cannot be downloaded.
    """

    architecture = VGG16
    layer_names = VGG16.layer_names
