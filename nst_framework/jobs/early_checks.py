"""Checks of the parts of a run that can be made before Keras is loaded."""

from __future__ import annotations

import ast
import importlib.util
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from .. import callbacks, extractors, losses
from ..checks import check_number, did_you_mean
from ..defaults import AUTO, DEFAULT_LOSSES, IMAGE, SCORES
from ..extractors.layer_names import LAYER_NAMES
from ..images.bit_depth import check_bit_depth
from ..losses.names import snake_case
from ..run.schedule import Stage, check_length, make_schedule, stage_arguments
from ..settings.classes import check_class, parse_class_call
from ..settings.learned import has_learned_style
from ..settings.parts import make_styles
from ..settings.paths import code_paths
from ..settings.table import SETTINGS
from .learned import check_learned

OWN_OPTIMIZERS = ("lbfgs", "scipy", "pyramid")


def check_parts(settings: Mapping[str, Any]) -> None:
    """Checks the network, losses, stages, optimizer and styles of a run.

    The user's own Python files are not run here. They may register optimizers and name their losses
    themselves, so names that could come from them are not checked.

    Raises:
        ValueError: If a setting is wrong.
        FileNotFoundError: If a file is missing.
    """
    if "output" in settings:
        check_bit_depth(Path(settings["output"]), settings["bit_depth"])
    if has_learned_style(settings):
        check_learned(settings)
        return
    own = "nst_framework"
    check_class(settings["network"], "FeatureExtractor", own, extractors, tuple(LAYER_NAMES))
    for text in settings.get("loss", ()):
        check_class(text, "Loss", own, losses)
    for text in settings.get("callback", ()):
        check_class(text, "Callback", "keras", callbacks)
    _check_weights_file(settings)
    _check_layers(settings)
    names = _check_loss_names(settings)
    _check_optimizer(settings["optimizer"], settings)
    _check_schedule(settings, names)
    _check_metrics(settings.get("metrics", ()))
    make_styles(settings)


def _check_weights_file(settings: Mapping[str, Any]) -> None:
    weights = settings["weights"]
    if settings["network"] not in ("vgg16", "vgg19") or weights in SETTINGS["weights"].words:
        return
    if not Path(weights).is_file():
        raise FileNotFoundError(
            "Expected --weights to be bundled, imagenet or the path of a Keras .h5 file of "
            f"{settings['network'].upper()}. Received: {weights!r}, which does not "
            "exist or is not a file. Correct the path."
        )


def _check_layers(settings: Mapping[str, Any]) -> None:
    """Checks the names of the layers of losses, and that the number of layer weights matches."""
    compared = []
    if settings.get("content_weight") != 0:
        compared.append(("content", settings["content_layers"]))
    if not settings.get("loss"):
        compared.append(("style", settings["style_layers"]))
    for kind, layers in compared:
        weights = settings.get(f"{kind}_layer_weights")
        if weights is not None and (len(weights) != len(layers) or not any(weights)):
            raise ValueError(
                f"Expected --{kind}-layer-weights to have a number for each of the layers "
                f"{' '.join(layers)}, at least one above 0. Received: "
                f"{' '.join(map(str, weights))}."
            )
    known = LAYER_NAMES.get(settings["network"])
    for call in map(parse_class_call, settings.get("loss", ())):
        layers = call.arguments.get("layers", ())
        if not call.path:
            compared.append((call.class_name, [layers] if isinstance(layers, str) else layers))
    for layer in (layer for _, layers in compared for layer in layers if layer != IMAGE):
        if known is not None and layer not in known:
            raise ValueError(
                f"Unknown layer {layer!r} for the network {settings['network']}. Expected one of: "
                f"{', '.join(known)}.{did_you_mean(layer, known)}"
            )


