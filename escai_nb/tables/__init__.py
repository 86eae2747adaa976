"""Renderers of a Sheet: pandas and HTML."""
