"""The log beside a history: what was committed to it is read, or its loss is told."""

from __future__ import annotations

import contextlib
import datetime as dt
import itertools
import shutil
import sqlite3

import pytest

from escai_nb.errors import HistoryDamagedError
from escai_nb.history.inspection import inspect_history
from escai_nb.history.log import has_lost_commits, log_of
from escai_nb.history.rescue import rescue_history
from escai_nb.history.store import SQLiteStore
from escai_nb.history.version import Draft, VersionKind

FRAME = 24 + 4096
"""Bytes of one page in the log."""


@pytest.fixture
def killed(tmp_path):
    """A history with three versions, as a writer leaves it that was killed after the last."""
    path, folder = tmp_path / "open" / "history.db", tmp_path / "killed"
    path.parent.mkdir()
    with contextlib.closing(SQLiteStore(path)) as store:
        for number in range(3):
            time = dt.datetime(2026, 11, number + 1, tzinfo=dt.UTC)
            draft = Draft("production", VersionKind.SAVE, "ada", time, f"change {number}")
            store.confirm(store.begin(draft, {"n": number}).id)
        shutil.copytree(path.parent, folder)
    return folder / path.name


def commits(log):
    """Places of the frames that end a commit."""
    return [at for at in range(32, len(log), FRAME) if any(log[at + 4 : at + 8])]


def flip(path, at):
    """Change one bit of the log."""
    log = bytearray(log_of(path).read_bytes())
    log[at] ^= 1
    log_of(path).write_bytes(log)


def test_a_log_is_read_and_taken_in(killed):
    """Nothing is lost where nothing was changed."""
    assert inspect_history(killed).is_whole
    SQLiteStore(killed).tidy()

    assert not log_of(killed).exists()
    assert 3 == len(SQLiteStore(killed).versions())


def test_every_bit_of_a_commit_counts(killed):
    """Wherever the log is changed before its last commit, verification says so."""
    whole = log_of(killed).read_bytes()
    *before, _last = commits(whole)
    frames = range(32, before[-1] + 1, FRAME)
    for at in [*range(32), *(frame + place for frame in frames for place in (0, 9, 17, 23, 999))]:
        flip(killed, at)
        assert has_lost_commits(killed), at
        log_of(killed).write_bytes(whole)
    assert not has_lost_commits(killed)


@pytest.mark.parametrize("page", [0, 1, 999])
def test_a_writer_stopped_within_its_commit_is_no_damage(killed, page):
    """The mark of a commit may be on the disk before its page, with an earlier log behind it."""
    whole = log_of(killed).read_bytes()
    start = commits(whole)[-1]
    log_of(killed).write_bytes(whole[: start + 24 + page] + b"\7" * (2 * FRAME - 24 - page))

    assert inspect_history(killed).is_whole
    SQLiteStore(killed).tidy()
    assert 2 <= len(SQLiteStore(killed).versions())


def test_a_power_cut_while_the_head_moves_leaves_the_version_pending(killed):
    """Whichever of its pages had reached the disk, the next writer goes on by itself."""
    with contextlib.closing(SQLiteStore(killed)) as store:
        before = store.head("production").id
        begun = store.begin(
            Draft("production", VersionKind.SAVE, "ada", dt.datetime.now(dt.UTC), "cut"), {"n": 9}
        )
        kept = len(log_of(killed).read_bytes())
        file = killed.read_bytes()
        store.confirm(begun.id)
        log = log_of(killed).read_bytes()
    frames = range(kept, len(log), FRAME)
    assert 1 < len(frames)
    for count in range(1, len(frames) + 1):
        for lost in itertools.combinations(frames, count):
            cut = bytearray(log)
            for at in lost:
                cut[at : at + FRAME] = bytes(FRAME)
            killed.write_bytes(file)
            log_of(killed).write_bytes(cut)
            store = SQLiteStore(killed)
            store.tidy()
            assert ([begun], before) == (store.pending(), store.head("production").id), lost


def test_what_was_committed_is_not_dropped_silently(killed):
    """A writer stops there; rescue keeps the damaged log, and all that can be read."""
    flip(killed, commits(log_of(killed).read_bytes())[-2] + 100)
    log = log_of(killed).read_bytes()

    assert "log was changed" in str(inspect_history(killed).flaws[0])
    with pytest.raises(HistoryDamagedError, match="log that was changed") as refusal:
        SQLiteStore(killed).tidy()
    assert "rescue" in refusal.value.hint
    rescued = rescue_history(killed, stamped="now")
    assert log == log_of(rescued.kept).read_bytes()
    assert inspect_history(killed).is_whole
    assert 2 <= len(SQLiteStore(killed).versions())


def test_what_was_never_committed_is_no_loss(killed):
    """A log that ends in the middle of a write is what a killed writer leaves."""
    with contextlib.closing(sqlite3.connect(killed, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA cache_size = 1")
        connection.execute("BEGIN")
        connection.execute("CREATE TABLE more (text)")
        connection.executemany("INSERT INTO more VALUES (?)", [("x" * 3000,)] * 50)
        half = killed.parent.parent / "half"
        shutil.copytree(killed.parent, half)
    path = half / killed.name
    log = log_of(path).read_bytes()
    for end in (len(log), len(log) - 7, len(log) - FRAME, 40, 32, 5, 0):
        log_of(path).write_bytes(log[:end])
        assert not has_lost_commits(path)
