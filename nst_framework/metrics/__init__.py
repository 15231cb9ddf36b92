"""Metrics of a result: how much of the content and how much of the style it contains.

A run imports this package only if `compile` is given metrics.
"""

from .content_fidelity import content_fidelity
from .global_effects import global_colors, holistic_textures
from .gram_distance import gram_distance
from .local_patterns import local_patterns
from .score import score
from .structural_similarity import structural_similarity

__all__ = [
    "content_fidelity",
    "global_colors",
    "gram_distance",
    "holistic_textures",
    "local_patterns",
    "score",
    "structural_similarity",
]
