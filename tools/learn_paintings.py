"""Learns the paintings that come with the package, with one network for all three.

    python tools/learn_paintings.py FOLDER_OF_PHOTOGRAPHS

It writes `nst_framework/paintings/paintings.keras` and takes an hour and a half on two cores with
AVX-512 and AMX. It was run with the photographs that NOTICE names. The loss and the held-out loss
are printed for each hundred steps; Ctrl-C ends the training, and what has been learned is written.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import keras

from nst_framework import (
    ContentLoss,
    Photographs,
    StyleLoss,
    StyleNetwork,
    StyleObjective,
    TotalVariationLoss,
    VGG16FeatureExtractor,
)
from nst_framework.images.folder import find_images

ROOT = Path(__file__).parents[1]
PAINTINGS = ("brush_strokes", "stained_glass", "woodcut")
STEPS, STEPS_PER_EPOCH = 3600, 100
WARMUP = 100


def main() -> None:
    """Trains the network and saves it."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("photographs", help="a folder of photographs")
    parser.add_argument("--steps", type=int, default=STEPS, help="default: %(default)s")
    arguments = parser.parse_args()
    keras.utils.set_random_seed(0)
    objective = StyleObjective(
        VGG16FeatureExtractor(),
        [ContentLoss(), StyleLoss(), TotalVariationLoss()],
        [ROOT / "examples" / "images" / f"{name}.jpg" for name in PAINTINGS],
        style_size=384,
        precision="mixed_bfloat16",
    )
    network = StyleNetwork(styles=len(PAINTINGS), width=16)
    schedule = keras.optimizers.schedules.CosineDecay(
        0.0, arguments.steps - WARMUP, alpha=0.01, warmup_target=1.5e-3, warmup_steps=WARMUP
    )
    network.compile(keras.optimizers.Adam(schedule), loss=objective)
    data = Photographs(
        find_images(arguments.photographs)[0],
        size=192,
        batch_size=len(PAINTINGS),
        steps_per_epoch=STEPS_PER_EPOCH,
        noise=6.0,
    )
    epochs = arguments.steps // STEPS_PER_EPOCH
    try:
        network.fit(data, validation_data=data.held_out, epochs=epochs, verbose=2)
    finally:
        network.save(ROOT / "nst_framework" / "paintings" / "paintings.keras")


if __name__ == "__main__":
    main()
