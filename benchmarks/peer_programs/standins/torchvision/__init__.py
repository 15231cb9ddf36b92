"""A minimal replacement for torchvision, with the VGG networks and transforms that the peers use.

All programs get the same network: VGG16 with the weights in the file `PEER_WEIGHTS`.
"""

from . import models, transforms

__all__ = ["models", "transforms"]
