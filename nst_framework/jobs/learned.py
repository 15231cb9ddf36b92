"""A picture painted by a network that has learned a painting."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..paintings import find_painting, painting_names
from ..settings.layers import Settings
from .job import Ending, Job
from .sidecar import digest

if TYPE_CHECKING:
    import keras
    import numpy as np

    from ..style_network.network import StyleNetwork
    from ..trainer import Trainer


class LearnedJob(Job):
    """A picture painted by a network that has learned a painting."""

    def run(
        self,
        trainer_of: Callable[[Settings], Trainer] | None = None,
        callbacks: Sequence[keras.callbacks.Callback] = (),
        on_begin: Callable[[Trainer], None] | None = None,
    ) -> Ending:
        """Paints the picture, without a trainer."""
        from ..images.bit_depth import dither

        settings = self.settings
        _ = self.inputs
        image = paint(settings["style"][0], settings, style_proportions(settings))
        text = self._write(image, settings)
        return Ending(dither(image), text, "Painted in one pass.")


def paint(
    source: str, settings: Mapping[str, Any], proportions: Sequence[float] | None = None
) -> np.ndarray:
    """Paints the content of a run, at the size of the run, with a learned painting.

    Args:
        source: A `.keras` file, or the name of a painting in the package.
        settings: The settings of the run.
        proportions: A weight for each painting of the network; `None`: only the painting named by
            `source`, or else the first one.

    Returns:
        The picture, `(height, width, 3)`, or 4 channels with alpha, float32, 0 to 255.
    """
    path = find_painting(source) or Path(source)
    network = _network(str(path), digest(path))
    if proportions is None and source in painting_names():
        proportions = _weights_of_all([source], [1.0])
    size, color = settings["size"], settings["color"]
    # This picture starts a run, which places the colors of its style image later.
    color = "style" if color == "placed" else color
    size = None if size == "none" else size
    return network.paint(settings["content"], size, proportions, color, as_float=True)


def check_learned(settings: Mapping[str, Any]) -> None:
    """Raises a `ValueError` if the settings do not suit a learned painting, without Keras."""
    from ..style_network.archive import check_network

    styles = settings["style"]
    if len(styles) > 1 and not all(map(find_painting, styles)):
        raise ValueError(
            "Expected only one style with a learned painting, because it paints the whole picture. "
            f"Received: {' '.join(styles)}. Leave out the others, or pass only style images."
        )
    for source in styles:
        check_network(source)
    if settings["color"] == "placed":
        raise ValueError(
            "Expected a --color that needs no style image, because the style is a learned "
            "painting. Received: placed. Choose style, luminance, cholesky, symmetric or histogram."
        )
    style_proportions(settings)


def style_proportions(settings: Mapping[str, Any]) -> list[float] | None:
    """A weight for each painting that the network has learned; `None`: none were given.

    `style_weights` has one weight for each painting of a file, or for each name: the paintings of
    the package are all in one network.
    """
    from ..style_network.archive import count_paintings

    styles: list[str] = settings["style"]
    weights: list[float] | None = settings.get("style_weights")
    by_name = find_painting(styles[0]) is not None
    if weights is None and not by_name:
        return None
    count = len(styles) if by_name else count_paintings(styles[0])
    weights = [1.0] * count if weights is None else weights
    if len(weights) != count or min(weights) < 0 or max(weights) == 0:
        paintings = "the only painting" if count == 1 else f"each of the {count} paintings"
        raise ValueError(
            f"Expected --style-weights to have a number of at least 0 for {paintings}, and at "
            f"least one above 0. Received: {' '.join(map(str, weights))}."
        )
    return _weights_of_all(styles, weights) if by_name else weights


def _weights_of_all(names: Sequence[str], weights: Sequence[float]) -> list[float]:
    """A weight for each painting in the package; those without a name here have 0."""
    of_name = dict.fromkeys(painting_names(), 0.0)
    for name, weight in zip(names, weights, strict=True):
        of_name[name] += weight
    return list(of_name.values())


@functools.lru_cache(maxsize=1)
def _network(path: str, digest_of_file: str) -> StyleNetwork:
    """Loads the network, or returns that of the last picture if the file is the same."""
    from ..style_network.network import StyleNetwork

    return StyleNetwork.load(path)
