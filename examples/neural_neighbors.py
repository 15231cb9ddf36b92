"""Neural neighbor style transfer in Python: the style's own strokes everywhere.

`nst transfer photo.jpg painting.jpg --preset neighbors` does the same. Run this script with
`python examples/neural_neighbors.py`; it writes `outputs/neighbors.png`.

Source: Kolkin, Kucera, Paris, Sykora, Shechtman and Shakhnarovich, "Neural neighbor style
transfer", arXiv 2203.13215, 2022.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from nst_framework import (
    ChannelMomentsLoss,
    FeatureSplittingLoss,
    NeuralNeighborsLoss,
    Stage,
    Style,
    Trainer,
    VGG16FeatureExtractor,
    write_image,
)

IMAGES = Path(__file__).parent / "images"


def main() -> None:
    """Parses the options, makes the picture and saves it."""
    parser = argparse.ArgumentParser(
        description="Give a photograph the best-matching strokes of a painting.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    parser.add_argument("--content", type=Path, default=IMAGES / "chelsea.png")
    parser.add_argument("--style", type=Path, default=IMAGES / "brush_strokes.jpg")
    parser.add_argument("--output", type=Path, default=Path("outputs/neighbors.png"))
    parser.add_argument("--size", type=int, default=512, help="longer side in pixels")
    parser.add_argument("--steps", type=int, default=200, help="steps of each stage")
    options = parser.parse_args()

    matching = {"feature_splitting_loss": 0}
    trainer = Trainer(VGG16FeatureExtractor(pooling="max"))
    trainer.compile(
        # The first two ignore contrast, so the third matches the mean and spread of the colors.
        [
            NeuralNeighborsLoss(),
            FeatureSplittingLoss(),
            ChannelMomentsLoss(["image"], name="color_moments"),
        ],
        loss_weights={"color_moments": 100.0},
        optimizer="pyramid",
        precision="auto",
        schedule=[
            Stage(1 / 8, matching),
            Stage(1 / 4, matching, content_detail=True),
            Stage(1 / 2, matching, content_detail=True),
            Stage(1, matching, content_detail=True),
            Stage(1, {"neural_neighbors_loss": 0}),
        ],
    )
    style = Style(options.style, rotations=(0, 90, 180, 270))
    trainer.fit(options.content, style, size=options.size, steps_per_epoch=options.steps)
    write_image(options.output, trainer.image)


if __name__ == "__main__":
    main()
