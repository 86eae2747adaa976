"""The SQLite store: two steps, addresses, tags, damage."""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import multiprocessing
import os
import sqlite3
import stat
import threading

import pytest

from escai_nb.errors import (
    FileUnavailableError,
    HeadMovedError,
    HistoryDamagedError,
    NewerFormatError,
    RefusedError,
    TargetExistsError,
    ValueRefusedError,
    VersionUnknownError,
)
from escai_nb.history.store import SQLiteStore
from escai_nb.history.tables import FORMAT
from escai_nb.history.version import Draft, History, VersionKind, version_id

MONDAY = dt.datetime(2026, 11, 2, 9, tzinfo=dt.UTC)


@pytest.fixture
def store(tmp_path):
    """A store that no file belongs to yet."""
    with contextlib.closing(SQLiteStore(tmp_path / "state" / "history.db")) as opened:
        yield opened


def draft(environment="production", **more):
    """A draft of which only the telling parts are given."""
    given = {"kind": VersionKind.SAVE, "author": "ada", "time": MONDAY, **more}
    return Draft(environment=environment, **given)


def record(store, content, environment="production", **more):
    """Begin and confirm in one go."""
    return store.confirm(store.begin(draft(environment, **more), content).id)


def chain(store, count, environment="production"):
    """Record so many versions, a day apart."""
    return [
        record(
            store, {"n": n}, environment, time=MONDAY + dt.timedelta(days=n), message=f"save {n}"
        )
        for n in range(count)
    ]


def tree(folder):
    """Every file below a folder, with its content and times."""
    return {p: (p.read_bytes(), p.stat().st_mtime_ns) for p in folder.rglob("*") if p.is_file()}


def test_a_missing_file_is_an_empty_history(store):
    """Reading makes no file, and finds nothing."""
    assert store.head("production") is None
    assert [] == store.versions()
    assert [] == store.pending()
    assert 0 == store.statistics()["versions"]
    with pytest.raises(VersionUnknownError):
        store.resolve("production", "HEAD")
    with pytest.raises(VersionUnknownError):
        store.content("0" * 64)
    assert not store.path.parent.exists()


def test_what_is_recorded_comes_back(store):
    """A version holds its content and all that its draft said."""
    content = {"api": {"port": 8080, "ratio": 1.5, "on": True, "none": None}, "ü": ["x", {}]}
    said = draft(message="first", revision=7, value_digest="vd", seal="s", source="ab", changes=3)
    version = store.confirm(store.begin(said, content).id)
    assert content == store.content(version.id)
    assert version == store.head("production") == store.get(version.id)
    assert (7, "vd", "s", "ab", 3, None) == (
        version.revision,
        version.value_digest,
        version.seal,
        version.source,
        version.changes,
        version.parent,
    )
    assert json.dumps(version.to_data())


def test_the_id_follows_from_content_and_past(store):
    """An id is the digest of what a version is and what it follows."""
    first, second = chain(store, 2)
    assert first.id == second.parent
    due = version_id(
        parent=first.id,
        environment="production",
        digest=second.digest,
        author="ada",
        time=second.time,
        message="save 1",
    )
    assert due == second.id


def test_the_file_is_for_its_owner_alone(store):
    """The database is 0600 from its first moment, and so is its log."""
    record(store, {"a": 1})
    modes = {p.name: stat.S_IMODE(p.stat().st_mode) for p in store.path.parent.iterdir()}
    assert {"history.db": 0o600, "history.db-wal": 0o600, "history.db-shm": 0o600} == modes


def test_a_pending_version_is_no_head_until_it_is_confirmed(store):
    """Between the two steps the head stays, and the content can already be read."""
    record(store, {"n": 1})
    begun = store.begin(draft(), {"n": 2})
    assert {"n": 1} == store.content(store.resolve("production", "HEAD").id)
    assert {"n": 2} == store.content(begun.id)
    assert [begun] == store.pending()
    assert 1 == len(store.versions())
    store.confirm(begun.id)
    store.confirm(begun.id)
    assert begun == store.head("production")
    assert [] == store.pending()


def test_every_commit_is_on_the_disk_when_it_returns(store):
    """So a power cut finds the pending version there before its file is replaced."""
    store.begin(draft(), {"n": 1})
    (journal,) = store._writer.execute("PRAGMA journal_mode").fetchone()
    (level,) = store._writer.execute("PRAGMA synchronous").fetchone()
    assert ("wal", 2) == (journal, level)  # 2 is FULL


def test_a_dropped_version_leaves_nothing(store):
    """After a drop the history is as it was, and a recorded version cannot be dropped."""
    kept = record(store, {"n": 1})
    before = store.statistics()
    store.drop(store.begin(draft(), {"n": 2}).id)
    store.drop(kept.id)
    store.drop("unknown")
    assert before == store.statistics()
    assert kept == store.head("production")


