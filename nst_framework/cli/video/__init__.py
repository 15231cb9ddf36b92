"""`nst video`: a video in the style of an image."""
