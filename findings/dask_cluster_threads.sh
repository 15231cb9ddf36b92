#!/usr/bin/env bash
# Guess: the thread limits that Dask sets for its workers affect only the workers, and limits set for one cluster
# are gone from this process after the cluster is closed.
#
# Observed with distributed 2026.8.0: before it starts the workers, LocalCluster writes OMP_NUM_THREADS,
# MKL_NUM_THREADS and OPENBLAS_NUM_THREADS from `distributed.nanny.pre-spawn-environ` into the environment of its own
# process, and leaves them there. They then apply to every process started later, and to every library that reads
# them on its first import.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet distributed==2026.8.0 dask==2026.8.0
cat >"$folder/threads.py" <<'PYTHON'
import os

import dask
import distributed

NAMES = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")


def main():
    before = {name: os.environ.get(name) for name in NAMES}
    with dask.config.set({"distributed.nanny.pre-spawn-environ.OMP_NUM_THREADS": 3}):
        with distributed.LocalCluster(n_workers=1, threads_per_worker=1, dashboard_address=":0"):
            pass
    after = {name: os.environ.get(name) for name in NAMES}
    print(f"distributed {distributed.__version__}: before {before}, after {after}")
    assert after == {NAMES[0]: "3", NAMES[1]: "1", NAMES[2]: "1"}, after


if __name__ == "__main__":
    main()
PYTHON
env -u OMP_NUM_THREADS -u MKL_NUM_THREADS -u OPENBLAS_NUM_THREADS "$folder/venv/bin/python" "$folder/threads.py"
