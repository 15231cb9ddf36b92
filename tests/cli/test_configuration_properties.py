"""Properties of any settings file, tested with `hypothesis`."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import tomli_w
from hypothesis import example, given, settings
from hypothesis import strategies as st

from nst_framework.jobs.trust import check_trust
from nst_framework.settings.classes import parse_class_call
from nst_framework.settings.layers import format_settings, read_settings
from nst_framework.settings.table import SETTINGS
from nst_framework.text import one_line

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
KEYS = st.one_of(st.sampled_from([*SETTINGS, "inputs", "made_with", "quiet"]), TEXTS)


def refused_in_a_sentence(function: Callable[..., Any], *arguments: Any) -> None:
    """Calls a function that may raise a `ValueError`, and checks the beginning of its message."""
    message = "Expected no error"
    try:
        function(*arguments)
    except ValueError as error:
        message = str(error)
    assert message.startswith("Expected ")


def read(text: str) -> dict[str, Any] | None:
    """The settings in a text; `None` if it is refused with an error on one line."""
    try:
        return read_settings(text, "'run.toml'", Path("folder"))
    except ValueError as error:
        line = one_line(str(error))
    assert line.startswith("Expected ")
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
    refused_in_a_sentence(check_trust, found, {"config": "run.toml"})
    refused_in_a_sentence(check_trust, found, {"config": "run.toml", "allow_code": True})


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
