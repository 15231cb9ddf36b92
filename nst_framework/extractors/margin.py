"""Mirrors an image beyond its border, and crops that margin from features."""

from __future__ import annotations

from typing import Any

from keras import ops


def mirror(image: Any, margin: int) -> Any:
    """Extends an image on each side by `margin` mirrored pixels, including the outermost ones.

    Turns `(1, height, width, channels)` into `(1, height + 2 * margin, width + 2 * margin,
    channels)`.
    """
    if margin == 0:
        return image
    height, width = image.shape[1:3]
    if min(height, width) < margin:
        raise ValueError(
            f"Expected an image of at least {margin} x {margin} pixels, the width of its mirrored "
            f"margin. Received: {width} x {height} pixels. Use a larger size."
        )
    # On PyTorch, Keras's `ops.pad(mode="symmetric")` repeats the outermost pixels instead.
    for axis in (1, 2):
        rows = (slice(None),) * axis
        before = ops.flip(image[(*rows, slice(None, margin))], axis=axis)
        after = ops.flip(image[(*rows, slice(-margin, None))], axis=axis)
        image = ops.concatenate([before, image, after], axis=axis)
    return image


def crop(features: Any, margin: int, height: int, width: int) -> Any:
    """Crops features to the `(batch, height, width, channels)` inside a margin."""
    # While a network is trained, its batch size is variable.
    batch = features.shape[0] or ops.shape(features)[0]
    channels = features.shape[-1]
    # TensorFlow's gradient of `features[:, ...]` took a quarter of an evaluation; the gradient of
    # `ops.slice` is a pad.
    return ops.slice(features, (0, margin, margin, 0), (batch, height, width, channels))
