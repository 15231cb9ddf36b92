"""ResNet50 as the network, with smoothed features.

Style transfer was developed with VGG and works best with it. ResNet is better at most other tasks,
but its pictures lack style: its residual connections produce features with a few large peaks, which
dominate the Gram matrices. Wang, Li and Vasconcelos ("Rethinking and improving the robustness of
image style transfer", CVPR 2021) found the cause and a remedy: pass the features through a softmax,
which lowers the peaks, before comparing them.

Three things differ from the quickstart:

1. Any Keras model can be the network: `KerasFeatureExtractor` takes the model and the function that
   turns RGB into the model's input.
2. `SoftmaxSmoothing` wraps this extractor, and can wrap any other.
3. Features of another network differ in magnitude, so the default loss weights do not suit them.
   Each loss is therefore divided by its value for an image that is unrelated to its target:
   the style loss by its value for the content image, the content loss by its value for noise. A
   weight of 1 then means the same for any network.

Run it with `python examples/resnet50.py`. Keras downloads the weights (94 MB) once and caches them.
`--weights file.h5` reads a local file instead, and `--weights none` uses random weights, which
also give some style according to the paper. The picture is `outputs/resnet50.png`.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from nst_framework import (
    ContentLoss,
    KerasFeatureExtractor,
    Objective,
    Recipe,
    SoftmaxSmoothing,
    StyleLoss,
    TotalVariationLoss,
    Trainer,
    read_image,
    write_image,
)
from nst_framework.callbacks import ComparisonFigure

import keras
import numpy as np

IMAGES = Path(__file__).parent / "images"

# The last layer of each stage of the network, and the content layer, as in the paper's code.
STYLE_LAYERS = (
    "conv1_relu",
    "conv2_block3_out",
    "conv3_block4_out",
    "conv4_block6_out",
    "conv5_block3_out",
)
CONTENT_LAYER = "conv4_block6_out"


def make_network(weights):
    """Returns ResNet50 without its classifier, for images of any size, with smoothed features."""
    model = keras.applications.ResNet50(
        include_top=False, weights=weights, input_shape=(None, None, 3)
    )
    network = KerasFeatureExtractor(model, keras.applications.resnet50.preprocess_input)
    return SoftmaxSmoothing(network)


def balanced_weights(network, content, style, content_weight):
    """Returns weights that give the losses about the same magnitude for any network.

    Args:
        network: The extractor.
        content: Array `(1, height, width, 3)`, RGB, 0 to 255.
        style: The same for the style.
        content_weight: Weight of the content relative to the style.

    Returns:
        A weight for each loss by its name.
    """
    objective = Objective(
        Recipe(
            network,
            [ContentLoss([CONTENT_LAYER]), StyleLoss(STYLE_LAYERS)],
            {"content_loss": 1.0, "style_loss": 1.0},
        ),
        content,
        style,
    )
    noise = np.random.default_rng(0).uniform(0, 255, content.shape).astype(np.float32)
    return {
        "content_loss": content_weight / objective(noise).terms["content_loss"],
        "style_loss": 1 / objective(content).terms["style_loss"],
        "total_variation_loss": 1e-5,
    }


def main(arguments=None):
    """Parses the options, makes the picture and saves it."""
    parser = argparse.ArgumentParser(
        description="Transfer style with ResNet50.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    parser.add_argument(
        "--weights", default="imagenet", help="imagenet, none, or the path of a file"
    )
    parser.add_argument(
        "--content", type=Path, default=IMAGES / "chelsea.png", help="content image"
    )
    parser.add_argument(
        "--style", type=Path, default=IMAGES / "brush_strokes.jpg", help="style image"
    )
    parser.add_argument("--content-weight", type=float, default=0.5, help="relative to the style")
    parser.add_argument("--size", type=int, default=320, help="longer side in pixels")
    parser.add_argument("--steps", type=int, default=80, help="steps of the solver")
    options = parser.parse_args(arguments)

    network = make_network(None if options.weights.lower() == "none" else options.weights)
    content, style = (
        read_image(path, options.size)[np.newaxis].astype(np.float32)
        for path in (options.content, options.style)
    )
    trainer = Trainer(network)
    trainer.compile(
        [ContentLoss([CONTENT_LAYER]), StyleLoss(STYLE_LAYERS), TotalVariationLoss()],
        loss_weights=balanced_weights(network, content, style, options.content_weight),
    )
    trainer.fit(
        options.content,
        options.style,
        size=options.size,
        epochs=1,
        steps_per_epoch=options.steps,
        callbacks=[ComparisonFigure("outputs/resnet50_comparison.png")],
    )
    write_image("outputs/resnet50.png", trainer.image)


if __name__ == "__main__":
    main()
