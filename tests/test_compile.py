"""The arguments of `compile`: losses, weights and shares."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import numpy as np
import pytest
from conftest import TinyExtractor, tiny_losses

import nst_framework
from nst_framework import (
    ContentLoss,
    Loss,
    PolynomialMMDLoss,
    StyleLoss,
    TotalVariationLoss,
    Trainer,
    VGG16FeatureExtractor,
)


def test_unnamed_losses_have_their_default_weights(tiny_extractor: TinyExtractor) -> None:
    trainer = Trainer(tiny_extractor)
    trainer.compile(tiny_losses(), loss_weights={"content_loss": 7.0})
    assert trainer.loss_weights == {
        "content_loss": 7.0,
        "style_loss": StyleLoss.default_weight,
        "total_variation_loss": TotalVariationLoss.default_weight,
    }
    trainer.compile(tiny_losses(), loss_weights={})
    assert trainer.loss_weights["content_loss"] == ContentLoss.default_weight


def test_losses_by_name_class_or_instance() -> None:
    trainer = Trainer(VGG16FeatureExtractor(weights=None))
    smooth = TotalVariationLoss(exponent=1.5)
    trainer.compile(["content_loss", StyleLoss, smooth])
    assert [type(loss) for loss in trainer.losses] == [ContentLoss, StyleLoss, TotalVariationLoss]
    assert trainer.losses[2] is smooth
    assert trainer.losses[0].get_config() == ContentLoss().get_config()
    trainer.compile("polynomial_mmd_loss")
    assert type(trainer.losses[0]) is PolynomialMMDLoss


def test_every_public_loss_has_a_name() -> None:
    public = [getattr(nst_framework, name) for name in nst_framework.__all__]
    classes = [each for each in public if isinstance(each, type) and issubclass(each, Loss)]
    trainer = Trainer(VGG16FeatureExtractor(weights=None))
    trainer.compile([kind().name for kind in classes if kind is not Loss])
    assert [type(loss) for loss in trainer.losses] == [kind for kind in classes if kind is not Loss]
    assert len(trainer.losses) >= 14


def test_a_name_loads_only_that_loss() -> None:
    code = (
        "import sys\n"
        "from nst_framework import Trainer, RandomFeatureExtractor\n"
        "Trainer(RandomFeatureExtractor(1)).compile('total_variation_loss', optimizer='lbfgs')\n"
        "loaded = {'nst_framework.losses.histogram', 'scipy.optimize'} & set(sys.modules)\n"
        "sys.exit(str(loaded) if loaded else 0)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize(
    "weights", [(1, 2, 3), range(1, 4), np.array([1.0, 2.0, 3.0]), np.array([1, 2, 3], np.float32)]
)
def test_weights_and_shares_may_be_any_sequence(
    tiny_extractor: TinyExtractor, weights: Any
) -> None:
    trainer = Trainer(tiny_extractor)
    trainer.compile(tiny_losses(), loss_weights=weights)
    assert list(trainer.loss_weights.values()) == [1.0, 2.0, 3.0]
    assert all(type(weight) is float for weight in trainer.loss_weights.values())
    trainer.compile(tiny_losses(), gradient_shares=weights)
    assert list(trainer._recipe.gradient_shares.values()) == [1 / 6, 2 / 6, 3 / 6]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"loss": []}, "Expected one or more losses"),
        ({"loss": ["stile_loss"]}, "'chained_gram_loss'.*'stile_loss'.*Did you mean 'style_loss'"),
        ({"loss": [7]}, "Expected losses, such as.*7"),
        ({"loss": [TinyExtractor]}, "Expected losses, such as.*TinyExtractor"),
        ({"loss": 7}, "Expected losses, such as.*7"),
        ({"loss": [StyleLoss(["first"]), StyleLoss(["second"])]}, "different names"),
        ({"loss": StyleLoss(["frist"])}, "Did you mean 'first'.*first, second"),
        ({"loss": tiny_losses(), "loss_weights": [1.0, -1.0, 1.0]}, "at least 0"),
        ({"loss": tiny_losses(), "loss_weights": [1.0, 1.0]}, "one weight for each loss|by name"),
        ({"loss": tiny_losses(), "loss_weights": {"content": 1.0}}, "content_loss"),
        ({"loss": tiny_losses(), "loss_weights": 2.0}, "one weight for each loss"),
        ({"loss": tiny_losses(), "loss_weights": np.ones((3, 1))}, "one weight for each loss"),
        ({"loss": tiny_losses(), "gradient_shares": np.ones(2)}, "one share for each"),
        ({"loss": tiny_losses(), "optimizer": "adaam"}, r"'adaam'.*keras.optimizers.Adam\(5.0\)"),
        ({"loss": tiny_losses(), "optimizer": 7}, r"keras.optimizers.Adam\(5.0\), or a name.*7"),
        ({"loss": tiny_losses(), "precision": "float8"}, "mixed_bfloat16"),
    ],
)
def test_bad_arguments_of_compile(
    tiny_extractor: TinyExtractor, arguments: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        Trainer(tiny_extractor).compile(**arguments)
