"""What a run consists of, made from the options: trainer, losses, optimizer, callbacks."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from ..checks import check_number
from .user_code import call_class, load_class, parse_class_call

if TYPE_CHECKING:
    import keras

    from ..losses.base import Loss
    from ..optimizers.base import Optimizer
    from ..trainer import Trainer


def make_trainer(options: argparse.Namespace) -> Trainer:
    """A trainer with the network."""
    from .. import Trainer, VGG16FeatureExtractor

    return Trainer(VGG16FeatureExtractor(options.weights, pooling=options.pooling))


def compile_trainer(trainer: Trainer, options: argparse.Namespace) -> None:
    """Compiles it with the losses, their weights or shares, the optimizer and the precision."""
    from .. import ContentLoss, TotalVariationLoss

    content = ContentLoss(options.content_layers, options.content_layer_weights)
    smoothness = TotalVariationLoss()
    style, weights = _make_style_losses(options)
    if options.gradient_shares is None:
        weights[content.name] = options.content_weight
        weights[smoothness.name] = options.tv_weight
    elif weights:
        raise ValueError(
            f"Expected no weights with --gradient-shares. Received: {weights}. Leave one of them "
            "out."
        )
    trainer.compile(
        [content, *style, smoothness],
        loss_weights=weights or None,
        optimizer=_make_optimizer(options),
        precision=options.precision,
        gradient_shares=options.gradient_shares,
    )


def _make_style_losses(options: argparse.Namespace) -> tuple[list[Loss], dict[str, float]]:
    """The losses between content and smoothness, and the weights of those that have one."""
    import nst_framework

    if not options.loss:
        style = nst_framework.StyleLoss(options.style_layers, options.style_layer_weights)
        shares = options.gradient_shares is not None
        return [style], {} if shares else {style.name: options.style_weight}
    losses, weights = [], {}
    for text in options.loss:
        call = parse_class_call(text)
        arguments = dict(call.arguments)
        weight = arguments.pop("weight", None)
        if isinstance(arguments.get("layers"), str):
            # One layer has no + from which its being a list could be seen.
            arguments["layers"] = [arguments["layers"]]
        kind = load_class(call, nst_framework.Loss, nst_framework)
        loss = call_class(kind, arguments)
        losses.append(loss)
        if weight is not None:
            weights[loss.name] = weight
    return losses, weights


def _make_optimizer(options: argparse.Namespace) -> Optimizer | keras.optimizers.Optimizer:
    import keras

    from .. import ProjectedLBFGS, ScipyLBFGSB

    if options.optimizer == "scipy":
        return ScipyLBFGSB()
    if options.optimizer == "adam":
        rate = check_number("learning_rate", options.learning_rate, minimum=0.0)
        return keras.optimizers.Adam(rate)
    return ProjectedLBFGS()


def make_callbacks(options: argparse.Namespace) -> list[keras.callbacks.Callback]:
    """What watches the run: images on the way, the checkpoint, callbacks of the user's."""
    import keras

    from .. import callbacks as ready_made

    callbacks: list[keras.callbacks.Callback] = []
    if options.save_every is not None:
        output = Path(options.output)
        # Braces in the user's name are not fields.
        stem = str(output.with_suffix("")).replace("{", "{{").replace("}", "}}")
        path = f"{stem}-{{step:05d}}{output.suffix}"
        callbacks.append(ready_made.ImageSaver(path, every=options.save_every, unit="step"))
    if options.checkpoint is not None:
        callbacks.append(ready_made.Checkpoint(options.checkpoint))
    for text in options.callback or []:
        call = parse_class_call(text)
        kind = load_class(call, keras.callbacks.Callback, ready_made)
        callbacks.append(call_class(kind, call.arguments))
    return callbacks
