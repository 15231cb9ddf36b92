"""The parts of a run, made from its settings: network, losses, weights, optimizer and styles."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from .. import defaults
from ..checks import check_number
from .classes import call_class, load_class, parse_class_call
from .option import Use
from .table import SETTINGS

if TYPE_CHECKING:
    from ..arguments import FitDefaults
    from ..extractors.base import FeatureExtractor
    from ..images.styles import Style
    from ..losses.base import Loss
    from ..optimizers.base import Optimizer

Value = TypeVar("Value")


def make_extractor(settings: Mapping[str, Any]) -> FeatureExtractor:
    """Makes the network of `--network`, with its weights and pooling."""
    from .. import extractors

    network, weights, pooling = (settings[name] for name in ("network", "weights", "pooling"))
    if network == "vgg16":
        return extractors.VGG16FeatureExtractor(weights, pooling=pooling)
    if network == "vgg19":
        # Only the weights of VGG16 are bundled.
        weights = "imagenet" if weights == "bundled" else weights
        return extractors.VGG19FeatureExtractor(weights, pooling=pooling)
    if network == "random":
        return extractors.RandomFeatureExtractor()
    call = parse_class_call(network)
    kind = load_class(call, extractors.FeatureExtractor, extractors)
    return call_class(kind, call.arguments)


def compile_arguments(settings: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments of `Trainer.compile`, by name."""
    from .. import losses as package

    shares = settings.get("gradient_shares")
    content = package.ContentLoss(settings["content_layers"], settings.get("content_layer_weights"))
    smoothness = package.TotalVariationLoss()
    style, weights = _make_style_losses(settings)
    losses: list[Loss] = [content, *style, smoothness]
    if shares is None:
        weights[content.name] = settings["content_weight"]
        weights[smoothness.name] = settings["tv_weight"]
        # With a weight of 0, these two need not be computed, unless no other loss is left.
        losses = [
            loss for loss in losses if loss not in (content, smoothness) or weights[loss.name] != 0
        ] or losses
        weights = {loss.name: weights[loss.name] for loss in losses if loss.name in weights}
    elif weights:
        raise ValueError(
            f"Expected no weights with --gradient-shares. Received: {weights}. Leave out the "
            "weights or the shares."
        )
    return {
        "loss": losses,
        "loss_weights": weights or None,
        "optimizer": _make_optimizer(settings),
        **_make_schedule(settings),
        **passed_arguments(settings, Use.COMPILE),
    }


def passed_arguments(settings: Mapping[str, Any], use: Use) -> dict[str, Any]:
    """The settings that are arguments of `Trainer.compile` or `Trainer.fit` by the same name."""
    return {
        name: None if settings[name] == "none" else settings[name]
        for name, option in SETTINGS.items()
        if option.passed and option.use is use and name in settings
    }


def fit_defaults(settings: Mapping[str, Any]) -> FitDefaults:
    """The defaults of `Trainer.fit`, from the settings."""
    from ..arguments import FitDefaults

    size = settings["size"]
    return FitDefaults(
        None if size == "none" else size,
        settings["epochs"],
        settings["steps_per_epoch"],
        settings["initial_image"],
        settings["color"],
        tuple(settings["style_rotations"]),
    )


def make_styles(settings: Mapping[str, Any]) -> list[Style]:
    """Makes a `Style` for each style image, with its weight, scale and masks."""
    from ..images.styles import Style

    count = len(settings["style"])
    scales = settings.get("style_scale", [1.0])
    if len(scales) == 1:
        scales = scales * count
    given = {
        "--style-weights": settings.get("style_weights", [1.0] * count),
        "--style-scale": scales,
        "--style-masks": settings.get("style_masks", ["none"] * count),
        "--content-masks": settings.get("content_masks", ["none"] * count),
    }
    columns = [_one_for_each(option, values, count) for option, values in given.items()]
    return [
        Style(image, weight, scale, _mask(mask), _mask(content_mask), settings["style_rotations"])
        for image, weight, scale, mask, content_mask in zip(
            settings["style"], *columns, strict=True
        )
    ]


def _make_style_losses(settings: Mapping[str, Any]) -> tuple[list[Loss], dict[str, float]]:
    """The style losses, and the weights that were given."""
    from .. import losses as package

    if not settings.get("loss"):
        layers = settings["style_layers"], settings.get("style_layer_weights")
        style, moments = package.StyleLoss(*layers), package.ChannelMomentsLoss(*layers)
        if "gradient_shares" in settings:
            return [style, moments], {}
        weight, relative = settings["style_weight"], settings["moments_weight"]
        weights = {style.name: weight, moments.name: weight * relative}
        # With a weight of 0, it need not be computed.
        return [style, moments] if relative else [style], weights
    losses, weights = [], {}
    for text in settings["loss"]:
        call = parse_class_call(text)
        arguments = dict(call.arguments)
        weight = arguments.pop("weight", None)
        if isinstance(arguments.get("layers"), str):
            # Only a + makes a list, and a single layer has none.
            arguments["layers"] = [arguments["layers"]]
        loss = call_class(load_class(call, package.Loss, package), arguments)
        losses.append(loss)
        if weight is not None:
            weights[loss.name] = weight
    return losses, weights


def _make_schedule(settings: Mapping[str, Any]) -> dict[str, Any]:
    if not settings.get("stage"):
        scales = settings["scales"]
        return {"scales": defaults.AUTO if scales == [defaults.AUTO] else scales}
    from ..run.schedule import parse_stage

    return {"schedule": [parse_stage(text) for text in settings["stage"]]}


def _make_optimizer(settings: Mapping[str, Any]) -> Optimizer:
    from ..optimizers.choice import as_optimizer
    from ..optimizers.keras_optimizer import KerasOptimizer

    optimizer = as_optimizer(settings["optimizer"])
    if isinstance(optimizer, KerasOptimizer) and "learning_rate" in settings:
        rate = check_number("learning_rate", settings["learning_rate"], minimum=0.0)
        optimizer.learning_rate = rate
    return optimizer


def _one_for_each(option: str, values: Sequence[Value], count: int) -> Sequence[Value]:
    if len(values) == count:
        return values
    styles = "the only style" if count == 1 else f"each of the {count} styles"
    given = " ".join(map(str, values))
    raise ValueError(
        f"Expected {option} to have one value for {styles}. Received {len(values)}: {given}."
    )


def _mask(path: str) -> str | None:
    return None if path == "none" else path
