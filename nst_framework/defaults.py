"""Default settings, shared by the library and the command line.

They are kept apart from the losses so that `nst --help` can show them without importing Keras.
"""

IMAGE = "image"
"""The layer that is the image itself: a tensor `(1, height, width, 3)`, RGB, 0 to 255."""

CONTENT_LAYERS = ("block4_conv2",)
STYLE_LAYERS = ("block1_conv1", "block2_conv1", "block3_conv1", "block4_conv1", "block5_conv1")
CONTENT_WEIGHT = 200.0
STYLE_WEIGHT = 1.0
TOTAL_VARIATION_WEIGHT = 30.0
TOTAL_VARIATION_EXPONENT = 2.0
TEMPORAL_WEIGHT = 1000.0
STEADINESS = 0.9
"""Of a video with a learned painting."""
STEPS_PER_FRAME = 30
"""Of a video, after the first frame, which has all the steps of a picture."""
SIZE = 512
EPOCHS = 5
STEPS_PER_EPOCH = 100
"""Epochs are long because SciPy's solver starts each of them with an empty curvature memory."""
SCALES = (1.0,)
COARSEST_SIZE = 256
"""The command line works from coarse to fine, and doubles the size from at least this on. Smaller
images show too little of the content: faces are lost."""
PRECISION = "auto"
"""The default of the command line; `Trainer.compile` defaults to float32."""
POOLING = "avg"
LEARNING_RATE = 5.0
"""For Adam, in pixel values."""
PYRAMID_LEARNING_RATE = 0.5
"""For Adam on a Laplacian pyramid, all of whose levels move at once."""
PYRAMID_EPSILON = 0.1
"""Slows Adam down where the gradient is small beside it, as it is for single pixels in flat areas.
With Keras's own value, pixels there move as fast as any, and specks form."""
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
