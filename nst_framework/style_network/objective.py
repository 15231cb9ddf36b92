"""The objective for training a style network: the package's losses as one Keras loss."""

from __future__ import annotations

import io
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np
from keras import ops
from PIL import Image

from ..arguments import LossLike, Numbers, make_recipe
from ..backend.environment import environment
from ..checks import check_integer
from ..extractors.keras_model import ExtractorLike, as_extractor
from ..images.reading import ImageSource, read_image
from ..images.styles import Style, StyleImage, read_styles, resolve_styles
from ..losses.base import Loss
from ..losses.temporal import TemporalLoss
from ..objective.comparisons import (
    compare,
    depends_on_image,
    join_views,
    plan_comparisons,
    target_sources,
)
from ..objective.features import compute_features
from ..objective.recipe import Recipe, layers_of
from .record import Record, is_name

THUMBNAIL = 96
"""Height and width of a painting in the thumbnail, in pixels."""

MACHINE = ("processor", "device", "threads")
"""Parts of the environment that are not recorded in a network's file."""

Targets = dict[str, Mapping[str, Any]]
"""`{loss name: {layer: statistic of a style}}`."""


class StyleObjective(keras.losses.Loss):
    """A Keras loss that combines losses of the package, to train a network.

    `y_true` holds photographs and `y_pred` the network's output for them, both
    `(batch, height, width, 3)`, RGB, 0 to 255. The losses compare each output with its photograph
    and with a style. With several styles, the output at position `i` is compared with style `i`
    modulo their number, which is the style that `StyleNetwork` uses there. Any Keras model that
    maps images to images can be trained.

    The extractor and the losses are not part of the model: its file contains only the network.

    Example:
    ```python
    objective = StyleObjective(
        VGG16FeatureExtractor(), [ContentLoss(), StyleLoss(), TotalVariationLoss()], "painting.jpg"
    )
    network = StyleNetwork()
    network.compile("adam", loss=objective)
    ```

    Args:
        extractor: A feature extractor, or a Keras model.
        loss: As for `Trainer.compile`: losses, classes or names. Losses whose targets depend on
            the image, such as `NeuralNeighborsLoss`, cannot train a network.
        style: One or several styles, each an image or a `Style` without masks and weights.
        loss_weights: As for `Trainer.compile`.
        style_size: Length of the longer side of the styles, in pixels, which determines the size of
            the strokes. `None`: the original size.
        precision: As for `Trainer.compile`: `"mixed_bfloat16"` runs the extractor in 16 bits.
        name: The loss's name in Keras.

    Raises:
        ValueError: If an argument is invalid, or a loss cannot train a network.
    """

    def __init__(
        self,
        extractor: ExtractorLike,
        loss: LossLike | Sequence[LossLike],
        style: ImageSource | Style | Sequence[ImageSource | Style],
        loss_weights: Numbers | None = None,
        style_size: int | None = 512,
        precision: str = "float32",
        name: str = "style_objective",
    ) -> None:
        super().__init__(name=name)
        recipe = make_recipe(as_extractor(extractor), loss, loss_weights, None, precision)
        for each in recipe.losses:
            _check(each)
        recipe.extractor.prepare(recipe.compute_dtype or "float32")
        self.recipe = recipe
        styles = resolve_styles(style)
        self.names = [_name(each, number) for number, each in enumerate(styles, start=1)]
        if style_size is not None:
            check_integer("style_size", style_size, minimum=1)
        self.style_size = style_size
        self.style_images = _read(styles, style_size)
        self._targets = [_style_targets(recipe, image) for image in self.style_images]
        content_losses = [each for each in recipe.losses if each.target == "content"]
        self._content_layers = layers_of(content_losses)

    @property
    def styles(self) -> int:
        """The number of styles."""
        return len(self._targets)

    def record(self) -> Record:
        """The record of this objective for the network's file."""
        return Record(
            tuple(self.names),
            {**_without_folders(self.recipe.describe()), "style_size": self.style_size},
            {name: value for name, value in environment().items() if name not in MACHINE},
            _thumbnail(self.style_images),
        )

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """The weighted sum of the losses for each output, a tensor `(batch,)`."""
        return sum(self.terms(y_true, y_pred).values())

    def terms(self, photographs: Any, pictures: Any) -> dict[str, Any]:
        """The weighted value of each loss for each output.

        Args:
            photographs: Tensor `(batch, height, width, 3)`, RGB, 0 to 255.
            pictures: The network's output for them, of the same shape.

        Returns:
            `{loss name: tensor (batch,)}`.
        """
        recipe = self.recipe
        features = self._features(pictures, layers_of(recipe.losses))
        content = {
            layer: ops.stop_gradient(feature)
            for layer, feature in self._features(photographs, self._content_layers).items()
        }
        batch = pictures.shape[0]
        if batch is None:
            positions = ops.arange(ops.shape(pictures)[0])
            return ops.map(
                lambda each: self._terms_of_style(each[2] % self.styles, each[0], each[1]),
                (features, content, positions),
            )
        found = [
            self._terms_of_one(
                self._targets[number % self.styles],
                {layer: feature[number] for layer, feature in features.items()},
                {layer: feature[number] for layer, feature in content.items()},
            )
            for number in range(batch)
        ]
        return {name: ops.stack([each[name] for each in found]) for name in found[0]}

    def _features(self, images: Any, layers: Sequence[str]) -> dict[str, Any]:
        recipe = self.recipe
        found = compute_features(recipe.extractor, images, layers, recipe.compute_dtype)
        return {layer: found[layer] for layer in layers}

    def _terms_of_style(
        self, style: Any, features: Mapping[str, Any], content: Mapping[str, Any]
    ) -> dict[str, Any]:
        """The terms of one output, whose style is known only when the function runs."""
        if self.styles == 1:
            return self._terms_of_one(self._targets[0], features, content)
        branches = [
            lambda features, content, targets=targets: self._terms_of_one(
                targets, features, content
            )
            for targets in self._targets
        ]
        return ops.switch(style, branches, features, content)

    def _terms_of_one(
        self, targets: Targets, features: Mapping[str, Any], content: Mapping[str, Any]
    ) -> dict[str, Any]:
        """The terms of one output; features and content are `(height, width, channels)`."""
        batches, contents = (
            {layer: feature[None] for layer, feature in each.items()}
            for each in (features, content)
        )
        terms = {}
        for loss in self.recipe.losses:
            statistics = loss.represent_layers(batches)
            of_style = targets.get(loss.name, {})
            of_content = loss.target == "content"
            target = loss.represent_layers(contents) if of_content else of_style
            value = compare(loss, statistics, target, "float32")
            terms[loss.name] = self.recipe.weights[loss.name] * value
        return terms


