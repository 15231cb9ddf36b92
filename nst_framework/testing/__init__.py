"""Checks for custom losses and extractors, to call from your own tests.

No other part of the package imports this one, and it has no further dependencies.
"""

from .extractor import check_extractor
from .loss import check_loss
from .requirements import double_precision

__all__ = ["check_extractor", "check_loss", "double_precision"]
