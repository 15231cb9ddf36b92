"""The recipe that is used where the user says nothing, for the library and the command line alike.

It stands apart from the losses so that `nst --help` can show it without importing Keras.
"""

CONTENT_LAYERS = ("block4_conv2",)
STYLE_LAYERS = ("block1_conv1", "block2_conv1", "block3_conv1", "block4_conv1", "block5_conv1")
CONTENT_WEIGHT = 200.0
STYLE_WEIGHT = 1.0
TOTAL_VARIATION_WEIGHT = 30.0
TOTAL_VARIATION_EXPONENT = 2.0
SIZE = 512
EPOCHS = 5
STEPS_PER_EPOCH = 100
"""A run's curvature memory starts afresh with each epoch, so epochs are long."""
SCALES = (1.0,)
COARSE_TO_FINE = (0.5, 1.0)
"""The command line's scales for pictures of at least `COARSE_TO_FINE_SIZE` pixels. Half of a
smaller one shows too little of the content: faces are lost."""
COARSE_TO_FINE_SIZE = 512
PRECISION = "auto"
"""On the command line; `Trainer.compile` computes in float32 if nothing else is said."""
POOLING = "avg"
LEARNING_RATE = 5.0
"""Adam's, in pixel values."""
COLOR_MODES = ("style", "luminance", "cholesky", "symmetric", "histogram")
"""`images.colors.color_mode` says what each of them does."""
GRAM_DISTANCE_LAYERS = ("block1_conv2", "block2_conv2", "block3_conv2", "block4_conv3")
"""Layers that the default losses do not see: there, following the style shows apart from following
the loss."""