def _check(loss: Loss) -> None:
    if isinstance(loss, TemporalLoss):
        raise ValueError(
            "Expected losses for single photographs. Received: TemporalLoss, which compares frames "
            "of a video. Leave it out; a network trained with noise flickers less."
        )
    if depends_on_image(loss):
        raise ValueError(
            "Expected losses whose targets do not depend on the image, because a network learns "
            f"from many. Received: {type(loss).__name__}, which overrides `prepare`. Use another "
            "loss, such as StyleLoss or RelaxedEarthMoverLoss."
        )


def _without_folders(value: Any) -> Any:
    """A description in which paths, such as those of weights, are reduced to file names."""
    if isinstance(value, dict):
        return {name: _without_folders(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_without_folders(each) for each in value]
    is_path = isinstance(value, str) and os.sep in value and Path(value).exists()
    return Path(value).name if is_path else value


def _read(styles: Sequence[Style], size: int | None) -> tuple[StyleImage, ...]:
    for each in styles:
        if each.mask is not None or each.content_mask is not None:
            raise ValueError(
                "Expected styles without masks, because a network stylizes whole photographs. "
                "Received: a style with a mask. Crop the style image instead."
            )
        if each.weight != 1:
            raise ValueError(
                "Expected styles of weight 1, because a network learns each one separately. "
                f"Received: weight={each.weight:g}. Mix them when you paint: "
                "network.paint(..., style=...)."
            )
    return read_styles(styles, np.zeros((1, 1, 3), np.uint8), (1, 1), size)


def _name(style: Style, number: int) -> str:
    """The name of the painting: its file name without the extension, or a number."""
    stem = Path(style.image).stem if isinstance(style.image, str | os.PathLike) else None
    return stem if stem is not None and is_name(stem) else f"style {number}"


def _thumbnail(styles: Sequence[StyleImage]) -> bytes:
    """The paintings side by side as a JPEG."""
    images = [read_image(style.image, shape=(THUMBNAIL, THUMBNAIL)) for style in styles]
    file = io.BytesIO()
    Image.fromarray(np.concatenate(images, axis=1)).save(file, "JPEG", quality=85)
    return file.getvalue()


def _style_targets(recipe: Recipe, style: StyleImage) -> Targets:
    """The statistics of one style, including its rotations."""
    comparisons = [
        each for each in plan_comparisons(recipe.losses, [style]) if each.loss.target == "style"
    ]
    views: dict[str, list[Mapping[str, Any]]] = {each.loss.name: [] for each in comparisons}
    unused = np.zeros((1, *style.image.shape), np.float32)
    for source in target_sources(recipe, comparisons, unused, [style]):
        layers = layers_of(each.loss for each in source.comparisons)
        image = ops.convert_to_tensor(source.image)
        features = compute_features(recipe.extractor, image, layers, recipe.compute_dtype)
        for each in source.comparisons:
            views[each.loss.name].append(each.loss.represent_layers(features))
    return {each.loss.name: join_views(each.loss, views[each.loss.name]) for each in comparisons}
