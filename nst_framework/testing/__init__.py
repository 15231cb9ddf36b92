"""Checks for your own losses and extractors, to be called from your own tests.

Nothing else in the package imports this folder, and it needs nothing that a run does not need.
"""

from .extractor import check_extractor
from .loss import check_loss
from .requirements import double_precision

__all__ = ["check_extractor", "check_loss", "double_precision"]
