"""Reading, writing and preparing images."""

IMAGE_EXTENSIONS = (".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff", ".bmp")
"""The extensions that `write_image` knows."""
