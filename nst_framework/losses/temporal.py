"""The temporal loss: a video frame looks like the previous one, moved along the motion."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras
import numpy as np
from keras import ops

from ..defaults import TEMPORAL_WEIGHT
from .base import IMAGE, Loss


@keras.saving.register_keras_serializable("nst_framework")
class TemporalLoss(Loss):
    r"""Squared difference from the previous frame, warped by the optical flow where it is trusted.

    $$ L = \frac{1}{H W C} \sum_{i,c} t_i \, (x_{ic} - \omega_{ic})^2 $$

    for an image $x$ of `(H, W, C)`, the warped frame $\omega$, and the trust $t$ in each of its
    pixels. The loss is 0 until `follow` is called.

    Source: Ruder, Dosovitskiy and Brox, "Artistic style transfer for videos", GCPR 2016,
    equation 7.

    Example:
    ```python
    temporal = TemporalLoss()
    trainer.compile([ContentLoss(), StyleLoss(), temporal])
    temporal.follow(warped, trust)
    trainer.fit(frame, "painting.jpg", size=None, initial_image=warped)
    ```

    Args:
        name: The loss's name in logs.
    """

    target = "content"
    default_weight = TEMPORAL_WEIGHT
    target_size_may_differ = False

    def __init__(self, name: str | None = None) -> None:
        super().__init__(name=name)
        self._followed: np.ndarray | None = None

    def follow(self, image: np.ndarray, trust: np.ndarray) -> None:
        """Sets the frame that the next epochs follow.

        Args:
            image: Array `(height, width, 3)`, 0 to 255: the previous frame, warped.
            trust: Array `(height, width)`, 0 to 1: the trust in each of its pixels.

        Raises:
            ValueError: If the two differ in size.
        """
        if image.shape != (*trust.shape, 3):
            raise ValueError(
                "Expected an image (height, width, 3) and the trust (height, width). Received: "
                f"shapes {image.shape} and {trust.shape}. Resize one of them."
            )
        both = np.concatenate([image, trust[..., None]], axis=-1, dtype=np.float32)
        self._followed = both[None]

    def prepare(
        self, targets: Mapping[str, Any], content: Mapping[str, Any], image: Mapping[str, Any]
    ) -> Mapping[str, Any]:
        """Returns the warped frame with the trust as its fourth channel; ignores the content.

        Raises:
            ValueError: If the frame does not have the content's size.
        """
        shape = tuple(content[IMAGE].shape)
        followed = self._followed
        if followed is None:
            followed = np.zeros((*shape[:3], 4), np.float32)
        if followed.shape[:3] != shape[:3]:
            raise ValueError(
                f"Expected the frame that {self.name} follows to have the content's size, "
                f"{shape[2]} x {shape[1]} pixels. Received: {followed.shape[2]} x "
                f"{followed.shape[1]}. Call follow with a frame of that size, and compile with one "
                "scale."
            )
        return {IMAGE: ops.cast(followed, content[IMAGE].dtype)}

    def compare(self, actual: Any, target: Any) -> Any:
        """Returns the mean over all pixels and channels; those without trust count as 0."""
        return ops.mean(target[..., 3:] * ops.square(actual - target[..., :3]))

    def get_config(self) -> dict[str, Any]:
        """Returns the constructor's arguments."""
        return {"name": self.name}
