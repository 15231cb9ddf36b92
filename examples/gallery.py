"""Makes `docs/gallery.md`, which shows the settings in pictures, and the presets' pictures.

`python examples/gallery.py --outputs docs` writes `docs/gallery.md`, and one row of pictures per
section to `docs/images/gallery`. It takes about twenty minutes on two cores. Each picture has 256
pixels and 40 steps unless its section differs. `--sections` selects the rows to make; the page
always contains the text of every section. The settings are in `gallery_sections.py`.

`--sections presets` makes the pictures of `docs/presets.md`: one file each, in
`docs/images/presets`.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from nst_framework import read_image
from nst_framework.saving import atomic_write, check_writable

import numpy as np
from PIL import Image

import gallery_sections as sections
from gallery_pictures import Section, draw, make_pictures, write_jpeg

HEADING = """# Gallery

This page shows the effect of most settings. They can be combined, in Python and on the command
line, and work with checkpoints and, if the losses are means over positions, in tiles.

The pictures have 256 pixels and 40 steps unless stated otherwise, so they show the effect of a
setting, not the best quality. `python examples/gallery.py --outputs docs` makes this page from
[examples/gallery_sections.py](../examples/gallery_sections.py). See also the pictures of
[the presets](presets.md) and [the losses](losses.md).
"""


def make_sections() -> list[Section]:
    """Returns all sections, with the masks that some of them use."""
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


def write_section(section: Section, folder: Path, size: int, steps: int) -> None:
    """Writes a section's pictures, as one row or as one file each."""
    pictures = make_pictures(section, size, steps)
    if section.separate:
        for image, caption in pictures:
            write_jpeg(folder / section.name / f"{caption}.jpg", image, quality=85)
    else:
        write_jpeg(folder / "gallery" / f"{section.name}.jpg", draw(list(pictures)), quality=88)


def write_page(path: Path, all_sections: Sequence[Section]) -> None:
    """Writes the page with all sections."""
    parts = [HEADING]
    for section in all_sections:
        if section.separate:
            continue
        picture = f"![{section.title}](images/gallery/{section.name}.jpg)"
        parts.append(f"## {section.title}\n\n{section.text}\n\n{picture}\n")
    with atomic_write(path) as partial:
        partial.write_text("\n".join(parts), encoding="utf-8")


def main(arguments: Sequence[str] | None = None) -> None:
    """Makes the page and all of its rows, or only those selected."""
    all_sections = make_sections()
    names = [section.name for section in all_sections]
    parser = argparse.ArgumentParser(description="Show the settings in pictures.")
    parser.add_argument("--outputs", type=Path, default=Path("outputs"), help="output folder")
    parser.add_argument("--sections", nargs="+", choices=names, default=names, metavar="SECTION")
    parser.add_argument(
        "--size", type=int, default=256, help="longer side in pixels (default: 256)"
    )
    parser.add_argument("--steps", type=int, default=40, help="steps of the solver (default: 40)")
    options = parser.parse_args(arguments)
    page = check_writable(options.outputs / "gallery.md", [".md"])
    for section in all_sections:
        if section.name in options.sections:
            write_section(section, options.outputs / "images", options.size, options.steps)
    write_page(page, all_sections)


if __name__ == "__main__":
    main()
