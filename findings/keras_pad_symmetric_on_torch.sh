#!/usr/bin/env bash
# Guess: keras.ops.pad(mode="symmetric") mirrors including the outermost pixel, as NumPy does, on every backend, or
# raises where a backend cannot.
#
# Observed with Keras 3.15.1: on PyTorch 2.13.0 it silently repeats the outermost pixel across the whole margin, which
# is NumPy's "edge"; "reflect" is correct. For 0 1 2 3, a margin of 2 is 0 0 instead of 1 0. A network with such borders
# computes different features on PyTorch than on JAX 0.10.2, along the border only.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cat >"$folder/pad.py" <<'PYTHON'
import sys

import keras
import numpy as np

rows = np.arange(4, dtype=np.float32).reshape(1, 1, 1, 4) + np.zeros((1, 1, 4, 4), np.float32)
margins = [(0, 0), (0, 0), (2, 2), (2, 2)]
for mode in ("reflect", "symmetric"):
    padded = keras.ops.convert_to_numpy(keras.ops.pad(rows, margins, mode=mode))
    same = [each for each in ("reflect", "symmetric", "edge") if (padded == np.pad(rows, margins, each)).all()]
    print(f"Keras {keras.__version__} on {keras.backend.backend()}: {mode} is NumPy's {same}")
    assert same == [sys.argv[1] if mode == "symmetric" else mode], same
PYTHON
for pair in jax==0.10.2:jax:symmetric torch==2.13.0:torch:edge; do
    IFS=: read -r package backend expected <<<"$pair"
    python3 -m venv "$folder/$backend"
    "$folder/$backend/bin/pip" install --quiet keras==3.15.1 "$package"
    KERAS_BACKEND=$backend "$folder/$backend/bin/python" "$folder/pad.py" "$expected"
    rm -rf "${folder:?}/$backend"
done
