"""Options and what they mean: one table, the layers that set them, and the parts made of them."""
