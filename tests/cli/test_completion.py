"""Shell completion of commands, options and files."""

from __future__ import annotations

import shutil
import subprocess
import sys
from configparser import ConfigParser
from pathlib import Path

import pytest
import shtab
from command_line import one_error_line

from nst_framework.cli import main

ROOT = Path(__file__).parents[2]

COMPLETE = """
source nst.bash
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMP_LINE="$*" COMP_POINT=${#COMP_LINE}
_shtab_nst 2>/dev/null
printf '%s\\n' "${COMPREPLY[@]}"
"""


def print_completion(shell: str, capfd: pytest.CaptureFixture[str]) -> str:
    with pytest.raises(SystemExit) as exit_code:
        main(["--print-completion", shell])
    assert exit_code.value.code == 0
    return capfd.readouterr().out


def test_bash_completes_commands_options_and_files(
    folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (folder / "nst.bash").write_text(print_completion("bash", capfd))
    subprocess.run(["bash", "-n", "nst.bash"], check=True)

    def completed(*words: str) -> list[str]:
        command = ["bash", "-c", COMPLETE, "bash", "nst", *words]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        return sorted(done.stdout.split())

    assert completed("trans") == ["transfer"]
    assert completed("") == ["app", "batch", "score", "train", "transfer", "video"]
    assert completed("transfer", "--previ") == ["--preview"]
    assert completed("transfer", "cont") == ["content.png"]
    assert completed("transfer", "content.png", "sty") == ["style.png"]
    assert completed("transfer", "a.png", "b.png", "--output", "sty") == ["style.png"]
    assert completed("transfer", "a.png", "b.png", "--pooling", "") == ["avg", "max"]
    assert completed("score", "cont") == ["content.png"]


@pytest.mark.skipif(shutil.which("fish") is None, reason="fish is not installed.")
def test_fish_completes_commands_options_and_files(
    folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (folder / "nst.fish").write_text(print_completion("fish", capfd))
    subprocess.run(["fish", "--no-config", "-n", "nst.fish"], check=True)

    def completed(line: str) -> list[str]:
        command = ["fish", "--no-config", "-c", f"source nst.fish; complete -C '{line}'"]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        return sorted(each.partition("\t")[0] for each in done.stdout.splitlines())

    assert completed("nst trans") == ["transfer"]
    assert completed("nst ") == ["app", "batch", "score", "train", "transfer", "video"]
    assert completed("nst transfer --previ") == ["--preview"]
    assert completed("nst transfer cont") == ["content.png"]
    assert completed("nst transfer a.png b.png --output sty") == ["style.png"]
    assert completed("nst transfer a.png b.png --pooling ") == ["avg", "max"]


@pytest.mark.parametrize(
    ("shell", "begin"),
    [("zsh", "#compdef nst"), ("tcsh", "# AUTO"), ("fish", "# AUTO"), ("powershell", "# AUTO")],
)
def test_other_shells_have_completion_scripts(
    shell: str, begin: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert print_completion(shell, capfd).lstrip().startswith(begin)


def test_missing_completion_is_reported_on_one_line(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    assert main(["--print-completion", "cmd"]) == 2
    assert "'cmd'" in one_error_line(capfd)
    with monkeypatch.context() as older:
        older.setattr(shtab, "SUPPORTED_SHELLS", ["bash"])
        assert main(["--print-completion", "fish"]) == 2
        assert "--print-completion fish needs shtab 1.13 or newer" in one_error_line(capfd)
    monkeypatch.setitem(sys.modules, "shtab", None)
    assert main(["--print-completion", "bash"]) == 2
    assert "pip install 'nst_framework[completion]'" in one_error_line(capfd)


def test_the_extra_all_contains_every_user_extra() -> None:
    setup = ConfigParser()
    setup.read(ROOT / "setup.cfg")
    extras = {name: set(text.split()) for name, text in setup["options.extras_require"].items()}
    everything = extras.pop("all")
    assert everything == set().union(
        *(extras[name] for name in extras if name not in ("dev", "docs", "test"))
    )
