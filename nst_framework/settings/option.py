"""`Option`, a row of the table of options, and how its values are read."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from ..checks import MAX_FLOAT32, did_you_mean

SECONDS = {"s": 1, "min": 60, "h": 3600}


@dataclass(frozen=True)
class Kind:
    """A type of value.

    Attributes:
        read: Converts a word to a value, or raises a `ValueError`.
        expected: The type as errors name it.
        toml: The TOML types that it accepts.
    """

    read: Callable[[str], Any]
    expected: str
    toml: tuple[type, ...]


def number_or(kind: type, *words: str) -> Callable[[str], Any]:
    """A function that converts a text to a number, and returns any of the words unchanged."""
    return lambda text: text if text in words else kind(text)


def read_switch(text: str) -> bool:
    """Reads a truth value as in TOML and tables: true, yes, false or no."""
    switches = {"true": True, "yes": True, "false": False, "no": False}
    if text.lower() not in switches:
        raise ValueError(text)
    return switches[text.lower()]


def parse_interval(text: str) -> tuple[int | None, float | None]:
    """The steps or the seconds of an interval such as 50steps or 10min; the other is `None`."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?) ?([a-z]+)", text)
    if found and found[2] in ("step", "steps") and found[1].isdecimal() and int(found[1]):
        return int(found[1]), None
    if found and found[2] in SECONDS and float(found[1]):
        return None, float(found[1]) * SECONDS[found[2]]
    raise ValueError(text)


def _interval(text: str) -> str:
    parse_interval(text)
    return text


_ANY = (str, int, float)
TEXT = Kind(str, "a string", (str,))
INTEGER = Kind(int, "a whole number", (int,))
NUMBER = Kind(float, "a number", (int, float))
NUMBERS = Kind(float, "numbers such as 0.7,0.3", _ANY)
NAMES = Kind(str, "names", _ANY)
SCALE = Kind(number_or(float, "auto"), "auto or a number", _ANY)
COUNT = Kind(number_or(int, "auto"), "auto or a whole number", _ANY)
SIZE = Kind(number_or(int, "none"), "none or a whole number", _ANY)
TILE_SIZE = Kind(number_or(int, "auto", "none"), "auto, none or a whole number", _ANY)
ON_OR_OFF = Kind(read_switch, "true or false", (bool,))
INTERVAL = Kind(
    _interval,
    f"a number with one of the units steps, {', '.join(SECONDS)}, such as 50steps or 10min",
    _ANY,
)


class Values(Enum):
    """How many values an option takes."""

    ONE = "one"
    SWITCH = "none: the option is either given or not"
    WORDS = "one or more words"
    COMMAS = "one or more words, separated by spaces or commas"
    REPEATED = "one each time the option is given"


class PathKind(Enum):
    """Whether a value is a path, and what the file is used for."""

    NONE = "not a path"
    READ = "a file that the run reads"
    WRITTEN = "a file that the run writes"
    CODE = "a class, which may be in a Python file: my_loss.py:MyLoss,weight=2"
    FILE = "a file that the command reads"
    FOLDER = "a folder"


class Use(Enum):
    """What uses an option."""

    COMPILE = "Trainer.compile"
    FIT = "Trainer.fit, or the format of its result"
    FILES = "where and when a run writes files, which does not change the picture"
    COMMAND = "the command itself; never in a settings file"


@dataclass(frozen=True)
class Option:
    """An option of the command line, which may also be a setting in a file or a column of a table.

    Attributes:
        name: The name in files and tables; on the command line, `-` replaces `_`.
        group: The heading under which the help lists it.
        use: The method or command that uses it.
        kind: The type of its values.
        help: The help text.
        default: The value if no layer sets one; `None` if there is no default.
        values: How many values it takes.
        path: Whether a value is a path.
        words: Words that it accepts in place of a path.
        passed: Whether the method of its `use`, `Trainer.compile` or `Trainer.fit`, has an argument
            of the same name.
        safe: For a setting that may name files, code or downloads: the values that do not.
        run_specific: Whether it describes these images or this run, so that it cannot be reused for
            another picture.
        choices: The accepted values, if there are only a few.
        minimum: The smallest accepted number; `None`: no limit.
        maximum: The largest accepted number.
        metavar: The placeholder for its value in the help.
        positional: Whether it is given without its name.
        commands: The commands that have it, for an option in the shared table.
    """

    name: str
    group: str
    use: Use
    kind: Kind
    help: str
    default: Any = None
    values: Values = Values.ONE
    path: PathKind = PathKind.NONE
    words: tuple[str, ...] = ()
    passed: bool = False
    safe: tuple[str, ...] = ()
    run_specific: bool = False
    choices: tuple[str, ...] = ()
    minimum: float | None = None
    maximum: float = MAX_FLOAT32
    metavar: str = ""
    positional: bool = False
    commands: tuple[str, ...] = ("transfer", "batch", "video")

    @property
    def flag(self) -> str:
        """The option as written on the command line and in errors."""
        return self.name if self.positional else f"--{self.name.replace('_', '-')}"

    @property
    def restored(self) -> bool:
        """Whether the app restores it from a picture that is dropped in."""
        return not self.run_specific and self.use in (Use.COMPILE, Use.FIT)

    @property
    def is_list(self) -> bool:
        """Whether its value is a list."""
        return self.values in (Values.WORDS, Values.COMMAS, Values.REPEATED)

    def read(self, words: Sequence[Any], source: str = "") -> Any:
        """Reads the value from words, or from the values of a TOML file.

        Args:
            words: Strings or numbers; more than one only for a list.
            source: The file or table row that they come from; empty for the command line.
        """
        name = f"{self.name} in {source}" if source else self.flag
        if any("\0" in str(word) for word in words):
            raise ValueError(f"Expected {name} without NUL. Received: {words!r}.")
        if not self.is_list and len(words) != 1:
            raise ValueError(f"Expected {name} once. Received: {words!r}.")
        texts = [str(word) for word in words]
        if self.values is Values.COMMAS:
            texts = [each for text in texts for each in text.replace(",", " ").split()]
            if not texts:
                raise ValueError(f"Expected {name} to have at least one value. Received: {words}.")
        found = [self._read_word(text, name) for text in texts]
        return found if self.is_list else found[0]

    def read_toml(self, value: Any, source: str) -> Any:
        """Reads the value from a TOML file.

        Args:
            value: The value in the file.
            source: The file as errors name it.
        """
        given = value if self.is_list and isinstance(value, list) else [value]
        if not given or not all(type(each) in self.kind.toml for each in given):
            kind = self.kind.expected + (", alone or in a list" if self.is_list else "")
            raise ValueError(f"Expected {self.name} in {source} to be {kind}. Received: {value!r}.")
        return self.read(given, source)

    def _read_word(self, text: str, name: str) -> Any:
        if self.choices and text not in self.choices:
            raise ValueError(
                f"Expected {name} to be one of {', '.join(self.choices)}. Received: {text!r}."
                f"{did_you_mean(text, self.choices, show=str)}"
            )
        try:
            value = self.kind.read(text)
        except ValueError as error:
            raise ValueError(
                f"Expected {name} to be {self.kind.expected}. Received: {text!r}."
            ) from error
        least = -MAX_FLOAT32 if self.minimum is None else self.minimum
        if isinstance(value, int | float) and not least <= value <= self.maximum:
            limits = "finite" if self.minimum is None else f"at least {self.minimum:g}"
            if self.maximum < MAX_FLOAT32:
                limits = f"from {least:g} to {self.maximum:g}"
            raise ValueError(f"Expected {name} to be {limits}. Received: {text!r}.")
        return value
