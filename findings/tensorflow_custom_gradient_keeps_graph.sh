#!/usr/bin/env bash
# Guess: when a tf.function and the variables that it used are let go of, everything that its tracing made goes
# with them, whether or not the function has a custom gradient.
#
# Seen with TensorFlow 2.21.0: tracing a tf.custom_gradient enters a function of its own into the global registry
# of gradients, under a new name each time, and nothing ever takes it out. The function closes over the arguments,
# so the graph and every constant in it stay for as long as the process lives; weak references to the Python
# objects that made it do die, which hides it. A process that traces for each picture grows by a network a picture.
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
    """Registered gradients and graphs that are left after five functions were traced and let go of."""

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


kept(plain), kept(custom)  # what the first calls of all operations keep
results = {"plain": kept(plain), "custom": kept(custom)}
print(f"TensorFlow {tf.__version__}: (gradients, graphs) left of five: {results}")
assert results == {"plain": (0, 0), "custom": (5, 5)}, results
PYTHON
TF_CPP_MIN_LOG_LEVEL=3 "$folder/venv/bin/python" "$folder/kept.py"
