"""Pictures to make: a job is checked once and run by `nst transfer`, batch, video and app alike."""
