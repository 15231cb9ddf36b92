#!/usr/bin/env bash
# Guess: the gradient of keras.ops.abs at 0 is the same on every backend: 0, the middle of the subdifferential.
#
# Observed with Keras 3.15.1: 0 on TensorFlow 2.21.0 and PyTorch 2.13.0, and 1 on JAX 0.10.2. A loss of absolute
# differences that starts at its minimum, where every difference is 0, stays there on two backends. On JAX, it has as
# large a gradient as anywhere else, and leaves the minimum at the first step.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cat >"$folder/slope.py" <<'PYTHON'
import sys

import keras

backend = keras.backend.backend()
zeros = keras.ops.zeros(4)
if backend == "tensorflow":
    import tensorflow as tf

    with tf.GradientTape() as tape:
        tape.watch(zeros)
        value = keras.ops.sum(keras.ops.abs(zeros))
    slopes = tape.gradient(value, zeros).numpy()
elif backend == "jax":
    import jax

    slopes = jax.grad(lambda array: keras.ops.sum(keras.ops.abs(array)))(zeros)
else:
    zeros.requires_grad_(True)
    keras.ops.sum(keras.ops.abs(zeros)).backward()
    slopes = zeros.grad
slopes = [float(slope) for slope in slopes]
print(f"Keras {keras.__version__} on {backend}: {slopes}")
assert slopes == [float(sys.argv[1])] * 4, slopes
PYTHON
for pair in tensorflow-cpu==2.21.0:tensorflow:0 jax==0.10.2:jax:1 torch==2.13.0:torch:0; do
    IFS=: read -r package backend slope <<<"$pair"
    python3 -m venv "$folder/$backend"
    "$folder/$backend/bin/pip" install --quiet keras==3.15.1 "$package"
    KERAS_BACKEND=$backend TF_CPP_MIN_LOG_LEVEL=3 "$folder/$backend/bin/python" "$folder/slope.py" "$slope"
    rm -rf "${folder:?}/$backend"
done
