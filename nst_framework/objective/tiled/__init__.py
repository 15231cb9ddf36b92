"""Exact evaluation of an image tile by tile, in bounded memory."""
