"""All that an artist steers, in pictures: `docs/gallery.md`.

`python examples/gallery.py --outputs docs` writes `docs/gallery.md` and one row of pictures for
each of its sections to `docs/images/gallery`. It takes about twenty minutes on two cores. Each
picture has 256 pixels and 40 steps unless its section says something else. `--sections` makes some
of the rows; the text is always that of all of them. The settings are in `gallery_sections.py`.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import gallery_sections as sections
import numpy as np
from gallery_pictures import Section, draw, make_pictures
from PIL import Image

from nst_framework import prepare_output, read_image, whole_file

HEADING = """# Gallery

What there is to steer, in pictures. All of it works from Python and from the command line, one
with the other, with checkpoints and, where the loss is a mean over positions, in tiles.

This page is made by `python examples/gallery.py --outputs docs`. Pictures have 256 pixels and 40
steps unless something else is said, so they show what a setting does, not how good a picture can
get. [examples/gallery_sections.py](../examples/gallery_sections.py) has all settings.
"""


def make_sections() -> list[Section]:
    """All sections, with the masks that some of them need."""
    cup = np.asarray(Image.open(sections.CUP).convert("L"))
    slope = np.tile(np.linspace(0, 255, 256).astype(np.uint8), (171, 1))
    cut_out = np.dstack([read_image(sections.COFFEE), cup])
    return [
        sections.content_weights(),
        sections.gradient_shares(),
        sections.sizes(),
        sections.style_scale(),
        sections.several_styles(),
        sections.regions(cup, 255 - cup, slope),
        sections.colors(),
        sections.starts(),
        sections.style_layers(),
        sections.content_layers(),
        sections.transparency(cut_out, cup),
        sections.presets(),
    ]


def write_row(path: Path, row: np.ndarray) -> None:
    """Writes a row as JPEG, in a quality for the web."""
    with whole_file(path) as partial:
        Image.fromarray(row).save(partial, quality=88, subsampling=0)


def write_page(path: Path, all_sections: Sequence[Section]) -> None:
    """Writes the page with all sections."""
    parts = [HEADING]
    for section in all_sections:
        picture = f"![{section.title}](images/gallery/{section.name}.jpg)"
        parts.append(f"## {section.title}\n\n{section.text}\n\n{picture}\n")
    with whole_file(path) as partial:
        partial.write_text("\n".join(parts), encoding="utf-8")


def main(arguments: Sequence[str] | None = None) -> None:
    """Makes the page and its rows, or some of them."""
    all_sections = make_sections()
    names = [section.name for section in all_sections]
    parser = argparse.ArgumentParser(description="All that an artist steers, in pictures.")
    parser.add_argument("--outputs", type=Path, default=Path("outputs"), help="folder")
    parser.add_argument("--sections", nargs="+", choices=names, default=names, metavar="SECTION")
    parser.add_argument("--size", type=int, default=256, help="longer side in pixels (256)")
    parser.add_argument("--steps", type=int, default=40, help="steps of the solver (40)")
    options = parser.parse_args(arguments)
    page = prepare_output(options.outputs / "gallery.md", [".md"])
    for section in all_sections:
        if section.name in options.sections:
            row = draw(list(make_pictures(section, options.size, options.steps)))
            write_row(options.outputs / "images" / "gallery" / f"{section.name}.jpg", row)
    write_page(page, all_sections)


if __name__ == "__main__":
    main()
