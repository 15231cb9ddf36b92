"""A run: its plan, its epochs, its state, and its printed progress."""
