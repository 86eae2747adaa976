"""Versions of configurations: named by content, chained, kept in one file."""
