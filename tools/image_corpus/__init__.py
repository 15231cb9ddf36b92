"""A corpus of images in many formats, valid and damaged: `python tools/image_corpus`."""
