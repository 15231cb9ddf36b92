"""`nst batch`: the same pictures as from `nst transfer`, also after interruptions."""

from __future__ import annotations

import concurrent.futures
import csv
import multiprocessing
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from command_line import one_error_line

from nst_framework import read_image, write_image
from nst_framework.batch import run
from nst_framework.cli import main

pytestmark = pytest.mark.usefixtures("contents_and_styles")

RANDOM = ["--network", "random", "--content-layers", "filters_7", "--style-layers", "filters_7"]
QUICK = [*RANDOM, "--size", "32", "--epochs", "2", "--steps-per-epoch", "3", "--tv-weight", "0"]
QUICK += ["--style-weight", "1e6"]
SETTINGS = {
    **{"network": "random", "content_layers": ["filters_7"], "style_layers": ["filters_7"]},
    **{"size": 32, "epochs": 2, "steps_per_epoch": 3, "tv_weight": 0.0, "style_weight": 1e6},
}


def batch(*words: str) -> int:
    return main(["batch", *words, *QUICK])


def of_folders(*words: str) -> int:
    return batch("--contents", "contents", "--styles", "styles", "--outputs", "out", *words)


def table(*rows: str) -> None:
    Path("jobs.csv").write_text("\n".join(rows) + "\n")


def rows(path: str = "out/results.csv") -> list[dict[str, str]]:
    with Path(path).open(newline="") as file:
        return list(csv.DictReader(file))


def outcomes(path: str = "out/results.csv") -> list[str]:
    return [row["outcome"] for row in rows(path)]


def test_a_batch_makes_the_same_pictures_as_nst_transfer(
    capfd: pytest.CaptureFixture[str],
) -> None:
    assert of_folders() == 0
    out, err = capfd.readouterr()
    assert err == ""
    lines = out.splitlines()
    assert [line.partition(":")[0] for line in lines[:4]] == [
        f"[{number}/4] out/{name}.png"
        for number, name in enumerate(("a-c", "a-d", "b-c", "b-d"), 1)
    ]
    assert lines[4] == "out/results.csv: 4 pictures, 4 made."
    assert (
        main(["transfer", "contents/b.png", "styles/d.png", *QUICK, "--output", "out/one.png"]) == 0
    )
    pictures = {path.name: path.read_bytes() for path in Path("out").glob("*.png")}
    assert pictures["one.png"] == pictures["b-d.png"]
    assert len(set(pictures.values())) == 4
    alone, of_batch = (Path(f"out/{name}.png.toml").read_text() for name in ("one", "b-d"))
    assert alone.replace("one.png", "b-d.png") == of_batch
    assert sorted(path.name for path in Path("out").iterdir() if path.suffix == ".npz") == []
    last = rows()[-1]
    assert (last["content"], last["style"], last["outcome"]) == (
        "contents/b.png",
        "styles/d.png",
        "made",
    )
    assert float(last["style_loss"]) > 0
    # Even pictures of 32 pixels have all metrics.
    assert -1 <= float(last["structural_similarity"]) <= 1
    assert read_image("out/contact_sheet.jpg").shape[0] > 200


def test_a_second_batch_makes_only_missing_or_changed_pictures() -> None:
    of_folders()
    assert of_folders() == 0
    assert outcomes() == ["kept"] * 4
    assert float(rows()[0]["style_loss"]) > 0
    Path("out/a-c.png").unlink()
    write_image("styles/d.png", read_image("contents/a.png")[::-1])
    assert of_folders() == 0
    assert outcomes() == ["made", "made", "kept", "made"]
    # The picture no longer matches its sidecar.
    Path("out/b-c.png").write_bytes(Path("out/b-d.png").read_bytes())
    of_folders()
    assert outcomes() == ["kept", "kept", "made", "kept"]
    of_folders("--content-weight", "7")
    assert outcomes() == ["made"] * 4


def test_columns_override_command_line_options() -> None:
    Path("tables").mkdir()
    Path("tables/jobs.csv").write_text(
        "content,style,--style-weights,content-weight,output,preset\n"
        "../contents/a.png,../styles/c.png;../styles/d.png,1;2,50,../both.png,\n"
        "../contents/b.png,../styles/c.png,,,,subtle\n"
    )
    assert batch("tables/jobs.csv", "--content-weight", "9") == 0
    assert "content_weight = 50.0" in (both := Path("both.png.toml").read_text())
    assert "style_weights = [\n    1.0,\n    2.0,\n]" in both
    # Options of the command line override a row's preset.
    other = Path("tables/outputs/b-c.png.toml").read_text()
    assert "content_weight = 9.0" in other
    assert 'color = "symmetric"' in other
    assert outcomes("tables/outputs/results.csv") == ["made", "made"]


