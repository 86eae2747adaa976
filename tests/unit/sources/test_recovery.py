"""Broken documents: each fault is named at its place, and what is not broken is still read."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from escai_nb.errors import FileUnavailableError
from escai_nb.sources.document import parse
from escai_nb.sources.recovery import position, recover, recovered

CASES = {
    "an open bracket": (
        "a:\n  b: [1, 2\n  c: 3\nd: 4\n",
        [(2, "a.b")],
        {"a": {"c": 3}, "d": 4},
        [("a", "b")],
    ),
    "an open quote": ('a: "x\nb: "y"\nc: 1\n', [(1, "a")], {"b": "y", "c": 1}, [("a",)]),
    "an open quote up to the end": ('a: 1\nb: "x\nc: 2\n', [(2, "b")], {"a": 1, "c": 2}, [("b",)]),
    "a colon in a text": ("a: x: y\nb: 1\n", [(1, "a")], {"b": 1}, [("a",)]),
    "two open quotes, of two kinds": (
        "a: 'x\nb: \"y\nc: 1\n",
        [(1, "a"), (2, "b")],
        {"c": 1},
        [("a",), ("b",)],
    ),
    "control characters before another fault and behind one": (
        'a: x\x01\nb: [1\nc: "\x7f"\nd: 1\n',
        [(1, "a"), (2, "b"), (3, "c")],
        {"d": 1},
        [("a",), ("b",), ("c",)],
    ),
    "a control character in a comment": (
        "a:\n  # \x01\n  b: [1\n  c: 1\n",
        [(2, ""), (3, "a.b")],
        {"a": {"c": 1}},
        [("a", "b")],
    ),
    "bytes": (
        "a: !!binary aGk=\nb: 1\n",
        [(1, "a")],
        {"b": 1},
        [("a",)],
    ),
    "signs that begin nothing": (
        "a: @x\nb: `y\nc: %z\nd: 1\n",
        [(1, "a"), (2, "b"), (3, "c")],
        {"d": 1},
        [("a",), ("b",), ("c",)],
    ),
    "a missing colon": (
        "a: 1\nsection\n  b: 2\nc: 3\n",
        [(2, "")],
        {"a": 1, "c": 3},
        [()],
    ),
    "a missing blank": ("a:\n  b:1\n  c: 2\n", [(2, "a")], {"a": {"c": 2}}, [("a",)]),
    "a wrong indentation": (
        "a:\n  b: 1\n   c: 2\n  d: 3\n",
        [(3, "a.c")],
        {"a": {"b": 1, "d": 3}},
        [("a", "c")],
    ),
    "a tab": ("a:\n\tb: 1\n  c: 2\n", [(2, "a.b")], {"a": {"c": 2}}, [("a", "b")]),
    "an item without a blank": (
        "a:\n  - x\n  -y\n  - z\n",
        [(3, "a[1]")],
        {"a": ["x", None, "z"]},
        [("a", 1)],
    ),
    "tags, aliases, values": (
        "a: !x 1\nb: *no\nc: 2026-13-45\nd: [1, !y 2]\n",
        [(1, "a"), (2, "b"), (3, "c"), (4, "d[1]")],
        {"d": [1, None]},
        [("a",), ("b",), ("c",), ("d", 1)],
    ),
    "keys that stand twice": (
        "a: {x: 1}\nb: 1\nb: 2\na:\n  x: 9\n  y: 2\n",
        [(3, "b"), (4, "a")],
        {"a": {"x": 1, "y": 2}, "b": 1},
        [],
    ),
    "keys that stand twice, one in the other, and one behind others": (
        "a:\n  x: 1\nb: {y: 1}\na:\n  z: 1\n  z: 2\nb: {y: 2, w: 3}\nb: {v: 4}\n",
        [(4, "a"), (6, "a.z"), (7, "b"), (8, "b")],
        {"a": {"x": 1, "z": 1}, "b": {"y": 1, "w": 3, "v": 4}},
        [],
    ),
    "an alias under keys that are no texts": (
        "a: &here\n  b: 1\nnull: *here\nc: *here\nd: !x 1\n",
        [(5, "d")],
        {"a": {"b": 1}, None: {"b": 1}, "c": {"b": 1}},
        [("d",)],
    ),
    "a second document": ("a: 1\n---\nb: 2\n", [(2, "")], {"a": 1}, []),
    "a key that is a list": ("? [a]\n: 1\nb: 2\n", [(1, "")], {"b": 2}, [()]),
    "bytes that are no text": (
        b"a: 1\nb: x\x01\nc: \xff\nd: 2\n",
        [(2, "b"), (3, "c")],
        {"a": 1, "d": 2},
        [("b",), ("c",)],
    ),
}

JSON = {
    "a missing comma": ('{"a": 1\n "b": 2}', [(2, "b")], {"a": 1, "b": 2}, []),
    "a comma too many": ('{"a": [1, 2,],\n"b": 2,}', [(1, "a[1]"), (2, "b")], None, []),
    "words that are no values": (
        '{"a": nope, "b": {"c": tru,\n"d": 1}}',
        [(1, "a"), (1, "b.c")],
        {"b": {"d": 1}},
        [("a",), ("b", "c")],
    ),
    "an open string": ('{"a": "x,\n"b": 2}', [(1, "a")], {"b": 2}, [("a",)]),
    "a bare name": ('{a: 1,\n"b": 2}', [(1, "")], {"b": 2}, [()]),
    "names that stand twice": (
        '{"a": {"x": 1},\n"a": {"x": 2, "y": 3}}',
        [(2, "a")],
        {"a": {"x": 1, "y": 3}},
        [],
    ),
    "a broken value behind a name that stands there already": (
        '{"a": {"x": 1},\n"a": tru,\n"b": 2}',
        [(2, ""), (2, "")],
        {"a": {"x": 1}, "b": 2},
        [],
    ),
    "a closing bracket too many": (
        '{"a": {"x": 1]},\n"b": {"y": 2}},\n"c": 3}',
        [(1, "a.x"), (2, "b.y")],
        {"a": {"x": 1}, "b": {"y": 2}, "c": 3},
        [],
    ),
    "a closing bracket too few": (
        '{"a": {"x": [1, 2},\n"b": 3}',
        [(1, "a.x[1]")],
        {"a": {"x": [1, 2]}, "b": 3},
        [],
    ),
    "closing brackets behind the end": ('{"a": 1}]}\n', [(1, "a")], {"a": 1}, []),
    "an end too early": ('{"a": {"b": 1', [(1, ""), (1, "a")], {"a": {"b": 1}}, []),
}


@pytest.mark.parametrize("case", [*CASES, *JSON])
def test_each_fault_is_named_and_the_rest_is_read(case):
    """By line and key path; what is not known is listed as lost."""
    text, faults, data, lost = {**CASES, **JSON}[case]
    content = text if isinstance(text, bytes) else text.encode()
    found = recovered(content, source="x", form="json" if case in JSON else "yaml")

    assert faults == [(position(fault)[0], fault.path) for fault in found.faults]
    assert data is None or data == found.document.data
    assert sorted(lost, key=str) == sorted(found.lost, key=str)


@pytest.mark.parametrize("text", ["", "- 1\n", "just words\n", "\0"])
def test_what_says_nothing_is_one_fault(text):
    """Then all is lost."""
    found = recovered(text.encode(), source="x")

    assert 1 == len(found.faults)
    assert ((),) == found.lost


def test_a_whole_document_is_as_it_is_parsed(tmp_path):
    """Without faults; a file that is missing or too large is told as one."""
    path = tmp_path / "config.yaml"
    with pytest.raises(FileUnavailableError):
        recover(path)
    path.write_text("a: 1\n")
    assert {"a": 1} == recover(path).document.data
    assert () == recover(path).faults
    path.write_bytes(b"a: " + b"x" * 5_000_000)
    assert "MiB" in str(recover(path).faults[0])


def test_an_effort_has_an_end():
    """Thousands of faults in a large file are not all looked for; the rest is given up."""
    text = "".join(f"k{n}: [1\nl{n}: 2\n" for n in range(30_000))
    found = recovered(text.encode(), source="x")

    assert 1 <= len(found.faults) <= 51
    assert () in found.lost
    assert 2 == found.document.data["l0"]


@pytest.mark.parametrize("form", ["yaml", "json"])
@pytest.mark.parametrize("joint", [",", ",\n"])
def test_a_file_of_nothing_but_faults_is_told_in_full(form, joint):
    """Each of thousands by its path; the work grows with the file, not with its square."""
    count = 10_000
    entries = [f'"k{n % count}": {1 if n < count else "{}"}' for n in range(2 * count)]
    found = recovered(f"{{{joint.join(entries)}}}".encode(), source="x", form=form)

    assert [f"k{n}" for n in range(count)] == [fault.path for fault in found.faults]
    assert count == len(found.document.data)


LINES = st.lists(st.sampled_from(["x: 1", "y: [a, b]", "z: {k: 2}", "t: text"]), max_size=6)
BROKEN = st.sampled_from(["q: [1", 'q: "x', "q: a: b", "q: @", "q: }"])


@given(before=LINES, broken=BROKEN, after=LINES)
def test_one_broken_line_costs_one_entry(before, broken, after):
    """The lines around it are read as if it were not there."""
    numbered = [f"{line[0]}{n}{line[1:]}" for n, line in enumerate([*before, *after])]
    lines = [*numbered[: len(before)], broken, *numbered[len(before) :], "last: 1"]
    found = recovered("\n".join(lines).encode(), source="x")
    rest = parse("\n".join([*numbered, "last: 1"]), source="x").data

    assert [(len(before) + 1, "q")] == [(position(f)[0], f.path) for f in found.faults]
    assert rest == found.document.data
    assert (("q",),) == found.lost


@given(st.text(alphabet="ab:[]{}\"'- \n\t#|>&*!,\\\0é", max_size=60))
def test_any_text_is_recovered_or_one_fault(text):
    """Nothing is raised, and no message repeats the text."""
    for form in ("yaml", "json"):
        found = recovered(text.encode(), source="x", form=form)

        assert found.faults or found.document is not None
        for fault in found.faults:
            assert not re.search(r"[ab]{3}", str(fault).partition(": ")[2].replace("tab", ""))


def test_a_secret_of_a_broken_line_is_in_no_message():
    """Nor is it in what is left of the text."""
    text = (
        'password: "kZ4-canary\nother: [1\ntoken: @kZ4-canary\n'
        "key: |\n    line\n  kZ4-canary\nmore: {a: kZ4-canary\n"
    )
    found = recovered(text.encode(), source="x")

    assert 5 == len(found.faults)
    assert "canary" not in found.document.text
    _says_nothing(found)


@pytest.mark.parametrize(
    "text",
    [
        '{"a": "kZ4-canary, "b": \'kZ4-canary\', "c": kZ4-canary}',
        '{"a": "x"kZ4-canary: 1, "b": 2}',
    ],
)
def test_a_secret_of_broken_json_is_in_no_message(text):
    """A piece of one is not taken for a name."""
    _says_nothing(recovered(text.encode(), source="x", form="json"))


def _says_nothing(found):
    said = [str(f) + f.hint + f.path + f.where for f in found.faults]
    assert "canary" not in json.dumps([said, [list(path) for path in found.lost]])
