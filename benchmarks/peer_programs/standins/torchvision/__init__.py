"""Stands in for torchvision, of which the peers need little: VGG, and a few transforms.

It gives every program the same network: VGG16 of the file that `PEER_WEIGHTS` names.
"""

from . import models, transforms

__all__ = ["models", "transforms"]
