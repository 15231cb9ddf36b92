"""Paints the three style images of the examples, with seeded random numbers.

Run it with `python tools/paint_styles`.
"""

import argparse
from pathlib import Path

import numpy as np
from brush_strokes import paint_brush_strokes
from canvas import OUTPUT_SIZE
from PIL import Image
from stained_glass import paint_stained_glass
from woodcut import paint_woodcut


def main() -> None:
    """Paints every style image, reduces it and saves it as JPEG."""
    default = Path(__file__).resolve().parents[2] / "examples" / "images"
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--output", type=Path, default=default, help="folder of the images")
    folder = parser.parse_args().output
    folder.mkdir(parents=True, exist_ok=True)
    for painter in (paint_brush_strokes, paint_stained_glass, paint_woodcut):
        pixels = (np.clip(painter(), 0, 1) * 255).astype(np.uint8)
        picture = Image.fromarray(pixels).resize(OUTPUT_SIZE, Image.Resampling.LANCZOS)
        picture.save(folder / f"{painter.__name__.removeprefix('paint_')}.jpg", quality=90)


if __name__ == "__main__":
    main()
