"""The optimizers, which change the image to lower the loss."""
