"""The total variation loss of neural-style-pt, for `nst transfer --loss`."""

from __future__ import annotations

from typing import Any

from keras import ops

from nst_framework import Loss


class AbsoluteVariation(Loss):
    """The sum of absolute differences between adjacent pixels."""

    def compare(self, actual: Any, target: Any) -> Any:
        """Computes the loss of an image `(1, height, width, 3)`, without a target."""
        rows = ops.abs(actual[:, 1:] - actual[:, :-1])
        columns = ops.abs(actual[:, :, 1:] - actual[:, :, :-1])
        return ops.sum(rows) + ops.sum(columns)
