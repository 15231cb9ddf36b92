#!/usr/bin/env bash
# Guess: GroupNormalization(groups=-1), documented by Keras as instance normalization, turns a constant channel into 0
# on every backend, because the channel equals its mean.
#
# Observed with Keras 3.15.1 and channels of 123.68, ImageNet's mean of red: nonzero on TensorFlow 2.21.0, and NaN on
# PyTorch 2.13.0. The variance is the mean of the squares minus the square of the mean. In float32 this difference is
# pure rounding and may be negative, and its root becomes a divisor. A flat sky in an image from 0 to 255 is enough.
# Centering first and then averaging the squares gives 0 on both.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cat >"$folder/flat.py" <<'PYTHON'
import sys

import keras
import numpy as np

flat = np.full((1, 64, 64, 3), 123.68, np.float32)
normalized = keras.ops.convert_to_numpy(keras.layers.GroupNormalization(groups=-1)(flat))
centered = flat - flat.mean(axis=(1, 2), keepdims=True)
print(f"Keras {keras.__version__} on {keras.backend.backend()}: {normalized.min()} to {normalized.max()}")
assert np.abs(centered).max() < 0.01
if sys.argv[1] == "nan":
    assert np.isnan(normalized).any()
else:
    assert np.isfinite(normalized).all() and np.abs(normalized).max() > 0.1
PYTHON
for pair in tensorflow-cpu==2.21.0:tensorflow:number torch==2.13.0:torch:nan; do
    IFS=: read -r package backend expected <<<"$pair"
    python3 -m venv "$folder/$backend"
    "$folder/$backend/bin/pip" install --quiet keras==3.15.1 "$package"
    KERAS_BACKEND=$backend TF_CPP_MIN_LOG_LEVEL=3 "$folder/$backend/bin/python" "$folder/flat.py" "$expected"
    rm -rf "${folder:?}/$backend"
done
