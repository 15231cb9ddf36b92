"""Coverage-guided fuzzing of the file readers: `python tools/fuzzing TARGET`."""
