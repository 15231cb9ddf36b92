"""Numbers for a result: how much of the content and how much of the style is in it.

Nothing else in the package imports this room.
"""

from .content_fidelity import content_fidelity
from .global_effects import global_effects
from .gram_distance import gram_distance
from .local_patterns import local_patterns
from .score import score
from .structural_similarity import structural_similarity

__all__ = [
    "content_fidelity",
    "global_effects",
    "gram_distance",
    "local_patterns",
    "score",
    "structural_similarity",
]
