"""TensorFlow is imported without its routine output, and no other output is lost."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import keras
import pytest

ROUTINE = """\
WARNING: All log messages before absl::InitializeLog() is called are written to STDERR
I0000 00:00:1795840473.685018   26288 cudart_stub.cc:31] Could not find cuda drivers.
2026-11-28 04:37:03.108765: I tensorflow/core/platform/cpu_feature_guard.cc:210] This TensorFlow ...
To enable the following instructions: AVX2 FMA, in other operations, rebuild TensorFlow.
E0000 00:00:1795840626.1 27144 cuda_platform.cc:52] failed call to cuInit: UNKNOWN ERROR (303)
E0000 00:00:1.2 27 cuda_dnn.cc:8579] Unable to register cuDNN factory: Attempting to register \
factory for plugin cuDNN when one has already been registered
W0000 00:00:1.2 27 computation_placer.cc:177] computation placer already registered. Please check
"""
REAL = """\
W0000 00:00:1795840473.685018   26288 memory.cc:1] Little memory is left.
E0000 00:00:1795840626.1 27144 cuda_platform.cc:52] failed call to cuInit: NO DEVICE (100)
Illegal instruction
ImportError: libsomething.so
"""

STUB = f"""
import contextlib, os
from types import SimpleNamespace
with contextlib.suppress(OSError):
    os.write(2, {(ROUTINE + REAL).encode()!r})
if os.environ.get("FAIL"):
    raise ImportError("broken")
config = SimpleNamespace(list_physical_devices=lambda: [])
"""

IMPORT = "import nst_framework, tensorflow"


def stderr_of(code: str, folder: Path | None = None, **variables: str) -> str:
    environment = {key: os.environ[key] for key in os.environ if key != "TF_CPP_MIN_LOG_LEVEL"}
    paths = filter(None, [folder and str(folder), os.environ.get("PYTHONPATH")])
    environment |= {"PYTHONPATH": os.pathsep.join(paths), **variables}
    command = [sys.executable, "-c", code]
    return subprocess.run(command, env=environment, capture_output=True, text=True).stderr


@pytest.fixture
def stub(tmp_path: Path) -> Path:
    """A folder with a fake TensorFlow that prints lines."""
    (tmp_path / "tensorflow.py").write_text(STUB)
    return tmp_path


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="Needs TensorFlow")
def test_a_script_prints_nothing() -> None:
    code = "import nst_framework; nst_framework.Trainer; import keras; keras.ops.ones(1)"
    assert stderr_of(code) == ""
    assert stderr_of("import keras, nst_framework; nst_framework.Trainer") != "", (
        "keras was imported first"
    )


def test_other_lines_are_printed(stub: Path) -> None:
    code = "import importlib.util, nst_framework; importlib.util.find_spec('tensorflow'); "
    code += "import tensorflow, os; os.write(2, b'afterwards')"
    assert stderr_of(code, stub) == f"{REAL}afterwards"


def test_everything_is_printed_if_tensorflow_cannot_be_imported(stub: Path) -> None:
    err = stderr_of(IMPORT, stub, FAIL="1")
    assert err.startswith(ROUTINE + REAL)
    assert err.endswith("ImportError: broken\n")


def test_everything_is_printed_if_the_user_wants_it(stub: Path) -> None:
    assert stderr_of(IMPORT, stub, TF_CPP_MIN_LOG_LEVEL="0") == ROUTINE + REAL


def test_a_process_without_stderr_can_import_it(stub: Path) -> None:
    command = f'{sys.executable} -c "{IMPORT}; print(tensorflow.config)" 2>&-'
    paths = os.pathsep.join([str(stub), os.environ.get("PYTHONPATH", "")])
    done = subprocess.run(
        command, shell=True, env={**os.environ, "PYTHONPATH": paths}, capture_output=True, text=True
    )
    assert "list_physical_devices" in done.stdout
