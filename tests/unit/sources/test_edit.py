"""Surgical edits: what changes in the text, and what does not."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from escai_nb import keypath
from escai_nb.errors import EditRefusedError
from escai_nb.sources.document import parse, read
from escai_nb.sources.edit import UNSET, Action, Edit, apply, edits_between, same

DATA = Path(__file__).parents[2] / "data"
FILES = sorted([*(DATA / "yaml").glob("*.yaml"), *(DATA / "escai").glob("*.yaml")])
TOKEN = "escai:1:fernet:gAAAAABh_dGhpcyBpcyBub3QgYSBzZWNyZXQ-" + "x" * 300 + "=="


def edited(text, *edits, format="yaml"):  # noqa: A002
    """Return *text* with the edits made; each is (key path, value) or an `Edit`."""
    made = [e if isinstance(e, Edit) else Edit(keypath.parse(e[0]), e[1]) for e in edits]
    return apply(parse(text, source=f"config.{format}", format=format), made)


def changed_lines(old, new):
    """List the numbers of the lines that differ; none was added or taken out."""
    before, after = old.splitlines(keepends=True), new.splitlines(keepends=True)
    lines = enumerate(zip(before, after, strict=True), 1)
    return [number for number, (left, right) in lines if left != right]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_one_changed_scalar_is_a_one_line_diff(path):
    """In real files, for each scalar on one line and values of each kind."""
    document = read(path)
    lines = document.text.splitlines()
    for place, old in keypath.leaves(document.data):
        mark = document.marks[place]
        if lines[mark.line - 1][mark.column - 1 : mark.column] in {"|", ">", "{", "["}:
            continue
        for value in (TOKEN, "yes", 4711, None, "a: b # c"):
            new = apply(document, [Edit(place, value)])
            expected = [] if same(old, value) else [mark.line]
            assert expected == changed_lines(document.text, new)


@pytest.mark.parametrize(
    ("old", "value", "new"),
    [
        ("a: 1  # note", 2, "a: 2  # note"),
        ("a: 1", "x", "a: x"),
        ("a: 1", "1", 'a: "1"'),
        ("a: 1", True, "a: true"),
        ("a: 1", 1.0, "a: 1.0"),
        ("a: true", 1, "a: 1"),
        ("a: 1", 1e20, "a: 1.0e+20"),
        ("a: 1", float("inf"), "a: .inf"),
        ("a: x", None, "a: null"),
        ("a:", 1, "a: 1"),
        ("a:   # note", 1, "a: 1   # note"),
        ("a: 'x'", "y", "a: 'y'"),
        ("a: 'x'", "it's", "a: 'it''s'"),
        ("a: 'x'", "a\nb", 'a: "a\\nb"'),
        ('a: "x"', "y", 'a: "y"'),
        ('a: "x"', 5, "a: 5"),
        ("a: x", "", 'a: ""'),
        ("a: x", TOKEN, f"a: {TOKEN}"),
        ("a: x", "http://h:80/p", "a: http://h:80/p"),
        ("a: [x]", "w", "a: w"),
        ("a: &n x", "w", "a: &n w"),
        ("a: !!str 1", 2, "a: 2"),
        ("a: &n !!str 1", 2, "a: &n 2"),
        ("a: x", dt.date(2026, 1, 31), "a: 2026-01-31"),
        ("a: |  # note\n  x\n", "y\nz\n", "a: |  # note\n  y\n  z\n"),
        ("a: |\n    x\n\nb: 1", "y", "a: |-\n    y\n\nb: 1"),
        ("a: >-\n  x\n  y\nb: 1", "z", "a: >-\n  z\nb: 1"),
        ("a: |  # note\n  x\nb: 1", 5, "a: 5  # note\nb: 1"),
        ("a: x\n  y\nb: 1", "z", "a: z\nb: 1"),
        ("a:\n  x\n", "w", "a:\n  w\n"),
        ("a: x # note\nb: 1", {"k": 1}, "a: # note\n  k: 1\nb: 1"),
        ("a: x\nb: 1", [1, {"k": 2, "l": 3}], "a:\n  - 1\n  - k: 2\n    l: 3\nb: 1"),
        ("a: {}", {"k": {}}, "a:\n  k: {}"),
        ("a: []", ["x", "w"], "a: [x, w]"),
        ("a:\n  k: 1\n  # note\nb: 1", {}, "a: {}\n  # note\nb: 1"),
        ("a:\n  k: 1\nb: 1", "x", "a: x\nb: 1"),
        ("a:\n- k\nb: 1", {"k": 1}, "a:\n  k: 1\nb: 1"),
        ("a:\r\n  k: 1\r\nb: 1\r\n", ["x"], "a:\r\n  - x\r\nb: 1\r\n"),
        ("a: x\r\n", "w", "a: w\r\n"),
        ("\ufeffa: x", "w", "\ufeffa: w"),
        ("{a: x, b: 1}", "y,z", '{a: "y,z", b: 1}'),
        ("{a: x, b: 1}", {"k": [1]}, "{a: {k: [1]}, b: 1}"),
        ("{a, b: 1}", 5, "{a: 5, b: 1}"),
        ("{? a : x}", 5, "{? a : 5}"),
        ("{b: 1\n , a\n , c: 2}", 5, "{b: 1\n , a: 5\n , c: 2}"),
        ("{a:\n , b: 1}", 5, "{a: 5\n , b: 1}"),
        ("? a  # note\nb: 1", 5, "? a  # note\n: 5\nb: 1"),
        ("b: 1\n? a\n", {"k": 1}, "b: 1\n? a\n:\n  k: 1\n"),
        ("a: >-\n - x\n  \n\nb: 1", "w", "a: >-\n w\n\nb: 1"),
        ("a: |\n    \n  \nb: 1", "w\n", "a: |\n  w\nb: 1"),
    ],
)
def test_a_value_is_set_in_its_place(old, value, new):
    """Quotes, comments, anchors and line breaks are those of the author."""
    assert new == edited(old, ("a", value))


@pytest.mark.parametrize(
    "text",
    [
        *("yes", "No", "on", "y", "null", "~", "true", "012", "08", "0o7", "0x1F", "1e3", "1_0"),
        *("1:20", ".5", "5.", "+1", ".inf", ".NaN", "2001-01-31", "=", "<<", "1234e567", "-", "?"),
        *(": x", "x:", "x: y", "x #y", "#x", "- x", "[x", "{x", "&x", "*x", "!x", "|", ">", "'x"),
        *('"x', "%x", "@x", "`x", " x", "x ", "", "...", "---", "tab\tx", "a\rb", "\x07", "\x85"),
        *("\u2028", "\ufeff", "\x7f", "a\n\nb", "\n", "é😀"),
    ],
)
def test_a_text_stays_a_text(text):
    """Whatever YAML could take it for: quoted where 1.1 and 1.2 may differ."""
    for old in ("a: 1\n", "a: 'x'\n", 'a: "x"\n', "{a: x}\n", "a: |\n  x\n"):
        assert text == parse(edited(old, ("a", text)), source="new").data["a"]


@pytest.mark.parametrize(
    ("old", "path", "value", "new"),
    [
        ("a: 1", "b", 2, "a: 1\nb: 2"),
        ("a: 1\n", "b", 2, "a: 1\nb: 2\n"),
        ("a: 1\n\n# tail\n", "b", 2, "a: 1\n\n# tail\nb: 2\n"),
        ("a: 1\n...\n", "b", 2, "a: 1\nb: 2\n...\n"),
        ("a:\n  b: 1  # x\n\n# c\nd: 1\n", "a.e", 2, "a:\n  b: 1  # x\n  e: 2\n\n# c\nd: 1\n"),
        ("a:\n    b: 1\n", "c.d", 2, "a:\n    b: 1\nc:\n    d: 2\n"),
        ("a: null\n", "a.b.c", 1, "a:\n  b:\n    c: 1\n"),
        ("a: {}\n", "a.b", 1, "a:\n  b: 1\n"),
        ("{}\n", "a", {"b": 1}, "a:\n  b: 1\n"),
        ("a: {b: 1}\n", "a.c", "x", "a: {b: 1, c: x}\n"),
        ("a: {b: 1,}\n", "a.c", "x", "a: {b: 1, c: x,}\n"),
        ("a: {\n  b: 1,  # x\n}\n", "a.c", 2, "a: {\n  b: 1,  # x\n  c: 2,\n}\n"),
        ("a: {\n  b: 1  # x\n}\n", "a.c", 2, "a: {\n  b: 1,  # x\n  c: 2\n}\n"),
        ("a:\n- b: 1\n", "a[0].c", 2, "a:\n- b: 1\n  c: 2\n"),
        ("a:\n-   x\n", "a[1]", {"k": 1, "l": 2}, "a:\n-   x\n-   k: 1\n    l: 2\n"),
        ("a: [b: 1]\n", "a[0].c", 2, "a: [{b: 1, c: 2}]\n"),
        ("a: |+\n  x\n\n", "b", 1, "a: |+\n  x\n\nb: 1\n"),
        ("a: 1", "b", "x\ny\n", 'a: 1\nb: "x\\ny\\n"'),
        ("a: 1\n", "b", "x\ny\n", "a: 1\nb: |\n  x\n  y\n"),
        ("a: 1\n", "on", 1, 'a: 1\n"on": 1\n'),
        ("--- {}  # note\n", "a", 1, "--- \na: 1  # note\n"),
        ("{  # note\n}\n", "a", 1, "{a: 1  # note\n}\n"),
        ("{b: {c: }}\n", "b.d", 1, "{b: {c: , d: 1 }}\n"),
        ("a:\n  ? b\n\n\nc: 1\n", "a.d", 1, "a:\n  ? b\n  d: 1\n\n\nc: 1\n"),
        ("a: [x, ? b : c]\n", "a[1].d", 1, "a: [x, {b: c, d: 1}]\n"),
        ("a: [x, ? b : c]\n", "a[1]", "w", "a: [x, w]\n"),
    ],
)
def test_what_is_new_goes_where_its_like_stands(old, path, value, new):
    """New entries follow the last one, indented as the author does."""
    assert new == edited(old, (path, value))


@pytest.mark.parametrize(
    ("old", "path", "new"),
    [
        ("a: 1\nb: 2  # note\nc: 3\n", "b", "a: 1\nc: 3\n"),
        ("a: 1\n# about b\nb: 2\n", "b", "a: 1\n# about b\n"),
        ("a: 1\nb: 2", "b", "a: 1"),
        ("a:\n  b: 1\nc: 2\n", "a.b", "a: {}\nc: 2\n"),
        ("a:  # x\n  - 1\nc: 2\n", "a[0]", "a: []  # x\nc: 2\n"),
        ("a: 1\n", "a", "{}\n"),
        ("a:\n- b: 1\n  c: 2\n", "a[0].b", "a:\n- c: 2\n"),
        ("a:\n- b: 1\n  # on c\n  c: 2\n", "a[0].b", "a:\n- # on c\n  c: 2\n"),
        ("a:\n- b: 1\n- c\n", "a[0].b", "a:\n- {}\n- c\n"),
        ("a: |\n  x\n  y\nb: 1\n", "a", "b: 1\n"),
        ("a: [1, 2, 3]\n", "a[0]", "a: [2, 3]\n"),
        ("a: [1, 2, 3]\n", "a[1]", "a: [1, 3]\n"),
        ("a: [1, 2, 3]\n", "a[2]", "a: [1, 2]\n"),
        ("a: [1, 2, 3,]\n", "a[2]", "a: [1, 2,]\n"),
        ("a: {b: 1}\n", "a.b", "a: {}\n"),
        ("a: {b: ,c: 1}\n", "a.c", "a: {b: }\n"),
        ("a: {? b : 1, ? c : 2}\n", "a.b", "a: {? c : 2}\n"),
        ("a: [\n  1,  # x\n  2,  # y\n]\n", "a[0]", "a: [\n  2,  # y\n]\n"),
        ("a: [\n  1,  # x\n  2\n]\n", "a[1]", "a: [\n  1,  # x\n  \n]\n"),
    ],
)
def test_what_is_taken_out_leaves_the_rest(old, path, new):
    """Lines go with what stands in them; a collection left empty says so."""
    assert new == edited(old, (path, UNSET))


@pytest.mark.parametrize(
    ("old", "at", "new"),
    [
        ("a:\n# on x\n- x\n- y\n", 0, "a:\n# on x\n- new\n- x\n- y\n"),
        ("a:\n- x\n# on y\n- y\n", 1, "a:\n- x\n- new\n# on y\n- y\n"),
        ("a:\n- x\n- y\n# end\n", 2, "a:\n- x\n- y\n- new\n# end\n"),
        ("a:\n- - x\n  - y\n", 1, "a:\n- - x\n  - y\n- new\n"),
        ("a: [x, y]\n", 0, "a: [new, x, y]\n"),
        ("a: [x, y]\n", 1, "a: [x, new, y]\n"),
        ("a: []\n", 0, "a: [new]\n"),
        ("a: [\n  x\n]\n", 1, "a: [\n  x,\n  new\n]\n"),
    ],
)
def test_items_are_inserted_between_others(old, at, new):
    """In front, between and behind, in block and flow."""
    assert new == edited(old, Edit(("a", at), "new", Action.INSERT))


def test_an_entry_is_renamed_in_its_place():
    """The key alone changes, in the quotes that it had."""
    text = "'a': 1  # x\nb: {c: 2}\n"
    edits = [Edit(("a",), "d", Action.RENAME), Edit(("b", "c"), "on", Action.RENAME)]
    assert "'d': 1  # x\nb: {\"on\": 2}\n" == edited(text, *edits)
    assert "&k 'd': x\n" == edited("&k !!int '7': x\n", Edit((7,), "d", Action.RENAME))


@pytest.mark.parametrize(
    ("old", "value", "new"),
    [
        ("a: |\n  x\n  y\nb: 1\n", "x\nw\n", "a: |\n  x\n  w\nb: 1\n"),
        ("a: |\n  x\n  y\nb: 1\n", "  x\ny\n", "a: |2\n    x\n  y\nb: 1\n"),
        ("a: |2\n    x\n   y\nb: 1\n", "  x\n w\n", "a: |2\n    x\n   w\nb: 1\n"),
        ("a: |+\n  x\n\n\nb: 1\n", "w\n\n\n", "a: |+\n  w\n\n\nb: 1\n"),
        ("a: |\n  x\nb: 1\n", "x\n\n", "a: |+\n  x\n\nb: 1\n"),
        ("a: |\n  x\n\nb: 1\n", "x\n\n", 'a: "x\\n\\n"\n\nb: 1\n'),
        ("a: |\n  x", "w", "a: |\n  w"),
        ("a: >\n  x y\n  z\n\n  v\n", "x y w\nv\n", "a: >\n  x y\n  w\n\n  v\n"),
        ("a: >-\n  x\n  y\n\n  z\n", "x y\n\nw", "a: >-\n  x\n  y\n\n\n  w\n"),
        ("a: >\n  x\n    y\nb: 1\n", "x\n  w\n", "a: |\n  x\n    w\nb: 1\n"),
        ("a: x y\n  z v\n  w\nb: 1\n", "x y u v w", "a: x y\n  u v\n  w\nb: 1\n"),
        ("a: 'x\n  y\n  z'\nb: 1\n", "x it's z", "a: 'x\n  it''s\n  z'\nb: 1\n"),
        ('a: "x\n  y"\nb: 1\n', 'x "w"', 'a: "x\n  \\"w\\""\nb: 1\n'),
        ("a: x\n  y\nb: 1\n", "x: y", 'a: "x: y"\nb: 1\n'),
        ("a: x\r\n  y\r\n", "x w", "a: x\r\n  w\r\n"),
    ],
)
def test_a_text_keeps_the_lines_that_say_the_same(old, value, new):
    """Its style and line breaks are those of the author, as far as the new text lets them."""
    assert new == edited(old, ("a", value))


@pytest.mark.parametrize(
    ("old", "edits", "new"),
    [
        ("a: 1\n", [("b", 2), ("c", 3), ("b", 4)], "a: 1\nb: 4\nc: 3\n"),
        (
            "a:\n  b:\n    c: 1\n",
            [("a.d", 2), ("a.b.e", 3)],
            "a:\n  b:\n    c: 1\n    e: 3\n  d: 2\n",
        ),
        (
            "a:\n  b:\n    c: 1\n",
            [("a.b.e", 3), ("a.d", 2)],
            "a:\n  b:\n    c: 1\n    e: 3\n  d: 2\n",
        ),
        ("x: 1\na:\n  b: 1", [("a.c", 2), ("a", UNSET)], "x: 1"),
        ("a: {b: 1, c: 2}\n", [("a.c", UNSET), ("a.d", 3), ("a.b", UNSET)], "a: {d: 3}\n"),
        ("a: {b: 1}\n", [("a.b", UNSET), ("a.c", 2)], "a:\n  c: 2\n"),
        ("a: []\n", [("a[0]", "x"), ("a[1]", "w"), ("a[2]", "z")], "a: [x, w, z]\n"),
        ("a:\n- x\n", [("a[1]", "w"), ("a[2]", "z"), ("a[0]", UNSET)], "a:\n- w\n- z\n"),
        ("a: 1\nb: 2\n", [("a", UNSET), ("a", 3)], "b: 2\na: 3\n"),
        ("a: 1\nb: 2\n", [Edit(("a",), "c", Action.RENAME), ("a", 3)], "c: 1\nb: 2\na: 3\n"),
    ],
)
def test_several_edits_of_one_collection_come_out_in_order(old, edits, new):
    """New entries follow each other, and stand in the collection that they were meant for."""
    assert new == edited(old, *edits)


SHARED = "base: &b\n  x: 1\n  v: 2\none: *b\ntwo:\n  <<: *b  # defaults\n  z: 3\n"


@pytest.mark.parametrize(
    ("edit", "new"),
    [
        (("one.x", 5), "one:\n  x: 5\n  v: 2\n"),
        (("two.x", 5), "  z: 3\n  x: 5\n"),
        (("two.x", UNSET), "two:\n  z: 3\n  v: 2\n"),
        (("one", UNSET), "  v: 2\ntwo:\n"),
        (("base.x", 5), "base: &b\n  x: 5\n  v: 2\none:\n  x: 1\n  v: 2\n"),
        (("base", UNSET), "one:\n  x: 1\n  v: 2\ntwo:\n  z: 3\n  x: 1\n  v: 2\n"),
        (Edit(("one", "x"), "w", Action.RENAME), "one:\n  w: 1\n  v: 2\n"),
    ],
)
def test_what_an_alias_stands_for_is_written_out_where_it_must_differ(edit, new):
    """An edit changes what it names, and nothing that shares its text."""
    assert new in edited(SHARED, edit)


def test_the_block_of_a_seal_is_appended_and_then_changed_in_place():
    """Two lines of it change from one revision to the next, with the value's own."""
    text = (DATA / "escai/config.example.yaml").read_text()
    block = {"format": 1, "kid": "0123456789abcdef", "revision": 1, "seal": "ab" * 32}
    sealed = edited(text, ("_escai", block), ("database.postgres_password", TOKEN))
    assert sealed.endswith(f"  kid: 0123456789abcdef\n  revision: 1\n  seal: {'ab' * 32}\n")
    again = edited(sealed, ("_escai.revision", 2), ("_escai.seal", "cd" * 32), ("api.port", 9000))
    assert 3 == len(changed_lines(sealed, again))