def test_two_writers_cannot_both_follow_one_head(store):
    """The second to confirm is told that the head has moved; its row stays pending."""
    record(store, {"n": 1})
    mine = store.begin(draft(author="ada"), {"n": 2})
    theirs = store.begin(draft(author="bob"), {"n": 3})
    store.confirm(theirs.id)
    with pytest.raises(HeadMovedError) as refusal:
        store.confirm(mine.id)
    assert refusal.value.hint
    assert theirs == store.head("production")
    store.drop(mine.id)


def test_versions_of_several_streams_are_confirmed_together(store):
    """All of them or none; dropping takes several as well."""
    begun = [store.begin(draft(name), {"n": name}) for name in ("staging", "production")]
    with pytest.raises(VersionUnknownError):
        store.confirm(begun[0].id, "0" * 64)
    assert store.head("staging") is None
    assert begun[1] == store.confirm(*(version.id for version in begun))
    assert begun == [store.head("staging"), store.head("production")]
    waiting = [store.begin(draft(name), {"n": 2}) for name in ("staging", "production")]
    store.drop(*(version.id for version in waiting))
    assert [] == store.pending()


@pytest.mark.parametrize("seen", ["", "0" * 64])
def test_a_draft_on_an_old_head_is_refused(store, seen):
    """A writer that saw another head, or none, is told before anything is kept."""
    record(store, {"n": 1})
    with pytest.raises(HeadMovedError):
        store.begin(draft(expected_head=seen), {"n": 2})
    assert [] == store.pending()


def test_equal_contents_are_stored_once(store):
    """A, B, A are three versions of two contents."""
    ids = [record(store, {"n": n}, time=MONDAY).id for n in (1, 2, 1)]
    assert 3 == len(set(ids))
    assert 2 == store.statistics()["contents"]


def test_streams_do_not_mix(store):
    """Each environment, and the shared file, has its own head and parents."""
    record(store, {"n": 1}, "staging")
    production = record(store, {"n": 1}, "production")
    shared = record(store, {"n": 1}, "shared")
    assert production.parent is None
    assert [shared] == store.versions("shared")
    assert ["shared", "production", "staging"] == [v.environment for v in store.versions()]


def test_versions_are_listed_newest_first_and_filtered(store):
    """Each filter narrows the list; tags come with their versions."""
    versions = chain(store, 4)
    other = record(store, {"n": 9}, author="bob", time=MONDAY + dt.timedelta(days=9))
    store.tag(versions[1].id, "v1")
    store.tag(versions[1].id, "gold")
    assert [other.id, versions[3].id] == [v.id for v in store.versions("production", limit=2)]
    assert [other] == store.versions(author="bob")
    assert 2 == len(store.versions(since=MONDAY + dt.timedelta(days=3)))
    assert [("gold", "v1")] == [v.tags for v in store.versions(tag="v1")]
    assert [] == store.versions(limit=0)


def test_every_kind_of_address_finds_its_version(store):
    """Head, steps back, prefix, tag, day and time lead to the version they mean."""
    versions = chain(store, 4)
    store.tag(versions[0].id, "first")
    expected = {
        "HEAD": 3,
        "HEAD~2": 1,
        versions[2].id[:6]: 2,
        versions[2].id.upper(): 2,
        "first": 0,
        "@2026-11-03": 1,
        "@2026-11-04T08:59:59": 1,
        "@2026-11-04T09:00:00Z": 2,
        "@2999-01-01": 3,
    }
    assert expected == {
        address: versions.index(untagged(store.resolve("production", address)))
        for address in expected
    }


def untagged(version):
    """The version as it was before it got tags."""
    return type(version)(**{**{f: getattr(version, f) for f in version.__slots__}, "tags": ()})


@pytest.mark.parametrize("address", ["HEAD~9", "@2026-11-01", "unknown", "0" * 64, "abc"])
def test_an_address_without_a_version_says_what_to_do(store, address):
    """Nothing is guessed: the error names the address and the way to a list."""
    chain(store, 2)
    with pytest.raises(VersionUnknownError) as refusal:
        store.resolve("production", address)
    assert address in str(refusal.value)
    assert "escai config history" in refusal.value.hint


def test_a_version_of_another_stream_is_not_found(store):
    """An id answers in its own environment alone."""
    version = record(store, {"n": 1}, "staging")
    with pytest.raises(VersionUnknownError):
        store.resolve("production", version.id)


