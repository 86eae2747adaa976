"""Notebooks that carry out a change with evidence: by hand, or unattended."""
