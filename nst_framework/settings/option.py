"""What one row of the table of options says, and how its values are read."""

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
    """A type of value: how a word is read, what errors call it, and which TOML types it accepts."""

    read: Callable[[str], Any]
    expected: str
    toml: tuple[type, ...]


def number_or(kind: type, *words: str) -> Callable[[str], Any]:
    """Reads a number, or leaves one of the words as it is."""
    return lambda text: text if text in words else kind(text)


def read_switch(text: str) -> bool:
    """Reads whether something is on, as TOML and tables write it."""
    switches = {"true": True, "yes": True, "false": False, "no": False}
    if text.lower() not in switches:
        raise ValueError(text)
    return switches[text.lower()]


def parse_interval(text: str) -> tuple[int | None, float | None]:
    """The number of steps, or of seconds, of an interval such as 50steps or 10min."""
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
    f"a number with a unit among steps, {', '.join(SECONDS)}, such as 50steps or 10min",
    _ANY,
)


class Values(Enum):
    """How many values an option takes."""

    ONE = "one"
    SWITCH = "none: the option is given or not"
    WORDS = "one or more words"
    COMMAS = "one or more words, which commas may separate, too"
    REPEATED = "one each time the option is given"


class Place(Enum):
    """Whether a value is a path, and what happens there."""

    NONE = "no path"
    READ = "a file that the run reads"
    WRITTEN = "a file that the run writes"
    CODE = "a class, which may be in a Python file: my_loss.py:MyLoss,weight=2"
    FILE = "a file that the command reads"
    FOLDER = "a folder"


class Use(Enum):
    """What an option is for."""

    COMPILE = "what Trainer.compile sees"
    FIT = "what Trainer.fit sees, and the form of its result"
    FILES = "where and when a run writes, which does not change the picture"
    COMMAND = "the command itself; never in a file of settings"


@dataclass(frozen=True)
class Option:
    """An option of the command line, which may also be a setting in a file or a column of a table.

    Attributes:
        name: Its name in files and tables; on the command line, `-` replaces `_`.
        group: The heading under which the help lists it.
        use: What it is for.
        kind: The type of its values.
        help: The sentence that the help prints.
        default: The value if no layer sets it; `None`: there is none.
        values: How many values it takes.
        place: Whether a value is a path.
        words: Words that it accepts in place of a path.
        passed: Whether `Trainer.compile` or `Trainer.fit`, by its use, has an argument of its name.
        safe: Of a setting that may name files, code or downloads: the values that do not.
        only_here: Whether it is about these images or this run, and another picture needs its own.
        choices: The only values that it accepts, if there are few.
        minimum: The smallest number that it accepts; `None`: any.
        maximum: The largest one.
        metavar: What the help calls its value.
        positional: Whether it is given without its name.
        commands: The commands that have it, if it is in the table of all.
    """

    name: str
    group: str
    use: Use
    kind: Kind
    help: str
    default: Any = None
    values: Values = Values.ONE
    place: Place = Place.NONE
    words: tuple[str, ...] = ()
    passed: bool = False
    safe: tuple[str, ...] = ()
    only_here: bool = False
    choices: tuple[str, ...] = ()
    minimum: float | None = None
    maximum: float = MAX_FLOAT32
    metavar: str = ""
    positional: bool = False
    commands: tuple[str, ...] = ("transfer", "batch", "video")

    @property
    def flag(self) -> str:
        """How the command line and errors write it."""
        return self.name if self.positional else f"--{self.name.replace('_', '-')}"

    @property
    def restored(self) -> bool:
        """Whether a picture that is dropped into the app brings it back."""
        return not self.only_here and self.use in (Use.COMPILE, Use.FIT)

    @property
    def is_list(self) -> bool:
        """Whether its value is a list."""
        return self.values in (Values.WORDS, Values.COMMAS, Values.REPEATED)

    def read(self, words: Sequence[Any], source: str = "") -> Any:
        """Reads the value from words, or from the values of a TOML file.

        Args:
            words: Strings or numbers; more than one only for a list.
            source: The file or table row that has them; empty for the command line.
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
        """Reads the value of a TOML file.

        Args:
            value: What the file has.
            source: What errors call the file.
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
