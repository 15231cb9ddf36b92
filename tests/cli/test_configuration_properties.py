"""What holds for any configuration file, by `hypothesis`."""

from __future__ import annotations

import argparse
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import tomli_w
from hypothesis import example, given, settings
from hypothesis import strategies as st

from nst_framework.cli.configuration import format_settings
from nst_framework.cli.output import one_line
from nst_framework.cli.settings_file import read_settings
from nst_framework.cli.transfer_options import known_settings
from nst_framework.cli.trust import check_code, check_outputs
from nst_framework.presets.class_calls import parse_class_call

QUICK = settings(max_examples=100, deadline=None)

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
NUMBERS = st.one_of(st.integers(-(2**63), 2**63 - 1), st.floats())
LIKELY = st.sampled_from(
    [
        "none",
        "auto",
        "noise",
        "-x.png",
        "--help",
        "a.py:B,c=d",
        "VideoSaver,path=/x",
        "0.5 1",
        "",
    ]
)
SCALARS = st.one_of(LIKELY, TEXTS, NUMBERS, st.booleans(), st.dates())
VALUES = st.one_of(SCALARS, st.lists(SCALARS, max_size=4), st.dictionaries(TEXTS, SCALARS))
KEYS = st.one_of(st.sampled_from([*known_settings(), "inputs", "made_with", "quiet"]), TEXTS)


def refused_in_a_sentence(function: Callable[..., Any], *arguments: Any) -> None:
    """Calls a function that may refuse its arguments."""
    message = "Expected no error"
    try:
        function(*arguments)
    except ValueError as error:
        message = str(error)
    assert message.startswith("Expected ")


def read(text: str) -> dict[str, Any] | None:
    """The settings in a text; `None` if it is refused in one line."""
    try:
        return read_settings(text, "'run.toml'", Path("folder"))
    except ValueError as error:
        line = one_line(str(error))
    assert line.startswith(("Expected ", "Wrong "))
    assert "'run.toml'" in line
    assert line.isprintable()
    return None


@settings(QUICK, max_examples=300)
@given(st.dictionaries(KEYS, VALUES, max_size=4))
def test_any_table_is_read_or_refused(table: dict[str, Any]) -> None:
    found = read(tomli_w.dumps(table))
    if found is None:
        return
    assert found.keys() <= table.keys()
    again = read_settings(format_settings(found), "'again.toml'", Path())
    assert repr(again) == repr(found)  # NaN differs from itself
    for check in (check_code, check_outputs):
        refused_in_a_sentence(check, found, argparse.Namespace(config="run.toml"))


@QUICK
@given(st.text())
@example("a = " + 3000 * "[")
@example("a = " + 3000 * "{x=")
@example("a = " + 5000 * "9")
@example("size = 1979-05-27")
def test_any_text_is_read_or_refused(text: str) -> None:
    found = read(text)
    assert found is None or found.keys() <= tomllib.loads(text).keys()


@QUICK
@given(st.text(), TEXTS)
@example("x", 50_000 * "-" + "1")
@example("x", 3000 * "(")
@example("x", 10_000 * "9")
@example("x", 2000 * "[" + 2000 * "]")
@example("x", "\0")
def test_any_call_is_parsed_or_refused(head: str, value: str) -> None:
    for text in (head, f"StyleLoss,x={value}", f"{head}.py:Mine,x={value}+{value}"):
        refused_in_a_sentence(parse_class_call, text)


@QUICK
@given(st.text(st.characters()))
@example("\ud800\u202e\u2028\x1b[31m\r\n")
def test_messages_are_one_printable_line(text: str) -> None:
    line = one_line(text)
    assert line.isprintable()
    line.encode()
