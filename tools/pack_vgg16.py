"""Packs VGG16's convolutions from a Keras file into the 8-bit file that the package bundles.

Run it with `python tools/pack_vgg16.py vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5`.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from nst_framework.extractors.vgg16 import VGG16
from nst_framework.extractors.vgg_weights import load_weights, pack

BUNDLED = Path(__file__).parents[1] / "nst_framework" / "weights" / "vgg16.npz"


def main() -> None:
    """Packs the weights and prints the size of the file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("source", help="a Keras .h5 file of VGG16 without its top layers")
    parser.add_argument(
        "--output", type=Path, default=BUNDLED, help="packed file (default: %(default)s)"
    )
    arguments = parser.parse_args()
    np.savez_compressed(arguments.output, **pack(load_weights(VGG16, arguments.source)))
    print(f"{arguments.output}: {arguments.output.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
