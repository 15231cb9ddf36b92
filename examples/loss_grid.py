"""Every loss on every pair of images.

`python examples/loss_grid.py` writes one picture per cell to `outputs/losses/`, and a grid of all
pictures, below their content and style, to `outputs/losses/grid.jpg`. It takes about half an hour
on two cores. Each picture starts from the content and takes the same number of steps, with the
default weights of the losses. `--rows` and `--pairs` select a part of the grid.

`python examples/loss_grid.py --pairs chelsea --thumbnails docs/images/losses` makes the pictures of
`docs/losses.md`.
"""

from __future__ import annotations

import argparse
import io
from collections.abc import Sequence
from pathlib import Path

from nst_framework import (
    ChainedGramLoss,
    ChannelMomentsLoss,
    ColorPaletteLoss,
    ContentLoss,
    FeatureSplittingLoss,
    GaussianWassersteinLoss,
    HistogramLoss,
    HypercolumnLoss,
    LaplacianLoss,
    Loss,
    MarkovRandomFieldLoss,
    MeanCovarianceLoss,
    NeuralNeighborsLoss,
    PolynomialMMDLoss,
    RelaxedEarthMoverLoss,
    SelfSimilarityLoss,
    ShiftedGramLoss,
    SlicedWassersteinLoss,
    StyleLoss,
    TotalVariationLoss,
    Trainer,
    VGG16FeatureExtractor,
    read_image,
    write_image,
)

import imageio.v3 as iio
import numpy as np
from matplotlib.figure import Figure

from gallery_pictures import write_jpeg

IMAGES = Path(__file__).parent / "images"

PAIRS = {
    "chelsea": ("chelsea.png", "brush_strokes.jpg"),
    "astronaut": ("astronaut.png", "stained_glass.jpg"),
    "coffee": ("coffee.png", "woodcut.jpg"),
}


def make_rows() -> dict[str, list[Loss]]:
    """Returns the losses of each row; total variation is added to every row later."""
    content = ContentLoss()
    return {
        "Gram": [content, StyleLoss()],
        "shifted Gram": [content, ShiftedGramLoss()],
        "chained Gram": [content, ChainedGramLoss()],
        "polynomial MMD": [content, PolynomialMMDLoss()],
        "moments": [content, ChannelMomentsLoss()],
        "mean and covariance": [content, MeanCovarianceLoss()],
        "Gaussian Wasserstein": [content, GaussianWassersteinLoss()],
        "sliced Wasserstein": [content, SlicedWassersteinLoss()],
        "histogram": [content, HistogramLoss()],
        "color palette": [content, ColorPaletteLoss()],
        "Gram and histogram": [content, StyleLoss(), HistogramLoss()],
        "MRF patches": [content, MarkovRandomFieldLoss()],
        "relaxed earth mover": [content, RelaxedEarthMoverLoss()],
        "neural neighbors": [NeuralNeighborsLoss()],
        "feature splitting": [content, FeatureSplittingLoss()],
        "STROTSS": [SelfSimilarityLoss(), RelaxedEarthMoverLoss(), ChannelMomentsLoss()],
        "STROTSS as published": [
            HypercolumnLoss(SelfSimilarityLoss(), name="structure"),
            HypercolumnLoss(RelaxedEarthMoverLoss(), name="strokes"),
            HypercolumnLoss(MeanCovarianceLoss(), name="moments"),
            ColorPaletteLoss(),
        ],
        "self-similarity and Gram": [SelfSimilarityLoss(), StyleLoss()],
        "Laplacian and Gram": [content, StyleLoss(), LaplacianLoss()],
    }


def make_picture(losses: list[Loss], pair: tuple[str, str], size: int, steps: int) -> np.ndarray:
    """Makes the picture of one cell."""
    trainer = Trainer(VGG16FeatureExtractor())
    trainer.compile([*losses, TotalVariationLoss()], precision="auto")
    content, style = (IMAGES / name for name in pair)
    trainer.fit(content, style, size=size, epochs=1, steps_per_epoch=steps, verbose=0)
    for name, value in trainer.evaluate().items():
        print(f"  {name}: {value:.4g}", flush=True)
    return trainer.image


def draw(
    cells: dict[tuple[str, str], np.ndarray], rows: list[str], pairs: list[str], size: int
) -> np.ndarray:
    """Draws all pictures below their content and style."""
    figure = Figure(figsize=(3 * len(pairs) + 0.4, 2.4 * (len(rows) + 1)), layout="constrained")
    axes = figure.subplots(len(rows) + 1, len(pairs), squeeze=False)
    for column, pair in enumerate(pairs):
        inputs = [read_image(IMAGES / name, size) for name in PAIRS[pair]]
        height = max(image.shape[0] for image in inputs)
        padded = [
            np.pad(image, ((0, height - image.shape[0]), (0, 0), (0, 0)), constant_values=255)
            for image in inputs
        ]
        axes[0, column].imshow(np.concatenate(padded, axis=1))
        for row, name in enumerate(rows, start=1):
            axes[row, column].imshow(cells[name, pair])
            if column == 0:
                axes[row, column].set_ylabel(name)
    axes[0, 0].set_ylabel("content, style")
    for axis in axes.flat:
        axis.set(xticks=[], yticks=[])
    drawn = io.BytesIO()
    figure.savefig(drawn, dpi=100, format="png")
    return iio.imread(drawn.getvalue())[..., :3]


def main(arguments: Sequence[str] | None = None) -> None:
    """Makes all pictures, or only those selected."""
    all_rows = make_rows()
    parser = argparse.ArgumentParser(description="Apply every loss to every pair of images.")
    parser.add_argument("--rows", nargs="+", choices=all_rows, default=list(all_rows))
    parser.add_argument("--pairs", nargs="+", choices=PAIRS, default=list(PAIRS))
    parser.add_argument(
        "--size", type=int, default=256, help="longer side in pixels (default: 256)"
    )
    parser.add_argument("--steps", type=int, default=40, help="steps of the solver (default: 40)")
    parser.add_argument(
        "--outputs", type=Path, default=Path("outputs/losses"), help="output folder"
    )
    parser.add_argument("--thumbnails", type=Path, help="folder for small JPEGs of the first pair")
    options = parser.parse_args(arguments)
    cells = {}
    for name in options.rows:
        for pair in options.pairs:
            file_name = name.lower().replace(" ", "_")
            path = options.outputs / f"{file_name}-{pair}.png"
            print(path, flush=True)
            cells[name, pair] = make_picture(
                all_rows[name], PAIRS[pair], options.size, options.steps
            )
            write_image(path, cells[name, pair])
            if options.thumbnails and pair == options.pairs[0]:
                thumbnail = options.thumbnails / f"{file_name}.jpg"
                write_jpeg(thumbnail, cells[name, pair], quality=85)
    write_image(
        options.outputs / "grid.jpg", draw(cells, options.rows, options.pairs, options.size)
    )


if __name__ == "__main__":
    main()
