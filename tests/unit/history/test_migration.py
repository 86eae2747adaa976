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
from escai_nb.history.inspection import inspect_history
from escai_nb.history.migration import backup_of
from escai_nb.history.store import SQLiteStore
from escai_nb.history.tables import FORMAT
from escai_nb.history.version import Draft, VersionKind

VECTORS = Path(__file__).parents[2] / "vectors" / "history"
EARLIER = range(1, FORMAT)


@pytest.fixture(params=EARLIER)
def number(request):
    """Each format that a history may have been written in, but for the present one."""
    return request.param


@pytest.fixture
def said(number):
    """What the history of that format says."""
    return json.loads((VECTORS / f"format_{number}.json").read_text(encoding="utf-8"))


@pytest.fixture
def path(tmp_path, number):
    """A copy of a history of that format."""
    return Path(shutil.copy(VECTORS / f"format_{number}.db", tmp_path / "history.db"))


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
    """How the tables of a file were made; that of the marks comes when there are some."""
    with contextlib.closing(sqlite3.connect(path)) as connection:
        rows = connection.execute(
            "SELECT type, name, sql FROM sqlite_master WHERE tbl_name <> 'marks' ORDER BY name"
        )
        return rows.fetchall(), connection.execute("PRAGMA user_version").fetchone()[0]


def test_it_is_read_without_being_changed(path, said):
    """Everything is told, and no byte is written."""
    before = path.read_bytes()

    assert said == told(SQLiteStore(path))
    assert before == path.read_bytes()
    assert [path] == list(path.parent.iterdir())


def test_the_first_write_brings_it_up_to_date(path, said, number, tmp_path):
    """Everything stays; the tables are those of a new history; the old file lies beside it."""
    with contextlib.closing(SQLiteStore(path)) as store:
        store.tag(said["versions"][0]["id"], "newest")
        store.untag(said["versions"][0]["id"], "newest")
        assert said == told(store)
        made = store.begin(
            Draft("testing", VersionKind.SAVE, "ada", dt.datetime.now(dt.UTC)), {"a": 1}
        )
        assert {"a": 1} == store.content(store.confirm(made.id).id)
    assert inspect_history(path).is_whole
    fresh = SQLiteStore(tmp_path / "fresh.db")
    fresh.begin(Draft("testing", VersionKind.SAVE, "ada", dt.datetime.now(dt.UTC)), {})
    fresh.close()

    assert schema(fresh.path) == schema(path)
    assert FORMAT == schema(path)[1]
    assert said == told(SQLiteStore(backup_of(path, number)))
    assert 0o600 == backup_of(path, number).stat().st_mode & 0o777


def test_a_migration_that_fails_changes_nothing(path):
    """What cannot be carried over whole is not carried over at all."""
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("ALTER TABLE tags RENAME COLUMN name TO label")
    before = schema(path)

    with pytest.raises(HistoryDamagedError):
        connect(path)
    assert before == schema(path)


def test_without_a_copy_there_is_no_migration(path, said, number):
    """Where the copy cannot be written, the history stays as it is."""
    backup_of(path, number).mkdir()

    with pytest.raises(WriteFailedError):
        connect(path)
    assert said == told(SQLiteStore(path))
    assert [] == [left for left in path.parent.iterdir() if left.name.endswith(".tmp")]


def test_the_present_format_is_read(tmp_path):
    """So is a history of the present format, whose contents are written against each other."""
    said = json.loads((VECTORS / f"format_{FORMAT}.json").read_text(encoding="utf-8"))
    path = Path(shutil.copy(VECTORS / f"format_{FORMAT}.db", tmp_path / "history.db"))

    assert said == told(SQLiteStore(path))
    assert inspect_history(path).is_whole


def test_damage_is_not_mended_by_a_migration(tmp_path):
    """What was found before is found afterwards, at the same versions."""
    path = Path(shutil.copy(VECTORS / "format_2.db", tmp_path / "history.db"))
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("UPDATE versions SET author = 'mallory' WHERE number = 10")
        connection.execute("UPDATE contents SET body = x'789c' WHERE rowid = 12")
    before = {(flaw.version, flaw.what) for flaw in inspect_history(path).flaws}

    connect(path).close()
    assert before
    assert before == {(flaw.version, flaw.what) for flaw in inspect_history(path).flaws}
