"""A network of your own: VGG16 at two scales at once, for larger strokes.

The style is compared in the image and in the image at half its size, where a stroke of the style
covers twice as much of the picture. Run it as `python examples/custom_extractor.py`; it writes
`outputs/custom_extractor.png`.
"""

from __future__ import annotations

from pathlib import Path

from keras import ops

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

IMAGES = Path(__file__).parent / "images"
STYLE_LAYERS = ("block1_conv1", "block2_conv1", "block3_conv1", "block4_conv1")


class TwoScales(FeatureExtractor):
    """Another extractor's layers, for the whole image and for the image at half its size.

    A layer such as `block4_conv2` is here `whole/block4_conv2` or `half/block4_conv2`.

    Args:
        network: The other extractor. It preprocesses the image itself.
    """

    def __init__(self, network):
        self.network = network
        self.layer_names = tuple(
            f"{scale}/{layer}" for scale in ("whole", "half") for layer in network.layer_names
        )

    def call(self, image, layers):
        """Runs the network once for each scale that is asked for."""
        images = {
            "whole": image,
            "half": ops.average_pool(image, 2, strides=2, data_format="channels_last"),
        }
        features = {}
        for scale, scaled in images.items():
            wanted = self._layers(scale, layers)
            if wanted:
                for layer, feature in self.network(scaled, wanted).items():
                    features[f"{scale}/{layer}"] = feature
        return features

    def minimum_size(self, layers):
        """Half the image must be large enough, too."""
        sizes = [1]
        for scale, factor in (("whole", 1), ("half", 2)):
            if wanted := self._layers(scale, layers):
                sizes.append(factor * self.network.minimum_size(wanted))
        return max(sizes)

    def get_config(self):
        """What the network was made with, by which a checkpoint knows it."""
        return {"network": self.network.get_config()}

    @classmethod
    def from_config(cls, config):
        """The other way round; the network is VGG16 here."""
        return cls(VGG16FeatureExtractor.from_config(config["network"]))

    def _layers(self, scale, layers):
        return [layer.partition("/")[2] for layer in layers if layer.startswith(f"{scale}/")]


def main() -> None:
    """Makes a picture with the network."""
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
