"""An extractor that wraps any Keras model."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import keras
import numpy as np
from keras import ops

from ..fingerprints import describe
from .base import FeatureExtractor
from .keras_graph import calls, feature_maps, is_feature_map, is_nested_model

ExtractorLike: TypeAlias = FeatureExtractor | keras.Model

Preprocess: TypeAlias = Callable[[Any], Any] | None
"""Turns an image `(1, height, width, 3)`, RGB, 0 to 255, into a model's input."""

MAX_MINIMUM_SIZE = 1024
"""In pixels; a model that needs larger images is considered unsuitable for images."""

SIZE_FOR_MEMORY = 256
"""Height and width, in pixels, of the image for which a model's memory is estimated."""


@keras.saving.register_keras_serializable("nst_framework")
class KerasFeatureExtractor(FeatureExtractor):
    """Extracts features from the layers of a Keras model whose outputs are feature maps.

    `layer_names` lists the model's layers whose output is a tensor
    `(batch, height, width, channels)`. It includes the layers of nested models, under names such as
    `"vgg16/block1_conv1"`: the nested model's name, a slash, and the layer's name. If the model
    calls a layer several times, the features are those of the first call.

    The model is run in inference mode and no further than the deepest requested layer. It computes
    in its own dtype: the precision `"mixed_bfloat16"` only rounds the model's input and does not
    speed it up. For a model in bfloat16, call `keras.config.set_dtype_policy("mixed_bfloat16")`
    before building it.

    Images are not evaluated in tiles, since it is unknown which pixels a layer depends on; a
    subclass that knows this can override `receptive_field`. A checkpoint identifies the model by
    its layers and weights, and `preprocess` by its name. `from_config` is not available, because a
    configuration with all the weights would be as large as the model; save the model itself.

    Example:
    ```python
    extractor = KerasFeatureExtractor(
        keras.applications.ResNet50(include_top=False, input_shape=(None, None, 3)),
        preprocess=keras.applications.resnet50.preprocess_input,
    )
    features = extractor(image, ["conv1_relu", "conv3_block4_out"])
    ```

    Args:
        model: A functional or sequential model with one input, `(batch, None, None, 3)`.
        preprocess: A differentiable function that turns a tensor `(1, height, width, 3)`, RGB, 0 to
            255, into the model's input. By default the model receives the image unchanged.

    Raises:
        ValueError: If `model` is not such a model or has no layer with feature maps, or if
            `preprocess` is not a function.
    """

    def __init__(self, model: keras.Model, preprocess: Preprocess = None) -> None:
        _check_input(model)
        if preprocess is not None and not callable(preprocess):
            raise ValueError(
                "Invalid value for argument `preprocess`. Expected a function from an image to the "
                f"model's input, or None. Received: preprocess={preprocess!r}."
            )
        self.model = model
        self._feature_maps = feature_maps(model)
        self.layer_names = tuple(self._feature_maps)
        if not self.layer_names:
            raise ValueError(
                "Invalid value for argument `model`. Expected a model with layers whose output is "
                "(batch, height, width, channels). Received: a model whose layers are "
                f"{[layer.name for layer in model.layers]}."
            )
        self._preprocess = preprocess
        self._parts: dict[tuple[str, ...], keras.Model] = {}

    def preprocess(self, image: Any) -> Any:
        """Applies the `preprocess` function to the image."""
        if self._preprocess is None:
            return image
        # Keras's own functions modify NumPy arrays in place, and some also PyTorch tensors.
        return self._preprocess(ops.copy(ops.convert_to_tensor(image)))

    def call(self, image: Any, layers: Sequence[str]) -> dict[str, Any]:
        """Runs the part of the model that the layers need."""
        part = self._part(layers)
        # Otherwise PyTorch would keep what the weights' gradients need, even for targets.
        constants = [(weight, ops.stop_gradient(weight.value)) for weight in part.weights]
        with keras.StatelessScope(constants):
            return part(ops.cast(image, part.inputs[0].dtype), training=False)

    def minimum_size(self, layers: Sequence[str]) -> int:
        """Returns the smallest power of two at which every layer has a height and a width."""
        size = 1
        while layers and not _fits(self._part(layers), size):
            size *= 2
            if size > MAX_MINIMUM_SIZE:
                raise ValueError(
                    f"Expected layers that have features for images of {MAX_MINIMUM_SIZE} x "
                    f"{MAX_MINIMUM_SIZE} pixels. Received: {list(layers)}, at least one of which "
                    "has none. Use other layers."
                )
        return size

    def values_per_pixel(self, layers: Sequence[str]) -> float:
        """Counts the numbers per pixel in the feature maps of all layers that are run."""
        if not layers:
            return 0.0
        outputs = [
            output
            for call in calls(self._part(layers))
            for output in call.outputs
            if call.input_tensors and is_feature_map(output)
        ]
        size = max(SIZE_FOR_MEMORY, self.minimum_size(layers))
        features = _features_at(keras.Model(self.model.inputs, outputs), size)
        return sum(float(np.prod(feature.shape)) for feature in features) / size**2

    def get_config(self) -> dict[str, Any]:
        """Returns digests that identify the model and `preprocess` in a checkpoint."""
        return {
            "model": self.model.name,
            "layers": _digest_of_layers(self.model),
            "weights": _digest_of_weights(self.model),
            "preprocess": describe(self._preprocess),
        }

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> FeatureExtractor:
        """Not available, because the configuration holds only digests of the model.

        Raises:
            NotImplementedError: Always.
        """
        raise NotImplementedError(
            f"Expected a model for {cls.__name__}. Received: a configuration, which holds only "
            "digests of the model. Save the model with model.save(), load it with "
            f"keras.saving.load_model(), and call {cls.__name__}(model, preprocess)."
        )

    def _part(self, layers: Sequence[str]) -> keras.Model:
        key = tuple(layers)
        if key not in self._parts:
            outputs = {layer: self._feature_maps[layer] for layer in key}
            self._parts[key] = keras.Model(self.model.inputs, outputs)
        return self._parts[key]


