"""Learns the paintings that come with the package, with one network for all three.

    python tools/learn_paintings.py FOLDER_OF_PHOTOGRAPHS

It writes `nst_framework/paintings/paintings.keras`, and resumes if it was killed. The 3,700 steps
of the file in the repository took 89 minutes on two cores with AVX-512 and AMX that had other work
to do. A hundred steps take 73 to 90 s on a quiet machine. NOTICE names the photographs.
"""

from __future__ import annotations

import sys
from pathlib import Path

from nst_framework.cli import main

ROOT = Path(__file__).parents[1]
PAINTINGS = ("brush_strokes", "stained_glass", "woodcut")
OPTIONS = """
--width 16 --size 192 --batch-size 3 --style-size 384 --steps 3700 --steps-per-epoch 100
--learning-rate 0.002 --content-layers block3_conv3 --content-weight 1000 --resume
"""

if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    images = [str(ROOT / "examples" / "images" / f"{name}.jpg") for name in PAINTINGS]
    output = ROOT / "nst_framework" / "paintings" / "paintings.keras"
    places = ["--photographs", sys.argv[1], "--output", str(output)]
    sys.exit(main(["train", *images, *places, *OPTIONS.split()]))
