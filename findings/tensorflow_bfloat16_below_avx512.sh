#!/usr/bin/env bash
# Guess: with oneDNN limited to AVX2 by ONEDNN_MAX_CPU_ISA, TensorFlow computes a convolution in bfloat16 as on a
# processor without AVX-512: slowly, by other kernels.
#
# Observed with TensorFlow 2.21.0 on a processor with AVX512_BF16: it asks the processor, not oneDNN, whether bfloat16
# is supported, gives the convolution to oneDNN, and raises AbortedError, because oneDNN has no such kernel below
# AVX-512. float32 works, and so does bfloat16 with the limit AVX512_CORE. A matrix product in bfloat16 under the limit
# AVX2 ended the process with a segmentation fault, so this script omits it. It needs a processor with AVX512_BF16.
set -euo pipefail
if ! grep -q avx512_bf16 /proc/cpuinfo; then
    echo "Expected a processor with avx512_bf16 in /proc/cpuinfo; nothing was run."
    exit 2
fi
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet tensorflow-cpu==2.21.0
cat >"$folder/convolution.py" <<'PYTHON'
import sys

import tensorflow as tf

limit, expected = sys.argv[1:]
image = tf.random.stateless_normal((1, 64, 64, 16), (1, 2))
kernel = tf.random.stateless_normal((3, 3, 16, 16), (3, 4))
exact = tf.nn.conv2d(image, kernel, 1, "SAME")
try:
    found = tf.nn.conv2d(tf.cast(image, tf.bfloat16), tf.cast(kernel, tf.bfloat16), 1, "SAME")
    close = tf.reduce_max(tf.abs(tf.cast(found, tf.float32) - exact)) < 0.02 * tf.reduce_max(tf.abs(exact))
    observed = "computed" if close else "wrong"
except tf.errors.AbortedError:
    observed = "AbortedError"
print(f"TensorFlow {tf.__version__}, ONEDNN_MAX_CPU_ISA={limit}: convolution in bfloat16: {observed}")
assert observed == expected, observed
PYTHON
run() {
    ONEDNN_MAX_CPU_ISA=$1 TF_CPP_MIN_LOG_LEVEL=3 "$folder/venv/bin/python" "$folder/convolution.py" "$@" 2>"$folder/log" ||
        (cat "$folder/log" && exit 1)
}
run AVX512_CORE computed
run AVX2 AbortedError
