"""The tables of a history, as the newest format has them."""

from __future__ import annotations

FORMAT = 3
"""
Of the tables below, kept as the file's ``user_version``.

Format 1 had no checksums; until format 2 each content stood alone.
"""
APPLICATION = 0x45534341  # "ESCA"

SCHEMA = (
    """CREATE TABLE contents (
    number INTEGER PRIMARY KEY,
    digest TEXT NOT NULL UNIQUE,
    size INTEGER NOT NULL,
    body BLOB NOT NULL,
    base INTEGER REFERENCES contents (number),
    checksum BLOB NOT NULL
)""",
    "CREATE INDEX contents_of_base ON contents (base)",
    """CREATE TABLE versions (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    parent TEXT,
    environment TEXT NOT NULL,
    kind TEXT NOT NULL,
    digest TEXT NOT NULL,
    revision INTEGER NOT NULL,
    author TEXT NOT NULL,
    time TEXT NOT NULL,
    message TEXT NOT NULL,
    source TEXT,
    value_digest TEXT NOT NULL,
    seal TEXT NOT NULL,
    changes INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('pending', 'recorded')),
    kept INTEGER NOT NULL CHECK (kept IN (0, 1)),
    checksum BLOB NOT NULL
)""",
    "CREATE INDEX versions_of_environment ON versions (environment, number)",
    "CREATE INDEX versions_of_content ON versions (digest)",
    """CREATE TABLE heads (
    environment TEXT PRIMARY KEY,
    version TEXT NOT NULL REFERENCES versions (id)
)""",
    """CREATE TABLE tags (
    environment TEXT NOT NULL,
    name TEXT NOT NULL,
    version TEXT NOT NULL REFERENCES versions (id),
    PRIMARY KEY (environment, name)
)""",
    "CREATE INDEX tags_of_version ON tags (version)",
)
"""Standard SQL but for ``BLOB``, which PostgreSQL calls ``BYTEA``."""

_CONTENTS_2 = """CREATE TABLE contents (
    digest TEXT PRIMARY KEY,
    size INTEGER NOT NULL,
    body BLOB NOT NULL,
    checksum BLOB NOT NULL
)"""
MADE = {
    2: (_CONTENTS_2, *(each for each in SCHEMA if " contents" not in each)),
    FORMAT: SCHEMA,
}
"""How the tables of each format with checksums were made."""

TABLES = ("contents", "versions", "heads", "tags")
"""Each after those that it refers to."""
