"""A settings file runs no code and writes only inside the current folder, unless allowed."""

from __future__ import annotations

from pathlib import Path

import pytest
from command_line import RANDOM, SMALL, one_error_line, transfer

from nst_framework.cli import main

EVIL = """
from pathlib import Path

import nst_framework

Path("evil was here").touch()


class Evil(nst_framework.TotalVariationLoss):
    pass


class Callback(__import__("keras").callbacks.Callback):
    pass


class Network(nst_framework.RandomFeatureExtractor):
    pass
"""


@pytest.fixture(autouse=True)
def code(folder: Path) -> None:
    (folder / "theirs").mkdir()
    (folder / "theirs" / "evil.py").write_text(EVIL)
    (folder / "here").mkdir()


def configured(text: str, *arguments: str) -> int:
    """Runs the command with a settings file from someone else."""
    Path("theirs/result.png.toml").write_text(text)
    return transfer("--config", "theirs/result.png.toml", "--output", "out.png", *arguments)


@pytest.mark.parametrize(
    "text",
    [
        'loss = ["StyleLoss", "evil.py:Evil,weight=2"]',
        'callback = "evil.py:Callback"',
        'network = "evil.py:Network"',
    ],
)
def test_code_named_only_in_the_file_is_not_run(
    text: str, folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert configured(text) == 2
    line = one_error_line(capfd)
    assert "'theirs/evil.py'" in line
    assert "'theirs/result.png.toml'" in line
    assert "--allow-code" in line
    assert not (folder / "evil was here").exists()
    assert not (folder / "out.png").exists()


def test_settings_may_be_printed_without_running_code(folder: Path) -> None:
    assert configured('loss = "evil.py:Evil"', "--dump-config") == 0
    assert not (folder / "evil was here").exists()


def test_allowed_code_is_run_and_reported(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    text = 'loss = ["StyleLoss", "evil.py:Evil,name=evil"]'
    assert configured(text, "--allow-code") == 0
    notes = capfd.readouterr().err.splitlines()
    named = "nst: note: running the code in theirs/evil.py, named by theirs/result.png.toml."
    assert notes[0] == named
    assert (folder / "evil was here").exists()


def test_code_named_on_the_command_line_is_run(folder: Path) -> None:
    text = 'callback = "../theirs/evil.py:Callback"'
    assert configured(text, "--loss", "theirs/evil.py:Evil,name=evil", "--loss", "StyleLoss") == 0
    assert (folder / "evil was here").exists()


def test_a_file_cannot_allow_its_own_code(capfd: pytest.CaptureFixture[str]) -> None:
    assert configured('allow_code = true\nloss = "evil.py:Evil"') == 2
    assert "Write --allow-code on the command line" in one_error_line(capfd)


@pytest.mark.parametrize(
    ("text", "option"),
    [
        ('output = "../../out.png"', "output"),
        ('output = "/tmp/out.png"', "output"),
        ('output = "link/out.png"', "output"),
        ('output = "o.png"\ncheckpoint = "../../run.npz"', "checkpoint"),
        ('output = "o.png"\ncallback = "LossCurves,path=../l.png"', "callback"),
        ('output = "o.png"\ncallback = "LossCurves,path=/tmp/l.png"', "callback"),
        ('output = "o.png"\ncallback = "Checkpoint,path=link/r.npz"', "callback"),
        ('output = "o.png"\ncallback = "ImageSaver,path={epoch}/../../l.png"', "callback"),
        (
            'output = "o.png"\ncallback = ["StepHistory", "TensorBoardImages,log_dir=.."]',
            "callback",
        ),
        ('output = "o.png"\ncallback = "VideoSaver,path=[\'../f.gif\']"', "callback"),
    ],
)
def test_a_file_may_write_only_inside_the_current_folder(
    text: str, option: str, folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (folder / "theirs" / "link").symlink_to(folder)
    (folder / "here" / "link").symlink_to(folder)
    before = sorted(folder.rglob("*"))
    (folder / "theirs" / "run.toml").write_text(
        f'content = "../content.png"\nstyle = "../style.png"\n{text}\n'
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder / "theirs" if "callback" not in text else folder / "here")
        Path("run.toml").write_bytes((folder / "theirs" / "run.toml").read_bytes())
        arguments = ["transfer", "--config", "run.toml", *SMALL]
        assert main(arguments) == 2
    line = one_error_line(capfd)
    assert "inside the current folder" in line
    assert line.endswith(f"with --{option}.\n")
    assert set(folder.rglob("*")) - set(before) <= {
        folder / "theirs/run.toml",
        folder / "here/run.toml",
    }


def test_typed_outputs_may_be_anywhere(folder: Path) -> None:
    (folder / "here" / "run.toml").write_text(
        'content = "../content.png"\nstyle = "../style.png"\noutput = "../a.png"\n'
        'callback = "LossCurves,path=../a.pdf"\n'
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder / "here")
        typed = ["--output", "../b.png", "--callback", "LossCurves,path=../b.pdf"]
        words = [*SMALL, *RANDOM, "--quiet", *typed]
        assert main(["transfer", "--config", "run.toml", *words]) == 0
    assert sorted(path.name for path in folder.glob("[ab].*")) == ["b.pdf", "b.png", "b.png.toml"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('style_layers = ["block1_conv1", "-x"]', "'-x'"),
        ('style_layers = ["block1_conv1", "--help"]', "'--help'"),
        ('style_masks = ["-m.png"]', "-m.png', which does not exist"),
        ("style_layers = " + 5000 * "[", "nested too deeply"),
        ("size = " + 5000 * "9", "4300 digits"),
        (f'loss = "StyleLoss,x={50_000 * "-"}1"', "nested too deeply"),
        ('gradient_shares = ""', "at least one value"),
        ('initial_image = "a\\u0000.png"', "without NUL"),
        ("x = 1" + 2**20 * " ", "at most 1048576 bytes"),
        ('"a\\u001b[31mb\\nc" = 1', r"'a\x1b[31mb\nc'"),
        ('optimizer = "os.system"', "or Keras's ada"),
        ('metrics = "__class__"', "Expected --metrics to be score or among"),
        ('network = "KerasFeatureExtractor,model=x.keras"', "raised"),
        ('network = "SoftmaxSmoothing,extractor=x"', "Received"),
        ('callback = "Checkpoint"', "Checkpoint accepts"),
        ('callback = "Checkpoint,path=3"', "Checkpoint accepts"),
        ("callback = \"ImageSaver,path=b'x.png'\"", "ImageSaver accepts"),
    ],
)
def test_hostile_values_are_refused(
    text: str, message: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert configured(text) == 2
    assert message in one_error_line(capfd)
