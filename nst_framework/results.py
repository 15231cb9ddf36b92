"""What there is to see of a run: its images, and what their losses are."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .images.pixels import to_pixels
from .images.reading import ImageSource
from .objective.shares import TermReport, measure_terms
from .run.run import Run
from .run.state import RunState


class Results:
    """The images and losses of the last `fit`; the part of a trainer that only looks."""

    def __init__(self) -> None:
        self._run: Run | None = None

    def evaluate(self, image: ImageSource | None = None) -> dict[str, float]:
        """The loss and its terms for an image, with the content and style of the last `fit`.

        Args:
            image: Path or array of the content's size. By default the image as it is now, in 8
                bits a channel, as it is saved.

        Returns:
            `{"loss": ..., name of each term: ...}`, weighted.

        Raises:
            RuntimeError: If there was no `fit`.
            ValueError: If the image has another size.
        """
        return self._fitted().evaluate(image).logs

    def measure_terms(self, image: ImageSource | None = None) -> dict[str, TermReport]:
        """Each term's value and its share of the gradient: which of them pulls how much.

        It takes one evaluation for each term. `fit` prints it before the first step.

        Args:
            image: As for `evaluate`.

        Returns:
            A `TermReport` for each loss by its name.

        Raises:
            RuntimeError: If there was no `fit`.
            ValueError: If the image has another size.
        """
        run = self._fitted()
        return measure_terms(run.objective, run.as_batch(image))

    @property
    def built(self) -> bool:
        """Whether a `fit` has begun, so that there is an image."""
        return self._run is not None

    @property
    def plan(self) -> str:
        """Size and tiles in a few words."""
        return self._fitted().stage.plan

    @property
    def tile_sizes(self) -> list[int | None]:
        """Longest side of the tiles at each scale, in pixels; `None`: the image as a whole."""
        return [stage.tile_size for stage in self._fitted().stages]

    @property
    def state(self) -> RunState:
        """The state of the run: the images at full precision, the counters, the history."""
        return self._fitted().state

    @property
    def image(self) -> np.ndarray:
        """The image as it is now: array `(height, width, 3)`, uint8; with alpha if it has one."""
        return self._fitted().stage.present(to_pixels(self.state.image))

    @property
    def best_image(self) -> np.ndarray:
        """The image with the lowest loss so far, likewise."""
        return self._fitted().stage.present(to_pixels(self.state.best_image))

    @property
    def content(self) -> np.ndarray:
        """The content image at the size it is used: array `(height, width, 3)`, uint8."""
        return self._fitted().stage.content

    @property
    def style(self) -> np.ndarray:
        """The first style image at the size and in the colours in which it is used, likewise."""
        return self.styles[0]

    @property
    def styles(self) -> list[np.ndarray]:
        """All style images, likewise."""
        return [style.image for style in self._fitted().stage.styles]

    def get_weights(self) -> list[np.ndarray]:
        """The image as Keras's callbacks ask for it: `[array (1, height, width, 3)]`."""
        return [self.state.image.copy()]

    def set_weights(self, weights: Sequence[np.ndarray]) -> None:
        """Puts an image that `get_weights` returned in the image's place."""
        self.state.image = np.array(weights[0], np.float32)

    def _fitted(self) -> Run:
        if self._run is None:
            raise RuntimeError("Expected a trainer that has been fitted. Call trainer.fit first.")
        return self._run
