#!/usr/bin/env bash
# Guess: Pillow reads a TIFF of 32-bit numbers in either byte order, compressed or not, or reports that it cannot.
#
# Observed with Pillow 12.3.0: in big-endian compressed files, libtiff swaps the bytes of every number once and Pillow
# swaps them again, so 1 is read as 16777216, without an error or a warning. The same image is correct if uncompressed or
# little-endian. Files from scanners and microscopes are often big-endian.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet pillow==12.3.0 tifffile==2026.3.3 numpy==2.4.6
cat >"$folder/orders.py" <<'PYTHON'
import sys

import numpy as np
import PIL
import tifffile
from PIL import Image

values = np.arange(12, dtype=np.int32).reshape(3, 4)
right = {}
for order in "<>":
    for compression in (None, "zlib"):
        path = f"{sys.argv[1]}/picture.tif"
        tifffile.imwrite(path, values, byteorder=order, compression=compression)
        with Image.open(path) as image:
            read = np.asarray(image)
        right[order, compression] = np.array_equal(read, values)
        if not right[order, compression]:
            assert np.array_equal(read.byteswap(), values)
print(f"Pillow {PIL.__version__}: {right}")
assert right == {("<", None): True, ("<", "zlib"): True, (">", None): True, (">", "zlib"): False}
PYTHON
"$folder/venv/bin/python" "$folder/orders.py" "$folder"