def test_a_bad_row_does_not_affect_the_others(capfd: pytest.CaptureFixture[str]) -> None:
    Path("broken.png").write_bytes(b"no picture")
    table(
        "content,style,output",
        "missing.png,styles/c.png,1.png",
        "contents/a.png,styles/c.png,2.png",
        "contents/a.png,broken.png,3.png",
    )
    assert batch("jobs.csv") == 1
    assert outcomes("outputs/results.csv") == ["failed", "made", "failed"]
    assert "missing.png" in rows("outputs/results.csv")[0]["reason"]
    err = capfd.readouterr().err.splitlines()
    assert err[-2].startswith("nst: error: 1.png: ")
    assert err[-1].startswith("nst: error: 3.png: ")
    assert not Path("3.png").exists()


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (["content,style,outptu", "a,b,c"], "'outptu'. Did you mean output?"),
        (["content,style,quiet", "a,b,1"], "Received: 'quiet'"),
        (["content,style,output", "a,b,x.png", "c,d,./x.png"], "for jobs 1 and 2"),
        (
            ["content,style,size", "a,b,large"],
            "Expected size in row 1 of 'jobs.csv' to be none or a whole number",
        ),
        (["content,style,size", "a,b,3;4"], "Expected size in row 1 of 'jobs.csv' once"),
        (["content,style", "a"], "Missing style in row 1"),
        (["content,style"], "Expected 1 to 100000 jobs"),
        (["content,style,loss", "a,b,evil.py:Loss"], "add --allow-code"),
        (["content,style,output", "a,b,../x.png"], "command line with --outputs"),
    ],
)
def test_a_wrong_table_is_refused_before_the_run(
    lines: list[str], message: str, capfd: pytest.CaptureFixture[str]
) -> None:
    table(*lines)
    assert batch("jobs.csv") == 2
    assert message in one_error_line(capfd)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("none.csv", "Expected a table of jobs"),
        ("--contents contents", "either a table of jobs or --contents and --styles"),
        ("jobs.csv --styles styles", "either a table of jobs or --contents and --styles"),
        ("--contents contents --styles out", "Expected --styles to be a folder of images"),
        ("--contents contents --styles styles --jobs 0", "--jobs to be at least 1"),
        ("--contents contents --styles styles --resume", "Received: '--resume'"),
        ("--contents contents --styles styles --stlyes x", "Did you mean --styles?"),
    ],
)
def test_wrong_options_of_a_batch(
    words: str, message: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert batch(*words.split()) == 2
    assert message in one_error_line(capfd)


@pytest.mark.slow
def test_interrupted_batches_resume_without_loss() -> None:
    of_folders("--outputs", "whole")
    command = [sys.executable, "-m", "nst_framework", "batch", "--contents", "contents"]
    command += ["--styles", "styles", "--outputs", "out", *QUICK, "--save-every", "1"]
    for step, number in (("a-c-00004.png", signal.SIGINT), ("b-c-00002.png", signal.SIGTERM)):
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            deadline = time.monotonic() + 120
            while not (Path("out") / step).exists() and time.monotonic() < deadline:
                time.sleep(0.001)
            process.send_signal(number)
            process.communicate()
        assert process.returncode in (0, 128 + number), "0 if it came after the last step"
    assert subprocess.run(command, capture_output=True).returncode == 0
    for name in ("a-c", "a-d", "b-c", "b-d"):
        assert Path(f"out/{name}.png").read_bytes() == Path(f"whole/{name}.png").read_bytes()
    assert not [path for path in Path("out").iterdir() if path.suffix == ".npz"]


@pytest.mark.filterwarnings("default")
def test_warnings_of_a_run_go_to_stderr(capfd: pytest.CaptureFixture[str]) -> None:
    Path("full.py").write_text(
        "import warnings, keras\nfrom nst_framework.saving import NotSavedWarning\n"
        "class Full(keras.callbacks.Callback):\n"
        "    def on_train_end(self, logs=None):\n"
        "        warnings.warn('the disk\\nis full', NotSavedWarning)\n"
    )
    table("content,style", "contents/a.png,styles/c.png")
    assert batch("jobs.csv", "--callback", "full.py:Full") == 0
    out, err = capfd.readouterr()
    assert err == "nst: warning: the disk is full\n"
    assert "warning" not in out


def test_jobs_with_equal_settings_share_a_trainer() -> None:
    from nst_framework.batch import _trainer

    _trainer.cache_clear()
    of_folders()
    assert (_trainer.cache_info().misses, _trainer.cache_info().hits) == (1, 3)


@pytest.mark.slow
def test_processes_make_the_same_pictures() -> None:
    of_folders("--outputs", "whole")
    assert of_folders("--jobs", "2") == 0
    assert sorted(outcomes()) == ["made"] * 4
    for name in ("a-c", "a-d", "b-c", "b-d"):
        assert Path(f"out/{name}.png").read_bytes() == Path(f"whole/{name}.png").read_bytes()


def test_run_accepts_any_executor() -> None:
    jobs = [
        {"content": Path("contents") / name, "style": "styles/c.png", "output": f"{name}.jpg"}
        for name in ("a.png", "none.png", "b.png")
    ]
    seen: list[str] = []
    context = multiprocessing.get_context("spawn")
    with concurrent.futures.ProcessPoolExecutor(1, context) as executor:
        results = run(jobs, executor, lambda result: seen.append(result.outcome), SETTINGS)
    assert [result.outcome for result in results] == ["made", "failed", "made"]
    assert sorted(seen) == ["failed", "made", "made"]
    assert results[0].numbers["style_loss"] > 0
    assert read_image("b.png.jpg").shape == (24, 32, 3)
    assert [result.outcome for result in run(jobs, defaults=SETTINGS)] == ["kept", "failed", "kept"]


def test_a_job_without_a_style_is_refused() -> None:
    with pytest.raises(ValueError, match="Add style"):
        run([{"content": "contents/a.png", "output": "a.png"}])


def test_a_killed_process_fails_only_its_own_jobs() -> None:
    context = multiprocessing.get_context("spawn")
    job = {"content": "contents/a.png", "style": "styles/c.png", "output": "a.png"}
    with concurrent.futures.ProcessPoolExecutor(1, context) as executor:
        executor.submit(signal.raise_signal, signal.SIGKILL)
        (result,) = run([job], executor, defaults=SETTINGS)
    assert result.outcome == "failed"
    assert "terminated abruptly" in result.reason
