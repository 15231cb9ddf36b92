"""A run: its plan, its epochs, its state and its progress output."""
