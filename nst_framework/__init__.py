"""Neural style transfer with Keras: the content of one image in the style of another.

Names are imported on first use, so that `nst --help` needs neither Keras nor Matplotlib.
"""

import sys

import lazy_loader

from .import_hook import ImportHook
from .quiet_tensorflow import import_quietly
from .style_network.register import register_with_keras

__version__ = "0.1.0"

if "tensorflow" not in sys.modules:
    sys.meta_path.insert(0, ImportHook("tensorflow", import_quietly))
register_with_keras()

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
