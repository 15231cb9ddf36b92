"""Extractors: networks and filters that turn an image into features; imported on first use."""

import lazy_loader

MODULES = {
    "base": ["FeatureExtractor"],
    "keras_model": ["KerasFeatureExtractor"],
    "random_filters": ["RandomFeatureExtractor"],
    "softmax_smoothing": ["SoftmaxSmoothing"],
    "vgg16": ["VGG16FeatureExtractor"],
    "vgg19": ["VGG19FeatureExtractor"],
}
"""The extractors of each module."""

__getattr__, __dir__, __all__ = lazy_loader.attach(__name__, submod_attrs=MODULES)
