"""`nst transfer` keeps the picture if the run is interrupted or fails."""

from __future__ import annotations

import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from command_line import one_error_line, transfer

from nst_framework import read_image
from nst_framework.cli import main
from nst_framework.run.state import RunState
from nst_framework.saving import lock_output

pytestmark = pytest.mark.usefixtures("folder")

RANDOM = "--network random --content-layers filters_7 --style-layers filters_7 --size 32"
COMMAND = [sys.executable, "-m", "nst_framework", "transfer", "content.png", "style.png"]
COMMAND += [*RANDOM.split(), "--precision", "float32", "--output", "out.png"]
LONG = ["--epochs", "1", "--steps-per-epoch", "99999", "--save-every", "1"]


def start(*options: str, prepare: Callable[[], None] | None = None) -> subprocess.Popen[str]:
    pipe = subprocess.PIPE
    return subprocess.Popen(
        [*COMMAND, *options], stdout=pipe, stderr=pipe, text=True, preexec_fn=prepare
    )


def wait_for(path: str) -> None:
    deadline = time.monotonic() + 120
    while not Path(path).exists() and time.monotonic() < deadline:
        time.sleep(0.01)


def test_sigterm_stops_the_run_between_steps_and_it_can_be_resumed() -> None:
    checkpoint = ["--checkpoint", "run.npz", "--resume"]
    process = start(*LONG, *checkpoint)
    wait_for("out-00003.png")
    process.terminate()
    out, err = process.communicate(timeout=120)
    assert process.returncode == 143
    note, stopping = err.splitlines()
    assert note == "nst: note: run.npz does not exist yet. The run starts from the beginning."
    assert stopping.startswith("nst: note: the run stops after this step")
    assert "out.png: 32 x 24 pixels. Interrupted by SIGTERM." in out
    steps = RunState.load("run.npz").step
    np.testing.assert_array_equal(read_image("out.png"), read_image(f"out-{steps:05d}.png"))
    assert not list(Path().glob(".*")), "no locks or partial files are left"
    end = [*COMMAND[3:], "--epochs", "1", "--steps-per-epoch", str(steps + 3)]
    assert main([*end, *checkpoint]) == 0
    resumed = Path("out.png").read_bytes()
    assert main(end) == 0
    assert Path("out.png").read_bytes() == resumed


def test_a_second_ctrl_c_interrupts_a_long_step(folder: Path) -> None:
    (folder / "slow.py").write_text(
        "import time, keras\n"
        "class Slow(keras.callbacks.Callback):\n"
        "    def on_train_batch_end(self, batch, logs=None):\n"
        "        if batch == 1:\n"
        "            open('slow', 'w').close()\n"
        "            time.sleep(300)\n"
    )
    process = start(*LONG, "--callback", "slow.py:Slow", "--quiet")
    wait_for("slow")
    process.send_signal(signal.SIGINT)
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(0.5)
    process.send_signal(signal.SIGINT)
    assert process.communicate(timeout=60) == ("", "")
    assert process.returncode == 130
    np.testing.assert_array_equal(read_image("out.png"), read_image("out-00002.png"))


def test_a_closed_output_pipe_does_not_lose_the_picture() -> None:
    for redirection in ("2>errors | head -1", "2>errors >&-"):
        command = f"{' '.join(COMMAND)} --epochs 2 --steps-per-epoch 2 {redirection}"
        script = f"set -o pipefail; {command}"
        subprocess.run(["bash", "-c", script], check=True, capture_output=True)
        assert Path("errors").read_text() == ""
        Path("out.png").unlink()


def test_a_full_disk_loses_neither_the_run_nor_the_picture(folder: Path) -> None:
    def limit() -> None:
        # Larger files fail, as on a full disk; the checkpoint is larger, the picture is not.
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))

    options = ["--epochs", "2", "--steps-per-epoch", "3", "--checkpoint", "run.npz"]
    process = start(*options, prepare=limit)
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    (warning,) = err.splitlines()
    assert warning.startswith("nst: warning: 'run.npz' could not be written (File too large)")
    assert "out.png: 32 x 24 pixels." in out
    assert read_image("out.png").shape == (24, 32, 3)
    assert not list(folder.glob(".*"))


def test_the_picture_is_saved_elsewhere_if_the_output_cannot_be_written(
    folder: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "break.py").write_text(
        "import keras, pathlib, shutil\n"
        "class Break(keras.callbacks.Callback):\n"
        "    def on_train_end(self, logs=None):\n"
        "        shutil.rmtree('pictures')\n"
        "        pathlib.Path('pictures').touch()\n"
    )
    options = ("--output", "pictures/out.png", "--save-every", "1", "--callback", "break.py:Break")
    assert transfer(*RANDOM.split(), *options, "--quiet") == 2
    error = one_error_line(capfd)
    assert "'pictures/out.png' could not be written (" in error
    (place,) = folder.glob("out-*.png")
    assert f"The picture was saved as {str(place)!r}." in error
    assert read_image(place).shape == (24, 32, 3)


def test_a_callback_that_raises_does_not_lose_the_picture(
    folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (folder / "break.py").write_text(
        "import keras\n"
        "class Break(keras.callbacks.Callback):\n"
        "    def on_train_batch_end(self, batch, logs=None):\n"
        "        if batch == 1:\n"
        "            raise RuntimeError('broken')\n"
    )
    options = ("--output", "out.png", "--save-every", "1", "--callback", "break.py:Break")
    assert transfer(*RANDOM.split(), *options, "--quiet") == 2
    assert "break.py, line 5, in on_train_batch_end: RuntimeError: broken" in one_error_line(capfd)
    np.testing.assert_array_equal(read_image("out.png"), read_image("out-00002.png"))


def test_a_second_run_with_the_same_output_is_refused(
    folder: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    process = start(*LONG, "--checkpoint", "run.npz")
    wait_for("out-00001.png")
    try:
        for options in (["--output", "out.png"], ["--checkpoint", "run.npz"]):
            assert transfer(*options) == 2
            error = one_error_line(capfd)
            assert f"{options[1]!r}, which process {process.pid} on " in error
    finally:
        process.kill()
        process.communicate()
    with lock_output("out.png"):
        pass


@pytest.mark.filterwarnings("always:Expected a checkpoint of a run")  # nst prints it
def test_running_the_same_command_again_resumes_the_run(capfd: pytest.CaptureFixture[str]) -> None:
    options = ["--checkpoint", "run.npz", "--keep-checkpoints", "2", "--resume", "--epochs", "2"]
    assert transfer(*RANDOM.split(), *options) == 0
    first = Path("content-style.png").read_bytes(), Path("content-style.png.toml").read_bytes()
    note = "run.npz does not exist yet. The run starts from the beginning."
    assert note in capfd.readouterr().err
    assert transfer(*RANDOM.split(), *options) == 0
    assert "No epoch was left to run" in capfd.readouterr().out
    Path("run.npz").write_bytes(b"damaged")
    assert transfer(*RANDOM.split(), *options) == 0
    (warning,) = capfd.readouterr().err.splitlines()
    assert warning.startswith("nst: warning: Expected a checkpoint of a run. Received: 'run.npz'")
    assert "'run.1.npz', of step 2" in warning
    assert (
        Path("content-style.png").read_bytes(),
        Path("content-style.png.toml").read_bytes(),
    ) == first
