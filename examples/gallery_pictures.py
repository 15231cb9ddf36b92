"""Descriptions of the gallery's pictures, and functions to make and draw them."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nst_framework import (
    ContentLoss,
    Loss,
    StyleLoss,
    TotalVariationLoss,
    Trainer,
    VGG16FeatureExtractor,
    read_image,
)
from nst_framework.cli import main as nst
from nst_framework.metrics import score
from nst_framework.saving import atomic_write

import imageio.v3 as iio
import numpy as np
from matplotlib.figure import Figure
from PIL import Image


def default_losses() -> list[Loss]:
    """The losses of the quickstart."""
    return [ContentLoss(), StyleLoss(), TotalVariationLoss()]


@dataclass(frozen=True)
class Picture:
    """One picture to make.

    Attributes:
        caption: The text below it.
        content: Path or array of the content image.
        style: Any style that `Trainer.fit` accepts.
        losses: The losses to minimize.
        compile: Further arguments of `Trainer.compile`.
        fit: Further arguments of `Trainer.fit`.
        scale: Its size relative to the other pictures.
        effort: Its number of steps relative to the other pictures.
        then: Arguments of a second call of `fit`, if there is one.
    """

    caption: str
    content: Any
    style: Any
    losses: Sequence[Loss] = field(default_factory=default_losses)
    compile: Mapping[str, Any] = field(default_factory=dict)
    fit: Mapping[str, Any] = field(default_factory=dict)
    scale: float = 1.0
    effort: float = 1.0
    then: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Shown:
    """A picture that already exists.

    Attributes:
        caption: The text below it.
        image: Its path.
    """

    caption: str
    image: Path


@dataclass(frozen=True)
class PresetPicture:
    """The result of `nst transfer CONTENT STYLE --preset NAME --size SIZE --steps-per-epoch 60`."""

    preset: str
    content: Path
    style: Path
    steps_per_epoch: int = 60

    @property
    def caption(self) -> str:
        """The preset's name."""
        return self.preset


@dataclass(frozen=True)
class Section:
    """One row of pictures.

    Attributes:
        name: Name of its file, without the extension.
        title: Its heading.
        text: The text above its pictures.
        pictures: The pictures.
        numbers: The numbers below each caption: `"scores"`, `"weights"`, `"shares"` of the
            gradient at the end, or none.
        separate: Whether each picture becomes a file named after its caption, for another page.
    """

    name: str
    title: str
    text: str
    pictures: Sequence[Picture | Shown | PresetPicture]
    numbers: str = ""
    separate: bool = False


def make_picture(picture: Picture, numbers: str, size: int, steps: int) -> tuple[np.ndarray, str]:
    """Runs a trainer and returns its image and the numbers below it."""
    trainer = Trainer(VGG16FeatureExtractor())
    trainer.compile(picture.losses, precision="auto", **picture.compile)
    arguments: dict[str, Any] = {
        "content": picture.content,
        "style": picture.style,
        "size": round(picture.scale * size),
        "epochs": 1,
        "steps_per_epoch": round(picture.effort * steps),
        "verbose": 0,
        **picture.fit,
    }
    trainer.fit(**arguments)
    if picture.then:
        trainer.fit(**{**arguments, **picture.then})
    written = ""
    if numbers == "scores":
        scores = score(trainer.image, picture.content, picture.style)
        written = f"{scores['content_fidelity']:.2f}, {scores['global_effects']:.2f}"
    if numbers == "weights":
        weights = (f"{weight:.3g}" for weight in trainer.loss_weights.values())
        written = f"weights {', '.join(weights)}"
    if numbers == "shares":
        reports = trainer.measure_terms().values()
        content, style = [f"{report.share:.0%}" for report in reports][:2]
        written = f"{content}, {style}"
    return trainer.image, written


def make_preset_picture(picture: PresetPicture, size: int) -> np.ndarray:
    """Runs the command line and returns its image."""
    with tempfile.TemporaryDirectory() as folder:
        output = str(Path(folder) / "result.png")
        words = ["transfer", str(picture.content), str(picture.style), "--preset", picture.preset]
        words += ["--size", str(size), "--steps-per-epoch", str(picture.steps_per_epoch)]
        if nst([*words, "--output", output, "--quiet"]) != 0:
            raise RuntimeError(f"nst {' '.join(words)} made no picture. Run it to see the error.")
        return read_image(output)


def make_pictures(section: Section, size: int, steps: int) -> Iterator[tuple[np.ndarray, str]]:
    """Yields each picture of a section with its caption."""
    shown_size = size if section.separate else None
    for picture in section.pictures:
        print(f"{section.title}: {picture.caption}", flush=True)
        if isinstance(picture, Shown):
            yield read_image(picture.image, shown_size), picture.caption
        elif isinstance(picture, PresetPicture):
            yield make_preset_picture(picture, size), picture.caption
        else:
            image, written = make_picture(picture, section.numbers, size, steps)
            yield on_checkered_board(image), "\n".join(filter(None, [picture.caption, written]))


def on_checkered_board(image: np.ndarray) -> np.ndarray:
    """Returns the image on a checkered background, which reveals transparent parts."""
    if image.shape[-1] == 3:
        return image
    rows, columns = np.indices(image.shape[:2]) // 8
    board = np.where((rows + columns) % 2, 255, 205)[..., None]
    alpha = image[..., 3:] / 255
    return np.rint(alpha * image[..., :3] + (1 - alpha) * board).astype(np.uint8)


def draw(pictures: Sequence[tuple[np.ndarray, str]]) -> np.ndarray:
    """Draws the pictures in a row, all of the same height."""
    ratios = [image.shape[1] / image.shape[0] for image, _ in pictures]
    height = min(2.4, 13 / sum(ratios))
    figure = Figure(figsize=(height * sum(ratios) + 0.1, height + 0.5), layout="constrained")
    axes = figure.subplots(1, len(pictures), width_ratios=ratios, squeeze=False)
    for axis, (image, caption) in zip(axes.flat, pictures, strict=True):
        axis.imshow(image, interpolation="lanczos")
        axis.set(xticks=[], yticks=[], frame_on=False)
        axis.set_xlabel(caption, fontsize=9)
    drawn = io.BytesIO()
    figure.savefig(drawn, dpi=130, format="png", bbox_inches="tight", pad_inches=0.03)
    return iio.imread(drawn.getvalue())[..., :3]


def write_jpeg(path: Path, image: np.ndarray, quality: int) -> None:
    """Writes a JPEG file for the docs."""
    with atomic_write(path) as partial:
        Image.fromarray(image).save(partial, quality=quality, optimize=True, subsampling=0)
