"""Example images for a first picture, if the repository's examples are next to the package."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parents[3] / "examples" / "images"


@dataclass(frozen=True)
class Example:
    """A photograph and a painting to try.

    Attributes:
        title: The label of its button.
        content: The path of the photograph.
        style: The path of the painting.
    """

    title: str
    content: Path
    style: Path


EXAMPLES = (
    Example("Cat in brush strokes", FOLDER / "chelsea.png", FOLDER / "brush_strokes.jpg"),
    Example("Portrait in stained glass", FOLDER / "astronaut.png", FOLDER / "stained_glass.jpg"),
    Example("Tower as a woodcut", FOLDER / "summer_palace.jpg", FOLDER / "woodcut.jpg"),
)


def find_examples() -> list[Example]:
    """The examples whose images exist; a wheel does not contain them."""
    return [each for each in EXAMPLES if each.content.is_file() and each.style.is_file()]
