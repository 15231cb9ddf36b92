"""Training learns, resumes exactly, and keeps good files after errors."""

from __future__ import annotations

import contextlib
import json
import resource
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from conftest import TinyExtractor
from photograph_folder import make_photographs
from PIL import Image

from nst_framework import ContentLoss, StyleLoss, TotalVariationLoss, VGG16FeatureExtractor
from nst_framework.saving import NotSavedWarning
from nst_framework.style_network.archive import check_network
from nst_framework.style_network.network import StyleNetwork
from nst_framework.style_network.objective import StyleObjective
from nst_framework.style_network.photographs import Photographs
from nst_framework.style_network.training import Training, learning_rates
from nst_framework.style_network.training_callbacks import SaveCheckpoint

LARGEST_FILE = 1000
"""Maximum size of a file, in bytes, on the simulated full disk."""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with photographs."""
    make_photographs(tmp_path / "photographs")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def objective(style: np.ndarray) -> StyleObjective:
    losses = [ContentLoss(["second"]), StyleLoss(["first"]), TotalVariationLoss()]
    return StyleObjective(TinyExtractor(), losses, style, [1, 20, 1e-5], style_size=None)


def make_training(objective: StyleObjective, **changes: Any) -> Training:
    """A training of 10 steps in epochs of 4."""
    keras.utils.set_random_seed(0)
    arguments: dict[str, Any] = {
        "network": StyleNetwork(width=2, blocks=1),
        "photographs": Photographs("photographs", 16, 2, 4, noise=3),
        "steps": 10,
        "learning_rate": 1e-2,
        "output": Path("painting.keras"),
        "checkpoint": Path("painting.checkpoint.npz"),
        "preview": None,
        "made_of": {"--width": 2},
        "recorded": {"size": 16},
        "tell": print,
        "verbose": False,
    }
    return Training(objective=objective, **(arguments | changes))


def stop_after(training: Training, step: int) -> None:
    """Requests an interruption during a step, as a signal does."""
    count = training.taken.on_train_batch_end

    def count_and_stop(batch: int, logs: Any = None) -> None:
        training.taken.interrupt_training = training.taken.step + 1 == step
        count(batch, logs)

    training.taken.on_train_batch_end = count_and_stop  # type: ignore[method-assign]


def numbers(path: str = "painting.keras") -> list[bytes]:
    """The weights in a file, without their names, in which Keras increments numbers."""
    return [weight.tobytes() for weight in StyleNetwork.load(path).get_weights()]


def recorded(path: str = "painting.keras") -> dict[str, Any]:
    return dict(check_network(path).objective["training"])


@contextlib.contextmanager
def full_disk() -> Iterator[None]:
    """Limits the size of files, like a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (LARGEST_FILE, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_training_reduces_the_loss_of_a_network(style: np.ndarray) -> None:
    losses = [ContentLoss(["block2_conv1"]), StyleLoss(["block1_conv1", "block2_conv1"])]
    objective = StyleObjective(VGG16FeatureExtractor(), losses, style, [1, 1e-2], style_size=None)
    data = Photographs("photographs", 32, 4, 20)
    training = make_training(
        objective,
        network=StyleNetwork(width=4, blocks=1),
        photographs=data,
        steps=60,
        learning_rate=2e-2,
    )
    untrained = training.network.evaluate(data.held_out, verbose=0)
    assert training.run() == "complete"
    trained = training.network.evaluate(data.held_out, verbose=0)
    assert trained < 0.35 * untrained
    # The file holds the trained weights, rounded to 16 bits.
    loaded = StyleNetwork.load("painting.keras")
    loaded.compile(loss=objective)
    assert loaded.evaluate(data.held_out, verbose=0) == pytest.approx(trained, rel=0.01)


def test_an_interrupted_training_resumes_exactly_within_an_epoch(
    objective: StyleObjective,
) -> None:
    data = Photographs("photographs", 16, 2, 10, noise=3)
    files = {"output": Path("whole.keras"), "checkpoint": Path("whole.npz")}
    whole = make_training(objective, photographs=data, **files)
    assert whole.run() == "complete"
    assert not Path("whole.npz").exists()
    broken_off = make_training(objective)
    stop_after(broken_off, 6)
    assert broken_off.run() == "interrupted"
    assert recorded()["steps"] == 6
    assert numbers() != numbers("whole.keras")
    resumed = make_training(objective)
    resumed.resume()
    assert resumed.taken.step == 6
    assert resumed.run() == "complete"
    assert resumed.network.get_weights()[0].tobytes() == whole.network.get_weights()[0].tobytes()
    assert numbers() == numbers("whole.keras")
    assert recorded() == recorded("whole.keras") == {"size": 16, "steps": 10}
    assert not Path("painting.checkpoint.npz").exists()


def test_a_checkpoint_of_another_training_is_refused(objective: StyleObjective) -> None:
    training = make_training(objective)
    training.save()
    with pytest.raises(ValueError, match="another one: --width was 2 and is 3"):
        make_training(objective, made_of={"--width": 3}).resume()
    with pytest.raises(ValueError, match="another one: another network"):
        make_training(objective, network=StyleNetwork(width=3, blocks=1)).resume()
    whole = Path("painting.checkpoint.npz").read_bytes()
    Path("painting.checkpoint.npz").write_bytes(whole[:-100] + b"0" * 100)
    with pytest.raises(ValueError, match="checkpoint"):
        make_training(objective).resume()


def test_a_training_that_diverges_leaves_the_last_good_weights(objective: StyleObjective) -> None:
    training = make_training(objective, steps=40, learning_rate=0.0)
    good = [weight.copy() for weight in training.network.get_weights()]
    # Diverges from step 24, which is between two checks of the weights.
    training.network.compile(keras.optimizers.Adam(Jump(24)), loss=objective)
    assert training.run() == "diverged"
    assert 0 < training.taken.step < 24
    assert recorded()["steps"] == training.taken.step
    for kept, weight in zip(good, training.network.get_weights(), strict=True):
        np.testing.assert_array_equal(kept, weight)
    assert not Path("painting.checkpoint.npz").exists()


class Jump(keras.optimizers.schedules.LearningRateSchedule):
    """A learning rate of 0 up to a step, then so large that weights become infinite."""

    def __init__(self, step: int) -> None:
        self.step = step

    def __call__(self, step: Any) -> Any:
        return keras.ops.where(step < self.step, 0.0, 1e38)


def test_a_full_disk_leaves_the_previous_checkpoint_intact(objective: StyleObjective) -> None:
    training = make_training(objective)
    training.save()
    before = Path("painting.checkpoint.npz").read_bytes()
    save = SaveCheckpoint(training.save, training.checkpoint)
    with full_disk(), pytest.warns(NotSavedWarning, match=r"checkpoint\.npz.*The run continues"):
        save.on_epoch_end(0)
    training.taken.step = training.steps
    with full_disk(), pytest.raises(OSError, match="could not be written") as raised:
        training.run()
    assert "could not be saved elsewhere either" in str(raised.value)
    assert "--resume" in str(raised.value)
    assert Path("painting.checkpoint.npz").read_bytes() == before
    assert {path.name for path in Path().iterdir()} == {"photographs", "painting.checkpoint.npz"}


def test_a_full_disk_leaves_the_previous_network_intact(objective: StyleObjective) -> None:
    training = make_training(objective)
    training.network.save("painting.keras")
    before = Path("painting.keras").read_bytes()
    with full_disk(), pytest.raises(OSError, match="too large"):
        training.network.save("painting.keras")
    assert Path("painting.keras").read_bytes() == before


def test_the_preview_has_photographs_and_a_row_for_each_style(style: np.ndarray) -> None:
    losses = [StyleLoss(["first"])]
    objective = StyleObjective(TinyExtractor(), losses, [style, 255 - style])
    data = Photographs("photographs", 16, 2, 2, held_out=0.5)
    network = StyleNetwork(2, width=2, blocks=0)
    preview = Path("painting.preview.png")
    make_training(objective, network=network, photographs=data, steps=2, preview=preview).run()
    picture = np.asarray(Image.open(preview))
    assert picture.shape == (3 * 16, 3 * 16, 3)
    shown = np.concatenate([data.held_out[number][1] for number in range(2)])[:3]
    np.testing.assert_array_equal(picture[:16], np.concatenate(list(shown), axis=1))
    for number in range(2):
        painted = network.paint(shown[0].astype(np.uint8), None, np.eye(2)[number].tolist())
        row = picture[16 * (number + 1) : 16 * (number + 2), :16]
        assert np.abs(row.astype(int) - painted).max() <= 1


def test_the_file_records_the_training_without_folders(style: np.ndarray, folder: Path) -> None:
    Image.fromarray(style).save("stripes.png")
    weights = folder / "vgg16.weights.h5"
    weights.touch()

    class Network(TinyExtractor):
        def get_config(self) -> dict[str, Any]:
            return {"weights": str(weights)}

    objective = StyleObjective(Network(), [StyleLoss(["first"])], str(folder / "stripes.png"))
    record = objective.record()
    assert record.names == ("stripes",)
    assert str(folder) not in record.to_json()
    assert json.loads(record.to_json())["objective"]["extractor"]["config"] == {
        "weights": "vgg16.weights.h5"
    }
    assert {"nst_framework", "keras", "backend"} <= set(record.made_with)
    assert not {"processor", "device", "threads"} & set(record.made_with)


def test_the_learning_rate_rises_and_falls() -> None:
    rates = learning_rates(1e-3, 1000)
    found = [float(rates(step)) for step in range(1001)]
    assert found[0] == pytest.approx(1e-5)
    assert max(found) == found[100] == pytest.approx(1e-3)
    assert found[550] == pytest.approx(0.505e-3)
    assert found[1000] == pytest.approx(1e-5)
    assert float(learning_rates(1e-3, 5)(5)) == pytest.approx(1e-5)
