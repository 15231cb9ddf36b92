"""The presets of `nst transfer`: each is a file of settings, to be copied and changed."""
