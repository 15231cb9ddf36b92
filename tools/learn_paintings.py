"""Learns the paintings that come with the package, with one network for all three.

    python tools/learn_paintings.py FOLDER_OF_PHOTOGRAPHS

It writes `nst_framework/paintings/paintings.keras`, and resumes if it was killed. A hundred steps
took 73 s on two cores with AVX-512 and AMX. NOTICE names the photographs.

The file in the repository was not made in one such run, but in 3,700 steps with detours: 1,700
compared the content at `block4_conv2` (weights 200 and 1000), which kept the strokes and lost the
photograph; 1,000 at `block3_conv3` (200 and 600); and only the last 1,000 steps are those of the
settings below, with a part of the photograph's luminance in the output. A run without detours has
not been made yet.
"""

from __future__ import annotations

import sys
from pathlib import Path

from nst_framework.cli import main

ROOT = Path(__file__).parents[1]
PAINTINGS = ("brush_strokes", "stained_glass", "woodcut")
OPTIONS = """
--width 16 --size 192 --batch-size 3 --style-size 384 --steps 3700 --steps-per-epoch 100
--learning-rate 0.001 --content-layers block3_conv3 --content-weight 300 --resume
"""

if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    images = [str(ROOT / "examples" / "images" / f"{name}.jpg") for name in PAINTINGS]
    output = ROOT / "nst_framework" / "paintings" / "paintings.keras"
    places = ["--photographs", sys.argv[1], "--output", str(output)]
    sys.exit(main(["train", *images, *places, *OPTIONS.split()]))
