"""Seals given leaves of a document, and the document; knows no schema."""
