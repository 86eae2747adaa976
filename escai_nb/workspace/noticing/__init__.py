"""Noticing that files changed, and telling those who asked."""
