"""Default settings, shared by the library and the command line.

They are separate from the losses so that `nst --help` can show them without importing Keras.
"""

IMAGE = "image"
"""The layer that is the image itself: a tensor `(1, height, width, 3)`, RGB, 0 to 255."""

DEFAULT_LOSSES = ("content_loss", "style_loss", "channel_moments_loss", "total_variation_loss")
"""The losses of a run that names none, in Python and on the command line."""

CONTENT_LAYERS = ("block4_conv2",)
STYLE_LAYERS = ("block1_conv1", "block2_conv1", "block3_conv1", "block4_conv1", "block5_conv1")
CONTENT_WEIGHT = 200.0
STYLE_WEIGHT = 1.0
MOMENTS_WEIGHT = 6000.0
"""Weight of `ChannelMomentsLoss`; `StyleLoss`, of the Gram matrices, has 1."""
TOTAL_VARIATION_WEIGHT = 30.0
TOTAL_VARIATION_EXPONENT = 2.0
TEMPORAL_WEIGHT = 1000.0
STEADINESS = 0.9
"""For a video with a learned painting."""
STEPS_PER_FRAME = 30
"""For the frames of a video after the first, which gets as many steps as a picture."""
SIZE = 512
AUTO = "auto"
"""Epochs: one for each scale. Steps: `COARSEST_STEPS`, then `FINER_STEPS`. Scales: sizes double,
starting from at least `COARSEST_SIZE`. Precision: the fastest on this machine."""
COARSEST_SIZE = 256
"""The smallest size at which a run starts, in pixels. Smaller images show too little of the
content: faces are lost."""
COARSEST_STEPS = 100
"""At the first scale, which settles motifs and colors and where an evaluation is cheap."""
FINER_STEPS = 60
"""At each larger scale, which only adds finer strokes."""
POOLING = "avg"
LEARNING_RATE = 5.0
"""For Adam, in pixel values."""
PYRAMID_LEARNING_RATE = 0.5
"""For Adam on a Laplacian pyramid, all of whose levels move at once."""
PYRAMID_EPSILON = 0.1
"""Slows Adam down where the gradient is smaller than this, as for single pixels in flat areas.
With Keras's default, such pixels move as fast as any, and specks form."""
COLOR_MODES = ("style", "luminance", "cholesky", "symmetric", "histogram", "placed", "affine")
"""`images.colors.color_mode` describes each of them."""
GRAM_DISTANCE_LAYERS = ("block1_conv2", "block2_conv2", "block3_conv2", "block4_conv3")
"""Layers that the default losses do not use: a small distance there shows that the result follows
the style, not just the loss."""
SCORES = (
    "content_fidelity",
    "global_effects",
    "global_colors",
    "holistic_textures",
    "local_patterns",
    "patch_similarity",
    "patch_diversity",
    "gram_distance",
    "structural_similarity",
)
"""The keys of `nst_framework.metrics.score`, in the order of its table."""
