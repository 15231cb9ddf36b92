"""VGG16 as in torchvision, with weights converted from Keras's layout."""

from __future__ import annotations

import os
from types import SimpleNamespace

import numpy as np
import torch
from torch import nn

DEPTHS, CHANNELS = (2, 2, 3, 3, 3), (64, 128, 256, 512, 512)
MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
CAFFE_MEAN = (103.939, 116.779, 123.68)
VGG19_Weights = SimpleNamespace(IMAGENET1K_V1=None)


def caffe_state() -> dict[str, torch.Tensor]:
    """The weights of the original network: BGR from 0 to 255, with the mean subtracted."""
    state = {}
    with np.load(os.environ["PEER_WEIGHTS"]) as arrays:
        for index, name in zip(_convolutions(), _names(), strict=True):
            kernel = torch.from_numpy(arrays[f"{name}/kernel"])
            state[f"features.{index}.weight"] = kernel.permute(3, 2, 0, 1).contiguous()
            state[f"features.{index}.bias"] = torch.from_numpy(arrays[f"{name}/bias"])
    return state


def torch_state() -> dict[str, torch.Tensor]:
    """The weights for RGB from 0 to 1, normalized as torchvision's networks expect."""
    state = caffe_state()
    kernel = state["features.0.weight"].flip(1)
    mean, std = torch.tensor(MEAN), torch.tensor(STD)
    offset = 255 * mean - torch.tensor(CAFFE_MEAN[::-1])
    state["features.0.bias"] += (kernel.sum((2, 3)) * offset).sum(1)
    state["features.0.weight"] = kernel * (255 * std)[:, None, None]
    return state


def vgg16(**_: object) -> SimpleNamespace:
    """VGG16 without its classifier."""
    return SimpleNamespace(features=_features())


def vgg19(**_: object) -> SimpleNamespace:
    """VGG16 with its layers at the positions of VGG19's layers of the same name.

    The fourth convolution of a block and its ReLU are identities.
    """
    layers = list(_features())
    for pool in (30, 23, 16):
        layers[pool:pool] = [nn.Identity(), nn.Identity()]
    return SimpleNamespace(features=nn.Sequential(*layers))


def _features() -> nn.Sequential:
    layers: list[nn.Module] = []
    inputs = 3
    for depth, outputs in zip(DEPTHS, CHANNELS, strict=True):
        for _ in range(depth):
            layers += [nn.Conv2d(inputs, outputs, 3, padding=1), nn.ReLU(inplace=True)]
            inputs = outputs
        layers.append(nn.MaxPool2d(2))
    network = nn.ModuleDict({"features": nn.Sequential(*layers)})
    network.load_state_dict(torch_state())
    return network["features"]


def _names() -> list[str]:
    return [
        f"block{block}_conv{number}"
        for block, depth in enumerate(DEPTHS, 1)
        for number in range(1, depth + 1)
    ]


def _convolutions() -> list[int]:
    indices, index = [], 0
    for depth in DEPTHS:
        indices += [index + 2 * number for number in range(depth)]
        index += 2 * depth + 1
    return indices
