"""Reading, writing and preparing images."""

IMAGE_EXTENSIONS = (".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff", ".bmp")
"""Extensions that `write_image` supports."""

DEEP_EXTENSIONS = (".png", ".tif", ".tiff")
"""Extensions that support 16 bits per channel."""

READ_EXTENSIONS = (*IMAGE_EXTENSIONS, ".avif", ".jfif")
"""Extensions of the formats that `read_image` supports."""
