"""The packed weights of VGG16, made by `tools/pack_vgg16.py`."""
