"""Contents that are written against each other: all of them come back, and damage stays near."""

from __future__ import annotations

import contextlib
import datetime as dt
import random
import sqlite3
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from escai_nb.errors import HistoryDamagedError
from escai_nb.history.inspection import inspect_history
from escai_nb.history.packing import PIECE, pack, unpack
from escai_nb.history.rescue import rescue_history
from escai_nb.history.retention import Retention, plan_retention
from escai_nb.history.shelf import RUN
from escai_nb.history.store import SQLiteStore
from escai_nb.history.version import Draft, VersionKind

START = dt.datetime(2026, 11, 1, tzinfo=dt.UTC)


@pytest.fixture
def store(tmp_path):
    """An empty history."""
    with contextlib.closing(SQLiteStore(tmp_path / "history.db")) as store:
        yield store


def text(seed, length):
    """Text that does not compress much, the same for the same *seed*."""
    return "".join(random.Random(seed).choices(string.ascii_letters, k=length))  # noqa: S311


def content(number):
    """A configuration of which one value, and nothing else, follows from *number*."""
    return {"api": {"port": number}, **{f"key{n}": text(n, 40) for n in range(60)}}


def record(store, content, environment="production"):
    """Save *content* as the next version."""
    number = len(store.versions())
    time = START + dt.timedelta(minutes=number)
    draft = Draft(environment, VersionKind.SAVE, "ada", time, f"change {number}")
    return store.confirm(store.begin(draft, content).id)


def rows(store, query):
    """What *query* finds in the database."""
    with contextlib.closing(sqlite3.connect(store.path)) as connection:
        return connection.execute(query).fetchall()


def change(store, statement, *values):
    """Change the database behind the store's back."""
    store.close()
    with contextlib.closing(sqlite3.connect(store.path, isolation_level=None)) as connection:
        connection.execute(statement, values)


