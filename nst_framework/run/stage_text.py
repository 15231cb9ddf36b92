"""The stages of a run, as text of the command line and of presets."""

from __future__ import annotations

from typing import Any

from .schedule import Stage

SWITCHES = {"yes": True, "no": False}


def parse_stage(text: str) -> Stage:
    """Makes a stage of `scale=0.5,steps=200,style_loss=2,optimizer=adam,content_detail=yes`.

    Args:
        text: The stage's arguments, each of which may be left out. Names of losses set weights.

    Raises:
        ValueError: If the text has another form, or a value is invalid.
    """
    arguments: dict[str, Any] = {}
    weights: dict[str, float] = {}
    for part in text.split(","):
        name, equals, value = (word.strip() for word in part.partition("="))
        if not (name and equals and value) or name in arguments or name in weights:
            raise ValueError(
                "Expected --stage to be like scale=0.5,steps=200,style_loss=2, with each name "
                f"once. Received: {text!r}."
            )
        if name == "optimizer":
            arguments[name] = value
        elif name == "content_detail":
            arguments[name] = _switch(value, text)
        elif name == "steps":
            arguments[name] = _number(int, value, text)
        elif name == "scale":
            arguments[name] = _number(float, value, text)
        else:
            weights[name] = _number(float, value, text)
    return Stage(**arguments, loss_weights=weights or None)


def _switch(value: str, text: str) -> bool:
    if value not in SWITCHES:
        raise ValueError(f"Expected yes or no in --stage {text}. Received: {value!r}.")
    return SWITCHES[value]


def _number(kind: type, value: str, text: str) -> Any:
    try:
        return kind(value)
    except ValueError:
        what = "a whole number" if kind is int else "a number"
        raise ValueError(f"Expected {what} in --stage {text}. Received: {value!r}.") from None
