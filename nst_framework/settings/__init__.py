"""Options: their table, the layers that set them, and the objects that are made from them."""