def _check_loss_names(settings: Mapping[str, Any]) -> tuple[str, ...] | None:
    """The names of the losses in logs and stages; `None` if the user's own code may set one."""
    names = list(DEFAULT_LOSSES)
    given = settings.get("loss", ())
    if given:
        calls = [parse_class_call(text) for text in given]
        for call in calls:
            if "weight" in call.arguments:
                check_number("weight", call.arguments["weight"], minimum=0.0)
        own = [str(c.arguments.get("name", snake_case(c.class_name))) for c in calls]
        names[1:3] = own
        known = not any(call.path for call in calls)
        if known and len(set(names)) < len(names):
            raise ValueError(
                f"Expected losses with different names. Received: {', '.join(names)}. Rename one: "
                f"--loss {calls[-1].class_name},name=other."
            )
    else:
        known = True
        if not settings.get("moments_weight", 1):
            names.remove("channel_moments_loss")
    shares = settings.get("gradient_shares")
    if shares is not None and (len(shares) != len(names) or not any(shares)):
        expected = ", ".join(names) if known else f"the {len(names)} losses"
        raise ValueError(
            f"Expected --gradient-shares to have a number for each of {expected}, at least one "
            f"above 0. Received: {','.join(f'{share:g}' for share in shares)}."
        )
    return tuple(names) if known else None


def _check_optimizer(name: str, settings: Mapping[str, Any]) -> None:
    keras_names = _keras_optimizers()
    if name in OWN_OPTIMIZERS or not keras_names or code_paths(settings):
        return
    if name.lower() not in keras_names:
        known = [*OWN_OPTIMIZERS, *keras_names]
        raise ValueError(
            f"Expected an optimizer: {', '.join(OWN_OPTIMIZERS)}, or Keras's "
            f"{', '.join(keras_names)}. Received: {name!r}.{did_you_mean(name, known)}"
        )


def _keras_optimizers() -> list[str]:
    """The optimizers of the installed Keras, found in the source of `keras.optimizers`."""
    spec = importlib.util.find_spec("keras")
    found: set[str] = set()
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        path = Path(folder) / "optimizers" / "__init__.py"
        if path.is_file():
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.ImportFrom):
                    found.update(alias.name for alias in node.names)
    # The base class and wrappers of other optimizers have "Optimizer" in their names.
    classes = {name for name in found if name[0].isupper() and "Optimizer" not in name}
    return sorted(name.lower() for name in classes)


def _check_schedule(settings: Mapping[str, Any], names: Sequence[str] | None) -> None:
    if settings.get("stage"):
        schedule = make_schedule(
            AUTO, [_check_stage(t, settings, names) for t in settings["stage"]]
        )
    elif settings["scales"] == [AUTO]:
        # Automatic scales depend on the size of the content, and always fit the epochs.
        return
    else:
        schedule = make_schedule(settings["scales"], None)
    if settings["epochs"] != AUTO:
        check_length(schedule, settings["epochs"])


def _check_stage(text: str, settings: Mapping[str, Any], names: Sequence[str] | None) -> Stage:
    arguments = stage_arguments(text)
    optimizer = arguments.pop("optimizer", None)
    if optimizer is not None:
        _check_optimizer(optimizer, settings)
    weights = arguments["loss_weights"] or {}
    unknown = [name for name in weights if names is not None and name not in names]
    if unknown:
        raise ValueError(
            f"Expected --stage {text} to name only the losses {', '.join(names or ())}. Received: "
            f"{unknown[0]!r}.{did_you_mean(unknown[0], names or ())}"
        )
    if weights and "gradient_shares" in settings:
        raise ValueError(
            "Expected stages without weights, because --gradient-shares replaces weights. "
            f"Received: --stage {text}. Leave out the weights or the shares."
        )
    return Stage(**arguments)


def _check_metrics(names: Sequence[str]) -> None:
    for name in names:
        if name not in ("score", *SCORES):
            raise ValueError(
                f"Expected --metrics to be score or among {', '.join(SCORES)}. Received: {name!r}."
                f"{did_you_mean(name, ['score', *SCORES])}"
            )
