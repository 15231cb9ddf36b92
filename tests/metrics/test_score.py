"""The score of a result: the best match has the best values, also with VGG16."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import TinyExtractor

from nst_framework import read_image, write_image
from nst_framework.defaults import CONTENT_LAYERS, GRAM_DISTANCE_LAYERS, SCORES, STYLE_LAYERS
from nst_framework.metrics import score
from nst_framework.metrics.local_patterns import best_matches

IMAGES = Path(__file__).parents[2] / "examples" / "images"
TINY_LAYERS = {
    "content_layers": ["second"],
    "style_layers": ["first", "second"],
    "patch_layers": ["first"],
    "gram_distance_layers": ["second"],
}
OF_CONTENT = ("content_fidelity", "structural_similarity")
OF_STYLE = (
    "global_effects",
    "global_colors",
    "holistic_textures",
    "local_patterns",
    "patch_similarity",
    "patch_diversity",
)


def test_paths_and_arrays_of_any_size_are_scored(
    tmp_path: Path, content: np.ndarray, style: np.ndarray, tiny_extractor: TinyExtractor
) -> None:
    for name, image in (("content", content), ("style", style)):
        write_image(tmp_path / f"{name}.png", image)
    small = read_image(content, 16)
    from_paths = score(
        tmp_path / "content.png",
        str(tmp_path / "content.png"),
        tmp_path / "style.png",
        tiny_extractor,
        size=16,
        **TINY_LAYERS,
    )
    assert from_paths == score(small, content, style, tiny_extractor, **TINY_LAYERS)
    assert [from_paths[key] for key in OF_CONTENT] == pytest.approx([1, 1])
    assert set(from_paths) == {*OF_CONTENT, *OF_STYLE, "gram_distance"}
    assert all(type(value) is float for value in from_paths.values())
    for whole, first, second in (
        ("global_effects", "global_colors", "holistic_textures"),
        ("local_patterns", "patch_similarity", "patch_diversity"),
    ):
        assert from_paths[first] != pytest.approx(from_paths[second])
        mean = (from_paths[first] + from_paths[second]) / 2
        assert from_paths[whole] == pytest.approx(mean)


class CountingExtractor(TinyExtractor):
    """Records the layers of each pass."""

    def __init__(self) -> None:
        super().__init__()
        self.passes: list[tuple[str, ...]] = []

    def call(self, image: Any, layers: Any) -> dict[str, Any]:
        self.passes.append(tuple(sorted(set(layers))))
        return super().call(image, layers)


@pytest.mark.parametrize(
    ("metrics", "passes"),
    [
        (["structural_similarity", "global_colors"], []),
        (["content_fidelity"], [("second",), ("second",)]),
        (["holistic_textures"], [("first", "second")] * 2),
        (["global_effects"], [("first", "second")] * 2),
        (["patch_diversity", "patch_similarity"], [("first",)] * 2),
        (["gram_distance", "content_fidelity"], [("second",)] * 3),
    ],
)
def test_only_the_requested_metrics_are_computed_and_each_once(
    metrics: list[str],
    passes: list[tuple[str, ...]],
    content: np.ndarray,
    style: np.ndarray,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    extractor = CountingExtractor()
    whole = score(content, content[::-1], style, extractor, **TINY_LAYERS)
    extractor.passes.clear()
    searches: list[Any] = []

    def counted(patches: Any, style: Any) -> Any:
        searches.append(patches)
        return best_matches(patches, style)

    module = sys.modules["nst_framework.metrics.local_patterns"]
    monkeypatch.setattr(module, "best_matches", counted)
    numbers = score(content, content[::-1], style, extractor, metrics=metrics, **TINY_LAYERS)
    assert numbers == {key: whole[key] for key in SCORES if key in metrics}
    assert extractor.passes == passes
    assert len(searches) == ("patch_diversity" in metrics)


def test_unknown_metrics_are_refused(content: np.ndarray) -> None:
    with pytest.raises(ValueError, match="'gram_distanse'.*Did you mean 'gram_distance'"):
        score(content, content, content, metrics=["gram_distanse"])


def test_the_style_itself_at_the_results_size_has_all_of_the_style(
    content: np.ndarray, style: np.ndarray, tiny_extractor: TinyExtractor
) -> None:
    scores = score(read_image(style, 16), content, style, tiny_extractor, **TINY_LAYERS)
    assert [scores[key] for key in OF_STYLE] == pytest.approx([1] * len(OF_STYLE))
    assert scores["gram_distance"] == 0


def test_errors_name_the_image(
    tmp_path: Path, content: np.ndarray, style: np.ndarray, tiny_extractor: TinyExtractor
) -> None:
    with pytest.raises(FileNotFoundError, match="result.*does not exist"):
        score(tmp_path / "none.png", content, style, tiny_extractor, **TINY_LAYERS)
    with pytest.raises(ValueError, match="style to be an array"):
        score(content, content, np.zeros((0, 4, 3)), tiny_extractor, **TINY_LAYERS)
    with pytest.raises(ValueError, match="content to be at least 2 pixels.*Received: 1 x 26"):
        score(content[:1], content, style, tiny_extractor, **TINY_LAYERS)
    with pytest.raises(ValueError, match="style to be at least 2 pixels"):
        score(content, content, style[:1], tiny_extractor, **TINY_LAYERS)
    with pytest.raises(ValueError, match="Did you mean 'first'"):
        score(content, content, style, tiny_extractor, **{**TINY_LAYERS, "patch_layers": ["firs"]})


def test_the_gram_distance_looks_where_the_losses_do_not() -> None:
    assert not set(GRAM_DISTANCE_LAYERS) & {*CONTENT_LAYERS, *STYLE_LAYERS}


def test_vgg16_tells_real_pictures_apart() -> None:
    content, style = IMAGES / "chelsea.png", IMAGES / "brush_strokes.jpg"
    picture, painting = read_image(content, 96), read_image(style, 96)
    noise = np.random.default_rng(0).integers(0, 256, picture.shape, dtype=np.uint8)
    of_content, of_style, of_noise = (
        score(result, content, style) for result in (picture, painting, noise)
    )
    for key in OF_CONTENT:
        assert of_content[key] == pytest.approx(1, abs=1e-6)
        assert max(of_style[key], of_noise[key]) < 0.5
    for key in OF_STYLE:
        assert of_style[key] == pytest.approx(1, abs=1e-6)
        assert max(of_content[key], of_noise[key]) < 0.95
    assert of_style["gram_distance"] == pytest.approx(0, abs=1e-6)
    assert min(of_content["gram_distance"], of_noise["gram_distance"]) > 0.3
