"""The audit log: a chain that shows whatever was done to it."""

from __future__ import annotations

import datetime as dt
import json
import os
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from escai_nb.audit.log import HEAD, NEXT, AuditLog, Deed, Event
from escai_nb.errors import UnavailableError
from escai_nb.history.marks import read_marks, set_marks

TIME = dt.datetime(2026, 11, 1, tzinfo=dt.UTC)


def event(number):
    """An event that can be told from others."""
    return Event(who="ada", what=Deed.REVEAL, environment="production", paths=(f"a.b{number}",))


def filled(folder, count=4):
    """A log of *count* lines."""
    log = AuditLog(folder / "audit.jsonl", folder / "history.db")
    for number in range(count):
        log.append(event(number), time=TIME)
    return log


@pytest.fixture
def log(tmp_path):
    """A log of four lines."""
    return filled(tmp_path)


def texts(log):
    """Its lines, as bytes."""
    return log.path.read_bytes().splitlines(keepends=True)


def test_a_fresh_log_is_empty_and_in_order(tmp_path):
    """Nothing was done, so nothing is missing."""
    log = AuditLog(tmp_path / "audit.jsonl", tmp_path / "history.db")

    assert (0, ()) == (log.verify().lines, log.verify().troubles)
    assert log.last() is None


def test_lines_are_private_and_say_who_did_what(log):
    """Each line is JSON of its own, for its owner alone."""
    first = json.loads(texts(log)[0])

    assert ("ada", "reveal", ["a.b0"], 1) == tuple(
        first[name] for name in ("who", "what", "paths", "number")
    )
    assert 0o600 == log.path.stat().st_mode & 0o777
    assert (4, ()) == (log.verify().lines, log.verify().troubles)
    assert 4 == log.last().number


def test_lines_longer_than_a_block_are_found(log):
    """The newest line is read from the end, however long it is."""
    paths = tuple(f"custom_settings.key{number}" for number in range(3_000))
    log.append(Event(who="ada", what=Deed.REVEAL, paths=paths), time=TIME)
    log.append(event(9), time=TIME)
    log.append(Event(who="ada", what=Deed.REVEAL, paths=paths), time=TIME)

    assert paths == log.last().paths
    assert () == log.verify().troubles


TAMPERINGS = {
    "modified": lambda lines: [lines[0].replace(b"ada", b"eve"), *lines[1:]],
    "modified and cut": lambda lines: [*lines[:-1], lines[-1][:-9] + b"\n"],
    "deleted first": lambda lines: lines[1:],
    "deleted inside": lambda lines: [lines[0], *lines[2:]],
    "truncated": lambda lines: lines[:-1],
    "truncated inside a line": lambda lines: [*lines[:-1], lines[-1][:40]],
    "emptied": lambda _: [],
    "doubled": lambda lines: [lines[0], *lines],
    "reordered": lambda lines: [lines[1], lines[0], *lines[2:]],
    "appended": lambda lines: [*lines, lines[-1]],
    "replaced by rubbish": lambda lines: [b"[]\n", *lines[1:]],
    "blank line": lambda lines: [b"\n", *lines],
}


@pytest.mark.parametrize("name", TAMPERINGS)
def test_every_tampering_shows(name, log):
    """It shows at once, and still after more was written honestly."""
    log.path.write_bytes(b"".join(TAMPERINGS[name](texts(log))))

    assert log.verify().troubles
    log.append(event(5), time=TIME)
    assert log.verify().troubles


def test_lines_that_were_made_by_somebody_else_show(log, tmp_path):
    """A forged chain is whole in itself, and does not reach the head."""
    (tmp_path / "other").mkdir()
    other = filled(tmp_path / "other", 5)
    log.path.write_bytes(other.path.read_bytes())

    assert ("1 at the end were not written here",) == log.verify().troubles


def test_a_lost_head_is_told_for_ever(log):
    """Without the history's word nobody knows whether the end is there."""
    log.history.unlink()
    assert log.verify().troubles

    log.append(event(5), time=TIME)
    assert Deed.HEAD_LOST in [line.what for line in log.lines()]


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """A log that is put back after each change, and its content."""
    log = filled(tmp_path_factory.mktemp("log"), 2)
    return log, log.path.read_bytes()


@given(at=st.integers(0, 10_000), byte=st.integers(0, 255))
def test_no_byte_can_be_changed(written, at, byte):
    """Whatever single byte is replaced, the check finds it."""
    log, before = written
    text = bytearray(before)
    text[at % len(text)] = byte
    is_changed = text != before
    log.path.write_bytes(text)

    assert is_changed == bool(log.verify().troubles)


@pytest.mark.parametrize("kept", [0, 1, 30, None], ids=["nothing", "a byte", "some", "all"])
def test_a_crash_while_writing_is_no_tampering(kept, log):
    """The line to come is announced first, so a half one is known for what it is."""
    before = texts(log)
    log.append(event(5), time=TIME)
    head, coming = log.last().number - 1, log.last().mark
    line = texts(log)[-1]
    log.path.write_bytes(b"".join([*before, line if kept is None else line[:kept]]))
    last = json.loads(before[-1])
    set_marks(log.history, {HEAD: f"{head}:{last['hash']}", NEXT: coming})

    assert () == log.verify().troubles
    log.append(event(6), time=TIME)
    assert () == log.verify().troubles
    assert "" == read_marks(log.history)[NEXT]


def test_a_log_that_cannot_be_written_is_refused(tmp_path):
    """The caller learns it before the deed is released."""
    log = filled(tmp_path, 1)
    log.path.unlink()
    log.path.mkdir()

    with pytest.raises(UnavailableError):
        log.append(event(1), time=TIME)


def test_processes_take_turns(tmp_path):
    """Lines of several processes at once make one chain."""
    script = (
        "import sys, datetime as dt; from pathlib import Path\n"
        "from escai_nb.audit.log import AuditLog, Deed, Event\n"
        "log = AuditLog(Path(sys.argv[1]) / 'audit.jsonl', Path(sys.argv[1]) / 'history.db')\n"
        "for _ in range(8):\n"
        "    log.append(Event(who='ada', what=Deed.REVEAL), time=dt.datetime.now(dt.UTC))\n"
    )
    running = [
        subprocess.Popen([sys.executable, "-c", script, str(tmp_path)], env=os.environ)
        for _ in range(3)
    ]
    assert [0, 0, 0] == [process.wait() for process in running]

    log = AuditLog(tmp_path / "audit.jsonl", tmp_path / "history.db")
    assert (24, ()) == (log.verify().lines, log.verify().troubles)
