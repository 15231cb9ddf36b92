"""Makes clips as cameras, phones, discs and browsers make them, and reads each of them."""
