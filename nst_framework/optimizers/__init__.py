"""What moves the image."""
