"""Reading, writing and preparing images."""

IMAGE_EXTENSIONS = (".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff", ".bmp")
"""The extensions that `write_image` knows."""

READ_EXTENSIONS = (*IMAGE_EXTENSIONS, ".avif", ".jfif")
"""The extensions of files in formats that `read_image` knows."""
