"""Plants a known secret in every sensitive leaf and searches what the program says for it."""
