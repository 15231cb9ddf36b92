"""Metrics of a result: how much of the content and how much of the style it contains.

A run imports this package only if `compile` is given metrics.
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
