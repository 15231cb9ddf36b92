"""A network that needs care: ResNet50, whose features are smoothed before they are compared.

Style transfer was made with VGG and works best with it. With ResNet, which is the better network in
all else, pictures lack style: its residual connections add up to features with a few large peaks,
and the Gram matrices are about little more than those. Wang, Li and Vasconcelos ("Rethinking and
improving the robustness of image style transfer", CVPR 2021) found the cause and the cure: pass the
features through a softmax, which lowers the peaks, and compare what comes out.

Three things differ from the quickstart:

1. Any Keras model is a network here: `KerasFeatureExtractor` takes the model and the function that
   turns RGB into the model's input.
2. `SoftmaxSmoothing` wraps it. It can wrap any other extractor as well.
3. Features of another network have another size, so the default weights of the losses do not serve.
   Each loss is divided by what it is for an image that knows nothing of its target: the style loss
   by its value for the content image, the content loss by its value for noise. Then a weight of 1
   means the same in any network.

Run it as `python examples/resnet50.py`. The weights (94 MB) are downloaded once into Keras's cache;
`--weights file.h5` takes a file that you have, and `--weights none` random numbers, which the paper
finds to give some style as well. It writes `outputs/resnet50.png`.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import keras
import numpy as np

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

IMAGES = Path(__file__).parent / "images"

# The end of each stage of the network, as in the paper's code, and its content layer.
STYLE_LAYERS = (
    "conv1_relu",
    "conv2_block3_out",
    "conv3_block4_out",
    "conv4_block6_out",
    "conv5_block3_out",
)
CONTENT_LAYER = "conv4_block6_out"


def make_network(weights):
    """ResNet50 without its classifier, for images of any size, with smoothed features."""
    model = keras.applications.ResNet50(
        include_top=False, weights=weights, input_shape=(None, None, 3)
    )
    network = KerasFeatureExtractor(model, keras.applications.resnet50.preprocess_input)
    return SoftmaxSmoothing(network)


def balanced_weights(network, content, style, content_weight):
    """Weights with which style and content loss begin at about the same size in any network.

    Args:
        network: The extractor.
        content: Array `(1, height, width, 3)`, RGB, 0 to 255.
        style: Likewise.
        content_weight: How much the content counts where the style counts 1.

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
    """Reads the options, makes the picture and saves it."""
    parser = argparse.ArgumentParser(
        description="Style transfer with ResNet50.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    parser.add_argument("--weights", default="imagenet", help="imagenet, none, or a file's path")
    parser.add_argument("--content", type=Path, default=IMAGES / "chelsea.png")
    parser.add_argument("--style", type=Path, default=IMAGES / "brush_strokes.jpg")
    parser.add_argument("--content-weight", type=float, default=0.5)
    parser.add_argument("--size", type=int, default=320, help="longer side in pixels")
    parser.add_argument("--steps", type=int, default=80)
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