@pytest.mark.parametrize(
    ("old", "edit", "new"),
    [
        ('{"a": 1}', ("a", "é"), '{"a": "é"}'),
        ('{"a": 1}\n', ("b", None), '{"a": 1, "b": null}\n'),
        ('{\n  "a": 1\n}\n', ("b", [1]), '{\n  "a": 1,\n  "b": [\n    1\n  ]\n}\n'),
        ('{\n\t"a": {}\n}', ("a.b", 1), '{\n\t"a": {\n\t\t"b": 1\n\t}\n}'),
        ('{"a": [1, 2]}', ("a[1]", UNSET), '{"a": [1]}'),
        ('{\n  "a": 1,\n  "b": 2\n}', ("a", UNSET), '{\n  "b": 2\n}'),
        ('{\n  "a": 1\n}', ("a", UNSET), "{}"),
        ('{"a": 1}', Edit(("a",), "b", Action.RENAME), '{"b": 1}'),
    ],
)
def test_json_is_edited_in_place_too(old, edit, new):
    """Indentation is that of the file; names and texts are in double quotes."""
    assert new == edited(old, edit, format="json")


@pytest.mark.parametrize(
    ("text", "edit"),
    [
        ("a: 1\n", ("b", UNSET)),
        ("a: 1\n", ("a.b", 1)),
        ("a: [1]\n", ("a[3]", 1)),
        ("a: 1\n", ("a", object())),
        ("a: 1\n", ("a", "\ud800")),
        ("a: 1\n", ("x" * 2000, 1)),
        ("a: 1\n", Edit(("a",), 1, Action.INSERT)),
        ("a: 1\nb: 2\n", Edit(("a",), "b", Action.RENAME)),
        ("a: 1\n", ("a", {1, 2})),
    ],
)
def test_what_cannot_be_written_is_refused(text, edit):
    """The error says why and holds nothing of text and value."""
    with pytest.raises(EditRefusedError) as caught:
        edited(text, edit)
    assert "config.yaml" == caught.value.where
    assert caught.value.path
    assert (None, None) == (caught.value.__cause__, caught.value.__context__)
    with pytest.raises(EditRefusedError):
        edited('{"a": 1}', ("a", float("nan")), format="json")


