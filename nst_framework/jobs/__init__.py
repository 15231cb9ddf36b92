"""The jobs that make pictures, and the checks that all commands share."""
