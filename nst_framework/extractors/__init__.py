"""Extractors: neural networks, and filters, that turn an image into features."""
