"""Losses that compare the distributions of features: moments, transport, discrepancy."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from loss_values import features, shuffle, value
from scipy.linalg import sqrtm
from scipy.stats import wasserstein_distance

from nst_framework import (
    ChannelMomentsLoss,
    GaussianWassersteinLoss,
    HistogramLoss,
    Loss,
    PolynomialMMDLoss,
    RelaxedEarthMoverLoss,
    ShiftedGramLoss,
    SlicedWassersteinLoss,
    StyleLoss,
)
from nst_framework.losses.sliced_wasserstein import random_directions

pytestmark = pytest.mark.usefixtures("float64")

LAYER = ["layer"]
SHIFT = np.array([1.0, -2.0, 0.5, 3.0])


@pytest.mark.parametrize(
    "loss",
    [
        ChannelMomentsLoss(LAYER),
        GaussianWassersteinLoss(LAYER),
        HistogramLoss(LAYER),
        PolynomialMMDLoss(LAYER, offset=1.0),
        RelaxedEarthMoverLoss(LAYER),
        ShiftedGramLoss(LAYER),
        SlicedWassersteinLoss(LAYER),
    ],
    ids=lambda loss: loss.name,
)
def test_shuffled_positions_have_no_loss_and_other_features_have_one(loss: Loss) -> None:
    target = features(6, 7, 4)
    assert value(loss, shuffle(target), target) == pytest.approx(0, abs=1e-6)
    assert value(loss, features(6, 7, 4, seed=1), target) > 1e-4


def test_moments_of_shifted_and_scaled_features() -> None:
    target = features(5, 6, 4)
    loss = ChannelMomentsLoss(LAYER)
    assert value(loss, target + 3, target) == pytest.approx(3**2)
    # With mean 0, scaling by 2 changes only the deviations.
    centered = target - target.mean(axis=(0, 1, 2))
    variance = centered.var(axis=(0, 1, 2)).mean()
    assert value(loss, 2 * centered, centered) == pytest.approx(variance, rel=1e-3)


def test_gaussian_wasserstein_of_shifted_and_scaled_features() -> None:
    target = features(20, 20, 4)
    loss = GaussianWassersteinLoss(LAYER)
    assert value(loss, target + SHIFT, target) == pytest.approx(np.sum(SHIFT**2))
    centered = target - target.mean(axis=(0, 1, 2))
    trace = centered.var(axis=(0, 1, 2)).sum()
    assert value(loss, 2 * centered, centered) == pytest.approx(trace, rel=5e-3)


def test_gaussian_wasserstein_of_random_covariances_agrees_with_scipy() -> None:
    mixtures = [np.random.default_rng(seed).normal(size=(4, 4)) for seed in (2, 3)]
    actual, target = (
        features(20, 20, 4, seed=seed) @ mixture
        for seed, mixture in zip((0, 1), mixtures, strict=True)
    )
    first, second = (np.cov(each.reshape(-1, 4).T, bias=True) for each in (actual, target))
    shift = actual.mean(axis=(0, 1, 2)) - target.mean(axis=(0, 1, 2))
    root = sqrtm(second)
    overlap = np.trace(sqrtm(root @ first @ root)).real
    expected = np.sum(shift**2) + np.trace(first + second) - 2 * overlap
    assert value(GaussianWassersteinLoss(LAYER), actual, target) == pytest.approx(
        expected, rel=5e-3
    )


def test_sliced_wasserstein_of_shifted_features() -> None:
    # The directions are rotated axes, so the mean of (c v)^2 over them is |c|^2 / N.
    target = features(5, 6, 4)
    cost = value(SlicedWassersteinLoss(LAYER), target + SHIFT, target)
    assert cost == pytest.approx(np.sum(SHIFT**2) / 4)
    few = [
        value(SlicedWassersteinLoss(LAYER, directions=1, seed=seed), target + SHIFT, target)
        for seed in range(300)
    ]
    assert np.mean(few) == pytest.approx(np.sum(SHIFT**2) / 4, rel=0.15), "in expectation"


def test_the_sliced_wasserstein_loss_can_be_sent_to_other_processes() -> None:
    loss = SlicedWassersteinLoss(LAYER, seed=3)
    config = loss.get_config()
    actual, target = features(4, 5, 4), features(3, 5, 4, seed=1)
    expected = value(loss, actual, target)
    again = pickle.loads(pickle.dumps(loss))
    assert value(again, actual, target) == expected
    assert loss.get_config() == config


def test_random_directions_are_orthogonal_and_seeded() -> None:
    directions = random_directions(5, 5, seed=1)
    np.testing.assert_allclose(directions.T @ directions, np.eye(5), atol=1e-12)
    np.testing.assert_array_equal(directions, random_directions(5, 5, seed=1))
    assert (directions != random_directions(5, 5, seed=2)).all()
    assert random_directions(5, 5, seed=1) is directions, "computed once"
    with pytest.raises(ValueError, match="read-only"):
        directions[0, 0] = 2
    many = random_directions(5, 12, seed=1)
    assert many.shape == (5, 12)
    np.testing.assert_allclose(np.linalg.norm(many, axis=0), 1)


def test_histogram_of_equal_sizes_is_the_difference_of_sorted_values() -> None:
    actual, target = features(4, 6, 3), features(6, 4, 3, seed=1)
    ranks = [np.sort(each.reshape(24, 3), axis=0) for each in (actual, target)]
    expected = np.mean((ranks[0] - ranks[1]) ** 2)
    assert value(HistogramLoss(LAYER), actual, target) == pytest.approx(expected)


def test_histogram_of_different_sizes() -> None:
    repeated = np.repeat(features(4, 6, 3), 2, axis=1)
    assert value(HistogramLoss(LAYER), repeated + 2, repeated[:, ::2]) == pytest.approx(4, rel=0.1)
    # In one dimension, the distance of many sorted values approaches SciPy's.
    actual, target = features(60, 50, 1), 0.5 + features(40, 30, 1, seed=1)
    distance = value(HistogramLoss(LAYER), actual, target)
    assert np.sqrt(distance) == pytest.approx(
        wasserstein_distance(actual.ravel(), target.ravel()), rel=0.1
    )


@pytest.mark.parametrize("offset", [0.0, 2.0])
def test_polynomial_discrepancy_is_the_mean_of_the_kernel_over_all_pairs(offset: float) -> None:
    actual, target = features(3, 4, 5), features(2, 5, 5, seed=1)
    first, second = actual.reshape(-1, 5), target.reshape(-1, 5)

    def kernel(one: np.ndarray, other: np.ndarray) -> float:
        return np.mean((one @ other.T + offset) ** 2)

    expected = kernel(first, first) + kernel(second, second) - 2 * kernel(first, second)
    assert value(PolynomialMMDLoss(LAYER, offset=offset), actual, target) == pytest.approx(expected)


def test_polynomial_discrepancy_is_the_style_loss_times_four_squared_channels() -> None:
    actual, target = features(3, 4, 5), features(2, 5, 5, seed=1)
    assert value(PolynomialMMDLoss(LAYER), actual, target) == pytest.approx(
        4 * 5**2 * value(StyleLoss(LAYER), actual, target)
    )


def test_relaxed_earth_mover_uses_the_more_expensive_direction() -> None:
    axes = np.eye(3)
    one, two = axes[[0, 0]].reshape(1, 1, 2, 3), axes[[0, 1]].reshape(1, 1, 2, 3)
    loss = RelaxedEarthMoverLoss(LAYER)
    # All the image's features occur in the style; one of the style's two is missing: (0 + 1) / 2.
    assert value(loss, one, two) == pytest.approx(0.5, abs=1e-5)
    assert value(loss, two, one) == pytest.approx(0.5, abs=1e-5)
    assert value(loss, 7 * two, two) == pytest.approx(0, abs=1e-5), "lengths are ignored"


@pytest.mark.parametrize("loss", [SlicedWassersteinLoss(LAYER, seed=3), HistogramLoss(LAYER)])
def test_a_target_of_one_position(loss: Loss) -> None:
    actual = features(3, 4, 5)
    assert np.isfinite(value(loss, actual, features(1, 1, 5)))


@pytest.mark.parametrize("shift", [0.0, -1.0])
def test_shifted_gram_is_the_style_loss_of_shifted_features(shift: float) -> None:
    actual, target = features(3, 4, 5), 2 + features(2, 5, 5, seed=1)
    added = shift * target.mean()
    assert value(ShiftedGramLoss(LAYER, shift=shift), actual, target) == pytest.approx(
        value(StyleLoss(LAYER), actual + added, target + added)
    )
