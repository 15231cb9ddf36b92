"""The kind of job that makes a picture: a network that paints it, or an optimizer."""

from __future__ import annotations

from ..settings.layers import Settings
from ..settings.learned import has_learned_style
from .job import Job
from .learned import LearnedJob
from .optimized import OptimizedJob


def job_class(settings: Settings) -> type[Job]:
    """The class of job that makes a picture with these settings."""
    return LearnedJob if has_learned_style(settings) else OptimizedJob
