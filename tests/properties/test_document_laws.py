"""Laws of documents: read as SafeLoader reads, and edited without harm."""

from __future__ import annotations

import datetime as dt
import json
import random
from collections import Counter

import yaml
from hypothesis import given, note, settings
from hypothesis import strategies as st

from escai_nb import keypath
from escai_nb.errors import DocumentError
from escai_nb.sources.document import parse, render
from escai_nb.sources.edit import UNSET, Action, Edit, apply, edits_between, same
from escai_nb.sources.layers import Layer, merge
from escai_nb.sources.outline import outline
from escai_nb.sources.writing import write_scalar
from escai_nb.sources.yaml_reader import PythonParser
from escai_nb.sources.yaml_reader import read as read_yaml

SCALARS = [
    *(None, True, False, 0, 1, -5, 8080, 1.5, 1e20, float("inf"), dt.date(2001, 1, 1)),
    *("", "x", "localhost", "a b", "yes", "012", "1e3", "it's", 'q"x', "a: b", "a #b", "- x"),
    *("multi\nline", "multi\nline\n", " lead", "trail ", "é😀", "2001-01-01", "#c", "~", "a,b"),
    *("[x]", "{", "tab\tx", "escai:1:fernet:gAAA_-==", "C:\\x", "=", "<<", "0x1F", "1:20", "..."),
]
KEYS = ["a", "b", "c", "d", "key one", "on", "1", "x.y", "k:z", True, 2, "é", "=", "it's"]
FRAGMENTS = [
    *("a", "b", "x: ", "- ", "? ", ": ", "\n", "\n  ", "\n    ", "[", "]", "{", "}", ", ", ","),
    *("#c", " # c\n", "&a ", "*a", "&b ", "*b", "!!str ", "!!int ", "!!float ", "!!bool "),
    *("!!binary ", "!!timestamp ", "!!set ", "!!map ", "! ", "!x ", "|\n  ", ">\n  ", "'s'", '"d"'),
    *("~", "null", "yes", "No", "1", "0", "-", "+", "1_0", "0x1F", "0o7", "012", "08", "1:20"),
    *(".5", "-.5", "1e3", "1.5e+3", ".inf", ".nan", "2001-01-01", "2001-13-01", "<<: ", "<<", "="),
    *("<<: *a\n", "%", "@", "---\n", "...\n", " ", "é", "😀", "\r\n", "\u2028", "\x85", "a: 1\n"),
]

plain_trees = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda below: st.lists(below, max_size=3) | st.dictionaries(st.text(), below, max_size=3),
    max_leaves=8,
)
seeds = st.integers(0, 2**32)
scalars = st.sampled_from(SCALARS) | st.text(max_size=8) | st.integers() | st.floats()
trees = st.recursive(
    scalars,
    lambda below: st.lists(below, max_size=3) | st.dictionaries(st.text(max_size=4), below),
    max_leaves=8,
)
mappings = st.dictionaries(st.text(max_size=4), trees, max_size=4)


