"""From the files of an environment to what is in effect, and where each value came from."""
