"""The optimizers, which update the image to reduce the loss."""