class Author:
    """Somebody who writes YAML in every style that there is, by a seed."""

    def __init__(self, seed):
        self.chance = random.Random(seed)  # noqa: S311  # documents, not keys
        self.anchors = []
        self.uses_anchors = self.maybe(0.4)

    def pick(self, *choices):
        """Choose one of *choices*."""
        return self.chance.choice(choices)

    def maybe(self, likelihood=0.5):
        """Decide, with a likelihood from 0 to 1."""
        return self.chance.random() < likelihood

    def scalar(self, value, *, flow):
        """Write a scalar in any of its forms."""
        if value is True:
            return self.pick("true", "yes", "On")
        if value is None and not flow:
            return self.pick("null", "~", "")
        if value == 8080:
            return self.pick("8080", "8_080", "0x1F90", "!!int 8080")
        return write_scalar(value, style=self.pick("", "'", '"'), flow=flow)

    def comment(self):
        """Perhaps write one."""
        return self.pick("", "", "", "  # note", " # x: y", " #\ttab")

    def anchor(self):
        """Perhaps name the next value."""
        if not (self.uses_anchors and self.maybe(0.15)):
            return ""
        return f"&n{self.chance.randrange(10**6)} "

    def named(self, anchor, text):
        """Remember the anchor once its value is written."""
        if anchor:
            self.anchors.append(anchor[1:].strip())
        return text

    def flow(self, depth):
        """Write a value in brackets, or a scalar that could stand in some."""
        kind = self.chance.random()
        if kind < 0.55 or depth > 3:
            anchor = self.anchor()
            return self.named(anchor, anchor + self.scalar(self.pick(*SCALARS), flow=True))
        between = self.pick(", ", ",", ",\n        ", ", # c\n        ")
        end = self.pick("", "", ",", "\n      ", " # e\n      ")
        keys = self.chance.sample(KEYS, self.chance.randint(0, 3))
        if kind < 0.8:
            items = [self.flow(depth + 1) for _ in keys]
            return "[" + between.join(items) + (end if items else "") + "]"
        items = [f"{self.scalar(key, flow=True)}: {self.flow(depth + 1)}" for key in keys]
        return "{" + between.join(items) + (end if items else "") + "}"

    def value(self, indent, depth):
        """Write what follows a colon or dash, to the end of its last line."""
        kind = self.chance.random()
        anchor = self.anchor()
        if self.anchors and kind < 0.08:
            return f" *{self.pick(*self.anchors)}{self.comment()}\n"
        if kind < 0.5 or depth > 3:
            return self.named(anchor, self.leaf(anchor, indent))
        if kind < 0.65:
            return f" {self.flow(depth + 1)}{self.comment()}\n"
        head = f" {anchor}".rstrip() + self.comment() + "\n"
        inner = indent + self.pick(2, 2, 4)
        block = self.mapping if kind < 0.85 else self.sequence
        return self.named(anchor, head + block(inner, depth + 1))

    def leaf(self, anchor, indent):
        """Write a scalar of one line or several."""
        value = self.pick(*SCALARS)
        if isinstance(value, str) and "\n" in value and self.maybe():
            margin = " " * (indent + 2)
            lines = "".join(f"{margin}{line}\n" for line in value.rstrip("\n").split("\n"))
            return f" {anchor}{self.pick('|', '>', '|-', '|+')}{self.comment()}\n{lines}"
        text = f" {anchor}{self.scalar(value, flow=False)}".rstrip()
        return text + self.comment() + "\n"

    def mapping(self, indent, depth):
        """Write a mapping, line by line."""
        margin, text = " " * indent, ""
        for key in self.chance.sample(KEYS, self.chance.randint(1, 4)):
            text += self.pick("", "", "", f"{margin}# about\n", "\n")
            text += f"{margin}{self.scalar(key, flow=False)}:{self.value(indent, depth)}"
        return text

    def sequence(self, indent, depth):
        """Write a list, some of its mappings beside their dash."""
        margin, text = " " * indent, ""
        for _ in range(self.chance.randint(1, 3)):
            text += self.pick("", "", f"{margin}# item\n")
            if self.maybe(0.3):
                block = self.mapping(indent + 2, depth + 1)
                text += f"{margin}- {block.lstrip()}" if block[indent + 2] not in "#\n" else ""
            else:
                text += f"{margin}-{self.value(indent, depth)}"
        return text or f"{margin}- x\n"

    def document(self):
        """Write a whole document."""
        text = self.pick("", "# head\n", "---\n", "# h\n--- # c\n") + self.mapping(0, 0)
        text += self.pick("", "# tail\n", "...\n")
        text = text.rstrip("\n") if self.maybe(0.2) else text
        text = text.replace("\n", "\r\n") if self.maybe(0.2) else text
        return "\ufeff" + text if self.maybe(0.1) else text

    def tree(self, depth=0):
        """Make up a value."""
        kind = self.chance.random()
        if kind < 0.6 or depth > 2:
            return self.pick(*SCALARS)
        keys = self.chance.sample([key for key in KEYS if isinstance(key, str)], 3)
        if kind < 0.8:
            return [self.tree(depth + 1) for _ in keys]
        return {key: self.tree(depth + 1) for key in keys}

    def edit(self, data):
        """Make up a change of *data*, and what comes of it."""
        place, value = self.pick(*places(data))
        if not place or (isinstance(value, dict) and self.maybe()):
            path, given = (*place, self.pick("new", "a", "zz")), self.tree()
            return Edit(path, given), keypath.replace(data, path, given)
        if isinstance(value, list) and self.maybe():
            at, given = self.chance.randint(0, len(value)), self.tree()
            items = [*value[:at], given, *value[at:]]
            return Edit((*place, at), given, Action.INSERT), keypath.replace(data, place, items)
        if self.maybe(0.3):
            return Edit(place, UNSET), keypath.without(data, place)
        given = self.tree() if self.maybe(0.3) else self.pick(*SCALARS)
        return Edit(place, given), keypath.replace(data, place, given)


def places(data, at=()):
    """List every path of *data* with what lies there."""
    found = [(at, data)]
    if isinstance(data, dict | list):
        steps = data.items() if isinstance(data, dict) else enumerate(data)
        for step, value in steps:
            found += places(value, (*at, step))
    return found


