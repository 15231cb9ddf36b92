"""The training of `nst train`: checks its settings, and makes it from them."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..paintings import EXTENSION, is_learned
from ..saving import check_writable
from ..settings.paths import input_paths
from ..text import say_error
from .input_images import read_images
from .result_name import may_overwrite
from .sidecar import input_digests

if TYPE_CHECKING:
    from ..style_network.training import Training

RECORDED = ("size", "batch_size", "learning_rate", "photograph_noise", "held_out", "seed")
"""The settings that are recorded in the file of the network."""


def check_training(settings: Mapping[str, Any]) -> list[Path]:
    """Checks the settings without Keras, and returns the photographs."""
    # Imports NumPy, which the help does not need.
    from ..images.styles import style_names
    from ..style_network.photograph_files import check_readable, find_photographs
    from .early_checks import check_parts

    _check_paintings(settings)
    check_parts(settings)
    output, preview = Path(settings["output"]), preview_path(settings)
    check_writable(output, [EXTENSION])
    inputs = [Path(path) for path in input_paths(settings)]
    pictures = [preview] if settings["preview"] else []
    for path in (output, checkpoint_path(settings), *pictures):
        if (source := may_overwrite(path, inputs)) is not None:
            raise ValueError(
                f"Expected --output to leave the inputs unchanged. Received: --output {output}, "
                f"which may overwrite {str(source)!r}. Choose another name."
            )
    checkpoint = checkpoint_path(settings)
    if checkpoint.exists() and not settings["resume"]:
        raise ValueError(
            f"{str(checkpoint)!r} is the checkpoint of an unfinished training. Add --resume to "
            "continue it, or remove the file."
        )
    check_writable(checkpoint)
    read_images(dict(zip(style_names(len(settings["style"])), settings["style"], strict=True)))
    found = find_photographs(settings["photographs"], least=2 if settings["held_out"] else 1)
    # The preview changes after each epoch, so it must not be one of the photographs.
    photographs = [path for path in found if path.absolute() != preview.absolute()]
    check_readable(photographs)
    return photographs


def _check_paintings(settings: Mapping[str, Any]) -> None:
    styles = settings["style"]
    for path in styles:
        if is_learned(path):
            raise ValueError(
                f"Expected images to learn. Received: {path!r}, a learned painting. Name an image."
            )
    name, count = Counter(Path(path).stem for path in styles).most_common(1)[0]
    if count > 1:
        raise ValueError(
            f"Expected paintings with different names. Received: {count} with the name {name!r}. "
            "Rename one of them."
        )
    if settings["batch_size"] % len(styles):
        raise ValueError(
            f"Expected --batch-size to be a multiple of {len(styles)}, the number of paintings. "
            f"Received: --batch-size {settings['batch_size']}. Write --batch-size "
            f"{-(-settings['batch_size'] // len(styles)) * len(styles)}."
        )


def make_training(settings: Mapping[str, Any], photographs: list[Path], quiet: bool) -> Training:
    """Makes the network, its objective and its data."""
    import keras

    from ..settings.parts import compile_arguments, make_extractor, make_styles
    from ..style_network.network import StyleNetwork
    from ..style_network.objective import StyleObjective
    from ..style_network.photographs import Photographs
    from ..style_network.training import Training
    from .callbacks import report_warnings

    report_warnings(say_error, quiet)
    arguments = compile_arguments(settings)
    objective = StyleObjective(
        make_extractor(settings),
        arguments["loss"],
        make_styles(settings),
        arguments["loss_weights"],
        settings["style_size"],
        arguments["precision"],
    )
    data = Photographs(
        photographs,
        settings["size"],
        settings["batch_size"],
        min(settings["steps"], settings["steps_per_epoch"]),
        settings["held_out"],
        settings["photograph_noise"],
        settings["seed"],
    )
    keras.utils.set_random_seed(settings["seed"])
    is_bfloat16 = objective.recipe.precision == "mixed_bfloat16"
    network = StyleNetwork(
        len(settings["style"]),
        settings["width"],
        dtype="mixed_bfloat16" if is_bfloat16 else "float32",
    )
    recorded = {name: settings[name] for name in RECORDED} | {"photographs": len(photographs)}
    return Training(
        network,
        objective,
        data,
        settings["steps"],
        settings["learning_rate"],
        Path(settings["output"]),
        checkpoint_path(settings),
        preview_path(settings) if settings["preview"] else None,
        _identity(settings, objective.recipe.describe(), photographs),
        recorded,
        (lambda text: None) if quiet else say_error,
        not quiet,
    )


def _identity(
    settings: Mapping[str, Any], recipe: Mapping[str, Any], photographs: list[Path]
) -> dict[str, Any]:
    """The values that must match to resume a training, by the names that error messages use."""
    digests = sorted(input_digests(settings).values())
    names = [f"{path.name} {path.stat().st_size}" for path in photographs]
    listed = hashlib.sha256("\n".join(names).encode(errors="surrogateescape")).hexdigest()
    own = ("width", "steps", "style_size", "style_rotations", *RECORDED)
    return {
        **{f"--{name.replace('_', '-')}": settings[name] for name in own},
        "the paintings": digests,
        "the list of photographs": f"{len(photographs)} with digest {listed[:16]}",
        "the objective": recipe,
    }


def checkpoint_path(settings: Mapping[str, Any]) -> Path:
    """The checkpoint of an unfinished training: next to the output."""
    return Path(settings["output"]).with_suffix(".checkpoint.npz")


def preview_path(settings: Mapping[str, Any]) -> Path:
    """The preview, which is written after each epoch: next to the output."""
    return Path(settings["output"]).with_suffix(".preview.png")
