"""The shell: every verb of the toolkit as a command."""