def as_extractor(extractor: ExtractorLike, preprocess: Preprocess = None) -> FeatureExtractor:
    """Returns an extractor unchanged, and wraps a Keras model with its preprocessing."""
    if isinstance(extractor, keras.Model):
        return KerasFeatureExtractor(extractor, preprocess)
    if not isinstance(extractor, FeatureExtractor):
        raise ValueError(
            "Invalid value for argument `extractor`. Expected a FeatureExtractor or a Keras model. "
            f"Received: extractor={extractor!r}. Pass an instance such as VGG16FeatureExtractor()."
        )
    if preprocess is not None:
        raise ValueError(
            "Expected no preprocess with a FeatureExtractor, which has its own preprocess method. "
            f"Received: preprocess={preprocess!r}. Omit it, or pass a Keras model."
        )
    return extractor


def _check_input(model: object) -> None:
    inputs = getattr(model, "inputs", None)
    if not isinstance(model, keras.Model) or not inputs:
        raise ValueError(
            "Invalid value for argument `model`. Expected a functional or sequential Keras model "
            f"with an input declared by keras.Input. Received: {type(model).__name__}. Build it "
            "with keras.Model(inputs, outputs)."
        )
    shapes = [tuple(each.shape) for each in inputs]
    if len(shapes) > 1 or shapes[0][1:] != (None, None, 3):
        raise ValueError(
            "Invalid value for argument `model`. Expected a model with one input of shape "
            "(batch, None, None, 3), for images of any size. Received: a model with the input "
            f"{', '.join(map(str, shapes))}. Build it with the input shape (None, None, 3), as in "
            "keras.Input((None, None, 3)) or input_shape=(None, None, 3), and include_top=False."
        )


def _features_at(model: keras.Model, size: int) -> list[keras.KerasTensor]:
    image = keras.KerasTensor((1, size, size, 3), dtype=model.inputs[0].dtype)
    return keras.tree.flatten(model.compute_output_spec(image))


def _fits(model: keras.Model, size: int) -> bool:
    try:
        features = _features_at(model, size)
    # Keras raises this if a convolution or pooling window is larger than its input.
    except ValueError:
        return False
    return all(min(feature.shape[1:3]) > 0 for feature in features)


def _digest_of_layers(model: keras.Model) -> str:
    layers = [_without_names(layer) for layer in model.layers]
    text = json.dumps(describe(layers), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _without_names(layer: keras.Layer) -> dict[str, Any]:
    # Keras changes the numbers in names when a model is built again.
    name = type(layer).__name__
    if is_nested_model(layer):
        return {"class": name, "layers": [_without_names(inner) for inner in layer.layers]}
    return {"class": name, **layer.get_config(), "name": None}


def _digest_of_weights(model: keras.Model) -> str:
    digest = hashlib.sha256()
    for weight in model.weights:
        array = np.ascontiguousarray(ops.convert_to_numpy(weight))
        digest.update(f"{array.shape} {array.dtype}".encode())
        digest.update(array.tobytes())
    return digest.hexdigest()
