"""The calls that make up a Keras model, including those inside nested models."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops


def feature_maps(model: keras.Model) -> dict[str, keras.KerasTensor]:
    """The outputs of a model's layers that are feature maps, as part of one graph.

    The layers of a nested model are called again on that model's input in this one, so that their
    outputs belong to this model's graph. A layer's output is that of its first call in this model,
    whatever other models the layer is part of.

    Returns `{name: symbolic tensor (batch, height, width, channels)}`, each layer after those it
    depends on. The name of a nested model and a slash precede the names of its layers, as in
    `"vgg16/block1_conv1"`.
    """
    found: dict[str, keras.KerasTensor] = {}
    _follow(model, model.inputs[0], "", found)
    return found


def calls(model: keras.Model) -> list[Any]:
    """Keras's nodes for the calls in a model's graph, each after those it depends on."""
    ordered: dict[Any, None] = {}
    waiting = [_call_that_made(tensor) for tensor in model.outputs]
    # Not recursive: deep models have more calls than Python's recursion limit.
    while waiting:
        before = [node for node in waiting[-1].parent_nodes if node not in ordered]
        if before:
            waiting.extend(reversed(before))
        else:
            ordered[waiting.pop()] = None
    return list(ordered)


def is_nested_model(layer: Any) -> bool:
    """Whether a layer is itself a model with one input, whose layers can be traversed."""
    return isinstance(layer, keras.Model) and len(getattr(layer, "inputs", None) or ()) == 1


def is_feature_map(tensor: keras.KerasTensor) -> bool:
    """Whether a tensor has the axes `(batch, height, width, channels)`."""
    return len(tensor.shape) == 4


def _follow(
    model: keras.Model,
    image: keras.KerasTensor,
    prefix: str,
    found: dict[str, keras.KerasTensor],
) -> list[keras.KerasTensor]:
    """Adds each layer's output for the image to `found`; returns the model's outputs."""
    if image.dtype != model.inputs[0].dtype:
        image = ops.cast(image, model.inputs[0].dtype)
    tensors = {id(model.inputs[0]): image}
    for node in calls(model):
        if id(node.outputs[0]) in tensors:
            continue
        layer, received = node.operation, [tensors[id(tensor)] for tensor in node.input_tensors]
        name = f"{prefix}{layer.name}"
        if is_nested_model(layer) and len(received) == 1:
            outputs = _follow(layer, received[0], f"{name}/", found)
        elif all(new is old for new, old in zip(received, node.input_tensors, strict=True)):
            outputs = node.outputs
        else:
            args, kwargs = node.arguments.fill_in(tensors)
            outputs = keras.tree.flatten(layer(*args, **kwargs))
        tensors.update(zip(map(id, node.outputs), outputs, strict=True))
        if isinstance(layer, keras.Layer) and len(outputs) == 1 and is_feature_map(outputs[0]):
            found.setdefault(name, outputs[0])
    return [tensors[id(tensor)] for tensor in model.outputs]


def _call_that_made(tensor: keras.KerasTensor) -> Any:
    layer, call, _ = tensor._keras_history
    return layer._inbound_nodes[call]
