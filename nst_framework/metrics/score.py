"""Computes all or some metrics of one result."""

from __future__ import annotations

from collections.abc import Sequence

from ..checks import did_you_mean
from ..defaults import CONTENT_LAYERS, GRAM_DISTANCE_LAYERS, SCORES, STYLE_LAYERS
from ..extractors.base import FeatureExtractor
from ..extractors.vgg16 import VGG16FeatureExtractor
from ..images.reading import ImageSource, read_image
from ..losses.markov_random_field import PATCH_LAYERS
from .content import content_fidelity, structural_similarity
from .features import Features, image_features
from .local_patterns import local_patterns
from .style import global_colors, gram_distance, holistic_textures

COLORS = {"global_effects", "global_colors"}
TEXTURES = {"global_effects", "holistic_textures"}
PATTERNS = {"local_patterns", "patch_similarity", "patch_diversity"}
"""Keys that are computed together."""

WITHOUT_NETWORK = {"global_colors", "structural_similarity"}
"""Keys that need only pixels."""


def score(
    result: ImageSource,
    content: ImageSource,
    style: ImageSource,
    extractor: FeatureExtractor | None = None,
    size: int | None = None,
    *,
    metrics: Sequence[str] = SCORES,
    content_layers: Sequence[str] = CONTENT_LAYERS,
    style_layers: Sequence[str] = STYLE_LAYERS,
    patch_layers: Sequence[str] = PATCH_LAYERS,
    gram_distance_layers: Sequence[str] = GRAM_DISTANCE_LAYERS,
) -> dict[str, float]:
    """Measures how much of the content and how much of the style a result contains.

    The content is resized to the result's size, and the style so that its longer side equals the
    result's. Compare only results of the same content, style and size. No metric measures beauty.

    | key | range | better | measures |
    |---|---|---|---|
    | `content_fidelity` | 0 to 1 | higher | similarity of features to the content's, by position |
    | `global_effects` | 0 to 1 | higher | mean of the next two |
    | `global_colors` | 0 to 1 | higher | similarity of color histograms to the style's |
    | `holistic_textures` | 0 to 1 | higher | similarity of Gram matrices to the style's |
    | `local_patterns` | 0 to 1 | higher | mean of the next two |
    | `patch_similarity` | 0 to 1 | higher | similarity of feature patches to the style's |
    | `patch_diversity` | 0 to 1 | higher | relative number of distinct style patches matched |
    | `gram_distance` | from 0 | lower | distance of Gram matrices, in layers without a loss |
    | `structural_similarity` | -1 to 1 | higher | similarity of luminance to the content's |

    Content fidelity and patch similarity can be negative if the extractor has negative features.

    Source: the first seven are from Wang, Zhao, Chen, Zuo, Li, Xing and Lu, "Evaluate and improve
    the quality of neural style transfer", Computer Vision and Image Understanding 207, 2021. See
    the function of each metric for details.

    Example:
    ```python
    score("outputs/result.png", "content.jpg", "style.jpg")["content_fidelity"]
    ```

    Args:
        result: The result: a path, a `PIL.Image`, or an array or tensor `(height, width, 3)`, 0 to
            255.
        content: The content, in the same form.
        style: The style, in the same form.
        extractor: The extractor; by default, `VGG16FeatureExtractor()`. With another one, pass the
            names of its layers, too.
        size: Length of the result's longer side, in pixels. `None`: its original size. VGG16 needs
            about 3 GB of memory per megapixel.
        metrics: The keys to compute; by default, all of them. The extractor computes only the
            layers that they need.
        content_layers: Layers for the content fidelity; by default, those of the content loss.
        style_layers: Layers for the holistic textures; by default, those of the style loss.
        patch_layers: Layers for the local patterns; by default, those of the MRF loss.
        gram_distance_layers: Layers for the Gram distance; by default, layers that no default loss
            uses.

    Returns:
        `{key: number}` for each of `metrics`, in the table's order.

    Raises:
        FileNotFoundError: If a file does not exist.
        ValueError: If an image is invalid or too small for the layers, or a layer or a key is
            unknown.
    """
    wanted = _check_keys(metrics)
    result = read_image(result, size, "result")
    content = read_image(content, name="content", shape=result.shape[:2])
    style = read_image(style, max(result.shape[:2]), "style")
    layers_of_content = content_layers if "content_fidelity" in wanted else ()
    layers_of_style = (
        *(style_layers if wanted & TEXTURES else ()),
        *(patch_layers if wanted & PATTERNS else ()),
        *(gram_distance_layers if "gram_distance" in wanted else ()),
    )
    of_content, of_style, of_result = {}, {}, {}
    if wanted - WITHOUT_NETWORK:
        extractor = extractor or VGG16FeatureExtractor()
        # A single pass of the extractor for each image, because passes take most of the time.
        layers = (*layers_of_content, *layers_of_style)
        of_content = image_features(extractor, content, layers_of_content, "content")
        of_style = image_features(extractor, style, layers_of_style, "style")
        of_result = image_features(extractor, result, layers, "result")
    numbers: dict[str, float] = {}
    if "content_fidelity" in wanted:
        numbers["content_fidelity"] = content_fidelity(_pick(of_result, content_layers), of_content)
    if wanted & COLORS:
        numbers["global_colors"] = global_colors(result, style)
    if wanted & TEXTURES:
        numbers["holistic_textures"] = holistic_textures(
            _pick(of_result, style_layers), _pick(of_style, style_layers)
        )
    if "global_effects" in wanted:
        numbers["global_effects"] = (numbers["global_colors"] + numbers["holistic_textures"]) / 2
    if wanted & PATTERNS:
        numbers |= local_patterns(_pick(of_result, patch_layers), _pick(of_style, patch_layers))
    if "gram_distance" in wanted:
        numbers["gram_distance"] = gram_distance(
            _pick(of_result, gram_distance_layers), _pick(of_style, gram_distance_layers)
        )
    if "structural_similarity" in wanted:
        numbers["structural_similarity"] = structural_similarity(result, content)
    return {key: numbers[key] for key in SCORES if key in wanted}


def _pick(features: Features, layers: Sequence[str]) -> Features:
    """The features of some of the layers."""
    return {layer: features[layer] for layer in layers}


def _check_keys(metrics: Sequence[str]) -> set[str]:
    """Returns the keys as a set, or raises a `ValueError` if one is unknown."""
    for key in metrics:
        if key not in SCORES:
            raise ValueError(
                f"Invalid value for argument `metrics`. Expected names among {list(SCORES)}. "
                f"Received: {key!r}.{did_you_mean(key, SCORES)}"
            )
    return set(metrics)
