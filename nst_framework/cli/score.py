"""`nst score`: how much of the content and of the style a result has, in numbers."""

from __future__ import annotations

import argparse

from ..quiet_tensorflow import load_backend
from .input_images import check_images
from .transfer_options import add_traceback_option


def add_score_options(parser: argparse.ArgumentParser) -> dict[str, argparse.Action]:
    """Adds the options of `nst score`, and returns them by name."""
    actions = [
        parser.add_argument("result", help="the image to measure"),
        parser.add_argument("--content", required=True, help="its content image"),
        parser.add_argument("--style", required=True, help="its style image"),
        add_traceback_option(parser),
    ]
    return {action.dest: action for action in actions}


def print_score(options: argparse.Namespace) -> int:
    """Prints one line for each metric.

    Args:
        options: The paths `result`, `content` and `style`.

    Returns:
        The exit code, 0.

    Raises:
        ValueError: If an image is not valid, or too small.
        FileNotFoundError: If a file does not exist.
    """
    check_images({name: getattr(options, name) for name in ("result", "content", "style")})
    load_backend()
    from ..metrics import score

    numbers = score(options.result, options.content, options.style)
    texts = {name: f"{number:.4f}" for name, number in numbers.items()}
    width = max(map(len, texts))
    digits = max(map(len, texts.values()))
    for name, text in texts.items():
        print(f"{name:<{width}}  {text:>{digits}}")
    return 0
