"""Single files and values with a key of their own, outside of any workspace."""