def test_an_ambiguous_prefix_lists_the_candidates(store):
    """Two ids that begin alike are both named in the error."""
    seen = {}
    for n in range(2000):
        version = record(store, {"n": n}, time=MONDAY + dt.timedelta(seconds=n))
        if twin := seen.get(version.id[:4]):
            break
        seen[version.id[:4]] = version
    with pytest.raises(VersionUnknownError) as refusal:
        store.resolve("production", version.id[:4])
    assert twin.short in str(refusal.value)
    assert version.short in str(refusal.value)


def test_a_tag_is_unique_in_its_stream(store):
    """A name can be given twice to one version, not to two, and to others elsewhere."""
    first, second = chain(store, 2)
    elsewhere = record(store, {"n": 1}, "staging")
    store.tag(first.id, "v1")
    store.tag(first.id, "v1")
    store.tag(elsewhere.id, "v1")
    with pytest.raises(TargetExistsError):
        store.tag(second.id, "v1")
    with pytest.raises(ValueRefusedError):
        store.tag(second.id, "HEAD")
    store.untag(first.id, "v1")
    with pytest.raises(VersionUnknownError):
        store.untag(first.id, "v1")
    store.tag(second.id, "v1")
    assert second.id == store.resolve("production", "v1").id
    assert elsewhere.id == store.resolve("staging", "v1").id


def test_content_can_be_dropped_but_not_what_is_needed(store):
    """Head, its parent, tagged and source versions keep their content."""
    versions = chain(store, 5)
    store.tag(versions[1].id, "v1")
    record(store, {"n": 7}, "staging", source=versions[2].id)
    for needed in (4, 3, 2, 1):
        with pytest.raises(RefusedError):
            store.drop_content(versions[needed].id)
    store.drop_content(versions[0].id)
    with pytest.raises(VersionUnknownError) as refusal:
        store.content(versions[0].id)
    assert "content-dropped" == refusal.value.code
    assert not store.get(versions[0].id).kept
    assert 5 == len(store.versions("production"))


def test_a_dropped_content_that_others_share_stays_for_them(store):
    """Dropping forgets one version's content, not that of its twin."""
    twin, *_ = [record(store, {"n": n % 2}, time=MONDAY + dt.timedelta(n)) for n in range(5)]
    head = store.resolve("production", "HEAD")
    store.drop_content(twin.id)
    assert {"n": 0} == store.content(head.id)


def test_reading_leaves_no_trace(store):
    """Neither the database nor its folder changes by being read."""
    version = chain(store, 3)[1]
    store.close()
    before = tree(store.path.parent)
    assert [store.path] == list(before)
    reader = SQLiteStore(store.path)
    assert 3 == len(reader.versions())
    assert {"n": 1} == reader.content(reader.resolve("production", version.id[:8]).id)
    assert before == tree(store.path.parent)


def test_a_reader_beside_a_writer_sees_the_newest(store):
    """What is committed is seen at once, through the log."""
    chain(store, 2)
    reader = SQLiteStore(store.path)
    assert 2 == len(reader.versions())
    newest = record(store, {"n": 3})
    assert newest == reader.head("production")


def test_a_replaced_file_is_noticed(store, tmp_path):
    """A writer that has the file open follows it when it is replaced by a copy."""
    chain(store, 2)
    store.close()
    image = store.path.read_bytes()
    record(store, {"n": 5})
    store.close()
    other = tmp_path / "copy.db"
    other.write_bytes(image)
    record(store, {"n": 6})
    for log in store.path.parent.glob("history.db-*"):
        log.unlink()
    other.replace(store.path)
    assert 2 == len(store.versions())
    record(store, {"n": 7})
    assert 3 == len(store.versions())


