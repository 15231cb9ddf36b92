"""Checks of losses and networks of your own, for your own tests.

Nothing else in the package imports this room, and it asks for nothing that a run does not.
"""

from .extractor import check_extractor
from .loss import check_loss

__all__ = ["check_extractor", "check_loss"]
