"""A history of an earlier format: read as it is, brought up to date by the first write."""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import shutil
import sqlite3
from pathlib import Path

import pytest

from escai_nb.errors import HistoryDamagedError, WriteFailedError
from escai_nb.history.database import connect
from escai_nb.history.migration import backup_of
from escai_nb.history.store import SQLiteStore
from escai_nb.history.tables import FORMAT
from escai_nb.history.version import Draft, VersionKind

VECTORS = Path(__file__).parents[2] / "vectors" / "history"
SAID = json.loads((VECTORS / "format_1.json").read_text(encoding="utf-8"))


@pytest.fixture
def path(tmp_path):
    """A copy of a history that the first format was written in."""
    return Path(shutil.copy(VECTORS / "format_1.db", tmp_path / "history.db"))


def told(store):
    """All that *store* says, as the vector has it."""
    versions = [
        v.to_data() | {"value_digest": v.value_digest, "seal": v.seal} for v in store.versions()
    ]
    return {
        "versions": versions,
        "contents": {v.id: store.content(v.id) for v in store.versions() if v.kept},
        "pending": [v.id for v in store.pending()],
    }


def schema(path):
    """How the tables of a file were made."""
    with contextlib.closing(sqlite3.connect(path)) as connection:
        rows = connection.execute("SELECT type, name, sql FROM sqlite_master ORDER BY name")
        return rows.fetchall(), connection.execute("PRAGMA user_version").fetchone()[0]


def test_it_is_read_without_being_changed(path):
    """Everything is told, and no byte is written."""
    before = path.read_bytes()

    assert SAID == told(SQLiteStore(path))
    assert before == path.read_bytes()
    assert [path] == list(path.parent.iterdir())


def test_the_first_write_brings_it_up_to_date(path, tmp_path):
    """Everything stays; the tables are those of a new history; the old file lies beside it."""
    with contextlib.closing(SQLiteStore(path)) as store:
        store.tag(SAID["versions"][0]["id"], "newest")
        store.untag(SAID["versions"][0]["id"], "newest")
        assert SAID == told(store)
        made = store.begin(
            Draft("testing", VersionKind.SAVE, "ada", dt.datetime.now(dt.UTC)), {"a": 1}
        )
        assert {"a": 1} == store.content(store.confirm(made.id).id)
    fresh = SQLiteStore(tmp_path / "fresh.db")
    fresh.begin(Draft("testing", VersionKind.SAVE, "ada", dt.datetime.now(dt.UTC)), {})
    fresh.close()

    assert schema(fresh.path) == schema(path)
    assert FORMAT == schema(path)[1]
    assert SAID == told(SQLiteStore(backup_of(path, 1)))
    assert 0o600 == backup_of(path, 1).stat().st_mode & 0o777


def test_a_migration_that_fails_changes_nothing(path):
    """What cannot be carried over whole is not carried over at all."""
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("ALTER TABLE tags RENAME COLUMN name TO label")
    before = schema(path)

    with pytest.raises(HistoryDamagedError):
        connect(path)
    assert before == schema(path)


def test_without_a_copy_there_is_no_migration(path):
    """Where the copy cannot be written, the history stays as it is."""
    backup_of(path, 1).mkdir()

    with pytest.raises(WriteFailedError):
        connect(path)
    assert SAID == told(SQLiteStore(path))
    assert [] == [left for left in path.parent.iterdir() if left.name.endswith(".tmp")]
