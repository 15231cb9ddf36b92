"""Wrong settings are refused on one line before Keras is loaded."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from nst_framework import KerasOptimizer, extractors
from nst_framework.defaults import LEARNING_RATE
from nst_framework.extractors.layer_names import LAYER_NAMES
from nst_framework.jobs.early_checks import _keras_optimizers, check_parts
from nst_framework.optimizers.choice import as_optimizer
from nst_framework.settings.layers import effective_settings

RUN_EACH = """
import contextlib, io, sys
from nst_framework.cli import main
for line in sys.stdin:
    error = io.StringIO()
    with contextlib.redirect_stderr(error):
        code = main(line.split())
    print(code, "keras" in sys.modules, error.getvalue().strip(), sep="|")
"""

WRONG = {
    "--style-weights 1,2": "Expected --style-weights to have one value for the only style",
    "--stage foo": "Expected --stage to be like scale=0.5",
    "--stage scale=0.5": "Expected stages whose scales never decrease",
    "--stage scale=1,optimizer=adamm": "Did you mean 'adam'?",
    "--stage foo_loss=2": "to name only the losses content_loss, style_loss, channel_",
    "--stage style_loss=2 --gradient-shares 1,1,1,1": "because --gradient-shares replaces weights",
    "--loss Foo": "Expected Foo to be a subclass of nst_framework's Loss",
    "--loss Loss": "Expected Loss to be a subclass of nst_framework's Loss",
    "--loss none.py:Foo": "Received: 'none.py', which does not exist",
    "--loss style.png:Foo": "whose name ends in .py",
    "--loss broken.py:Foo": "which raised SyntaxError",
    "--loss StyleLoss,weight=x": "Received: weight='x'",
    "--loss StyleLoss,layers=foo": "Unknown layer 'foo'",
    "--loss StyleLoss --loss StyleLoss": "Expected losses with different names",
    "--optimizer foo": "Expected an optimizer: lbfgs, scipy, pyramid, or Keras's ",
    "--callback Foo": "Expected Foo to be a subclass of keras's Callback",
    "--network vgg17": "or choose one of: vgg16, vgg19, random, Keras",
    "--network none.py:Foo": "Received: 'none.py', which does not exist",
    "--network random": "Unknown layer 'block4_conv2' for the network random",
    "--weights none.h5": "Expected --weights to be bundled, imagenet or the path",
    "--scales 0.5 0.2": "Expected fractions of the size that rise to 1",
    "--scales 0.5 1 --epochs 1": "Expected at least one epoch for each stage",
    "--metrics foo": "Expected --metrics to be score or among content_fidelity",
    "--style-layers block9": "Unknown layer 'block9' for the network vgg16",
    "--style-layer-weights 1,2": "Expected --style-layer-weights to have a number for each",
    "--gradient-shares 1,2": "a number for each of content_loss, style_loss, channel_moments_loss",
    "--color sepia": "Expected --color to be one of",
    "--noise 3": "Expected --noise to be from 0 to 1",
    "--seed -1": "Expected --seed to be at least 0",
    "--size 0": "Expected --size to be at least 1",
    "--epochs 0": "Expected --epochs to be at least 1",
    "--content-weight nan": "Expected --content-weight to be at least 0",
    "--style-scale inf": "Expected --style-scale to be finite",
    "--learning-rate -1": "Expected --learning-rate to be at least 0",
    "--save-every 0": "Expected --save-every to be at least 1",
    "--keep-checkpoints 0": "Expected --keep-checkpoints to be at least 1",
    "--tile-size 3": "Expected --tile-size to be at least 32",
    "--style-rotations 45": "Expected one or more of [0, 90, 180, 270]",
}


def test_every_wrong_option_is_refused_without_keras(folder: Path) -> None:
    Path("broken.py").write_text("class Foo(:")
    Path("c").mkdir()
    shutil.copy("content.png", "c")
    lines = [f"transfer content.png style.png {words}" for words in WRONG]
    lines += [
        f"batch --contents c --styles c {words}" for words in WRONG if "weights 1" not in words
    ]
    named = ("--stage foo", "--loss Foo", "--optimizer foo", "--style-weights 1,2", "--size 0")
    lines += [f"video none.mp4 style.png {words}" for words in named]
    begin = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", RUN_EACH],
        input="\n".join(lines),
        capture_output=True,
        text=True,
        check=True,
    )
    seconds = time.monotonic() - begin
    answers = done.stdout.splitlines()
    assert len(answers) == len(lines)
    for line, answer in zip(lines, answers, strict=True):
        words = line.partition("style.png " if "style.png " in line else "--styles c ")[2]
        code, has_keras, error = answer.split("|", 2)
        assert (code, has_keras) == ("2", "False"), line
        assert error.startswith("nst: error: "), line
        assert WRONG[words] in error, line
    # For all lines, including the start of Python; on most machines, loading Keras takes longer.
    assert seconds < 20


@pytest.mark.parametrize("network", LAYER_NAMES)
def test_layer_names_match_the_networks(network: str) -> None:
    kind = {
        "vgg16": extractors.VGG16FeatureExtractor,
        "vgg19": extractors.VGG19FeatureExtractor,
        "random": extractors.RandomFeatureExtractor,
    }[network]
    made = kind() if network == "random" else kind
    assert made.layer_names == LAYER_NAMES[network]


def test_keras_optimizers_can_be_made_by_name() -> None:
    names = _keras_optimizers()
    assert {"adam", "sgd", "rmsprop", "lion"} <= set(names)
    for name in names:
        made = as_optimizer(name)
        assert isinstance(made, KerasOptimizer)
        assert type(made.optimizer).__name__.lower() == name
        assert made.learning_rate == LEARNING_RATE


@pytest.mark.parametrize(
    "typed",
    [
        {},
        {"optimizer": "Adam", "scales": [0.5, 1.0]},
        {"loss": ["StyleLoss", "HistogramLoss,layers=image"], "gradient_shares": [1, 1, 1, 0]},
        {"loss": ["my.py:Mine"], "stage": ["scale=1,mine=2,optimizer=registered"]},
        {"stage": ["scale=0.5,style_loss=2", "content_loss=0,optimizer=pyramid"]},
        {"network": "random", "content_weight": 0.0, "style_layers": ["filters_7"]},
        {"network": "my.py:MyNetwork", "style_layers": ["mine"], "content_layers": ["mine"]},
        {"metrics": ["score"], "style_weights": [2.0]},
        *({"preset": name} for name in ("strokes", "neighbors", "subtle")),
    ],
)
def test_valid_and_unknowable_settings_are_accepted(typed: dict[str, object], folder: Path) -> None:
    Path("my.py").write_text("raise RuntimeError('this file is not run')")
    check_parts(effective_settings({"content": "content.png", "style": ["style.png"], **typed}))
