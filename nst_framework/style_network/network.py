"""The network that learns one or several paintings."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from keras import ops

from ..checks import check_integer
from ..defaults import SIZE
from ..images.bit_depth import dither
from ..images.reading import ImageSource
from .file import read_network, write_network
from .layers import ConvolutionBlock, reflect, scale_input, scale_output
from .objective import StyleObjective
from .painting import paint_photograph, style_weights
from .record import LIMITS, Record

BORDER = 4
"""Width of the reflected border, in pixels, of the first and the last convolution."""


@keras.saving.register_keras_serializable("nst_framework")
class StyleNetwork(keras.Model):
    r"""A network that renders a photograph in a learned style, in one pass.

    Three convolutions reduce the photograph to a quarter of its height and width, residual blocks
    follow, and three convolutions enlarge it again. All but the last have instance normalization.
    The result has the photograph's size. Unlike in the paper, borders are reflected to avoid
    frames, pixels are repeated for upsampling to avoid checkerboards, and half of the photograph's
    luminance is added to the output to preserve faces after a short training.

    Several styles share the convolutions, and each has its own scales and offsets. In a batch, the
    image at position $i$ is rendered in style $i \bmod S$ of $S$ unless `style` is passed;
    `StyleObjective` compares it with the same style.

    Example:
    ```python
    network = StyleNetwork()
    network.compile("adam", loss=StyleObjective(extractor, losses, style="painting.jpg"))
    data = Photographs("photographs", size=256, batch_size=4)
    network.fit(data, validation_data=data.held_out, epochs=2)
    ```

    Source: Johnson, Alahi and Fei-Fei, "Perceptual losses for real-time style transfer and
    super-resolution", ECCV 2016, and its supplement, table 1; for several styles, Dumoulin, Shlens
    and Kudlur, "A learned representation for artistic style", ICLR 2017.

    Args:
        styles: The number of styles.
        width: The number of channels at full size, which doubles at each reduction. The papers use
            32.
        blocks: The number of residual blocks.
        dtype: Keras's dtype policy, such as `"mixed_bfloat16"`. The output is always float32.
        name: The network's name.

    Attributes:
        learned: The record of the training, from the network's file.
        default_style: The index of the style that `paint` uses by default.

    Raises:
        ValueError: If `styles` is not a whole number from 1 to 256, `width` from 1 to 128, or
            `blocks` from 0 to 16.
    """

    def __init__(
        self,
        styles: int = 1,
        width: int = 32,
        blocks: int = 5,
        dtype: Any = None,
        name: str | None = None,
    ) -> None:
        super().__init__(dtype=dtype, name=name)
        self.styles = _check_size("styles", styles)
        self.width = _check_size("width", width)
        self.blocks = _check_size("blocks", blocks)
        self.reducing = [
            self._block(width, kernel_size=2 * BORDER + 1),
            self._block(2 * width, strides=2),
            self._block(4 * width, strides=2),
        ]
        self.residual = [
            self._block(4 * width, activation=number % 2 == 0) for number in range(2 * blocks)
        ]
        self.enlarging = [
            self._block(2 * width, upsampling=2),
            self._block(width, upsampling=2),
        ]
        # Always float32, because bfloat16 distinguishes only every other pixel value.
        self.painting = keras.layers.Conv2D(
            3, 2 * BORDER + 1, data_format="channels_last", dtype="float32"
        )
        self.build((None, None, None, 3))
        self.learned = Record()
        self.default_style = 0

    def build(self, input_shape: Any) -> None:
        """Creates the weights, which do not depend on the image's size."""
        channels = 3
        for block in self.sequence:
            block.build((None, None, None, channels))
            channels = block.filters
        self.painting.build((None, None, None, channels))
        self.built = True

    @property
    def sequence(self) -> list[ConvolutionBlock]:
        """All blocks, in order."""
        return [*self.reducing, *self.residual, *self.enlarging]

    def call(self, photographs: Any, style: Any = None, training: bool | None = None) -> Any:
        """Renders photographs in the network's styles.

        Args:
            photographs: Tensor `(batch, height, width, 3)`, RGB, 0 to 255, of at least 8 x 8
                pixels.
            style: Tensor `(batch, styles)`: the weights of the styles for each image. By default,
                the position in the batch selects one style.
            training: Ignored.

        Returns:
            Tensor of the photographs' shape, float32. Clip it to 0 to 255.
        """
        height, width = ops.shape(photographs)[1:3]
        if style is None:
            style = self._styles_by_position(photographs)
        features = scale_input(photographs, self.compute_dtype)
        for block in self.reducing:
            features = block(features, style)
        for first, second in zip(self.residual[::2], self.residual[1::2], strict=True):
            features = features + second(first(features, style), style)
        for block in self.enlarging:
            features = block(features, style)
        # Reduction rounds up, so the result may be larger than the photograph.
        features = reflect(features[:, :height, :width], BORDER)
        return scale_output(self.painting(features), photographs)

    def paint(
        self,
        photograph: ImageSource,
        size: int | None = SIZE,
        style: Sequence[float] | None = None,
        color: str = "style",
        in_bands: bool | None = None,
        as_float: bool = False,
    ) -> np.ndarray:
        """Renders a photograph of any size in a learned style.

        Example:
        ```python
        network = StyleNetwork.load("painting.keras")
        write_image("result.png", network.paint("photograph.jpg", size=1024))
        ```

        Args:
            photograph: A path, an array, a tensor or a `PIL.Image`.
            size: Length of the longer side, in pixels; `None` keeps the photograph's size. The size
                of the strokes in pixels is fixed, so they look finer in a larger image.
            style: With several styles, a weight for each one; the weights are normalized to a sum
                of 1. The default is the first style, or the one whose name was passed to `load`.
            color: Source of the colors, as for `Trainer.fit`, except `"placed"`.
            in_bands: Whether to process the image in bands of rows, which takes less memory and
                gives the same result except for rounding. `None`: only if it is large.
            as_float: Whether to return float32, 0 to 255, which `write_image` can save in 16 bits,
                instead of an image dithered to 8 bits.

        Returns:
            Array `(height, width, 3)`, uint8 (float32 with `as_float`). If the photograph has
            alpha, it is the fourth channel.

        Raises:
            FileNotFoundError: If the file does not exist.
            ValueError: If an argument or the photograph is invalid.
        """
        weights = style_weights(style, self.styles, self.default_style)
        painted = paint_photograph(self, photograph, size, weights, color, in_bands)
        return painted if as_float else dither(painted)

    def save(
        self, filepath: str | os.PathLike[str], overwrite: bool = True, zipped: bool | None = None
    ) -> None:
        """Writes the network and the record of its training, without losses and optimizer.

        The weights are rounded to 16 bits. Both `StyleNetwork.load` and
        `keras.saving.load_model` read the file.

        Args:
            filepath: A path that ends in `.keras`.
            overwrite: Whether to replace an existing file.
            zipped: For compatibility with Keras; the file is always an archive.

        Raises:
            FileExistsError: If the file exists and `overwrite` is false.
            ValueError: If the path does not end in `.keras`, or weights are not finite.
        """
        if zipped is False:
            raise ValueError("Expected zipped=True or None. Received: zipped=False. Leave it out.")
        write_network(filepath, self, self.record, overwrite)

    def export(self, filepath: str | os.PathLike[str], *args: Any, **kwargs: Any) -> None:
        """Exports the network, as in Keras, for images of any size."""
        # Keras exports only networks that have been called.
        self(keras.Input((None, None, 3)))
        super().export(filepath, *args, **kwargs)

    @classmethod
    def load(cls, source: str | os.PathLike[str]) -> StyleNetwork:
        """Loads a network from a file, or a painting that comes with the package.

        Files need not be trusted: only numbers and sizes are read from them.

        Example:
        ```python
        StyleNetwork.load("brush_strokes").paint("photograph.jpg")
        ```

        Args:
            source: The path of a file that `save` wrote, or the name of a painting.

        Raises:
            FileNotFoundError: If the file does not exist.
            ValueError: If the file does not contain a style network.
        """
        network, learned = read_network(source)
        network.learned = learned
        if (name := os.fspath(source)) in learned.names:
            network.default_style = learned.names.index(name)
        return network

    @property
    def record(self) -> Record:
        """The record of the current objective, or of the loaded file."""
        return self.loss.record() if isinstance(self.loss, StyleObjective) else self.learned

    def get_compile_config(self) -> dict[str, Any] | None:
        """As in Keras, but `None` for a `StyleObjective`, which is not part of the file."""
        return None if isinstance(self.loss, StyleObjective) else super().get_compile_config()

    def compute_loss(
        self,
        x: Any = None,
        y: Any = None,
        y_pred: Any = None,
        sample_weight: Any = None,
        training: bool = True,
    ) -> Any:
        """As in Keras, after checking that network and objective have the same number of styles."""
        if isinstance(self.loss, StyleObjective) and self.loss.styles != self.styles:
            raise ValueError(
                f"Expected an objective with {self.styles} styles, like the network. Received: "
                f"one with {self.loss.styles}. Use StyleNetwork(styles={self.loss.styles})."
            )
        return super().compute_loss(x, y, y_pred, sample_weight, training)

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {
            "styles": self.styles,
            "width": self.width,
            "blocks": self.blocks,
            "dtype": self.dtype_policy.name,
            "name": self.name,
        }

    def _styles_by_position(self, photographs: Any) -> Any:
        """The style at each position of a batch, as weights `(batch, styles)`."""
        positions = ops.arange(ops.shape(photographs)[0])
        return ops.one_hot(positions % self.styles, self.styles)

    def _block(
        self,
        filters: int,
        kernel_size: int = 3,
        strides: int = 1,
        upsampling: int = 1,
        activation: bool = True,
    ) -> ConvolutionBlock:
        return ConvolutionBlock(
            filters,
            kernel_size,
            strides,
            upsampling,
            activation,
            styles=self.styles,
            dtype=self.dtype_policy,
        )


def _check_size(name: str, value: int) -> int:
    if check_integer(name, value, LIMITS[name][0]) > (most := LIMITS[name][1]):
        raise ValueError(
            f"Invalid value for argument `{name}`. Expected a whole number of at most {most}. "
            f"Received: {name}={value!r}."
        )
    return int(value)
