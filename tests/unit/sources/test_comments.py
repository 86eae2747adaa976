"""Comments: where they are, what they belong to, and what only looks like one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from escai_nb.keypath import render
from escai_nb.sources.comments import remarks
from escai_nb.sources.document import parse

TEXT = """# top
a: 2027-01-31 # on a
# before b
b: &x # on b
  - 1
  # before item
  - {c: 2}   # on item
t: "x # y"
s: |  # on s
  text # not
  # nor this
# before e
e: >- # on e
  folded
z:
  "q#": 5 #close
  1: [1,
      2] # on the list
# last
"""


def said(text, source="c.yaml", **more):
    """Comment → what it belongs to."""
    document = parse(text, source=source, **more)
    return {each.text: render(each.path) for each in remarks(document)}


def test_each_comment_belongs_to_an_entry():
    """To the one on its line, else to the next one."""
    assert {
        "top": "a",
        "on a": "a",
        "before b": "b",
        "on b": "b",
        "before item": "b[1]",
        "on item": "b[1]",
        "on s": "s",
        "before e": "e",
        "on e": "e",
        "close": "z.q#",
        "on the list": "z[1][1]",
        "last": "",
    } == said(TEXT)


def test_places_are_those_of_the_sign():
    """In characters, also behind wide ones and tabs, and with any line break."""
    text = '\ufeff"ü日": 1\t# one\r\nb: 2 # two\r\n'
    found = remarks(parse(text, source="c.yaml"))

    assert [("one", 1, 9), ("two", 2, 6)] == [(r.text, r.line, r.column) for r in found]


def test_only_what_matters_is_looked_for():
    """The rest costs nothing."""
    found = remarks(parse(TEXT, source="c.yaml"), lambda text: text.startswith("before"))

    assert ["before b", "before item", "before e"] == [each.text for each in found]


def test_json_has_no_comments():
    """A sign in a JSON text is a sign."""
    assert {} == said('{"a": "x # y"}', format="json")


@pytest.mark.parametrize(
    "text",
    ["a: 'x # y'\n", "a: x#y\n", '"a # b": 1\n', "a: |\n  # x\n", "a: x\n  y#z\n", 'a: ["# x"]\n'],
)
def test_what_only_looks_like_a_comment(text):
    """Inside of texts, and without a blank before it."""
    assert {} == said(text)


@given(st.text("# x\n"))
def test_a_quoted_text_has_no_comments(inside):
    """Whatever stands in it."""
    escaped = inside.replace("\n", "\\n")

    assert {"here": "a"} == said(f'a: "{escaped}" # here\n')
