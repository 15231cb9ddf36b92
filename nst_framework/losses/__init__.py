"""What the image is compared by: content, style and smoothness."""
