"""Losses on patches, pairs of positions and pairs of layers, and their samples."""

from __future__ import annotations

import numpy as np
import pytest
from keras import ops
from loss_values import features, shuffle, value

from nst_framework import (
    ChainedGramLoss,
    LaplacianLoss,
    MarkovRandomFieldLoss,
    RelaxedEarthMoverLoss,
    SelfSimilarityLoss,
    gram_matrix,
)
from nst_framework.losses.distances import cosine_distances
from nst_framework.losses.sampling import sample_positions

pytestmark = pytest.mark.usefixtures("float64")

LAYER = ["layer"]


def test_patches_that_all_occur_in_the_style_have_no_loss() -> None:
    style = features(8, 9, 4)
    loss = MarkovRandomFieldLoss(LAYER)
    assert value(loss, style[:, 2:7, 3:8], style) == pytest.approx(0, abs=1e-12)
    assert value(loss, shuffle(style), style) > 0.1, "patches, not features, are compared"


def test_a_patch_is_compared_with_the_one_of_the_most_similar_direction() -> None:
    style = np.array([[10.0, 0.0], [0.0, 1.0]]).reshape(1, 1, 2, 2)
    image = np.array([[0.1, 2.0]]).reshape(1, 1, 1, 2)
    # The more similar direction is (0, 1): ((0.1 - 0)^2 + (2 - 1)^2) / 2.
    loss = MarkovRandomFieldLoss(LAYER, patch_size=1)
    assert value(loss, image, style) == pytest.approx((0.1**2 + 1) / 2)


def test_samples_bound_the_number_of_patches_and_positions() -> None:
    tensor = ops.convert_to_tensor(features(40, 50, 4))
    patches = MarkovRandomFieldLoss(LAYER, samples=100).represent(tensor)
    assert 80 <= patches.shape[0] <= 100
    assert patches.shape[1] == 9 * 4
    assert RelaxedEarthMoverLoss(LAYER, samples=100).represent(tensor).shape[0] <= 100
    assert SelfSimilarityLoss(LAYER, samples=100).represent(tensor).shape[0] <= 100


@pytest.mark.parametrize(
    ("height", "width", "count"),
    [(40, 50, 100), (1, 500, 60), (500, 1, 60), (30, 30, 1), (7, 9, 63)],
)
def test_sampled_positions_are_spread_out_and_seeded(height: int, width: int, count: int) -> None:
    positions = sample_positions(height, width, count, seed=0)
    assert 0.7 * min(count, height * width) <= len(positions) <= count
    assert len(set(positions)) == len(positions)
    assert positions.min() >= 0
    assert positions.max() < height * width
    np.testing.assert_array_equal(positions, sample_positions(height, width, count, seed=0))
    if (height, width, count) == (40, 50, 100):
        assert set(positions) != set(sample_positions(height, width, count, seed=1))
        halves = [np.sum(positions // width < height / 2), np.sum(positions % width < width / 2)]
        assert halves == pytest.approx([len(positions) / 2] * 2, abs=12)


def test_cosine_distances_of_equal_orthogonal_and_opposite_directions() -> None:
    first = ops.convert_to_tensor([[2.0, 0.0]])
    second = ops.convert_to_tensor([[5.0, 0.0], [0.0, 1.0], [-1.0, 0.0], [0.0, 0.0]])
    np.testing.assert_allclose(cosine_distances(first, second), [[0, 1, 2, 1]], atol=1e-5)


def test_self_similarity_depends_only_on_relations_between_positions() -> None:
    content = np.abs(features(5, 6, 4))
    loss = SelfSimilarityLoss(LAYER)
    assert value(loss, content, content) == 0
    # Rotating and scaling all features preserves the angles between them.
    turn = np.linalg.qr(np.random.default_rng(1).normal(size=(4, 4)))[0]
    assert value(loss, 3 * content @ turn, content) == pytest.approx(0, abs=1e-5)
    assert value(loss, shuffle(content), content) > 0.1


def test_self_similarity_of_two_positions_that_become_equal() -> None:
    # For three orthogonal directions, each column is (0, 1/2, 1/2). If the first two become
    # equal, the columns are (0, 0, 1), (0, 0, 1) and (1/2, 1/2, 0): they differ by 1, 1 and 0.
    axes = np.eye(3)
    apart, alike = axes.reshape(1, 1, 3, 3), axes[[0, 0, 2]].reshape(1, 1, 3, 3)
    assert value(SelfSimilarityLoss(LAYER), alike, apart) == pytest.approx(2 / 3, abs=1e-4)


def test_chained_gram_enlarges_the_deeper_layer() -> None:
    fine, coarse = features(7, 8, 3), features(3, 4, 5, seed=1)
    loss = ChainedGramLoss(["fine", "coarse"])
    statistic = loss.represent_layers(
        {"fine": ops.convert_to_tensor(fine), "coarse": ops.convert_to_tensor(coarse)}
    )
    enlarged = coarse.repeat(2, axis=1).repeat(2, axis=2)
    expected = np.einsum("bhwi,bhwj->ij", fine[:, :6, :8], enlarged) / 48
    np.testing.assert_allclose(statistic["fine"], expected)
    assert list(statistic) == ["fine"]


def test_chained_gram_of_a_layer_with_itself_is_its_gram_matrix() -> None:
    tensor = ops.convert_to_tensor(features(4, 5, 3))
    statistic = ChainedGramLoss(["a", "b"]).represent_layers({"a": tensor, "b": tensor})
    np.testing.assert_allclose(statistic["a"], gram_matrix(tensor))


def test_chained_gram_needs_two_layers() -> None:
    with pytest.raises(ValueError, match="two or more layers"):
        ChainedGramLoss(LAYER)


@pytest.mark.parametrize("pooling", [1, 4])
def test_laplacian_of_constant_and_linear_images_is_zero(pooling: int) -> None:
    rows, columns = np.mgrid[0:20, 0:24]
    linear = np.repeat((30.0 + 3 * rows + 5 * columns)[None, :, :, None], 3, axis=-1)
    constant = np.full_like(linear, 90)
    loss = LaplacianLoss(pooling=pooling)
    assert value(loss, linear, constant) == pytest.approx(0, abs=1e-18)
    content = features(20, 24, 3)
    assert value(loss, content + linear, content) == pytest.approx(0, abs=1e-18)


def test_laplacian_of_a_parabola() -> None:
    # 4 x^2 - (x - p)^2 - (x + p)^2 - x^2 - x^2 = -2 p^2.
    columns = np.mgrid[0:20, 0:24][1].astype(float)
    parabola = np.repeat((columns**2)[None, :, :, None], 3, axis=-1)
    for pooling in (1, 2, 4):
        cost = value(LaplacianLoss(pooling=pooling), parabola, np.zeros_like(parabola))
        assert cost == pytest.approx(4 * pooling**4)
