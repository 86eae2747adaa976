"""Laws of sealed documents: they come back as they were, and as nothing else."""

import copy
import datetime as dt
import math

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from escai_nb import keypath
from escai_nb.encryption.block import BLOCK, Scope
from escai_nb.encryption.derivation import DataKey
from escai_nb.encryption.framing import frame, padded, unpadded
from escai_nb.encryption.seal import open_document, seal_document, sealed_paths
from escai_nb.errors import (
    DocumentError,
    KeyPathError,
    KeyUnavailableError,
    NewerFormatError,
    SealError,
)
from escai_nb.sources.document import parse
from escai_nb.sources.writing import render

KEY = DataKey(bytes(range(32)))
REFUSED = (SealError, KeyUnavailableError, NewerFormatError)

zones = st.integers(-23 * 60, 23 * 60).map(lambda m: dt.timezone(dt.timedelta(minutes=m)))
scalars = st.one_of(
    st.booleans(),
    st.integers(),
    st.integers(min_value=-(10**60), max_value=10**60),
    st.floats(),
    st.text(),
    st.binary(max_size=40),
    st.dates(),
    st.datetimes(timezones=st.none() | zones),
)
names = st.text(max_size=6)
entries = st.sampled_from(["wraps", "vouches", "seal", "format", "extra"])


def trees(leaves):
    """Plain data: mappings, lists and scalars inside each other."""
    return st.recursive(
        leaves,
        lambda below: (
            st.lists(below, max_size=3)
            | st.dictionaries(names, below, max_size=3)
            | st.dictionaries(st.integers() | st.booleans() | st.none(), below, max_size=2)
        ),
        max_leaves=12,
    )


documents = st.dictionaries(
    names.filter(lambda name: name != BLOCK), trees(scalars | st.none()), max_size=4
)


@st.composite
def documents_with_secrets(draw):
    """A document, and some of its leaves that have names on their way."""
    data = draw(documents)
    data["certain"] = draw(scalars)
    named = [path for path, _ in keypath.leaves(data) if _has_names(data, path)]
    chosen = draw(st.sets(st.sampled_from(named), max_size=5)) | {("certain",)}
    return data, chosen


def _has_names(data, path):
    for step in path:
        if isinstance(data, dict) and not isinstance(step, str):
            return False
        data = data[step]
    return True


def sealed(data, secrets, scope=Scope.STRICT, **given_):
    """Seal with what all tests here share."""
    facts = {"key": KEY, "scope": scope, "revision": 3, "document": "ab" * 16} | given_
    return seal_document(data, secrets=secrets, **facts)


@given(scalars)
def test_a_scalar_comes_back_with_its_type(value):
    """What is padded is read again, alike to the last bit, and its length is hidden."""
    plain = padded(value)
    again = unpadded(plain)
    assert type(value) is type(again)
    assert frame(value) == frame(again)
    assert 0 == len(plain) % 32


@given(trees(scalars | st.none()), trees(scalars | st.none()))
def test_frames_are_equal_for_equal_data_only(one, other):
    """Two trees have one frame if, and only if, they are the same in values and types."""
    assert _same(one, other) == (frame(one) == frame(other))
    assert frame(one) == frame(copy.deepcopy(one))


def _same(one, other):
    if type(one) is not type(other):
        return False
    if isinstance(one, dict):
        kinds = [sorted(map(repr, tree)) for tree in (one, other)]
        return kinds[0] == kinds[1] and all(_same(one[key], other[key]) for key in one)
    if isinstance(one, list):
        return len(one) == len(other) and all(map(_same, one, other))
    if isinstance(one, float):
        alike = one == other and math.copysign(1, one) == math.copysign(1, other)
        return alike or (math.isnan(one) and math.isnan(other))
    if isinstance(one, dt.datetime):
        return one.isoformat() == other.isoformat()
    return bool(one == other)


@given(documents_with_secrets(), st.sampled_from(Scope))
def test_a_document_comes_back_as_it_was(document, scope):
    """Opening undoes sealing, for every tree, and hides what is secret."""
    data, secrets = document
    made = sealed(data, secrets, scope)
    opened = open_document(made, KEY)
    assert frame(data) == frame(opened.data)
    expected = {
        path
        for path in secrets
        if keypath.get(data, path) is not None
        and not isinstance(keypath.get(data, path), dict | list)
    }
    assert expected == set(sealed_paths(made))


@given(documents_with_secrets(), st.sampled_from(Scope))
def test_sealing_the_same_again_changes_no_byte(document, scope):
    """Unchanged leaves keep their tokens, so that a diff shows what changed."""
    data, secrets = document
    made = sealed(data, secrets, scope)
    opened = open_document(made, KEY)
    assert made == sealed(opened.data, secrets, scope, previous=opened)


@given(documents_with_secrets(), scalars)
def test_a_changed_leaf_alone_gets_a_new_token(document, value):
    """One new value, one new token."""
    data, secrets = document
    assume(frame(value) != frame(data["certain"]))
    opened = open_document(sealed(data, secrets), KEY)
    changed = open_document(sealed({**data, "certain": value}, secrets, previous=opened), KEY)
    assert {("certain",)} == {
        path for path in opened.tokens if opened.tokens[path] != changed.tokens[path]
    }


