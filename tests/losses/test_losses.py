"""Known answers and gradients of every loss."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from keras import ops
from loss_values import features, value
from scipy.optimize import check_grad
from scipy.stats import ortho_group

from nst_framework import (
    ChannelMomentsLoss,
    ContentLoss,
    GaussianWassersteinLoss,
    HistogramLoss,
    LaplacianLoss,
    Loss,
    MarkovRandomFieldLoss,
    PolynomialMMDLoss,
    RelaxedEarthMoverLoss,
    SelfSimilarityLoss,
    ShiftedGramLoss,
    SlicedWassersteinLoss,
    StyleLoss,
    TotalVariationLoss,
    gram_matrix,
)
from nst_framework.backend import value_and_gradient

pytestmark = pytest.mark.usefixtures("float64")

LOSSES = [
    ContentLoss(["layer"]),
    StyleLoss(["layer"]),
    TotalVariationLoss(),
    TotalVariationLoss(exponent=1.0),
    TotalVariationLoss(exponent=2.5),
    ChannelMomentsLoss(["layer"]),
    GaussianWassersteinLoss(["layer"]),
    HistogramLoss(["layer"]),
    LaplacianLoss(pooling=1),
    MarkovRandomFieldLoss(["layer"]),
    PolynomialMMDLoss(["layer"], offset=2.0),
    RelaxedEarthMoverLoss(["layer"]),
    SelfSimilarityLoss(["layer"]),
    ShiftedGramLoss(["layer"], shift=-0.5),
    SlicedWassersteinLoss(["layer"], directions=5),
]


def test_content_is_zero_at_the_target_and_half_the_square_of_a_shift() -> None:
    target = features(4, 5, 3)
    assert value(ContentLoss(["layer"]), target, target) == 0
    assert value(ContentLoss(["layer"]), target + 3, target) == pytest.approx(9 / 2)


def test_gram_matrix_of_constant_features_is_their_outer_product() -> None:
    constant = np.broadcast_to([1.0, 2.0, -3.0], (1, 4, 6, 3))
    expected = np.outer([1, 2, -3], [1, 2, -3])
    np.testing.assert_allclose(gram_matrix(ops.convert_to_tensor(constant)), expected)


def test_style_of_scaled_features_has_the_value_of_the_paper() -> None:
    # F = I for N channels and N positions has G = I / N; twice F has 4 G.
    channels = 4
    target = np.eye(channels).reshape(1, 2, 2, channels)
    # 1 / (4 N^2) * sum((4 - 1)^2 / N^2 on the diagonal) = 9 / (4 N^3)
    assert value(StyleLoss(["layer"]), 2 * target, target) == pytest.approx(9 / (4 * channels**3))


def test_style_ignores_the_order_of_positions() -> None:
    target = features(4, 6, 5)
    order = np.random.default_rng(1).permutation(24)
    shuffled = target.reshape(24, 5)[order].reshape(1, 3, 8, 5)
    assert value(StyleLoss(["layer"]), target, target) == 0
    assert value(StyleLoss(["layer"]), shuffled, target) == pytest.approx(0, abs=1e-25)


def test_style_ignores_a_rotation_of_the_positions() -> None:
    # (Q F)^T (Q F) = F^T F for an orthogonal Q over positions.
    target = features(3, 4, 5)
    rotation = ortho_group.rvs(12, random_state=2)
    rotated = (rotation @ target.reshape(12, 5)).reshape(target.shape)
    assert value(StyleLoss(["layer"]), rotated, target) == pytest.approx(0, abs=1e-25)


def test_style_loss_is_unchanged_if_the_channels_of_both_images_are_rotated() -> None:
    # G(F Q) = Q^T G(F) Q, and the Frobenius norm does not change under a rotation.
    actual, target = features(3, 4, 5), features(6, 2, 5, seed=1)
    rotation = ortho_group.rvs(5, random_state=3)
    loss = StyleLoss(["layer"])
    assert value(loss, actual @ rotation, target @ rotation) == pytest.approx(
        value(loss, actual, target)
    )


def test_style_target_may_have_another_size() -> None:
    tile = features(3, 4, 5)
    tiled = np.concatenate([tile, tile], axis=1)
    assert value(StyleLoss(["layer"]), tiled, tile) == pytest.approx(0, abs=1e-25)


@pytest.mark.parametrize("exponent", [1.0, 2.0, 2.5])
def test_total_variation_of_a_constant_a_step_and_a_ramp(exponent: float) -> None:
    loss = TotalVariationLoss(exponent=exponent)
    # The smoothing under the root may change the value by this much.
    tolerance = 0.001 ** (exponent / 2)
    assert value(loss, np.full((1, 5, 7, 3), 80.0)) == pytest.approx(0, abs=1e-15)

    step = np.zeros((1, 5, 7, 3))
    step[:, :, 4:] = 100.0  # one of the 6 columns of differences is 100
    assert value(loss, step) == pytest.approx(100**exponent / 6, rel=1e-6, abs=tolerance)

    rows, columns = np.mgrid[0:5, 0:7]
    ramp = np.repeat((30.0 * rows + 40.0 * columns)[None, :, :, None], 3, axis=-1)
    assert value(loss, ramp) == pytest.approx(50**exponent, rel=1e-6, abs=tolerance)


def represent(loss: Loss, image: np.ndarray) -> dict[str, Any]:
    tensor = ops.convert_to_tensor(image)
    return {} if loss.target is None else loss.represent_layers({"layer": tensor, "image": tensor})


@pytest.mark.parametrize("loss", LOSSES, ids=lambda loss: f"{loss.name}-{loss.get_config()}")
def test_gradient_agrees_with_finite_differences(loss: Loss) -> None:
    shape = (1, 4, 5, 3)
    start, target = features(4, 5, 3, seed=4), features(4, 5, 3, seed=5)
    targets = represent(loss, target)
    evaluate = value_and_gradient(
        lambda image: (loss({"layer": image, "image": image}, targets), {})
    )

    def function(variables: np.ndarray) -> float:
        return float(evaluate(variables.reshape(shape))[0])

    def gradient(variables: np.ndarray) -> np.ndarray:
        return np.asarray(evaluate(variables.reshape(shape))[2]).ravel()

    size = np.linalg.norm(gradient(start.ravel()))
    assert size > 0
    assert check_grad(function, gradient, start.ravel(), epsilon=1e-6) < 1e-4 * size


@pytest.mark.parametrize("loss", LOSSES, ids=lambda loss: f"{loss.name}-{loss.get_config()}")
def test_gradient_is_finite_on_a_constant_image(loss: Loss) -> None:
    image = np.full((1, 6, 6, 3), 100.0, np.float32)
    targets = represent(loss, image)
    evaluate = value_and_gradient(
        lambda image: (loss({"layer": image, "image": image}, targets), {})
    )
    assert np.isfinite(evaluate(image)[2]).all()


@pytest.mark.parametrize("exponent", [0, -1, float("nan"), "two"])
def test_total_variation_refuses_a_bad_exponent(exponent: object) -> None:
    with pytest.raises(ValueError, match="exponent"):
        TotalVariationLoss(exponent=exponent)  # type: ignore[arg-type]
