"""Tiles evaluated by executors give the same bits."""

from __future__ import annotations

import multiprocessing
import os
import signal
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from typing import Any

import needs
import numpy as np
import pytest
from conftest import TINY_WEIGHTS, TinyExtractor, tiny_losses
from scipy.ndimage import zoom

from nst_framework import (
    ContentLoss,
    Recipe,
    StyleImage,
    StyleLoss,
    TiledObjective,
    TotalVariationLoss,
    Trainer,
    VGG16FeatureExtractor,
)
from nst_framework.backend import thread_count
from nst_framework.objective.tiled.executors import check_executor

LAYERS = ["block1_conv1", "block2_conv1", "block3_conv1"]


def fitted(executor: Executor | None, content: np.ndarray, style: np.ndarray) -> Trainer:
    trainer = Trainer(VGG16FeatureExtractor())
    losses = [ContentLoss(["block3_conv1"]), StyleLoss(LAYERS), TotalVariationLoss()]
    trainer.compile(losses, precision="float32", executor=executor, tile_size=64)
    trainer.fit(
        zoom(content, (3, 5, 1), order=1),
        zoom(style, (3, 5, 1), order=1),
        size=None,
        epochs=1,
        steps_per_epoch=3,
        verbose=0,
    )
    return trainer


def test_two_processes_give_the_same_bits_as_one(content: np.ndarray, style: np.ndarray) -> None:
    here = fitted(None, content, style)
    with ProcessPoolExecutor(2, multiprocessing.get_context("spawn")) as executor:
        there = fitted(executor, content, style)
        assert executor.submit(os.getpid).result() != os.getpid()
    assert there.history.history == here.history.history
    np.testing.assert_array_equal(there.state.image, here.state.image)


@pytest.mark.cluster
def test_a_cluster_gives_the_same_bits_even_if_a_worker_dies(
    content: np.ndarray, style: np.ndarray
) -> None:
    dask, distributed = needs.package("dask"), needs.package("distributed")
    batch = zoom(content, (3, 5, 1), order=1)[None].astype(np.float32)
    losses = [ContentLoss(["block3_conv1"]), StyleLoss(LAYERS), TotalVariationLoss()]
    recipe = Recipe(VGG16FeatureExtractor(), losses, {loss.name: 1.0 for loss in losses})
    here = TiledObjective(recipe, batch, style[None] * 1.0, 64)(batch * 0.5)
    # Dask gives each worker one OpenMP and MKL thread, so PyTorch adds in another order there.
    environment = "distributed.nanny.pre-spawn-environ"
    threads = {f"{environment}.{name}_NUM_THREADS": thread_count() for name in ("OMP", "MKL")}
    with (
        dask.config.set(threads),
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, dashboard_address=":0"
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        executor = check_executor(client)
        objective = TiledObjective(recipe, batch, style[None] * 1.0, 64, executor)
        there = [objective(batch * 0.5)]
        os.kill(next(iter(client.run(os.getpid).values())), signal.SIGKILL)
        there.append(objective(batch * 0.5))
    for each in there:
        assert each.terms == here.terms
        np.testing.assert_array_equal(each.gradient, here.gradient)


def test_threads_and_masks(content: np.ndarray, style: np.ndarray) -> None:
    batch = content[None].astype(np.float32)
    slope = np.linspace(0, 1, content.shape[1], dtype=np.float32)[None].repeat(20, axis=0)
    styles = [StyleImage(style, 0.5, None, slope), StyleImage(style[::-1].copy(), 0.5)]
    recipe = Recipe(TinyExtractor(), tiny_losses(), TINY_WEIGHTS)
    here = TiledObjective(recipe, batch, styles, tile_size=16)(batch * 0.5)
    with ThreadPoolExecutor(2) as executor:
        there = TiledObjective(recipe, batch, styles, tile_size=16, executor=executor)(batch * 0.5)
    assert there.terms == here.terms
    np.testing.assert_array_equal(there.gradient, here.gradient)


@pytest.mark.parametrize("executor", [ThreadPoolExecutor, 2, "threads"])
def test_objects_that_are_not_executors_are_refused(executor: Any, trainer: Trainer) -> None:
    with pytest.raises(ValueError, match=r"`executor`.*concurrent\.futures\.Executor"):
        trainer.compile(tiny_losses(), executor=executor, precision="float32")


def test_workers_for_images_of_other_sizes_share_a_network(
    content: np.ndarray, style: np.ndarray
) -> None:
    made = []

    class Counted(TinyExtractor):
        def __init__(self, seed: int = 0) -> None:
            super().__init__(seed)
            made.append(self)

    recipe = Recipe(Counted(), tiny_losses(), TINY_WEIGHTS)
    with ThreadPoolExecutor(1) as executor:
        for width in (20, 24):
            image = content[None, :, :width].astype(np.float32)
            objective = TiledObjective(recipe, image, style[None].astype(np.float32), 8, executor)
            objective(image)
    assert len(made) == 2  # one for this process, one for the workers
