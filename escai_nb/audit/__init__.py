"""Who did what to keys and secrets, as a chain that shows what was taken out of it."""
