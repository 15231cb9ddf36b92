"""TensorFlow modes that do not support runs are refused with an error."""

from __future__ import annotations

import subprocess
import sys

import keras
import pytest

pytestmark = pytest.mark.skipif(
    keras.backend.backend() != "tensorflow", reason="These modes are TensorFlow's."
)

# Eager execution can be turned off only at the start of a process, and never on again.
MODES = """
import numpy as np, tensorflow as tf
from nst_framework import RandomFeatureExtractor, Stage, StyleLoss, Trainer

image = np.random.default_rng(0).integers(0, 256, (16, 16, 3), dtype=np.uint8)
extractor = RandomFeatureExtractor(2, [3])

def fit(**arguments):
    try:
        trainer = Trainer(extractor)
        trainer.compile([StyleLoss(["filters_3"])], **arguments)
        trainer.fit(image, image[::-1], size=None, epochs=2, steps_per_epoch=1, verbose=0)
        print("made")
    except RuntimeError as error:
        print(error)

with tf.distribute.OneDeviceStrategy("cpu:0").scope():
    fit(optimizer="lbfgs")
    fit(optimizer="adam")
    fit(schedule=[Stage(0.5), Stage(1, optimizer="pyramid")])
tf.function(fit, autograph=False)()
fit(optimizer="adam")
tf.compat.v1.disable_eager_execution()
fit(optimizer="lbfgs")
fit(optimizer="adam")
"""


def test_unsupported_modes_are_refused() -> None:
    done = subprocess.run([sys.executable, "-c", MODES], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    strategy = "Expected no tf.distribute strategy with a Keras optimizer"
    eager = "Expected TensorFlow to execute eagerly"
    begins = ["made", strategy, strategy, eager, "made", eager, eager]
    lines = done.stdout.splitlines()
    assert len(lines) == len(begins), lines
    for line, begin in zip(lines, begins, strict=True):
        assert line.startswith(begin), line
    assert "the scope of OneDeviceStrategy. Call fit outside the scope" in lines[1]
