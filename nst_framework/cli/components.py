"""The parts of a run, made from its options: trainer, styles and callbacks."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from .. import defaults
from ..checks import check_number
from ..presets.class_calls import loss_arguments, parse_class_call
from .option_values import parse_interval
from .user_code import call_class, load_class

if TYPE_CHECKING:
    import keras

    from .. import FeatureExtractor, Loss, Optimizer, Style, Trainer

Value = TypeVar("Value")


def make_trainer(options: argparse.Namespace) -> Trainer:
    """Makes the trainer and compiles it with losses, weights or shares, optimizer and how it runs.

    Raises:
        ValueError: If an option is wrong.
        OSError: If a file of weights or of code cannot be read.
    """
    from .. import Trainer

    trainer = Trainer(make_extractor(options))
    trainer.compile(**compile_arguments(options))
    return trainer


def make_extractor(options: argparse.Namespace) -> FeatureExtractor:
    """Makes the network."""
    import nst_framework

    if options.network == "vgg16":
        return nst_framework.VGG16FeatureExtractor(options.weights, pooling=options.pooling)
    if options.network == "vgg19":
        # Only the weights of VGG16 are bundled.
        weights = "imagenet" if options.weights == "bundled" else options.weights
        return nst_framework.VGG19FeatureExtractor(weights, pooling=options.pooling)
    if options.network == "random":
        return nst_framework.RandomFeatureExtractor()
    call = parse_class_call(options.network)
    kind = load_class(call, nst_framework.FeatureExtractor, nst_framework)
    return call_class(kind, call.arguments)


def compile_arguments(options: argparse.Namespace) -> dict[str, Any]:
    """What `Trainer.compile` takes, by name."""
    from .. import ContentLoss, TotalVariationLoss

    content = ContentLoss(options.content_layers, options.content_layer_weights)
    smoothness = TotalVariationLoss()
    style, weights = _make_style_losses(options)
    losses: list[Loss] = [content, *style, smoothness]
    if options.gradient_shares is None:
        weights[content.name] = options.content_weight
        weights[smoothness.name] = options.tv_weight
        # With a weight of 0, these two need not be computed, unless nothing else is left.
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
        "optimizer": _make_optimizer(options),
        "precision": options.precision,
        "gradient_shares": options.gradient_shares,
        **_schedule(options),
        "tile_size": None if options.tile_size == "none" else options.tile_size,
        "metrics": options.metrics,
    }


def choose_scales(options: argparse.Namespace) -> Sequence[float]:
    """The scales, with `auto` resolved."""
    if options.scales != ["auto"]:
        return options.scales
    size = options.size
    if size == "none":
        from ..images.reading import read_image

        size = max(read_image(options.content, name="content").shape)
    scales = [1.0]
    while size * scales[0] / 2 >= defaults.COARSEST_SIZE and len(scales) < options.epochs:
        scales.insert(0, scales[0] / 2)
    return scales


def _schedule(options: argparse.Namespace) -> dict[str, Any]:
    if not options.stage:
        return {"scales": choose_scales(options)}
    from ..run.schedule import parse_stage

    return {"schedule": [parse_stage(text) for text in options.stage]}


def make_styles(options: argparse.Namespace) -> list[Style]:
    """Makes a style for each style image, with its weight, scale and masks.

    Args:
        options: The options; `style` has at least one path.

    Returns:
        The styles in the order of their paths.

    Raises:
        ValueError: If the number of weights, scales or masks does not match, or one is wrong.
    """
    from .. import Style

    count = len(options.style)
    scales = options.style_scale or [1.0]
    if len(scales) == 1:
        scales = scales * count
    return [
        Style(image, weight, scale, _mask(mask), _mask(content_mask), options.style_rotations)
        for image, weight, scale, mask, content_mask in zip(
            options.style,
            _one_for_each("--style-weights", options.style_weights or [1.0] * count, count),
            _one_for_each("--style-scale", scales, count),
            _one_for_each("--style-masks", options.style_masks or ["none"] * count, count),
            _one_for_each("--content-masks", options.content_masks or ["none"] * count, count),
            strict=True,
        )
    ]


def make_callbacks(options: argparse.Namespace) -> list[keras.callbacks.Callback]:
    """Makes the callbacks: images and previews, checkpoints, and those of `--callback`."""
    import keras

    from .. import callbacks as package

    callbacks: list[keras.callbacks.Callback] = []
    if options.save_every is not None:
        output = Path(options.output)
        # Braces in the user's file name are not fields.
        stem = str(output.with_suffix("")).replace("{", "{{").replace("}", "}}")
        path = f"{stem}-{{step:05d}}{output.suffix}"
        callbacks.append(package.ImageSaver(path, every=options.save_every, unit="step"))
    if options.preview:
        callbacks.append(package.Preview(preview_path(options.output)))
    if options.checkpoint is not None:
        every = options.checkpoint_every
        steps, seconds = (None, None) if every is None else parse_interval(every)
        callbacks.append(
            package.Checkpoint(options.checkpoint, options.keep_checkpoints, steps, seconds)
        )
    for text in options.callback or []:
        call = parse_class_call(text)
        kind = load_class(call, keras.callbacks.Callback, package)
        callbacks.append(call_class(kind, call.arguments))
    return callbacks


def preview_path(output: str) -> Path:
    """Where `--preview` writes: beside the output, in its format."""
    path = Path(output)
    return path.with_name(f"{path.stem}.preview{path.suffix}")


def _make_style_losses(options: argparse.Namespace) -> tuple[list[Loss], dict[str, float]]:
    """The losses between content and total variation, and the weights that were given."""
    import nst_framework

    if not options.loss:
        style = nst_framework.StyleLoss(options.style_layers, options.style_layer_weights)
        shares = options.gradient_shares is not None
        return [style], {} if shares else {style.name: options.style_weight}
    losses, weights = [], {}
    for text in options.loss:
        call = parse_class_call(text)
        arguments, weight = loss_arguments(call)
        kind = load_class(call, nst_framework.Loss, nst_framework)
        loss = call_class(kind, arguments)
        losses.append(loss)
        if weight is not None:
            weights[loss.name] = weight
    return losses, weights


def _make_optimizer(options: argparse.Namespace) -> Optimizer:
    from ..optimizers.choice import as_optimizer
    from ..optimizers.keras_optimizer import KerasOptimizer

    optimizer = as_optimizer(options.optimizer)
    if isinstance(optimizer, KerasOptimizer) and options.learning_rate is not None:
        rate = check_number("learning_rate", options.learning_rate, minimum=0.0)
        optimizer.learning_rate = rate
    return optimizer


def _one_for_each(option: str, values: Sequence[Value], count: int) -> Sequence[Value]:
    if len(values) == count:
        return values
    styles = "the one style" if count == 1 else f"each of the {count} styles"
    given = " ".join(map(str, values))
    raise ValueError(
        f"Expected {option} to have one value for {styles}. Received {len(values)}: {given}."
    )


def _mask(path: str) -> str | None:
    return None if path == "none" else path
