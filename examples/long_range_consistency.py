r"""From a paper's formula to a picture: style with longer-range structures.

Berger and Memisevic, "Incorporating long-range consistency in CNN-based texture generation",
ICLR 2017 (https://arxiv.org/abs/1606.01286).

**The problem.** A Gram matrix records which features occur at the same position, but not their
surroundings:

$$ G_{ij} = \frac{1}{M} \sum_k F_{ki} F_{kj} $$

Single strokes are therefore reproduced, but larger structures (long lines, regular patterns,
symmetries) are lost if they exceed the part of the image that a feature sees.

**The idea.** Compare each position with the position $\delta$ to the right, or below:

$$ G^{\delta}_{ij} = \frac{1}{M} \sum_k F_{ki} \, F_{k + \delta, j} $$

If a feature of the style tends to recur eight positions away, it does so in the picture, too. The
loss is the squared difference between these matrices, averaged over both directions, with the
factor $1 / (4 N^2)$ for $N$ channels, as for Gram matrices.

**The code.** `represent` is the formula, `compare` the squared difference. The statistic is a mean
over positions, so `mean_over_positions` declares that it can be computed in tiles, and `window`
is the number of positions that each term spans. `python examples/long_range_consistency.py --check`
tests the loss with the framework's `check_loss`.

**The picture.** `python examples/long_range_consistency.py` makes one picture with `StyleLoss`
alone and one in which the new loss takes half of its weight. Both are written side by side to
`outputs/long_range_consistency.png`.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from nst_framework import (
    ContentLoss,
    Loss,
    StyleLoss,
    TotalVariationLoss,
    Trainer,
    VGG16FeatureExtractor,
    write_image,
)

import numpy as np
from keras import ops

IMAGES = Path(__file__).parent / "images"


class LongRangeLoss(Loss):
    """Squared difference between products of features at a fixed distance.

    Args:
        layers: Names of layers.
        layer_weights: A weight for each layer; by default `1 / len(layers)`.
        shift: The distance, in positions of the layer's features.
        name: The loss's name in logs.
    """

    target = "style"
    layers = ("block2_conv1", "block3_conv1", "block4_conv1")
    mean_over_positions = "represent"

    def __init__(self, layers=None, layer_weights=None, shift=8, name=None):
        super().__init__(layers, layer_weights, name)
        self.shift = shift
        self.window = shift + 1

    def represent(self, features):
        """Returns two matrices `(channels, channels)` for `(1, height, width, channels)`."""
        here = features[:, : -self.shift, : -self.shift]
        right = features[:, : -self.shift, self.shift :]
        below = features[:, self.shift :, : -self.shift]
        positions = here.shape[1] * here.shape[2]
        return [ops.einsum("bhwi,bhwj->ij", here, there) / positions for there in (right, below)]

    def compare(self, actual, target):
        """Returns a quarter of the mean squared difference, averaged over both directions."""
        differences = [ops.mean((a - t) ** 2) for a, t in zip(actual, target, strict=True)]
        return sum(differences) / len(differences) / 4

    def get_config(self):
        """Returns the constructor's arguments, which identify the loss in a checkpoint."""
        return {**super().get_config(), "shift": self.shift}


def make_picture(style_losses, weights, options):
    """Makes a picture with content, total variation and the given style losses."""
    trainer = Trainer(VGG16FeatureExtractor())
    trainer.compile(
        [ContentLoss(), TotalVariationLoss(), *style_losses],
        loss_weights=weights,
        precision="auto",
    )
    trainer.fit(
        IMAGES / "coffee.png",
        IMAGES / "woodcut.jpg",
        size=options.size,
        epochs=1,
        steps_per_epoch=options.steps,
    )
    return trainer.image


def main() -> None:
    """Checks the loss or makes both pictures."""
    parser = argparse.ArgumentParser(
        description="Transfer structures of the style that are larger than a feature.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    parser.add_argument("--check", action="store_true", help="only check the loss")
    parser.add_argument("--size", type=int, default=320, help="longer side in pixels")
    parser.add_argument("--steps", type=int, default=60, help="steps of the solver")
    parser.add_argument("--output", default="outputs/long_range_consistency.png", help="file")
    options = parser.parse_args()
    if options.check:
        from nst_framework.testing import check_loss

        check_loss(LongRangeLoss())
        print("LongRangeLoss: all checks pass.")
        return
    gram = make_picture([StyleLoss()], {}, options)
    both = make_picture(
        [StyleLoss(), LongRangeLoss()], {"style_loss": 0.5, "long_range_loss": 0.5}, options
    )
    write_image(options.output, np.concatenate([gram, both], axis=1))
    print(f"{options.output}: Gram matrices alone (left) and with the new loss (right).")


if __name__ == "__main__":
    main()
