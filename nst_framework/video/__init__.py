"""Reads, stylizes and writes videos.

Names are imported on first use, so that a video can be checked without loading Keras.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