def test_edits_do_not_show_their_values():
    """An edit may set a secret."""
    assert "s3cret" not in repr(Edit(("a",), "s3cret"))


@pytest.mark.parametrize(
    ("old", "new", "edits"),
    [
        ({"a": 1}, {"a": 1}, []),
        ({"a": 1}, {"a": True}, [Edit(("a",), True)]),  # noqa: FBT003
        ({"a": 0.0}, {"a": -0.0}, [Edit(("a",), -0.0)]),
        ({"a": 1, "b": 2}, {"b": 2, "c": 3}, [Edit(("a",), UNSET), Edit(("c",), 3)]),
        ({"a": {"b": 1}}, {"a": {"b": 2}}, [Edit(("a", "b"), 2)]),
        ({"a": {"b": 1}}, {"a": [1]}, [Edit(("a",), [1])]),
        ({"a": [1, 2, 3]}, {"a": [1, 3]}, [Edit(("a", 1), UNSET)]),
        ({"a": [1, 3]}, {"a": [1, 2, 3]}, [Edit(("a", 1), 2, Action.INSERT)]),
        ({"a": [1, 2]}, {"a": [1, 5, 6]}, [Edit(("a", 1), 5), Edit(("a", 2), 6, Action.INSERT)]),
        ({"a": []}, {"a": [[1]]}, [Edit(("a", 0), [1], Action.INSERT)]),
    ],
)
def test_the_edits_between_two_trees_are_few(old, new, edits):
    """Leaves are set, entries and items come and go; equal types count."""
    assert edits == edits_between(old, new)
