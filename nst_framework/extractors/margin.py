"""The mirror image that continues an image beyond its border, and features without it."""

from __future__ import annotations

from typing import Any

from keras import ops


def mirror(image: Any, margin: int) -> Any:
    """Continues an image by `margin` pixels of its mirror image, the outermost pixels included.

    Of `(1, height, width, channels)` it makes `(1, height + 2 * margin, width + 2 * margin,
    channels)`.
    """
    if margin == 0:
        return image
    height, width = image.shape[1:3]
    if min(height, width) < margin:
        raise ValueError(
            f"Expected an image of at least {margin} x {margin} pixels, which is the margin that "
            f"mirrors it. Received: {width} x {height} pixels. Use a larger size."
        )
    # Keras's `ops.pad(mode="symmetric")` repeats the outermost pixels where the backend is PyTorch.
    for axis in (1, 2):
        rows = (slice(None),) * axis
        before = ops.flip(image[(*rows, slice(None, margin))], axis=axis)
        after = ops.flip(image[(*rows, slice(-margin, None))], axis=axis)
        image = ops.concatenate([before, image, after], axis=axis)
    return image


def crop(features: Any, margin: int, height: int, width: int) -> Any:
    """Cuts out the features `(batch, height, width, channels)` that lie within a margin."""
    # The batch of a network that is being trained has any size.
    batch = features.shape[0] or ops.shape(features)[0]
    channels = features.shape[-1]
    # TensorFlow's gradient of `features[:, ...]` took a quarter of an evaluation; this one pads.
    return ops.slice(features, (0, margin, margin, 0), (batch, height, width, channels))
