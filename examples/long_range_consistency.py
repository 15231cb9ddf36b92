r"""A paper, from its formula to a picture: style with structures that reach further.

Berger and Memisevic, "Incorporating long-range consistency in CNN-based texture generation",
ICLR 2017 (https://arxiv.org/abs/1606.01286).

**The problem.** A Gram matrix says which features occur at the same position, and nothing of what
lies beside them:

$$ G_{ij} = \frac{1}{M} \sum_k F_{ki} F_{kj} $$

So the strokes of a painting come out right one by one, but what they form together, long lines,
regular patterns, symmetries, is lost as soon as it is larger than what one feature sees.

**The idea.** Compare each position with the one that lies $\delta$ positions further to the right,
or further down:

$$ G^{\delta}_{ij} = \frac{1}{M} \sum_k F_{ki} \, F_{k + \delta, j} $$

If a feature of the style tends to come again eight positions further, it will do so in the picture.
The loss is the squared difference of these matrices, for both directions, with
$1 / (4 N^2)$ for $N$ channels as for Gram matrices.

**The code.** `represent` is the formula, `compare` the squared difference. The sum over positions
is a mean, so `mean_over_positions` says that tiles may be used, and `window`, over how many
positions each term reaches. `python examples/long_range_consistency.py --check` runs what the
framework knows to ask of a loss.

**The picture.** `python examples/long_range_consistency.py` makes one with the Gram matrices' loss
alone and one with half of its weight given to the new loss, and puts both side by side in
`outputs/long_range_consistency.png`.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from keras import ops

from nst_framework import (
    ContentLoss,
    Loss,
    StyleLoss,
    TotalVariationLoss,
    Trainer,
    VGG16FeatureExtractor,
    write_image,
)

IMAGES = Path(__file__).parent / "images"
LAYERS = ("block2_conv1", "block3_conv1", "block4_conv1")


class LongRangeLoss(Loss):
    """Squared difference between the products of features some positions apart.

    Args:
        layers: Names of layers.
        layer_weights: A weight for each layer; by default `1 / len(layers)`.
        shift: The distance, in positions of the layer.
        name: The loss's name in logs.
    """

    mean_over_positions = "represent"

    def __init__(self, layers=LAYERS, layer_weights=None, shift=8, name=None):
        super().__init__(layers, layer_weights, target="style", name=name)
        self.shift = shift
        self.window = shift + 1

    def represent(self, features):
        """Two matrices `(channels, channels)`, of `(1, height, width, channels)`."""
        here = features[:, : -self.shift, : -self.shift]
        right = features[:, : -self.shift, self.shift :]
        below = features[:, self.shift :, : -self.shift]
        positions = here.shape[1] * here.shape[2]
        return [ops.einsum("bhwi,bhwj->ij", here, there) / positions for there in (right, below)]

    def compare(self, actual, target):
        """A quarter of the mean squared difference, on average over both directions."""
        differences = [ops.mean((a - t) ** 2) for a, t in zip(actual, target, strict=True)]
        return sum(differences) / len(differences) / 4

    def get_config(self):
        """The constructor's arguments, by which a checkpoint knows the loss."""
        return {**super().get_config(), "shift": self.shift}


def make_picture(style_losses, weights, options):
    """One picture: content, total variation, and the style as the losses see it."""
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
    """Checks the loss, or makes both pictures."""
    parser = argparse.ArgumentParser(
        description="Structures of the style that reach further than a feature.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    parser.add_argument("--check", action="store_true", help="check the loss and make no picture")
    parser.add_argument("--size", type=int, default=320, help="longer side in pixels")
    parser.add_argument("--steps", type=int, default=60)
    parser.add_argument("--output", default="outputs/long_range_consistency.png")
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
    print(f"{options.output}: Gram matrices alone, and with the products at a distance.")


if __name__ == "__main__":
    main()
