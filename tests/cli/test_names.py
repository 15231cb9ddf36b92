"""Unusual file names, and bad images that are refused before Keras is loaded."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from command_line import RANDOM, SMALL, one_error_line
from image_corpus.forms import every_picture

from nst_framework.cli import main


@pytest.mark.parametrize(
    "name", ["a b", "für 猫 🐈", "two\nlines", "-o", "{epoch} 'q\" %s", "\x1b[31m"]
)
def test_any_file_name_can_be_read_written_and_reproduced(
    name: str, folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    content, style, output = f"{name}.png", f"{name}-s.png", f"{name}-r.png"
    Path("content.png").rename(content)
    Path("style.png").rename(style)
    words = [f"--output={output}", *SMALL, *RANDOM, "--save-every", "1", "--", content, style]
    assert main(["transfer", *words]) == 0
    out, err = capfd.readouterr()
    assert "\x1b" not in out + err
    first = Path(output).read_bytes()
    assert main(["transfer", f"--config={output}.toml", "--quiet"]) == 0
    assert Path(output).read_bytes() == first


def test_a_name_that_is_not_unicode_is_refused_before_the_run(
    folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    Path("content.png").rename(os.fsdecode(b"\xff.png"))
    assert main(["transfer", os.fsdecode(b"\xff.png"), "style.png", *SMALL]) == 2
    assert "file names in Unicode" in one_error_line(capfd)


@pytest.mark.parametrize("command", ["transfer", "score"])
def test_decoder_output_is_hidden_and_keras_is_not_loaded(command: str, folder: Path) -> None:
    pictures = {each.name: each for each in every_picture()}
    (folder / "bad.tif").write_bytes(pictures["L, tiff_lzw.tif"].data[:-40])
    words = {
        "transfer": ["transfer", "content.png", "bad.tif"],
        "score": ["score", "content.png", "--content", "content.png", "--style", "bad.tif"],
    }[command]
    code = (
        "import sys; from nst_framework.cli import main; code = main(sys.argv[1:]); "
        "sys.exit(99 if 'keras' in sys.modules else code)"
    )
    done = subprocess.run([sys.executable, "-c", code, *words], capture_output=True, text=True)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    assert "style='bad.tif'" in done.stderr