ELSEWHERE = sealed({"certain": "other", "x": ["y"]}, {("certain",), ("x", 0)}, document="cd" * 16)
"""A document beside, under the same key, for what may be taken from it."""
STRANGE = (("certain",), ("x",), ("x", 0), (BLOCK,), (BLOCK, "seal"), (BLOCK, "document"))


@st.composite
def mutations(draw, tree):
    """The tree with one thing done to one place of it; the place is chosen among all."""
    places = [(), *_places(tree)]
    here, there = draw(st.sampled_from(places)), draw(st.sampled_from(places))
    node, other = keypath.get(tree, here), keypath.get(tree, there)
    grown = draw(st.sampled_from(["", None, [], {}, 0]))
    done = {
        "value": lambda: _put(tree, here, draw(trees(scalars | st.none()))),
        "copy": lambda: _put(tree, here, other),
        "drop": lambda: _without(tree, here),
        "text": lambda: _put(tree, here, str(node)),
        "nest": lambda: _put(tree, here, draw(st.sampled_from([[node], {"x": node}]))),
        "splice": lambda: _put(tree, here, keypath.get(ELSEWHERE, draw(st.sampled_from(STRANGE)))),
        "split": lambda: _put(_put(tree, here, node[:-1]), there, node[-1:] + other),
        "reorder": lambda: _put(tree, here, list(reversed(node))),
        "twice": lambda: _put(tree, here, [*node, node[draw(st.integers(0, len(node) - 1))]]),
        "cut": lambda: _put(tree, here, node[: draw(st.integers(0, len(node)))]),
        "swap": lambda: _put(_put(tree, here, other), there, node),
        "rename": lambda: _put(_without(tree, here), (*here[:-1], draw(names)), node),
        "grow": lambda: _put(tree, here, {**node, draw(names | entries): grown}),
    }
    try:
        return done[draw(st.sampled_from(sorted(done)))]()
    except (TypeError, AttributeError, IndexError, KeyError, ValueError, KeyPathError):  # not here
        return tree


def _places(node, at=()):
    steps = node.items() if isinstance(node, dict) else enumerate(node)
    for step, below in steps:
        yield (*at, step)
        if isinstance(below, dict | list):
            yield from _places(below, (*at, step))


def _put(tree, path, value):
    if not path:
        return value
    made = copy.deepcopy(tree)
    above = keypath.get(made, path[:-1])
    if isinstance(above, list):
        above[path[-1] : path[-1] + 1] = [value] if isinstance(path[-1], int) else []
    elif isinstance(above, dict):
        above[path[-1]] = copy.deepcopy(value)
    return made


def _without(tree, path):
    made = copy.deepcopy(tree)
    del keypath.get(made, path[:-1])[path[-1]]
    return made


@given(documents_with_secrets(), st.data())
def test_nothing_but_the_identity_is_accepted_under_strict(document, draw):
    """Whatever is done to a strict document, in data or block, it does not open."""
    made = sealed(*document)
    touched = draw.draw(mutations(made))
    assume(isinstance(touched, dict) and frame(touched) != frame(made))
    with pytest.raises(REFUSED):
        open_document(touched, KEY)


@given(documents_with_secrets(), st.data())
def test_under_secrets_only_plain_values_may_change(document, draw):
    """A document of scope secrets opens if, and only if, its block and its tokens are in place."""
    made = sealed(*document, Scope.SECRETS)
    touched = draw.draw(mutations(made))
    assume(isinstance(touched, dict) and frame(touched) != frame(made))
    if _covered(touched) == _covered(made):
        opened = open_document(touched, KEY)
        assert set(sealed_paths(made)) == set(opened.tokens)
    else:
        with pytest.raises(REFUSED):
            open_document(touched, KEY)


def _covered(data):
    """What the seal of scope secrets is about, written without the walk."""
    tokens = {}
    for path, value in keypath.leaves(data):
        if isinstance(value, str) and value.startswith("escai:1:fernet:"):
            kinds = [type(keypath.get(data, path[:end])).__name__ for end in range(len(path))]
            tokens[repr((path, kinds))] = value
    return repr(sorted(tokens.items())), frame(data.get(BLOCK))


@given(documents_with_secrets(), documents_with_secrets(), st.sampled_from(Scope))
def test_no_document_passes_for_another(document, other, scope):
    """Tokens, block or all but the block of another document under the same key are refused."""
    one, two = sealed(*document, scope), sealed(*other, scope, document="cd" * 16)
    for mixed in ({**one, "certain": two["certain"]}, {**one, BLOCK: two[BLOCK]}):
        with pytest.raises(REFUSED):
            open_document(mixed, KEY)


@given(documents_with_secrets(), st.sampled_from(Scope), st.data())
def test_a_truncated_file_is_refused(document, scope, draw):
    """Whatever the first lines of a sealed file say, they are not taken for all of it."""
    text = render(_plain(sealed(*document, scope)))
    lines = text.splitlines(keepends=True)
    kept = "".join(lines[: draw.draw(st.integers(0, len(lines) - 1))])
    with pytest.raises((*REFUSED, DocumentError)):
        open_document(parse(kept, source="cut.yaml").data, KEY)


def _plain(made):
    """The certain leaf and the block, which any writer of YAML can write."""
    return {"certain": made["certain"], BLOCK: made[BLOCK]}
