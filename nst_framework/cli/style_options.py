"""The options of `nst transfer` for its style images."""

from __future__ import annotations

import argparse

from .option_values import add_numbers


def add_style_options(parser: argparse._ActionsContainer) -> list[argparse.Action]:
    """Adds the options of which each style image may have its own value, and returns them."""
    add = parser.add_argument
    return [
        add_numbers(
            parser,
            "--style-weights",
            "WEIGHT",
            "one weight for each style image, relative to the others, such as 0.7,0.3",
        ),
        add_numbers(
            parser,
            "--style-scale",
            "SCALE",
            "size of the style relative to the content, one number or one for each style "
            "image; 0.5 halves the size of its structures",
        ),
        add(
            "--style-rotations",
            nargs="+",
            type=int,
            default=[0],
            metavar="DEGREES",
            help="by how many degrees the style images are turned for their features to be taken, "
            "in quarter turns; 0 90 180 270 offers strokes in every direction",
        ),
        add(
            "--style-masks",
            nargs="+",
            metavar="FILE",
            help="one mask for each style image, white where its style is taken from; none: the "
            "whole image",
        ),
        add(
            "--content-masks",
            nargs="+",
            metavar="FILE",
            help="one mask for each style image, white where the content takes on its style; none: "
            "everywhere",
        ),
    ]
