#!/usr/bin/env bash
# Guess: once a tf.function and its variables are deleted, everything from its trace is freed, with or without a custom
# gradient.
#
# Observed with TensorFlow 2.21.0: tracing a tf.custom_gradient registers a function in the global gradient registry,
# under a new name each time, and nothing ever removes it. The function closes over the arguments, so the graph and all
# its constants stay for the life of the process. Weak references to the Python objects do die, which hides it. A
# process that traces for each picture grows by one network per picture.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet tensorflow-cpu==2.21.0
cat >"$folder/kept.py" <<'PYTHON'
import gc

import tensorflow as tf
from tensorflow.python.framework import func_graph, ops


@tf.custom_gradient
def custom(matrix):
    return tf.transpose(matrix) @ matrix, lambda slope: matrix @ (slope + tf.transpose(slope))


def plain(matrix):
    return tf.transpose(matrix) @ matrix


def kept(products):
    """Registered gradients and graphs that remain after five functions were traced and deleted."""

    def count():
        gc.collect()
        graphs = sum(isinstance(each, func_graph.FuncGraph) for each in gc.get_objects())
        return len(ops.gradient_registry.list()), graphs

    before = count()
    for _ in range(5):
        weights = tf.random.normal((8, 8))

        @tf.function
        def loss(image):
            value = tf.reduce_sum(products(image @ weights))
            return tf.gradients(value, image)[0]

        loss(tf.ones((4, 8)))
        del loss, weights
    return tuple(after - earlier for after, earlier in zip(count(), before))


kept(plain), kept(custom)  # the first call of each operation keeps something, too
results = {"plain": kept(plain), "custom": kept(custom)}
print(f"TensorFlow {tf.__version__}: (gradients, graphs) left of five: {results}")
assert results == {"plain": (0, 0), "custom": (5, 5)}, results
PYTHON
TF_CPP_MIN_LOG_LEVEL=3 "$folder/venv/bin/python" "$folder/kept.py"
