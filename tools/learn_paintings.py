"""Learns the paintings that come with the package, with one network for all three.

    python tools/learn_paintings.py FOLDER_OF_PHOTOGRAPHS

It writes `nst_framework/paintings/paintings.keras`, and resumes if it was killed. It takes an hour
on two cores with AVX-512 and AMX, with nothing else to do. NOTICE names the photographs.

The file in the repository was made with these settings, but had 1,700 steps before them in which
the content was compared at `block4_conv2` and the network's output was bounded by a hyperbolic
tangent; that kept the strokes and lost what was painted. The last 1,500 steps made up for it, the
first 400 of them with a content weight of 200. A new run has no such detour.
"""

from __future__ import annotations

import sys
from pathlib import Path

from nst_framework.cli import main

ROOT = Path(__file__).parents[1]
PAINTINGS = ("brush_strokes", "stained_glass", "woodcut")
OPTIONS = """
--width 16 --size 192 --batch-size 3 --style-size 384 --steps 3200 --steps-per-epoch 100
--learning-rate 0.0015 --content-layers block3_conv3 --content-weight 600 --resume
"""

if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    images = [str(ROOT / "examples" / "images" / f"{name}.jpg") for name in PAINTINGS]
    output = ROOT / "nst_framework" / "paintings" / "paintings.keras"
    places = ["--photographs", sys.argv[1], "--output", str(output)]
    sys.exit(main(["train", *images, *places, *OPTIONS.split()]))
