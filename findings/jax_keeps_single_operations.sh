#!/usr/bin/env bash
# Guess: outside jax.jit, JAX compiles each operation once and keeps a few recent shapes, so images of a hundred
# sizes in one process take as much memory as images of one size.
#
# Observed with JAX 0.10.2 on a CPU: every operation is compiled for every shape and kept (the cache has thousands of
# entries), and the executable of a convolution takes megabytes. Twenty sizes of a small network's input leave twenty
# times the executables, even after all results are deleted. Only jax.clear_caches, which clears everything, returns
# any of it.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet jax==0.10.2 psutil==7.2.2
cat >"$folder/sizes.py" <<'PYTHON'
import gc

import jax
import jax.numpy as jnp
import psutil

KERNELS = [jnp.ones((3, 3, inside, outside)) for inside, outside in ((3, 64), (64, 64), (64, 128), (128, 128))]


def run(size):
    image = jnp.ones((1, size, size, 3))
    for kernel in KERNELS:
        image = jax.nn.relu(
            jax.lax.conv_general_dilated(image, kernel, (1, 1), "SAME", dimension_numbers=("NHWC", "HWIO", "NHWC"))
        )
    image.block_until_ready()


def held():
    gc.collect()
    executables = len(jax.devices()[0].client.live_executables())
    return executables, psutil.Process().memory_info().rss // 1_000_000


run(64)
first = held()
for size in range(65, 85):
    run(size)
many = held()
jax.clear_caches()
cleared = held()
print(f"JAX {jax.__version__}: (executables, MB) {first} after one size, {many} after 21, {cleared} cleared")
assert many[0] - first[0] >= 20 * 4, (first, many)
assert cleared[0] < first[0], cleared
PYTHON
JAX_PLATFORMS=cpu "$folder/venv/bin/python" "$folder/sizes.py"
