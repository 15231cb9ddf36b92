"""Correct extractors pass; each faulty one is caught by the intended check."""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import keras
import pytest
from conftest import TinyExtractor
from keras import ops

from nst_framework import FeatureExtractor, ReceptiveField, VGG16FeatureExtractor
from nst_framework.testing import check_extractor

EXAMPLE = Path(__file__).parents[2] / "examples" / "custom_extractor.py"


def example_extractor() -> FeatureExtractor:
    spec = importlib.util.spec_from_file_location("custom_extractor", EXAMPLE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.TwoScales(VGG16FeatureExtractor(weights=None))


class FirstDifferences(FeatureExtractor):
    """The example from the base class's docstring."""

    layer_names = ("horizontal", "vertical")

    def call(self, image: Any, layers: Sequence[str]) -> dict[str, Any]:
        features = {
            "horizontal": image[:, :, 1:] - image[:, :, :-1],
            "vertical": image[:, 1:] - image[:, :-1],
        }
        return {layer: features[layer] for layer in layers}

    def minimum_size(self, layers: Sequence[str]) -> int:
        return 2


def test_a_small_extractor_passes() -> None:
    check_extractor(TinyExtractor())
    check_extractor(FirstDifferences())


@pytest.mark.parametrize(
    ("pooling", "layers"),
    [
        pytest.param(
            "avg",
            ["block1_conv1", "block3_conv3", "block4_conv2", "block5_conv1", "block5_pool"],
            marks=pytest.mark.slow,
        ),
        ("max", ["block1_conv1", "block2_pool", "block3_conv1"]),
    ],
)
def test_vgg16_passes(pooling: str, layers: list[str]) -> None:
    check_extractor(VGG16FeatureExtractor(weights=None, pooling=pooling), layers)


def test_the_example_passes() -> None:
    check_extractor(example_extractor(), ["whole/block1_conv1", "half/block2_conv1"])


class AroundAModel(TinyExtractor):
    """An extractor that cannot be rebuilt from a configuration."""

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> FeatureExtractor:
        raise NotImplementedError("Expected a model.")


def test_an_extractor_need_not_support_from_config() -> None:
    check_extractor(AroundAModel(seed=3))


def test_unknown_layers_to_check_are_an_error() -> None:
    with pytest.raises(ValueError, match="third"):
        check_extractor(TinyExtractor(), ["first", "third"])


class ListOfNames(TinyExtractor):
    layer_names = ["first", "second"]  # type: ignore[assignment]  # noqa: RUF012


class NameTwice(TinyExtractor):
    layer_names = ("first", "first")


class NoMinimumSize(FirstDifferences):
    def minimum_size(self, layers):
        return 1


class ComputesAll(TinyExtractor):
    """Computes every layer in every call, so its minimum size is that of the deepest."""

    def minimum_size(self, layers):
        return super().minimum_size(self.layer_names)


class AllLayers(ComputesAll):
    def call(self, image, layers):
        return super().call(image, self.layer_names)


class NoBatch(TinyExtractor):
    def call(self, image, layers):
        return {name: array[0] for name, array in super().call(image, layers).items()}


class OtherType(TinyExtractor):
    def __call__(self, image, layers, compute_dtype=None):
        features = super().__call__(image, layers, compute_dtype)
        return {layer: ops.cast(features[layer], "float16") for layer in layers}


class InPlace(TinyExtractor):
    def preprocess(self, image):
        image /= 255
        return image


class Dropout(TinyExtractor):
    def call(self, image, layers):
        features = super().call(image, layers)
        return {layer: keras.random.dropout(features[layer], 0.5) for layer in layers}


class OwnOrder(ComputesAll):
    def call(self, image, layers):
        features = super().call(image, self.layer_names)
        return dict(zip(layers, features.values(), strict=False))


class Forgiving(TinyExtractor):
    def __call__(self, image, layers, compute_dtype=None):
        known = [layer for layer in layers if layer in self.layer_names]
        return super().__call__(image, known, compute_dtype)


class ChannelsFirst(TinyExtractor):
    def call(self, image, layers):
        features = super().call(image, layers)
        return {layer: ops.transpose(features[layer], (0, 3, 1, 2)) for layer in layers}


class LogarithmOfBlack(TinyExtractor):
    def preprocess(self, image):
        return ops.log(image)


class RootOfGray(TinyExtractor):
    def preprocess(self, image):
        return 1 + ops.sqrt(ops.abs(image - 128))


class WholeNumbers(TinyExtractor):
    def preprocess(self, image):
        return super().preprocess(ops.cast(ops.cast(image, "int32"), image.dtype))


class StopGradient(TinyExtractor):
    def preprocess(self, image):
        image = super().preprocess(image)
        return image * ops.stop_gradient(image)


class StopSecond(ComputesAll):
    def call(self, image, layers):
        kernels = [ops.cast(kernel, image.dtype) for kernel in self.kernels]
        first = ops.relu(ops.conv(image, kernels[0], padding="same"))
        half = ops.concatenate([ops.stop_gradient(first[..., :3]), first[..., 3:]], axis=-1)
        pooled = ops.average_pool(half, 2, strides=2)
        features = {"first": first, "second": ops.conv(pooled, kernels[1], padding="same")}
        return {layer: features[layer] for layer in layers}


class HaloTooSmall(TinyExtractor):
    def receptive_field(self, layer):
        return {"first": ReceptiveField(1, 1), "second": ReceptiveField(2, 2)}[layer]


class FaintRim(TinyExtractor):
    """The rim of the first kernel has so little weight that features hardly depend on it."""

    def __init__(self, seed=0):
        super().__init__(seed)
        self.kernels[0][0] *= 1e-6
        self.kernels[0][2] *= 1e-6
        self.kernels[0][:, 0] *= 1e-6
        self.kernels[0][:, 2] *= 1e-6

    def receptive_field(self, layer):
        return {"first": ReceptiveField(1, 0), "second": ReceptiveField(2, 2)}[layer]


class StrideTooSmall(TinyExtractor):
    def receptive_field(self, layer):
        return ReceptiveField(1, 3)


class Normalized(TinyExtractor):
    """The mean over the whole image depends on every pixel."""

    def preprocess(self, image):
        image = super().preprocess(image)
        return image - ops.mean(image, axis=(1, 2), keepdims=True)


class NoConfig(TinyExtractor):
    def get_config(self):
        return {}


class OtherSeed(TinyExtractor):
    def get_config(self):
        return {"seed": 0}


class PrivateSeed(TinyExtractor):
    """Leaves out its seed, which no attribute reveals."""

    def __init__(self, seed=0):
        super().__init__(seed)
        del self.seed

    def get_config(self):
        return {"seed": 0}


@pytest.mark.parametrize(
    ("extractor", "message"),
    [
        (ListOfNames(), "a tuple of at least one name"),
        (NameTwice(), "distinct strings"),
        (NoMinimumSize(), r"1 x 1 pixels, although minimum_size\(\['horizontal'\]\) is 1"),
        (AllLayers(), r"call returned \['first', 'second'\] when it was asked for \['second'\]"),
        (NoBatch(), r"at layer 'first', where \(1, height, width, channels\)"),
        (OtherType(), "float16 at layer 'first' for an image in float32"),
        (InPlace(), "changed the image in place"),
        (Dropout(), "for the same image the second time"),
        (
            OwnOrder(),
            "different features of layer 'first' when it was asked for in another order",
        ),
        (Forgiving(), "raised no error .* a ValueError is expected"),
        (ChannelsFirst(), "channels at layer 'first'"),
        (LogarithmOfBlack(), "layer 'first' for a black image"),
        (RootOfGray(), "layer 'first' with respect to the image is not finite for a gray image"),
        (WholeNumbers(), "layer 'first' with respect to the image is zero everywhere"),
        (StopGradient(), "layer 'first' with respect to the image differs from finite differences"),
        (StopSecond(), "layer 'second' with respect to the image differs from finite differences"),
        (HaloTooSmall(), r"layer 'second'.*receptive_field\('second'\)"),
        (FaintRim(), "depends on pixels 1 away at layer 'first'"),
        (StrideTooSmall(), "rows and columns of features at layer 'second'"),
        (Normalized(), "layer 'first' in a crop with its halo"),
        (NoConfig(), "lacks the constructor's argument 'seed'"),
        (OtherSeed(3), "OtherSeed.seed is 3, but 0"),
        (PrivateSeed(3), "different features at layer 'first' after get_config"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, FeatureExtractor) else "",
)
def test_wrong_extractors_are_caught(extractor: FeatureExtractor, message: str) -> None:
    with pytest.raises(AssertionError, match=message) as error:
        check_extractor(extractor)
    assert type(extractor).__name__ in str(error.value)


def test_a_class_is_not_an_extractor() -> None:
    with pytest.raises(AssertionError, match=r"check_extractor\(MyExtractor\(\)\)"):
        check_extractor(TinyExtractor)  # type: ignore[arg-type]
