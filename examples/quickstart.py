"""The first picture: a photograph in the style of a painting.

Run it with `python examples/quickstart.py`. It writes to `outputs/`:

- `result.png`, the picture;
- `001-….png`, `002-….png` and so on, the image at the end of each epoch;
- `comparison.png`, content, style and image side by side;
- `losses.png`, the loss and its terms over the steps.

To use your own images: `python examples/quickstart.py --content photo.jpg --style painting.jpg`.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from nst_framework import Trainer, VGG16FeatureExtractor, write_image
from nst_framework.callbacks import ComparisonFigure, ImageSaver, LossCurves

IMAGES = Path(__file__).parent / "images"


def main() -> None:
    """Parses the options, makes the picture and saves it."""
    parser = argparse.ArgumentParser(
        description="Render a photograph in the style of a painting.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    parser.add_argument(
        "--content", type=Path, default=IMAGES / "chelsea.png", help="content image"
    )
    parser.add_argument(
        "--style", type=Path, default=IMAGES / "brush_strokes.jpg", help="style image"
    )
    parser.add_argument("--outputs", type=Path, default=Path("outputs"), help="output folder")
    parser.add_argument("--size", type=int, default=320, help="longer side in pixels")
    parser.add_argument("--epochs", type=int, default=2, help="runs of the solver")
    parser.add_argument("--steps-per-epoch", type=int, default=30, help="steps per epoch")
    options = parser.parse_args()

    trainer = Trainer(VGG16FeatureExtractor())
    # Adjust the content weight first: doubling it makes the content visibly stronger.
    trainer.compile(loss_weights={"content_loss": 200.0})
    history = trainer.fit(
        options.content,
        options.style,
        size=options.size,
        epochs=options.epochs,
        steps_per_epoch=options.steps_per_epoch,
        callbacks=[
            ImageSaver(options.outputs / "{epoch:03d}-{loss:.3g}.png"),
            ComparisonFigure(options.outputs / "comparison.png"),
            LossCurves(options.outputs / "losses.png"),
        ],
    )
    write_image(options.outputs / "result.png", trainer.image)
    before = trainer.evaluate(trainer.content)["loss"]
    after = history.history["loss"][-1]
    print(f"{options.outputs / 'result.png'}: loss {before:.4g} before, {after:.4g} after.")


if __name__ == "__main__":
    main()
