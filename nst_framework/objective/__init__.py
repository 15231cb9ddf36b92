"""The objective: how far an image is from its targets, and the gradient of that distance."""
