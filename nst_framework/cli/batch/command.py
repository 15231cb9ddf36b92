"""`nst batch`: many pictures from a table, or every content in every style."""

from __future__ import annotations

import concurrent.futures
import contextlib
import multiprocessing
import os
import signal
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from ...batch import FAILED, MADE, Result, SubmittingExecutor, run
from ...images import READ_EXTENSIONS
from ...images.folder import count_formats, describe_skipped, find_images
from ...jobs.stop_signals import StopSignals
from ...jobs.trust import check_trust
from ...paintings import EXTENSION, find_painting
from ...settings.classes import BAD_INPUT
from ...settings.layers import Settings, effective_settings, merge
from ...settings.learned import LEARNED, has_learned_style
from ...settings.option import INTEGER, TEXT, Option, PathKind, Use
from ...settings.table import SETTINGS
from ...text import format_duration, say, say_error
from .cluster import connect
from .names import check_outputs_differ, name_outputs
from .table import COLUMNS, all_pairs, read_table

JOBS = "jobs"
# fmt: off
BATCH_OPTIONS = (
    Option("table", JOBS, Use.COMMAND, TEXT, positional=True, path=PathKind.FILE,
        metavar="JOBS.csv",
        help="table with one row per picture and options of nst transfer as columns; separate "
        "several values in a cell with ;"),
    Option("contents", JOBS, Use.COMMAND, TEXT, path=PathKind.FOLDER, metavar="FOLDER",
        help="instead of a table: folder of content images, or a pattern such as 'photos/*.jpg'; "
        "each is combined with each style"),
    Option("styles", JOBS, Use.COMMAND, TEXT, path=PathKind.FOLDER, metavar="FOLDER",
        help="folder or pattern of style images and learned paintings (.keras)"),
    Option("outputs", JOBS, Use.COMMAND, TEXT, path=PathKind.FOLDER, metavar="FOLDER",
        help="folder for pictures without an output of their own, the table of results and the "
        "contact sheet; by default outputs, next to the table if there is one"),
    Option("jobs", JOBS, Use.COMMAND, INTEGER, default=1, metavar="N",
        help="number of pictures to make at a time, each in its own process"),
    Option("scheduler", JOBS, Use.COMMAND, TEXT, metavar="ADDRESS",
        help="make the pictures on a Dask cluster: the address of its scheduler, or local:2 for "
        "two processes on this machine; needs nst_framework[cluster]"),
)
# fmt: on


def make_batch(typed: Mapping[str, Any]) -> int:
    """Makes the pictures, prints a line for each, and returns the exit code."""
    jobs, folder = _read_jobs(typed)
    check_outputs_differ(jobs)
    for job in jobs:
        _check_trust(job, typed)
    _check_common_error(jobs)
    printer = _Printer(len(jobs), "quiet" in typed)
    results: list[Result] = []
    interrupted = False

    def add(result: Result) -> None:
        results.append(result)
        printer.print_result(result)

    with StopSignals(quiet=True) as signals:
        try:
            with _executor(typed) as executor:
                run(jobs, executor, add)
        except KeyboardInterrupt:
            interrupted = True
        # Imports Matplotlib, which the help does not need.
        from .results import SHEET, TABLE, write_sheet, write_table

        folder.mkdir(parents=True, exist_ok=True)
        write_table(folder / TABLE, results, [job["output"] for job in jobs])
        write_sheet(folder / SHEET, results)
    printer.print_summary(results, folder / TABLE)
    failed = any(result.outcome == FAILED for result in results)
    signal_code = max((result.exit_code for result in results), default=0)
    return signal_code or (signals.exit_code if interrupted else int(failed))


class _Printer:
    """Prints a line for each result, with the time left."""

    def __init__(self, count: int, quiet: bool) -> None:
        self._count, self._quiet = count, quiet
        self._begin = time.perf_counter()
        self._ended = self._made = 0

    def print_result(self, result: Result) -> None:
        self._ended += 1
        self._made += result.outcome == MADE
        text = f"[{self._ended}/{self._count}] {result.job['output']}: {result.outcome}"
        if result.outcome == MADE:
            text += f" in {format_duration(result.seconds)}"
        if result.reason:
            text += f": {result.reason}"
        remaining = self._count - self._ended
        if self._made and remaining:
            each = (time.perf_counter() - self._begin) / self._made
            text += f" - at most {format_duration(each * remaining)} left"
        if not self._quiet:
            say(text)

    def print_summary(self, results: Sequence[Result], table: Path) -> None:
        """Prints the number of jobs with each outcome, and why jobs failed."""
        counts = Counter(result.outcome for result in results)
        parts = ", ".join(f"{number} {outcome}" for outcome, number in counts.items())
        if not self._quiet:
            pictures = "1 picture" if self._count == 1 else f"{self._count} pictures"
            say(f"{table}: {pictures}, {parts or 'none made'}.")
        for result in results:
            if result.outcome == FAILED:
                say_error(f"nst: error: {result.job['output']}: {result.reason}")


