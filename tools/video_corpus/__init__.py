"""Makes and reads clips like those from cameras, phones, discs and browsers."""
