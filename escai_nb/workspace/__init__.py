"""Where the wings are joined: a folder of configuration, read and changed."""
