"""Exact evaluation of an image tile by tile, with bounded memory."""
