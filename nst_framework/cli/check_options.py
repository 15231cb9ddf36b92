"""Options that do not go together, and outputs that cannot be written, before Keras is loaded."""

from __future__ import annotations

import argparse
from pathlib import Path

from .paths import input_paths
from .result_name import may_overwrite
from .settings_file import is_image
from .sidecar import sidecar_path


def check_options(options: argparse.Namespace) -> None:
    """Raises an error if options do not go together, or an output cannot be written.

    Raises:
        ValueError: If options do not go together.
        OSError: If an output cannot be written.
    """
    from ..images import IMAGE_EXTENSIONS
    from ..saving import check_writable

    if options.content is None or not options.style:
        raise ValueError(
            "Expected a content and a style image. Received: "
            f"content={options.content!r}, style={options.style!r}. Write nst transfer CONTENT "
            "STYLE, or put them into a file for --config."
        )
    output = check_writable(options.output, IMAGE_EXTENSIONS)
    if not options.no_sidecar:
        check_writable(sidecar_path(options.output), [".toml"])
    given = {name: value for name, value in vars(options).items() if value is not None}
    if options.initial_image == "last":
        given["initial_image"] = "content"  # The result may replace the one that it begins with.
    inputs = [Path(path) for path in input_paths(given)]
    if options.config is not None and is_image(Path(options.config)):
        inputs.append(Path(options.config))
    source = may_overwrite(output, inputs)
    if source is not None:
        raise ValueError(
            f"Expected --output to leave the input images as they are. Received: --output "
            f"{options.output}, which may overwrite {str(source)!r}. Choose another name."
        )
    if options.initial_image == "last" and not output.is_file():
        raise ValueError(
            "Expected --output to hold the result of an earlier run, for --initial-image last. "
            f"Received: --output {options.output}, which does not exist. Choose a different "
            "starting image."
        )
    for option, given in (
        ("--resume", options.resume),
        ("--checkpoint-every", options.checkpoint_every),
    ):
        if given and options.checkpoint is None:
            raise ValueError(
                f"Expected --checkpoint with {option}. Received: no --checkpoint. Name the file of "
                "the checkpoint."
            )
    if options.checkpoint is not None:
        check_writable(options.checkpoint, [".npz"])
