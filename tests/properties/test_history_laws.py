"""Laws of differences and of version chains."""

from __future__ import annotations

import contextlib
import datetime as dt
import tempfile
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from escai_nb.digest import sha256_hex
from escai_nb.history.bundle import Origin, read_bundle, write_bundle
from escai_nb.history.change import ChangeKind, Diff, changes
from escai_nb.history.store import SQLiteStore
from escai_nb.history.version import Draft, VersionKind
from escai_nb.keypath import leaves, parse

names = st.text('abc.[]"\\ é', min_size=1, max_size=3)
scalars = st.none() | st.booleans() | st.integers(-3, 3) | st.floats() | st.text(max_size=3)
trees = st.recursive(
    scalars,
    lambda below: st.lists(below, max_size=3) | st.dictionaries(names, below, max_size=3),
    max_leaves=8,
)
mappings = st.dictionaries(names, trees, max_size=4)


def typed_leaves(data):
    """Leaves by path, with their types told apart; an empty mapping or list is none."""
    return {
        path: (type(leaf), repr(leaf))
        for path, leaf in leaves(data)
        if not isinstance(leaf, dict | list)
    }


@given(mappings, mappings)
def test_the_old_leaves_with_the_changes_are_the_new_leaves(old, new):
    """A difference is enough to get from one side's values to the other's."""
    found = typed_leaves(old)
    for change in changes(old, new):
        found.pop(parse(change.path), None)
        if change.kind is not ChangeKind.REMOVED and not isinstance(change.new, dict | list):
            found[parse(change.path)] = (type(change.new), repr(change.new))
    assert typed_leaves(new) == found


@given(mappings, mappings)
def test_what_differs_at_all_has_changes(old, new):
    """Two configurations have no changes only if they are the same, empty places included."""
    assert (repr(sorted_tree(old)) == repr(sorted_tree(new))) == (not changes(old, new))


def sorted_tree(data):
    """The same tree with the keys of each mapping in one order."""
    if isinstance(data, dict):
        return {key: sorted_tree(data[key]) for key in sorted(data)}
    return [sorted_tree(item) for item in data] if isinstance(data, list) else data


@given(mappings)
def test_nothing_differs_from_itself(data):
    """A configuration has no changes against itself."""
    assert () == changes(data, data)


@given(mappings, mappings)
def test_the_way_back_mirrors_the_way_there(old, new):
    """Both ways tell the same paths, each with the sides swapped."""
    there = [(c.path, repr((c.old, c.new))) for c in changes(old, new)]
    back = [(c.path, repr((c.new, c.old))) for c in changes(new, old)]
    assert sorted(there) == sorted(back)


@given(mappings, mappings)
def test_order_of_keys_does_not_matter(old, new):
    """The changes and their order depend on the content alone."""
    turned = dict(reversed(list(new.items())))
    assert repr(changes(old, new)) == repr(changes(old, turned))


@given(st.dictionaries(names, st.text("xyz", min_size=8), max_size=4), mappings)
def test_a_hidden_value_is_nowhere_in_a_diff(secrets, new):
    """No hidden value is found in any form of a diff."""
    diff = Diff.between(secrets, new, left="", right="", is_hidden=lambda _: True)
    text = repr(diff) + repr(diff.to_data())
    assert not [value for value in secrets.values() if value in text]


contents = st.dictionaries(names, st.integers(0, 2), max_size=2)


@given(st.lists(st.tuples(st.sampled_from(["a", "b"]), contents), max_size=6))
def test_a_history_gives_back_what_was_saved(saves):
    """Every recorded content comes back, in order, each stream a chain of parents."""
    with (
        tempfile.TemporaryDirectory() as folder,
        contextlib.closing(SQLiteStore(Path(folder) / "h.db")) as store,
    ):
        for number, (stream, content) in enumerate(saves):
            time = dt.datetime(2026, 1, 1, tzinfo=dt.UTC) + dt.timedelta(minutes=number)
            begun = store.begin(Draft(stream, VersionKind.SAVE, "ada", time), content)
            store.confirm(begun.id)
        for stream in ("a", "b"):
            kept = store.versions(stream)
            assert [c for s, c in saves if s == stream] == [
                store.content(v.id) for v in reversed(kept)
            ]
            assert [v.id for v in kept[1:]] == [v.parent for v in kept[:-1]]
        assert len({sha256_hex(c) for _, c in saves}) == store.statistics()["contents"]


odd_names = (
    names
    | st.dates()
    | st.datetimes()
    | st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
)
odd_trees = st.recursive(
    scalars | st.dates() | st.integers(),
    lambda below: st.lists(below, max_size=3) | st.dictionaries(odd_names, below, max_size=3),
    max_leaves=8,
)


@given(st.lists(st.dictionaries(odd_names, odd_trees, max_size=3), max_size=4))
def test_what_was_saved_travels_in_a_bundle(contents):
    """Whatever YAML can say as a key or a value; the other store says what the first one did."""
    origin = Origin("w", "escai", "2026-01-01T00:00:00+00:00", {})
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as closing:
        here, there = (
            closing.enter_context(contextlib.closing(SQLiteStore(Path(folder) / name)))
            for name in ("here.db", "there.db")
        )
        for number, content in enumerate(contents):
            time = dt.datetime(2026, 1, 1, tzinfo=dt.UTC) + dt.timedelta(minutes=number)
            here.confirm(here.begin(Draft("a", VersionKind.SAVE, "ada", time), content).id)
        made = here.versions("a")[::-1] if contents else ()
        path = Path(folder) / "a.bundle"
        with path.open("wb") as file:
            write_bundle(
                file, origin, made, content_of=lambda v: here.content(v.id), macs_of=lambda _: {}
            )
        bundle = read_bundle(path)
        there.take_in(bundle.versions, bundle.contents())
        assert [v.id for v in there.versions("a")] == [v.id for v in reversed(made)]
        for version in made:
            assert repr(there.content(version.id)) == repr(here.content(version.id))
