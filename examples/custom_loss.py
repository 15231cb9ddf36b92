"""Your own loss: the mean and standard deviation of each channel as the style.

Run it with `python examples/custom_loss.py`; it writes `outputs/custom_loss.png`.

Source: Li, Wang, Liu and Hou, "Demystifying neural style transfer", IJCAI 2017, section 4.2.3,
which matches the statistics of batch normalization instead of Gram matrices.
"""

from __future__ import annotations

from pathlib import Path

from nst_framework import ContentLoss, Loss, Trainer, VGG16FeatureExtractor, write_image
from nst_framework.callbacks import ComparisonFigure

from keras import ops

IMAGES = Path(__file__).parent / "images"


class MeanAndSpreadLoss(Loss):
    """Squared differences of the mean and standard deviation of each channel."""

    target = "style"
    layers = ("block1_conv1", "block2_conv1", "block3_conv1", "block4_conv1", "block5_conv1")

    def represent(self, features):
        """Returns `(2, channels)`; the small constant keeps the root's gradient finite."""
        mean = ops.mean(features, axis=(0, 1, 2))
        variance = ops.mean((features - mean) ** 2, axis=(0, 1, 2))
        return ops.stack([mean, ops.sqrt(variance + 1e-4)])

    def compare(self, actual, target):
        """Returns the mean over channels and both statistics."""
        return ops.mean((actual - target) ** 2)


def main() -> None:
    """Makes a picture with the loss."""
    trainer = Trainer(VGG16FeatureExtractor())
    trainer.compile([ContentLoss(), MeanAndSpreadLoss()], loss_weights=[1.0, 30.0])
    trainer.fit(
        IMAGES / "coffee.png",
        IMAGES / "brush_strokes.jpg",
        size=320,
        epochs=1,
        steps_per_epoch=80,
        callbacks=[ComparisonFigure("outputs/custom_loss_comparison.png")],
    )
    write_image("outputs/custom_loss.png", trainer.image)


if __name__ == "__main__":
    main()
