#!/usr/bin/env bash
# Guess: the mean of a constant channel equals its value but for the last digits, over any axes, because reductions add
# in pairs or in blocks.
#
# Observed with TensorFlow 2.21.0 on a CPU: for 1024 x 1024 x 2 values of 123.68, tf.reduce_mean over height and width at
# once is about 122, 1.3 % off. One axis after the other is correct to three decimals, and so is one channel over both
# axes. With several channels, each channel's values are added one by one to a float32, whose last digit is finally
# worth 8, and equal values are all rounded the same way. Noise hides this: for a photograph, the mean is off by less
# than a hundredth. Instance normalization of a flat sky is therefore not 0.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet tensorflow-cpu==2.21.0
TF_CPP_MIN_LOG_LEVEL=3 "$folder/venv/bin/python" - <<'PYTHON'
import numpy as np
import tensorflow as tf

flat = np.full((1, 1024, 1024, 2), 123.68, np.float32)
at_once = float(tf.reduce_mean(flat, axis=(1, 2))[0, 0])
one_by_one = float(tf.reduce_mean(tf.reduce_mean(flat, axis=1), axis=1)[0, 0])
one_channel = float(tf.reduce_mean(flat[..., :1], axis=(1, 2))[0, 0])
noisy = flat + np.random.default_rng(0).normal(0, 30, flat.shape).astype(np.float32)
of_noise = np.abs(tf.reduce_mean(noisy, axis=(1, 2)).numpy() - noisy.mean((1, 2), dtype=np.float64)).max()
print(f"TensorFlow {tf.__version__}: at once {at_once}, one by one {one_by_one}, one channel {one_channel}")
print(f"of noise, off by {of_noise:.4f}")
assert abs(at_once - 123.68) > 1
assert abs(one_by_one - 123.68) < 0.01 and abs(one_channel - 123.68) < 0.01 and of_noise < 0.01
PYTHON
