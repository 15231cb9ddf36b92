"""Training with Keras's own `fit` and callbacks."""

from __future__ import annotations

from pathlib import Path

import keras
import numpy as np
from networks import random_network, tiny_objective

from nst_framework import StyleNetwork


def test_keras_callbacks_and_an_average_of_the_weights(tmp_path: Path) -> None:
    photographs = np.random.default_rng(0).uniform(0, 255, (4, 16, 16, 3)).astype(np.float32)
    network = random_network(styles=2, width=1, blocks=0)
    network.compile(keras.optimizers.Adam(use_ema=True), loss=tiny_objective(2))
    callbacks = [
        keras.callbacks.LearningRateScheduler(lambda epoch: 0.02 / (epoch + 1)),
        keras.callbacks.ModelCheckpoint(tmp_path / "best.keras", "val_loss", save_best_only=True),
        keras.callbacks.ModelCheckpoint(tmp_path / "best.weights.h5", save_weights_only=True),
        keras.callbacks.BackupAndRestore(tmp_path / "backup"),
    ]
    data = (photographs, photographs)
    history = network.fit(
        *data, batch_size=2, epochs=2, validation_data=data, callbacks=callbacks, verbose=0
    ).history
    assert history["learning_rate"] == np.float32([0.02, 0.01]).tolist()
    assert history["val_loss"][-1] < history["loss"][0]
    best = StyleNetwork.load(tmp_path / "best.keras")
    assert best.learned.names == ("style 1", "style 2")
    assert (tmp_path / "best.keras").stat().st_size < 60_000
    network.load_weights(tmp_path / "best.weights.h5")
