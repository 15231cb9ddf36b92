"""The layers of a style network: convolutions with reflected borders, and normalization."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import ops

from ..images.color_matching import LUMINANCE

LUMINANCE_SHARE = 0.5
"""The fraction of the photograph's luminance that is added to the network's output."""

EPSILON = 1e-5
"""Added to the variance so that a flat channel becomes 0."""


@keras.saving.register_keras_serializable("nst_framework")
class InstanceNormalization(keras.layers.Layer):
    r"""Normalizes each channel of each image, with the scale and offset of a style or a mixture.

    $$ y = \sum_s v_s \gamma_s \, \frac{x - \mu(x)}{\sqrt{\sigma^2(x) + \epsilon}}
           + \sum_s v_s \beta_s $$

    Here, $\mu$ and $\sigma^2$ are the mean and the variance over the positions of one image, and
    $v_s$ is the weight of each style. Features are centered twice, because the mean of large
    numbers is not exact: a flat channel then becomes 0 on every backend.

    Source: Ulyanov, Vedaldi and Lempitsky, "Instance normalization", 2016; for several styles,
    Dumoulin, Shlens and Kudlur, "A learned representation for artistic style", ICLR 2017,
    equation 5.

    Args:
        styles: The number of styles.
        dtype: Keras's dtype policy. Statistics are computed in float32.
    """

    def __init__(self, styles: int = 1, dtype: Any = None, name: str | None = None) -> None:
        super().__init__(dtype=dtype, name=name)
        self.styles = styles

    def build(self, input_shape: Any) -> None:
        """Creates a scale and an offset for each style and channel."""
        shape = (self.styles, input_shape[-1])
        self.gamma = self.add_weight(shape=shape, initializer="ones", name="gamma")
        self.beta = self.add_weight(shape=shape, initializer="zeros", name="beta")

    def call(self, features: Any, style: Any) -> Any:
        """Normalizes features `(batch, height, width, channels)`.

        `style` is `(batch, styles)`: the weights of the styles for each image.
        """
        features = ops.cast(features, "float32")
        centered = features - _mean(features)
        centered = centered - _mean(centered)
        variance = _mean(ops.square(centered))
        normalized = centered * ops.rsqrt(variance + EPSILON)
        return ops.cast(self.scale(normalized, style), self.compute_dtype)

    def scale(self, normalized: Any, style: Any) -> Any:
        """Applies the scale and the offset of the styles to normalized features, in float32."""
        style = ops.cast(style, "float32")
        gamma = ops.matmul(style, ops.cast(self.gamma, "float32"))[:, None, None]
        beta = ops.matmul(style, ops.cast(self.beta, "float32"))[:, None, None]
        return normalized * gamma + beta

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {"styles": self.styles, "name": self.name, "dtype": self.dtype_policy.name}


@keras.saving.register_keras_serializable("nst_framework")
class ConvolutionBlock(keras.layers.Layer):
    """Upsampling, reflected border, convolution, instance normalization and ReLU.

    Args:
        filters: The number of output channels.
        kernel_size: Height and width of the kernel, odd.
        strides: 2 halves height and width, rounded up.
        upsampling: 2 doubles height and width before the convolution, by repeating pixels. Unlike
            a transposed convolution, this leaves no checkerboard pattern.
        activation: Whether ReLU follows.
        styles: The number of styles.
        dtype: Keras's dtype policy.
    """

    def __init__(
        self,
        filters: int,
        kernel_size: int = 3,
        strides: int = 1,
        upsampling: int = 1,
        activation: bool = True,
        styles: int = 1,
        dtype: Any = None,
        name: str | None = None,
    ) -> None:
        super().__init__(dtype=dtype, name=name)
        self.filters = filters
        self.kernel_size = kernel_size
        self.strides = strides
        self.upsampling = upsampling
        self.activation = activation
        self.styles = styles
        # The normalization removes any bias.
        self.convolution = keras.layers.Conv2D(
            filters,
            kernel_size,
            strides,
            use_bias=False,
            data_format="channels_last",
            dtype=self.dtype_policy,
        )
        self.normalization = InstanceNormalization(styles, dtype=self.dtype_policy)

    def build(self, input_shape: Any) -> None:
        """Creates the kernel, the scales and the offsets."""
        self.convolution.build((None, None, None, input_shape[-1]))
        self.normalization.build((None, None, None, self.filters))

    def call(self, features: Any, style: Any) -> Any:
        """Runs the block on `(batch, height, width, channels)`; `style` is `(batch, styles)`."""
        features = upsample(features, self.upsampling)
        features = self.convolution(reflect(features, self.kernel_size // 2))
        features = self.normalization(features, style)
        return ops.relu(features) if self.activation else features

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {
            "filters": self.filters,
            "kernel_size": self.kernel_size,
            "strides": self.strides,
            "upsampling": self.upsampling,
            "activation": self.activation,
            "styles": self.styles,
            "name": self.name,
            "dtype": self.dtype_policy.name,
        }


def _mean(features: Any) -> Any:
    """The mean of each channel, `(batch, 1, 1, channels)`.

    It is computed one axis at a time. Over both axes, TensorFlow on a CPU adds millions of numbers
    one by one, and the mean of 1024 x 1024 times 123.68 is 122.04.
    """
    return ops.mean(ops.mean(features, axis=2, keepdims=True), axis=1, keepdims=True)


def reflect(features: Any, margin: int) -> Any:
    """Pads features on all four sides by reflection, without repeating the border."""
    return ops.pad(features, [(0, 0), (margin, margin), (margin, margin), (0, 0)], mode="reflect")


def upsample(features: Any, factor: int) -> Any:
    """Repeats each position `factor` times in height and width."""
    if factor == 1:
        return features
    return ops.repeat(ops.repeat(features, factor, axis=1), factor, axis=2)


def scale_input(photographs: Any, dtype: str) -> Any:
    """Maps values from 0 to 255 to the range from -1 to 1."""
    return ops.cast(photographs, dtype) / 127.5 - 1


def scale_output(painted: Any, photographs: Any) -> Any:
    """Maps to 0 to 255 and adds a part of the photographs' luminance; both are `(…, 3)`."""
    weights = LUMINANCE[:, None].astype(np.float32)
    light = ops.matmul(ops.cast(photographs, "float32") - 127.5, weights)
    return 127.5 + 150 * painted + LUMINANCE_SHARE * light