@pytest.mark.parametrize(
    "content",
    [b"", b"nonsense", b"SQLite format 3\0" + b"\0" * 200, "half"],
    ids=["empty", "text", "header", "half"],
)
def test_a_damaged_file_is_an_error_and_stays(store, content):
    """A file that is no whole history is neither empty nor replaced by a fresh one."""
    chain(store, 30)
    store.close()
    whole = store.path.read_bytes()
    broken = whole[: len(whole) // 2] if content == "half" else content
    store.path.write_bytes(broken)
    for attempt in (
        store.versions,
        lambda: store.head("production"),
        lambda: store.begin(draft(), {"n": 1}),
    ):
        with pytest.raises(HistoryDamagedError) as refusal:
            attempt()
        assert str(store.path) == refusal.value.where
        assert "good copy" in refusal.value.hint
    store.close()
    assert broken == store.path.read_bytes()


def test_another_program_s_database_is_refused(tmp_path):
    """A SQLite file that is no history of ours is left alone."""
    path = tmp_path / "history.db"
    with contextlib.closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE versions (a)")
        other.execute("PRAGMA user_version = 1")
    before = path.read_bytes()
    store = SQLiteStore(path)
    with pytest.raises(HistoryDamagedError):
        store.versions()
    with pytest.raises(HistoryDamagedError):
        store.begin(draft(), {})
    assert before == path.read_bytes()


def test_a_log_without_its_database_is_damage(store):
    """A vanished database whose log is there is not an empty history."""
    record(store, {"n": 1})
    store.path.unlink()
    with pytest.raises(HistoryDamagedError):
        store.versions()


def test_a_newer_format_is_refused(store):
    """A database of a later release is neither read nor written."""
    record(store, {"n": 1})
    with contextlib.closing(sqlite3.connect(store.path)) as later:
        later.execute(f"PRAGMA user_version = {FORMAT + 1}")
    store.close()
    before = store.path.read_bytes()
    for attempt in (store.versions, lambda: store.begin(draft(), {})):
        with pytest.raises(NewerFormatError) as refusal:
            attempt()
        assert "newer escai-nb" in refusal.value.hint
    assert before == store.path.read_bytes()


@pytest.mark.parametrize(
    "tampering",
    [
        "UPDATE versions SET author = 'eve'",
        "UPDATE versions SET message = 'harmless'",
        "UPDATE versions SET time = '2020-01-01T00:00:00.000000+00:00'",
        "UPDATE versions SET parent = NULL WHERE parent IS NOT NULL",
        "UPDATE versions SET time = 'noon'",
        "UPDATE versions SET kind = 'miracle'",
        "UPDATE contents SET body = x'789c'",
        "DELETE FROM contents",
        """UPDATE contents SET body = (SELECT old.body FROM contents AS old
           JOIN versions ON versions.digest = old.digest WHERE versions.parent IS NULL)""",
    ],
)
def test_tampering_shows(store, tampering):
    """A changed row or content no longer answers to its id."""
    chain(store, 2)
    store.close()
    with contextlib.closing(sqlite3.connect(store.path)) as eve:
        eve.execute(tampering)
        eve.commit()
    with pytest.raises(HistoryDamagedError):
        store.content(store.resolve("production", "HEAD").id)


def test_a_folder_that_may_not_be_entered_says_so(tmp_path):
    """An unreadable path is not an empty history."""
    (tmp_path / "file").write_text("")
    link = tmp_path / "loop"
    link.symlink_to(link)
    with pytest.raises(FileUnavailableError):
        SQLiteStore(link / "x" / "history.db").versions()


def test_threads_may_share_a_store(store):
    """Eight threads that save each in its own stream lose nothing."""

    def save(name):
        for n in range(10):
            record(store, {"n": n}, name, time=MONDAY + dt.timedelta(seconds=n))

    threads = [threading.Thread(target=save, args=(f"env-{n}",)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert 80 == len(store.versions())
    assert dict.fromkeys([f"env-{n}" for n in range(8)], 10) == store.statistics()["environments"]


def _save_in_process(path, name):
    with contextlib.closing(SQLiteStore(path)) as store:
        for n in range(8):
            record(store, {"n": n}, name, time=MONDAY + dt.timedelta(seconds=n))


def test_processes_may_share_a_file(store):
    """Four processes that save at once, beginning with no file, lose nothing."""
    spawned = multiprocessing.get_context("spawn")
    workers = [
        spawned.Process(target=_save_in_process, args=(store.path, f"env-{n}")) for n in range(4)
    ]
    for worker in workers:
        worker.start()
    while any(worker.is_alive() for worker in workers):
        store.versions(limit=5)
    for worker in workers:
        worker.join()
    assert [0] * 4 == [worker.exitcode for worker in workers]
    assert 32 == len(store.versions())


def _die_between_the_steps(path):
    store = SQLiteStore(path)
    record(store, {"n": 1})
    store.begin(draft(), {"n": 2})
    os._exit(0)


def test_a_killed_writer_loses_nothing_acknowledged(store):
    """A process that ends without closing leaves all that it confirmed."""
    child = multiprocessing.get_context("spawn").Process(
        target=_die_between_the_steps, args=(store.path,)
    )
    child.start()
    child.join()
    assert {"n": 1} == store.content(store.resolve("production", "HEAD").id)
    (left,) = store.pending()
    assert store.path.with_name("history.db-wal").exists()
    store.tidy()
    assert [store.path] == list(store.path.parent.iterdir())
    assert left == store.confirm(left.id)
    assert {"n": 2} == store.content(store.resolve("production", "HEAD").id)


def test_a_history_is_a_sequence_of_versions(store):
    """Versions can be counted, sliced and told as data."""
    versions = chain(store, 3)
    history = History(tuple(store.versions("production")), "production")
    assert 3 == len(history)
    assert versions[2] == history[0]
    assert tuple(reversed(versions))[:2] == history[:2]
    assert [v.id for v in history] == [row["id"] for row in history.to_data()]
