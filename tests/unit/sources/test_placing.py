"""Where things stand in a document, and where they end."""

from __future__ import annotations

import pytest

from escai_nb import keypath
from escai_nb.origin import OriginKind
from escai_nb.sources.document import parse
from escai_nb.sources.places import Mark
from escai_nb.sources.placing import Placing

TEXT = """\ufeffname: plain words  # why
single: 'it''s'
double: "a \\"b\\""
number: 70000
list: [one, "two", 3]
empty:
folded: >
  text
split: one
  two
nested: {a: 1}
password: hidden-words
ünder: ü=ü
"""


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("name", "plain words"),
        ("single", "'it''s'"),
        ("double", '"a \\"b\\""'),
        ("number", "70000"),
        ("list[0]", "one"),
        ("list[1]", '"two"'),
        ("list[2]", "3"),
        ("nested.a", "1"),
        ("ünder", "ü=ü"),
        ("empty", ""),
        ("folded", ""),
        ("split", ""),
        ("nested", ""),
        ("password", ""),
        ("nested.b", ""),
    ],
)
def test_a_value_ends_where_its_line_tells(path, shown, newline):
    """One of several lines has no end that is told, and of a secret nobody learns its length."""
    places = placing(TEXT.replace("\n", newline))
    origin = places.of_value(keypath.parse(path))
    line = TEXT.removeprefix("\ufeff").splitlines()[origin.line - 1]

    assert shown == (line[origin.column - 1 : origin.end - 1] if origin.end else "")


def test_a_name_ends_where_it_is_written():
    """A quoted one has no end that is told."""
    places = placing('ünder: 1\n"quoted": 2\n')

    assert (1, 6) == ends(places.of_key(("ünder",)))
    assert (1, 0) == ends(places.of_key(("quoted",)))


def test_json_has_ends_too():
    """The same, by the same signs."""
    places = placing('{"a": "x\\"y", "b": [true, null]}', form="json")

    assert (7, 13) == ends(places.of_value(("a",)))
    assert (21, 25) == ends(places.of_value(("b", 0)))
    assert (27, 31) == ends(places.of_value(("b", 1)))


def placing(text, form="yaml"):
    """Make the places of *text*, in which a password is hidden."""
    document = parse(text, source="app.yaml", format=form)
    return Placing(
        document, OriginKind.FILE, "app.yaml", hidden=lambda path, _: path == ("password",)
    )


def ends(origin):
    """First column, and the one behind the last."""
    return origin.column, origin.end


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("form", ["yaml", "json"])
@pytest.mark.parametrize("strange", ["\x85", "\u2028", "\u2029", "x"])
def test_lines_are_those_of_an_editor(form, end, strange):
    """Whatever ends a line for the format, and whatever ends none in an editor."""
    lines = ["{", f'"a": "1{strange}2",', '"b":  3', "}", ""]
    document = parse(end.join(lines), source="c", format=form)

    assert (Mark(3, 7), Mark(3, 1)) == (document.marks["b",], document.key_marks["b",])
