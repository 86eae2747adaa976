"""Versions asked, checked, forgotten and carried elsewhere."""
