"""Images: files and pixels, colours, styles, and where the image begins."""
