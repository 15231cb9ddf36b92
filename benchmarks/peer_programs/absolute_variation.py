"""The total variation of neural-style-pt: `nst transfer --loss` takes a loss from a file."""

from __future__ import annotations

from typing import Any

from keras import ops

from nst_framework import Loss


class AbsoluteVariation(Loss):
    """The sum of absolute differences between neighbouring pixels."""

    def compare(self, actual: Any, target: Any) -> Any:
        """Of an image `(1, height, width, 3)`; there is no target."""
        rows = ops.abs(actual[:, 1:] - actual[:, :-1])
        columns = ops.abs(actual[:, :, 1:] - actual[:, :, :-1])
        return ops.sum(rows) + ops.sum(columns)
