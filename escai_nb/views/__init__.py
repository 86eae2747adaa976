"""Plain rows of all that is shown."""
