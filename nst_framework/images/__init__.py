"""Images: files and pixels, colours, styles, and the starting image."""