def written(seed):
    """Return an author, and a document of theirs that can be read."""
    author = Author(seed)
    for _ in range(20):
        text = author.document()
        author.anchors.clear()
        try:
            return author, parse(text, source="generated")
        except DocumentError as error:
            if error.code not in {"duplicate-key", "anchor-refused"}:
                raise
    return author, parse("a: 1\n", source="generated")


@given(seeds)
def test_documents_read_as_safe_loader_reads_them(seed):
    """Whatever the style, data and types are those of SafeLoader, with both parsers."""
    _, document = written(seed)
    note(document.text)
    assert same(yaml.safe_load(document.text), document.data)
    naked = document.text.removeprefix("\ufeff")
    data, _ = read_yaml(naked, "generated", parser=PythonParser)
    assert same(document.data, data)


@given(seeds)
def test_both_parsers_see_the_same_outline(seed):
    """Edits come out alike where libyaml is missing."""
    _, document = written(seed)
    note(document.text)
    text = document.text.removeprefix("\ufeff")
    assert outline(text) == outline(text, parser=PythonParser)


@settings(max_examples=400)
@given(st.lists(st.sampled_from(FRAGMENTS), max_size=12).map("".join), st.sampled_from("ab[{"))
def test_any_text_reads_as_safe_loader_reads_it_or_not_at_all(text, first):
    """Mostly broken text: nothing is taken for what it is not, and refusals have a reason."""
    text = {"a": "a: ", "b": "k: &a {x: 1}\nb: ", "[": "k:\n  - ", "{": "{"}[first] + text
    note(text)
    try:
        # what libyaml takes and the parser in Python does not is judged by the former
        expected = yaml.load(text, yaml.CSafeLoader)
    except (yaml.YAMLError, ValueError, LookupError, AttributeError):
        expected = None
    try:
        assert same(expected, parse(text, source="generated").data)
    except DocumentError as error:
        is_strict = error.code in {"duplicate-key", "tag-refused", "anchor-refused"}
        assert is_strict or not isinstance(expected, dict)


@given(mappings, st.sampled_from([True, False, None]), st.sampled_from([None, "'", '"', "|"]))
def test_what_pyyaml_writes_is_read(data, flow, style):
    """Any tree, in any style of its dumper."""
    text = yaml.safe_dump(data, default_flow_style=flow, default_style=style, allow_unicode=True)
    note(text)
    assert same(yaml.safe_load(text), parse(text, source="dumped").data)


@given(mappings)
def test_what_is_rendered_is_read(data):
    """A fresh document says what it was made of, for PyYAML too."""
    text = render(data)
    note(text)
    assert same(data, parse(text, source="fresh").data)
    assert same(data, yaml.safe_load(text))


@given(st.dictionaries(st.text(), plain_trees, max_size=4))
def test_json_is_read_as_json_reads_it(data):
    """Strict JSON, indented or not, with escapes or without."""
    for text in (json.dumps(data), json.dumps(data, indent=2, ensure_ascii=False)):
        assert same(data, parse(text, source="x", format="json").data)


@given(seeds)
def test_marks_stand_where_keys_stand(seed):
    """At the mark of a text key there is its text, or its quote."""
    _, document = written(seed)
    note(document.text)
    lines = document.text.removeprefix("\ufeff").splitlines()
    for path, mark in document.key_marks.items():
        rest = lines[mark.line - 1][mark.column - 1 :]
        assert not isinstance(path[-1], str) or rest.startswith((path[-1], "'", '"'))
    assert set(document.key_marks) <= set(document.marks)


@settings(max_examples=300)
@given(seeds)
def test_an_edit_changes_what_it_names_and_nothing_else(seed):
    """Data are exactly those asked for; comments outside of what went stay."""
    author, document = written(seed)
    edit, expected = author.edit(document.data)
    note(f"{document.text!r}\n{edit} {edit.value!r}")
    text = apply(document, [edit])
    assert same(expected, parse(text, source="edited").data)
    if edit.action is Action.SET and not isinstance(keypath_or_none(document, edit), dict | list):
        assert not comments(document.text) - comments(text)


