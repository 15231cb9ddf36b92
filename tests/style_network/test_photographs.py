"""Photographs for training: reading, random crops, and the same batches after resuming."""

from __future__ import annotations

import os
from pathlib import Path

import keras
import numpy as np
import pytest
from photograph_folder import make_photographs
from PIL import Image

from nst_framework.images.reading import read_image
from nst_framework.style_network.photographs import Photographs


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return make_photographs(tmp_path / "photographs")


def numbers(batch: np.ndarray) -> list[int]:
    """The numbers of the photographs in a batch."""
    return [round(float(crop[..., 2].mean()) / 40) for crop in batch]


class PassThrough(keras.layers.Layer):
    """Passes images on, and has a weight that `fit` can train."""

    def build(self, input_shape: tuple[int, ...]) -> None:
        self.factor = self.add_weight(shape=(), initializer="ones")

    def call(self, images: object) -> object:
        return images * self.factor


class Recorded(Photographs):
    """Records the batches that Keras trains on, which it takes within an epoch."""

    def __init__(self, *arguments: object, **more: object) -> None:
        super().__init__(*arguments, **more)
        self.taken: list[tuple[int, int, float]] = []

    def __getitem__(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        batch = super().__getitem__(index)
        self.taken.append((self.step, index, float(batch[0].sum())))
        return batch


def model() -> keras.Model:
    model = keras.Sequential([keras.Input((None, None, 3)), PassThrough()])
    model.compile("sgd", loss="mse")
    return model


def test_batches_follow_from_seed_step_and_index(folder: Path) -> None:
    first, second = (Photographs(folder, 16, 2, 3, noise=4) for _ in range(2))
    second.epoch = 2
    assert second.step == 6
    late = second[1]
    first.step = 5
    # Another order of access, with other batches in between.
    first[0]
    np.testing.assert_array_equal(first[2][0], late[0])
    np.testing.assert_array_equal(first[2][1], late[1])
    other = Photographs(folder, 16, 2, 3, noise=4, seed=1)
    other.epoch = 2
    assert not np.array_equal(other[1][1], late[1])


def test_every_photograph_is_shown_once_per_turn_and_held_out_ones_never(folder: Path) -> None:
    data = Photographs(folder, 16, batch_size=2, held_out=0.34)
    held_out = [int(path.stem) for path in data.held_out.paths]
    assert len(held_out) == 2
    for epoch in range(3):
        data.epoch = epoch
        shown = [number for index in range(data.num_batches) for number in numbers(data[index][1])]
        assert sorted([*shown, *held_out]) == list(range(6))
    assert sorted(numbers(data.held_out[0][1])) == sorted(held_out)


def test_crops_are_flipped_moved_and_scaled_without_distortion(folder: Path) -> None:
    data = Photographs(folder, 16, batch_size=16, held_out=0)
    crops = data[0][1]
    down = np.diff(crops[..., 0], axis=1).mean(axis=(1, 2))
    right = np.diff(crops[..., 1], axis=2).mean(axis=(1, 2))
    assert {np.sign(each) for each in right} == {-1, 1}
    assert all(down > 0)
    # The slopes are 5 and 4 per pixel: both directions have the same scale, from half to all.
    np.testing.assert_allclose(np.abs(right) / down, 4 / 5, rtol=0.06)
    scales = 5 / down
    assert scales.min() >= 0.38
    assert scales.max() <= 0.82
    assert scales.max() - scales.min() > 0.2


def test_noise_is_added_to_inputs_but_not_to_targets(folder: Path) -> None:
    seen, target = Photographs(folder, 32, 4, noise=6)[0]
    inside = (target > 30) & (target < 225)
    assert (seen - target)[inside].std() == pytest.approx(6, rel=0.1)
    assert seen.min() >= 0
    assert seen.max() <= 255
    np.testing.assert_array_equal(target, np.rint(target))


@pytest.mark.parametrize("steps", [1, 2, 5])
def test_each_epoch_of_keras_continues_where_the_last_one_ended(folder: Path, steps: int) -> None:
    data = Recorded(folder, 16, 2, steps, held_out=0.34)
    network = model()
    # Other backends take a batch of the first epoch to infer shapes.
    network.fit(data, epochs=1, shuffle=False, verbose=0)
    data.step, data.taken[:] = 0, []
    network.fit(data, validation_data=data.held_out, epochs=2, shuffle=False, verbose=0)
    network.evaluate(data.held_out, verbose=0)
    network.fit(data, epochs=1, shuffle=False, verbose=0)
    assert data.epoch == 3
    expected = Photographs(folder, 16, 2, steps, held_out=0.34)
    for epoch in range(3):
        expected.epoch = epoch
        for index in range(steps):
            total = float(expected[index][0].sum())
            assert (epoch * steps, index, total) in data.taken


def test_an_aborted_epoch_does_not_count(folder: Path) -> None:
    class Stop(keras.callbacks.Callback):
        def on_train_batch_end(self, batch: int, logs: object = None) -> None:
            self.model.stop_training = True

    data = Photographs(folder, 16, 2, steps_per_epoch=40)
    network = model()
    network.fit(data, epochs=1, callbacks=[Stop()], shuffle=False, verbose=0)
    assert data.epoch == 0


def test_broken_files_are_skipped_and_named(folder: Path) -> None:
    whole = (folder / "1.png").read_bytes()
    (folder / "1.png").write_bytes(whole[: len(whole) // 2])
    (folder / "3.png").write_text("no picture")
    (folder / "9.jpg").symlink_to("nowhere")
    data = Photographs(folder, 16, 7, held_out=0)
    found = {number for epoch in range(2) for number in numbers(data[epoch][1])}
    assert found == {0, 2, 4, 5}
    assert {path.name for path in data.broken} == {"1.png", "3.png", "9.jpg"}
    (remark,) = data.remarks()
    assert remark.startswith("3 photographs could not be read: ")
    assert "9.jpg" in remark


def test_batches_do_not_depend_on_when_a_broken_file_was_found(folder: Path) -> None:
    (folder / "1.png").write_text("no picture")
    early, late = (Photographs(folder, 16, 3, held_out=0) for _ in range(2))
    for index in range(4):
        expected = early[index][1]
    np.testing.assert_array_equal(late[3][1], expected)


def test_a_folder_of_broken_files_is_refused(folder: Path) -> None:
    for path in folder.iterdir():
        path.write_text("no picture")
    with pytest.raises(ValueError, match="6 files, none of which can"):
        Photographs(folder, 16, 2, held_out=0)[0]
    with pytest.raises(ValueError, match="none of which can"):
        Photographs(folder, 16, 2).held_out[0]


def test_photographs_smaller_than_the_crop_are_enlarged_and_counted(folder: Path) -> None:
    data = Photographs(folder, 48, 6, held_out=0)
    assert data[0][1].shape == (6, 48, 48, 3)
    (remark,) = data.remarks()
    assert remark.startswith("6 photographs had fewer than 48 pixels in height or width")


def test_photographs_are_read_like_other_images(tmp_path: Path) -> None:
    """Rotated, transparent and 16-bit files: center crops equal those of `read_image`."""
    rows, columns = np.mgrid[:24, :36]
    colors = np.stack([rows * 10, columns * 7, rows * 0 + 90], axis=-1).astype(np.uint8)
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(colors).save(tmp_path / "a.jpg", exif=exif, quality=95)
    alpha = np.where(columns < 18, 255, 0).astype(np.uint8)[..., None]
    Image.fromarray(np.concatenate([colors, alpha], axis=-1)).save(tmp_path / "b.png")
    Image.fromarray((rows * 2700).astype(np.uint16)).save(tmp_path / "c.png")
    Image.fromarray(rows.astype(np.uint8) * 10).save(tmp_path / "d.png")
    data = Photographs(tmp_path, 24, 1, held_out=0.75)
    for path, (crop,) in zip(
        data.held_out.paths, (data.held_out[index][1] for index in range(3)), strict=True
    ):
        whole = read_image(path)
        top, left = ((side - 24) // 2 for side in whole.shape[:2])
        np.testing.assert_array_equal(crop, whole[top : top + 24, left : left + 24])
    assert read_image(tmp_path / "a.jpg").shape == (36, 24, 3)
    assert data[0][1].shape == (1, 24, 24, 3)


def test_the_last_batch_of_held_out_photographs_is_as_large_as_the_others(folder: Path) -> None:
    held_out = Photographs(folder, 16, 2, held_out=0.5).held_out
    assert held_out.num_batches == 2
    assert numbers(held_out[1][1]) == [int(held_out.paths[2].stem), int(held_out.paths[0].stem)]
    assert held_out.first(2).num_batches == 1


@pytest.mark.parametrize(
    ("source", "error", "message"),
    [
        ("missing", FileNotFoundError, "does not exist"),
        ("empty", ValueError, "which has none"),
        ("others", ValueError, r"which has none.*Skipped 2 files.*2 \.heic"),
        ("one", ValueError, "which has 1"),
    ],
)
def test_folders_without_photographs_are_refused(
    tmp_path: Path, source: str, error: type[Exception], message: str
) -> None:
    for name in ("empty", "others", "one"):
        (tmp_path / name).mkdir()
    for name in ("a.heic", "b.heic"):
        (tmp_path / "others" / name).touch()
    make_photographs(tmp_path / "one", 1)
    with pytest.raises(error, match=message):
        Photographs(tmp_path / source)
    if source == "one":
        assert len(Photographs(tmp_path / source, 16, held_out=0).paths) == 1


def test_patterns_and_lists_are_accepted(folder: Path) -> None:
    assert len(Photographs(os.fspath(folder / "[0-3].png"), held_out=0).paths) == 4
    assert len(Photographs([folder / "0.png", folder / "5.png"], held_out=0).paths) == 2


@pytest.mark.parametrize("held_out", [-0.1, 1, float("nan")])
def test_a_fraction_outside_its_range_is_refused(folder: Path, held_out: float) -> None:
    with pytest.raises(ValueError, match="held_out"):
        Photographs(folder, held_out=held_out)
