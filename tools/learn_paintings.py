"""Learns the paintings that come with the package, with one network for all three.

    python tools/learn_paintings.py FOLDER_OF_PHOTOGRAPHS

It writes `nst_framework/paintings/paintings.keras` and takes an hour and a half on two cores with
AVX-512 and AMX. It was run with the photographs that NOTICE names. The loss and the held-out loss
are printed for each hundred steps; Ctrl-C ends the training, and what has been learned is written.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
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
STEPS_PER_EPOCH = 100


@dataclass(frozen=True)
class Phase:
    """A part of the training: first the strokes, then the photographs in them.

    Attributes:
        steps: The number of steps.
        content_weight: The weight of the content.
        highest_rate: The learning rate after the warm-up.
        warmup: Steps of the warm-up.
        decay: Steps after it in which the rate would fall to a hundredth.
    """

    steps: int
    content_weight: float
    highest_rate: float
    warmup: int
    decay: int


PHASES = (Phase(1000, 200.0, 1.5e-3, 100, 3500), Phase(2000, 1000.0, 1.2e-3, 50, 1950))


def main() -> None:
    """Trains the network and saves it."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("photographs", help="a folder of photographs")
    arguments = parser.parse_args()
    keras.utils.set_random_seed(0)
    extractor = VGG16FeatureExtractor()
    network = StyleNetwork(styles=len(PAINTINGS), width=16)
    data = Photographs(
        find_images(arguments.photographs)[0],
        size=192,
        batch_size=len(PAINTINGS),
        steps_per_epoch=STEPS_PER_EPOCH,
        noise=6.0,
    )
    try:
        for phase in PHASES:
            learn(network, data, extractor, phase)
    finally:
        network.save(ROOT / "nst_framework" / "paintings" / "paintings.keras")


def learn(
    network: StyleNetwork, data: Photographs, extractor: VGG16FeatureExtractor, phase: Phase
) -> None:
    """Trains the network for one phase."""
    objective = StyleObjective(
        extractor,
        [ContentLoss(), StyleLoss(), TotalVariationLoss()],
        [ROOT / "examples" / "images" / f"{name}.jpg" for name in PAINTINGS],
        loss_weights={"content_loss": phase.content_weight},
        style_size=384,
        precision="mixed_bfloat16",
    )
    schedule = keras.optimizers.schedules.CosineDecay(
        0.0,
        phase.decay,
        alpha=0.01,
        warmup_target=phase.highest_rate,
        warmup_steps=phase.warmup,
    )
    network.compile(keras.optimizers.Adam(schedule), loss=objective)
    epochs = phase.steps // STEPS_PER_EPOCH
    network.fit(data, validation_data=data.held_out, epochs=epochs, verbose=2)


if __name__ == "__main__":
    main()