@settings(max_examples=300)
@given(seeds, st.sampled_from(["renamed", "a b", "on", "1", "it's", "=", "<<", "x: y", "é"]))
def test_a_renamed_entry_keeps_its_place(seed, name):
    """On one line, with the same value, between the same neighbours."""
    author, document = written(seed)
    entries = [
        (path, keypath.get(document.data, path[:-1]))
        for path, _ in places(document.data)
        if path and isinstance(keypath.get(document.data, path[:-1]), dict)
    ]
    free = [each for each in entries if name not in each[1]]
    if not free:
        return
    path, siblings = author.pick(*free)
    note(f"{document.text!r}\n{path}")
    text = apply(document, [Edit(path, name, Action.RENAME)])
    found = keypath.get(parse(text, source="edited").data, path[:-1])
    expected = {name if same(key, path[-1]) else key: value for key, value in siblings.items()}
    assert same(expected, found)
    if "*" not in document.text:  # what aliases bring in is written out
        assert list(expected) == list(found)
        before, after = document.text.split("\n"), text.split("\n")
        assert sum(left != right for left, right in zip(before, after, strict=True)) == 1


def keypath_or_none(document, edit):
    """Return what lay where an edit is made."""
    has = keypath.has(document.data, edit.path)
    return keypath.get(document.data, edit.path) if has else None


def comments(text):
    """Count the comments of *text* that are lines of their own or end one."""
    found = [line.split("#", 1)[1] for line in text.splitlines() if line.lstrip()[:1] == "#"]
    return Counter(found)


@settings(max_examples=300)
@given(seeds)
def test_one_changed_scalar_is_one_changed_line(seed):
    """On whatever line, in whatever style, if old and new fit on one."""
    author, document = written(seed)
    single = [
        (path, value)
        for path, value in keypath.leaves(document.data)
        if not isinstance(value, dict | list) and "\n" not in str(value)
    ]
    if "*" in document.text or not single:
        return  # what aliases bring in is written out, on lines of its own
    path, old = author.pick(*single)
    value = author.pick(*[each for each in SCALARS if "\n" not in str(each)])
    note(f"{document.text!r}\n{path} {value!r}")
    text = apply(document, [Edit(path, value)])
    before, after = document.text.split("\n"), text.split("\n")
    assert len(before) == len(after)
    differing = sum(left != right for left, right in zip(before, after, strict=True))
    assert (not same(old, value)) == differing


@given(seeds, st.integers(2, 12))
def test_edits_at_once_say_what_they_say_one_by_one(seed, count):
    """Those that wait for each other, and those that must not."""
    author, document = written(seed)
    edits, expected = [], document.data
    for _ in range(count):
        edit, expected = author.edit(expected)
        edits.append(edit)
    note(f"{document.text!r}\n{[(edit.action, edit.path, edit.value) for edit in edits]}")
    assert same(expected, parse(apply(document, edits), source="edited").data)


@given(seeds)
def test_several_edits_lead_to_any_tree(seed):
    """The edits between two trees make the text of one into that of the other."""
    author, document = written(seed)
    target = {"a": author.tree(), **{k: v for k, v in document.data.items() if author.pick(0, 1)}}
    note(f"{document.text!r}\n{target}")
    text = apply(document, edits_between(document.data, target))
    assert same(target, parse(text, source="edited").data)


@given(seeds, st.sampled_from([None, 2, 4, "\t"]))
def test_json_stays_as_its_author_indents_it(seed, indent):
    """An edited file looks as if it were written afresh."""
    author = Author(seed)
    data = {key: jsonable(author.tree()) for key in ("a", "b", "c")}
    text = json.dumps(data, indent=indent, ensure_ascii=False)
    edit, expected = author.edit(data)
    note(f"{text}\n{edit} {edit.value!r}")
    edit = Edit(edit.path, jsonable(edit.value), edit.action)
    edited = apply(parse(text, source="x", format="json"), [edit])
    assert same(jsonable(expected), parse(edited, source="y", format="json").data)
    assert json.dumps(json.loads(edited), indent=indent, ensure_ascii=False) == edited


def jsonable(tree):
    """Leave out of *tree* what JSON does not know."""
    if isinstance(tree, dict):
        return {key: jsonable(value) for key, value in tree.items()}
    if isinstance(tree, list):
        return [jsonable(item) for item in tree]
    return str(tree) if isinstance(tree, dt.date) or tree == float("inf") else tree


def layer(tree):
    """Make a layer of which nobody asks the origin."""
    return Layer(None, tree, lambda _: None)


@given(mappings, mappings, mappings)
def test_layers_can_be_merged_in_any_grouping(low, middle, high):
    """Merging two first and the third then is merging all three."""
    at_once = merge([layer(low), layer(middle), layer(high)]).data
    first = merge([layer(low), layer(middle)]).data
    assert same(at_once, merge([layer(first), layer(high)]).data)
    assert same(at_once, merge([layer(at_once), layer(high)]).data)
