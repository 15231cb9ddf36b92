#!/usr/bin/env bash
# Guess: a PyDataset whose batches all have one shape is traced with that shape on every backend, so a loss can loop
# over the images of a batch in Python.
#
# Observed with Keras 3.15.1: on TensorFlow 2.21.0 the loss sees an unknown batch size (None) and known other axes; on
# JAX 0.10.2 it sees the size. A loop over y_pred.shape[0] works on one backend and fails on the other. On TensorFlow,
# fit also requests the first two batches before the first epoch, in addition to those of the epoch.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cat >"$folder/batch.py" <<'PYTHON'
import sys

import keras
import numpy as np

asked, seen = [], []


class Data(keras.utils.PyDataset):
    def __len__(self):
        return 3

    def __getitem__(self, index):
        asked.append(index)
        images = np.zeros((2, 5, 5, 3), np.float32)
        return images, images


def loss(y_true, y_pred):
    seen.append(tuple(y_pred.shape))
    return keras.ops.mean(keras.ops.square(y_true - y_pred), axis=(1, 2, 3))


model = keras.Sequential([keras.Input((None, None, 3)), keras.layers.Conv2D(3, 3, padding="same")])
model.compile("sgd", loss=loss)
model.fit(Data(), epochs=1, verbose=0, shuffle=False)
print(f"Keras {keras.__version__} on {keras.backend.backend()}: shapes {sorted(set(seen), key=str)}, asked {asked}")
expected = {"tensorflow": ((None, 5, 5, 3), [0, 1, 0, 1, 2]), "jax": ((2, 5, 5, 3), None)}
shape, order = expected[sys.argv[1]]
assert shape in seen
assert order is None or asked == order
PYTHON
for pair in tensorflow-cpu==2.21.0:tensorflow jax==0.10.2:jax; do
    IFS=: read -r package backend <<<"$pair"
    python3 -m venv "$folder/$backend"
    "$folder/$backend/bin/pip" install --quiet keras==3.15.1 "$package"
    KERAS_BACKEND=$backend TF_CPP_MIN_LOG_LEVEL=3 "$folder/$backend/bin/python" "$folder/batch.py" "$backend"
    rm -rf "${folder:?}/$backend"
done