def _read_jobs(typed: Mapping[str, Any]) -> tuple[list[Settings], Path]:
    """The jobs, with the options of the command line, and the folder of the results."""
    table, contents, styles, outputs = (
        Path(typed[name]) if name in typed else None
        for name in ("table", "contents", "styles", "outputs")
    )
    if table is not None and contents is None and styles is None:
        folder = outputs or table.parent / "outputs"
        jobs = read_table(table)
    elif table is None and contents is not None and styles is not None:
        folder = outputs or Path("outputs")
        for option, source in (("--contents", contents), ("--styles", styles)):
            _check_folder(option, source, folder)
        quiet = "quiet" in typed
        jobs = all_pairs(_images("--contents", contents, quiet), _styles(styles, quiet))
    else:
        given = [name for name in ("table", "contents", "styles") if name in typed]
        received = " and ".join(
            f"a table, {str(table)!r}" if name == "table" else f"--{name}" for name in given
        )
        needed = (
            f"Expected either a table of jobs or --contents and --styles. Received: {received}"
            if given
            else "nst batch needs a table of jobs, or --contents and --styles"
        )
        raise ValueError(
            f"{needed}. Write nst batch JOBS.csv, or nst batch --contents FOLDER --styles FOLDER."
        )
    names = {"no_metadata", *COLUMNS}
    common = {name: value for name, value in typed.items() if name in names}
    return _with_options(name_outputs(jobs, folder), common, "quiet" in typed), folder


def _with_options(
    jobs: Sequence[Settings], common: Mapping[str, Any], quiet: bool
) -> list[Settings]:
    """The jobs with the common options of the command line.

    If only some pictures use a learned painting, options of the optimizer apply to the others.
    """
    are_learned = list(map(has_learned_style, jobs))
    left_out = [name for name in common if name not in (*LEARNED, "no_metadata")]
    if all(are_learned) or not any(are_learned) or not left_out:
        return [merge(common, job) for job in jobs]
    if not quiet:
        flags = ", ".join(COLUMNS[name].flag for name in left_out)
        say_error(f"nst: note: pictures with a learned painting are made without {flags}.")
    for_learned = {name: value for name, value in common.items() if name not in left_out}
    return [
        merge(for_learned if is_learned else common, job)
        for job, is_learned in zip(jobs, are_learned, strict=True)
    ]


def _styles(source: Path, quiet: bool) -> list[Path]:
    """The style images and learned paintings in a folder, or a painting of the package."""
    if find_painting(source) is not None:
        return [source]
    return _images("--styles", source, quiet, [EXTENSION])


def _images(option: str, source: Path, quiet: bool, also: Sequence[str] = ()) -> list[Path]:
    """The images in a folder or of a pattern; raises a `ValueError` if there are none."""
    images, others = find_images(source, also)
    if not images:
        formats = f" but {count_formats(others)}" if others else ""
        raise ValueError(
            f"Expected {option} to be a folder of images. Received: {str(source)!r}, which has "
            f"none{formats}. Images end in one of {', '.join(READ_EXTENSIONS)}"
            f"{', learned paintings in .keras' if also else ''}."
        )
    if others and not quiet:
        say_error(f"nst: note: {describe_skipped(source, others)}")
    return images


def _check_folder(option: str, source: Path, outputs: Path) -> None:
    """Raises a `ValueError` if a second batch would read the results as its input."""
    folder = source if source.is_dir() else source.parent
    if not source.is_file() and folder.resolve() == outputs.resolve():
        raise ValueError(
            f"Expected --outputs and {option} to be different folders. Received: {str(outputs)!r} "
            "for both, so that the next batch would read the results as its input. Choose another "
            "folder."
        )


def _check_trust(job: Settings, typed: Mapping[str, Any]) -> None:
    """Restricts a table like a settings file: to code and places that the user has named."""
    named = {**typed, "config": typed.get("table")}
    folder = Path(typed.get("outputs", "outputs")).resolve()
    if Path(job["output"]).resolve().is_relative_to(folder):
        named["output"] = job["output"]
    check_trust({name: value for name, value in job.items() if name in SETTINGS}, named, "outputs")


def _check_common_error(jobs: Sequence[Settings]) -> None:
    """Raises an error that all jobs share, such as a wrong option, before any picture is made."""
    # Imports NumPy, which the help does not need.
    from ...jobs.early_checks import check_parts

    first: Exception | None = None
    for job in jobs:
        try:
            check_parts(effective_settings(job))
        except BAD_INPUT as error:
            first = first or error
            if str(error) == str(first):
                continue
        return
    if first is not None:
        raise first


@contextlib.contextmanager
def _executor(typed: Mapping[str, Any]) -> Iterator[SubmittingExecutor | None]:
    """The executor that makes the pictures; `None`: this process makes them."""
    processes = typed.get("jobs", 1)
    if processes < 1 or ("scheduler" in typed and processes > 1):
        raise ValueError(
            "Expected --jobs to be at least 1, and 1 with --scheduler. Received: --jobs "
            f"{processes}. A cluster has as many processes as it has workers."
        )
    if "scheduler" in typed:
        with connect(typed["scheduler"]) as client:
            yield client
        return
    if processes == 1:
        yield None
        return
    cores = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
    context = multiprocessing.get_context("spawn")
    turn = context.Value("i", 0)
    with concurrent.futures.ProcessPoolExecutor(
        processes, context, _start_process, (turn, processes, cores)
    ) as executor:
        yield executor


def _start_process(turn: object, processes: int, cores: Sequence[int]) -> None:
    """Gives a process its share of the cores, so that processes do not compete for them."""
    with turn.get_lock():  # type: ignore[attr-defined]
        number = turn.value  # type: ignore[attr-defined]
        turn.value += 1  # type: ignore[attr-defined]
    if len(cores) >= processes:
        os.sched_setaffinity(0, cores[number % processes :: processes])
    # Between two jobs, only the main process handles Ctrl-C.
    signal.signal(signal.SIGINT, lambda *_: None)