pieces = st.lists(st.binary(max_size=8 * PIECE // 5) | st.just(b"abc" * PIECE), max_size=4)


@given(pieces, pieces, st.binary(max_size=64))
def test_what_is_packed_comes_back(before, after, between):
    """Whatever it is, however long, and whatever it is written against."""
    plain, base = b"".join([*before, between, *after]) or b"{}", b"".join([*before, *after])

    assert plain == unpack(pack(plain, base), len(plain), base)
    assert plain == unpack(pack(plain), len(plain))


@given(st.binary(min_size=1, max_size=3 * PIECE), st.data())
def test_what_is_not_as_it_was_packed_is_refused_or_the_same(plain, data):
    """A byte that was changed, cut or added never goes unseen where it changes the content."""
    body = pack(plain, plain)
    at = data.draw(st.integers(0, len(body) - 1))
    for edited in (body[:at], body[:at] + bytes([body[at] ^ 0x41]) + body[at + 1 :], body + b"x"):
        with contextlib.suppress(ValueError):
            assert plain == unpack(edited, len(plain), plain)
    with pytest.raises(ValueError, match="packed"):
        unpack(body, len(plain) + 1, plain)
    with pytest.raises(ValueError, match="packed"):
        unpack(b"", len(plain), plain)


def test_a_content_takes_what_is_new_in_it(store):
    """Of those that are nearly the same, all but one in a run take a fraction of it."""
    made = [record(store, content(n)) for n in range(2 * RUN)]
    alone = max(size for (size,) in rows(store, "SELECT LENGTH(body) FROM contents"))

    assert [content(n) for n in range(2 * RUN)] == [store.content(v.id) for v in made]
    assert [(2,)] == rows(store, "SELECT COUNT(*) FROM contents WHERE base IS NULL")
    assert store.statistics()["bytes_stored"] < alone * RUN / 4


def test_a_long_content_takes_what_is_new_in_it(store):
    """Also where it is much longer than a compressor looks back."""
    long = {f"key{n}": text(n, 40) for n in range(10_000)}
    record(store, long)
    record(store, long | {"key7000": "another", "key7001": "and one more"})
    (alone,), (after,) = rows(store, "SELECT LENGTH(body) FROM contents ORDER BY number")

    assert after * 50 < alone


def test_what_is_new_altogether_stands_alone(store):
    """Nothing is written against what it does not resemble, and each stream has its own."""
    for n in range(3):
        record(store, {"text": text(n, 2_000)})
        record(store, content(n), "staging")

    alone = rows(store, "SELECT base IS NULL FROM contents ORDER BY number")
    assert [(1,), (1,), (1,), (0,), (1,), (0,)] == alone


def test_a_base_stays_until_nothing_is_written_against_it(store):
    """What is dropped takes the content with it that only it was written against."""
    made = [record(store, content(n)) for n in range(5)]
    store.drop_content(made[0].id, made[2].id)
    assert [content(n) for n in (1, 3, 4)] == [store.content(made[n].id) for n in (1, 3, 4)]
    assert inspect_history(store.path).is_whole

    for n in range(3):
        record(store, {"text": text(n, 4_000)})
    store.drop_content(*(v.id for v in made[1:]))
    assert [(3,)] == rows(store, "SELECT COUNT(*) FROM contents")
    assert inspect_history(store.path).is_whole


def test_a_plan_knows_what_a_clean_up_gives_back(store):
    """To the byte: a base counts as long as something is written against it."""
    for n in range(2 * RUN + 5):
        record(store, content(n))
    before = store.statistics()["bytes_stored"]
    facts = {"now": START + dt.timedelta(days=9), "sizes": store.sizes(), "bases": store.bases()}
    for wanted in (
        Retention(max_size=before - 1),
        Retention(keep=RUN + 2),
        Retention(max_size=before // 3),
        Retention(keep=2),
    ):
        due = store.statistics()["bytes_stored"]
        plan = plan_retention(store.versions(), wanted, **facts)
        store.drop_content(*(v.id for v in plan.dropped))
        assert plan.freed == due - store.statistics()["bytes_stored"]
        assert wanted.max_size is None or wanted.max_size >= due - plan.freed
        facts |= {"sizes": store.sizes(), "bases": store.bases()}


def test_damage_to_a_base_costs_its_run(store):
    """Every version that it touches is named, no other, and rescue keeps the rest."""
    made = [record(store, content(n)) for n in range(3 * RUN)]
    change(store, "UPDATE contents SET body = x'789c' WHERE number = ?", RUN + 1)

    lost = {v.id for v in made[RUN : 2 * RUN]}
    assert lost == {flaw.version for flaw in inspect_history(store.path).flaws}
    for n, version in enumerate(made):
        if version.id in lost:
            with pytest.raises(HistoryDamagedError, match=version.short):
                store.content(version.id)
        else:
            assert content(n) == store.content(version.id)

    rescued = rescue_history(store.path, stamped="now")
    assert (3 * RUN, 2 * RUN) == (rescued.versions, rescued.contents)
    assert inspect_history(store.path).is_whole
    assert content(0) == store.content(made[0].id)


def test_a_dropped_base_that_is_damaged_is_told_with_what_needs_it(store):
    """Also where its checksum alone is wrong, and no version holds it any more."""
    made = [record(store, content(n)) for n in range(4)]
    store.drop_content(made[0].id)
    change(store, "UPDATE contents SET checksum = x'00' WHERE base IS NULL")

    assert {v.id for v in made[1:]} == {f.version for f in inspect_history(store.path).flaws}


@pytest.mark.parametrize(
    "edit",
    ["base = NULL", "base = number", "base = 3", "base = 99", "size = size + 1", "base = 'x'"],
)
def test_a_content_under_another_base_is_found(store, edit):
    """Which content it is written against is part of what is checked."""
    made = [record(store, content(n)) for n in range(3)]
    change(store, f"UPDATE contents SET {edit} WHERE number = 2")  # noqa: S608

    assert made[1].id in {flaw.version for flaw in inspect_history(store.path).flaws}
    with contextlib.suppress(HistoryDamagedError):
        assert content(1) == store.content(made[1].id)


def test_nothing_is_written_against_what_is_damaged(store):
    """The next save stands alone, and can be read."""
    record(store, content(0))
    change(store, "UPDATE contents SET body = x'789c'")
    made = record(store, content(1))

    assert content(1) == store.content(made.id)
