"""Reading, writing and preparing images."""

IMAGE_EXTENSIONS = (".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff", ".bmp")
"""The extensions that `write_image` knows."""

DEEP_EXTENSIONS = (".png", ".tif", ".tiff")
"""Those of them that may have 16 bits a channel."""

READ_EXTENSIONS = (*IMAGE_EXTENSIONS, ".avif", ".jfif")
"""The extensions of files in formats that `read_image` knows."""
