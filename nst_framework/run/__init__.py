"""A run: its plan, its epochs, its state, and what is printed of it."""
