"""The objective: how far an image is from its targets, and which way is closer."""
