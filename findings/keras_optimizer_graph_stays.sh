#!/usr/bin/env bash
# Guess: a tf.function around Optimizer.apply is freed with its optimizer, like any other tf.function.
#
# Observed with Keras 3.15.1 on TensorFlow 2.21.0: each trace of Optimizer.apply adds a function to TensorFlow's
# gradient registry, which keeps it for the life of the process, with the graph and the arrays that it captured. The
# optimizer sums gradients over replicas through tf.custom_gradient, even with one replica. A process that trains many
# small models, each with its own optimizer, grows. Optimizer.update_step alone adds nothing.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet keras==3.15.1 tensorflow-cpu==2.21.0
cat >"$folder/graphs.py" <<'PYTHON'
import gc

import keras
import tensorflow as tf
from tensorflow.python.framework import func_graph, ops


def kept() -> tuple[int, int]:
    gc.collect()
    graphs = sum(isinstance(each, func_graph.FuncGraph) for each in gc.get_objects())
    return graphs, len(ops.gradient_registry.list())


def step(whole: bool) -> None:
    variable = keras.Variable([1.0, 2.0])
    optimizer = keras.optimizers.SGD(0.1)
    optimizer.build([variable])

    @tf.function
    def update(gradient):
        if whole:
            optimizer.apply([gradient], [variable])
        else:
            optimizer.update_step(gradient, variable, 0.1)

    update(tf.constant([1.0, 1.0]))


for whole, expected in ((False, 0), (True, 5)):
    step(whole)
    before = kept()
    for _ in range(5):
        step(whole)
    grown = [after - first for after, first in zip(kept(), before)]
    name = "Optimizer.apply" if whole else "update_step"
    print(f"Keras {keras.__version__}, TensorFlow {tf.__version__}: {name} five times, graphs and gradients kept: {grown}")
    assert grown == [expected, expected], grown
PYTHON
TF_CPP_MIN_LOG_LEVEL=3 KERAS_BACKEND=tensorflow "$folder/venv/bin/python" "$folder/graphs.py"
