"""Coverage-guided fuzzing of what reads files: `python tools/fuzzing TARGET`."""
