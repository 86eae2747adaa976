"""Key paths: names of places inside a configuration."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from escai_nb import keypath
from escai_nb.errors import KeyPathError

PATHS = st.lists(st.text(max_size=6) | st.integers(0, 10**6), min_size=1, max_size=5).map(tuple)
TREES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.integers() | st.text(max_size=4),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=10,
)


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("api.port", ("api", "port")),
        ("api.cors_origins[0]", ("api", "cors_origins", 0)),
        ("a[0][1].b", ("a", 0, 1, "b")),
        ('a["b.c"]', ("a", "b.c")),
        ('a["say \\"hi\\""]', ("a", 'say "hi"')),
        ('[""]', ("",)),
        ("[3]", (3,)),
        ("with space.x-y_z", ("with space", "x-y_z")),
    ],
)
def test_paths_are_read_and_written(text: str, path: keypath.Path) -> None:
    """Both ways, for names of every kind."""
    assert path == keypath.parse(text)
    assert text == keypath.render(path)


@pytest.mark.parametrize(
    "text", ["", ".", ".a", "a.", "a..b", "a[", "a[x]", "a[-1]", "a[٣]", 'a"b']
)
def test_what_is_no_path_is_refused(text: str) -> None:
    """With a hint at the form that is expected."""
    with pytest.raises(KeyPathError) as caught:
        keypath.parse(text)
    assert caught.value.hint


@given(PATHS)
def test_a_rendered_path_is_read_back(path: keypath.Path) -> None:
    """Whatever is in the names: dots, brackets, quotes, backslashes, nothing."""
    assert path == keypath.parse(keypath.render(path))


@given(st.text(max_size=20))
def test_any_text_is_a_path_or_is_refused(text: str) -> None:
    """What is read is written so that it is read the same."""
    try:
        path = keypath.parse(text)
    except KeyPathError:
        return
    assert path == keypath.parse(keypath.render(path))


@given(TREES)
def test_pointers_lead_back_to_their_paths(data: Any) -> None:
    """The data tells list positions from names that look like them."""
    for path, _ in keypath.leaves(data):
        assert path == keypath.from_pointer(keypath.pointer(path), data)


def test_pointers_are_those_of_the_rfc() -> None:
    """Tildes and slashes are escaped, in the right order; a zero in front is no position."""
    assert "/a~1b/~01/0" == keypath.pointer(("a/b", "~1", 0))
    assert ("a/b", "~1") == keypath.from_pointer("/a~1b/~01", {"a/b": {}})
    assert ("a", "01") == keypath.from_pointer("/a/01", {"a": [1, 2]})
    assert ("a", "²") == keypath.from_pointer("/a/²", {"a": [1, 2]})
    assert () == keypath.from_pointer("", {})
    with pytest.raises(KeyPathError):
        keypath.from_pointer("a", {})


@given(TREES)
def test_leaves_rebuild_the_tree(data: Any) -> None:
    """Nothing is lost on the walk, empty containers neither."""
    rebuilt: Any = None
    for path, value in keypath.leaves(data):
        assert value == keypath.get(data, path)
        rebuilt = keypath.replace(rebuilt, path, value)
    assert data == rebuilt


@given(TREES, PATHS, st.integers())
def test_replace_puts_and_changes_nothing_else(data: Any, path: keypath.Path, value: int) -> None:
    """What is put is got; the tree that was given stays as it was."""
    before = list(keypath.leaves(data))
    try:
        changed = keypath.replace(data, path, value)
    except KeyPathError:
        return
    assert value == keypath.get(changed, path)
    assert before == list(keypath.leaves(data))
    others = [(p, v) for p, v in before if p[: len(path)] != path and path[: len(p)] != p]
    assert all(v == keypath.get(changed, p) for p, v in others)


@given(TREES, st.data())
def test_without_takes_away_one_place(data: Any, draw: st.DataObject) -> None:
    """It is gone, and putting it back gives the same tree."""
    paths = [path for path, _ in keypath.leaves(data) if path]
    assume(paths)
    path = draw.draw(st.sampled_from(paths))
    rest = keypath.without(data, path)
    if isinstance(path[-1], str):
        assert not keypath.has(rest, path)
        assert data == keypath.replace(rest, path, keypath.get(data, path))
    else:
        above = keypath.get(data, path[:-1])
        assert len(above) - 1 == len(keypath.get(rest, path[:-1]))


@pytest.mark.parametrize(
    "path", [("a", "x"), ("a", 0, "b"), ("l", 5), ("l", "0"), ("s", 0), ("x",)]
)
def test_a_place_that_is_not_there_is_named(path: keypath.Path) -> None:
    """The error tells how far the path leads."""
    data = {"a": {"b": 1}, "l": [1], "s": "text"}
    assert not keypath.has(data, path)
    with pytest.raises(KeyPathError):
        keypath.get(data, path)
    with pytest.raises(KeyPathError):
        keypath.without(data, path)


@pytest.mark.parametrize("path", [("s", "b"), ("l", 7), ("s", 0)])
def test_a_value_cannot_lie_inside_a_scalar(path: keypath.Path) -> None:
    """Nor past the end of a list."""
    with pytest.raises(KeyPathError):
        keypath.replace({"s": 1, "l": [1]}, path, 0)


def test_numbers_may_be_keys_of_a_mapping() -> None:
    """As YAML has them; the data tells them from positions."""
    data = {"ports": {8080: "web"}}
    assert "web" == keypath.get(data, ("ports", 8080))
    assert {"ports": {8080: "api"}} == keypath.replace(data, ("ports", 8080), "api")


@pytest.mark.parametrize(
    ("key", "text"), [(None, "a.null"), (1.5, 'a["1.5"]'), (True, "a.true"), (2, "a[2]")]
)
def test_keys_of_yaml_that_are_no_text_can_be_told(key, text):
    """A report names the place all the same."""
    assert text == keypath.render(("a", key))


def test_behind_a_list_there_is_a_position():
    """As a JSON Pointer names it; in a mapping the same sign is a key."""
    assert ("a", 2) == keypath.from_pointer("/a/-", {"a": [1, 2]})
    assert ("a", "-") == keypath.from_pointer("/a/-", {"a": {}})


def test_what_is_put_into_a_list_makes_room_for_itself():
    """Anywhere in it, and at its end; elsewhere it is put in place."""
    data = {"a": [1, 2], "b": {"c": 3}}

    assert [0, 1, 2] == keypath.inserted(data, ("a", 0), 0)["a"]
    assert [1, 0, 2] == keypath.inserted(data, ("a", 1), 0)["a"]
    assert [1, 2, 0] == keypath.inserted(data, ("a", 2), 0)["a"]
    assert {"c": 4} == keypath.inserted(data, ("b", "c"), 4)["b"]
    assert [0] == keypath.inserted(data, ("d", 0), 0)["d"]
    assert {"a": [1, 2], "b": {"c": 3}} == data
    with pytest.raises(KeyPathError, match="no list item 3"):
        keypath.inserted(data, ("a", 3), 0)


def test_filled_copies_and_puts_each_value_at_its_place():
    """What was given stays as it was, and shares no mapping or list with the copy."""
    data = {"a": [1, {"b": 2}], "c": {"d": None}, "e": {}}
    copy = keypath.filled(data, {("a", 1, "b"): "x", ("c", "d"): "y"})
    assert {"a": [1, {"b": "x"}], "c": {"d": "y"}, "e": {}} == copy
    assert {"a": [1, {"b": 2}], "c": {"d": None}, "e": {}} == data
    assert copy["e"] is not data["e"]
    with pytest.raises(KeyPathError):
        keypath.filled(data, {("missing", "d"): "y"})
