"""Your own extractor: VGG16 at two sizes at once, for larger strokes.

The style is compared both at full and at half size, where each feature sees a part of the image
twice as wide and high. Run it with `python
examples/custom_extractor.py`; it writes `outputs/custom_extractor.png`.
"""

from __future__ import annotations

from pathlib import Path

from nst_framework import (
    ContentLoss,
    FeatureExtractor,
    StyleLoss,
    TotalVariationLoss,
    Trainer,
    VGG16FeatureExtractor,
    write_image,
)
from nst_framework.callbacks import ComparisonFigure

from keras import ops

IMAGES = Path(__file__).parent / "images"
STYLE_LAYERS = ("block1_conv1", "block2_conv1", "block3_conv1", "block4_conv1")


class TwoScales(FeatureExtractor):
    """The layers of another extractor, for the image at full and at half size.

    The layer `block4_conv2`, for example, becomes `whole/block4_conv2` and `half/block4_conv2`.

    Args:
        extractor: The other extractor. It preprocesses the image itself.
    """

    def __init__(self, extractor):
        self.extractor = extractor
        self.layer_names = tuple(
            f"{scale}/{layer}" for scale in ("whole", "half") for layer in extractor.layer_names
        )

    def call(self, image, layers):
        """Runs the extractor once for each size in `layers`."""
        images = {
            "whole": image,
            "half": ops.average_pool(image, 2, strides=2, data_format="channels_last"),
        }
        features = {}
        for scale, scaled in images.items():
            wanted = self._layers(scale, layers)
            if wanted:
                for layer, feature in self.extractor(scaled, wanted).items():
                    features[f"{scale}/{layer}"] = feature
        return features

    def minimum_size(self, layers):
        """Returns the smallest size at which both the image and its half are large enough."""
        sizes = [1]
        for scale, factor in (("whole", 1), ("half", 2)):
            if wanted := self._layers(scale, layers):
                sizes.append(factor * self.extractor.minimum_size(wanted))
        return max(sizes)

    def get_config(self):
        """Returns the constructor's arguments, which identify the extractor in a checkpoint."""
        return {"extractor": self.extractor.get_config()}

    @classmethod
    def from_config(cls, config):
        """Makes an equal extractor; the other extractor is always VGG16 here."""
        return cls(VGG16FeatureExtractor.from_config(config["extractor"]))

    def _layers(self, scale, layers):
        return [layer.partition("/")[2] for layer in layers if layer.startswith(f"{scale}/")]


def main() -> None:
    """Makes a picture with the extractor."""
    trainer = Trainer(TwoScales(VGG16FeatureExtractor()))
    style_layers = [f"{scale}/{layer}" for scale in ("whole", "half") for layer in STYLE_LAYERS]
    trainer.compile(
        [ContentLoss(["whole/block4_conv2"]), StyleLoss(style_layers), TotalVariationLoss()]
    )
    trainer.fit(
        IMAGES / "chelsea.png",
        IMAGES / "woodcut.jpg",
        size=384,
        epochs=1,
        steps_per_epoch=80,
        callbacks=[ComparisonFigure("outputs/custom_extractor_comparison.png")],
    )
    write_image("outputs/custom_extractor.png", trainer.image)


if __name__ == "__main__":
    main()
