"""The objective: the loss of an image and its gradient."""
