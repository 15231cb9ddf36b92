"""Images that are evaluated part by part, in bounded memory and exactly."""
