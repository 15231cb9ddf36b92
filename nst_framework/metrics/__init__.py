"""Metrics that measure how much of the content and of the style a result contains.

A run imports this package only if metrics are passed to `compile`.
"""

from .content import content_fidelity, structural_similarity
from .local_patterns import local_patterns
from .score import score
from .style import global_colors, gram_distance, holistic_textures

__all__ = [
    "content_fidelity",
    "global_colors",
    "gram_distance",
    "holistic_textures",
    "local_patterns",
    "score",
    "structural_similarity",
]
