"""What leaves comes back: in every format, masked or not."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from escai_nb.errors import EditRefusedError
from escai_nb.masking import mask_leaves
from escai_nb.secret import MASK, conceal, reveal
from escai_nb.sources.dotenv import parse_dotenv, write_dotenv
from escai_nb.spec import load_spec
from escai_nb.workspace.exchange import read_values, taken_over, written

SPEC = load_spec()

texts = st.text(max_size=20).filter(lambda text: MASK not in text and "://" not in text)
scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | texts
free = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)
origins = st.lists(st.sampled_from(["https://a.example.org", "https://b.example.org"]))
trees = st.fixed_dictionaries(
    {
        "debug": st.booleans(),
        "api": st.fixed_dictionaries({"port": st.integers(1, 65_535), "cors_origins": origins}),
        "database": st.fixed_dictionaries(
            {"postgres_host": texts, "postgres_password": st.none() | texts}
        ),
        "custom_settings": st.dictionaries(texts, free, max_size=3),
    }
)
formats = st.sampled_from(["yaml", "json", "env"])


def without_nulls(tree):
    """Return *tree* without nulls and empty mappings in its mappings."""
    if not isinstance(tree, dict):
        return tree
    below = {key: without_nulls(value) for key, value in tree.items()}
    return {key: value for key, value in below.items() if value is not None and value != {}}


def there_and_back(tree, form):
    """Write *tree* in the format *form*, and read it."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "values"
        file.write_bytes(written(tree, SPEC, form).open().encode())
        return read_values(file, SPEC, form)


@given(trees, formats)
def test_what_is_exported_in_clear_comes_back_as_it_was(tree, form):
    """In an empty place, every value and its type."""
    own = conceal(tree, SPEC.catalog.is_sensitive)
    try:
        given_back = there_and_back(own, form)
    except EditRefusedError:  # a variable cannot tell null from the text "null"
        assert form == "env"
        return
    came = reveal(taken_over({}, {}, given_back))
    if form == "env":  # where no variable says null
        came, own = without_nulls(came), without_nulls(reveal(own))
    assert reveal(own) == came


@given(trees, formats)
def test_a_masked_export_changes_nothing_where_it_comes_from(tree, form):
    """Every mask stands for the value that is there."""
    own = conceal(tree, SPEC.catalog.is_sensitive)
    masked = mask_leaves(own, lambda _: False)
    try:
        given_back = there_and_back(masked, form)
    except EditRefusedError:
        assert form == "env"
        return
    assert own is taken_over(own, own, given_back)


@given(st.dictionaries(st.from_regex("[A-Z_][A-Z0-9_]{0,5}", fullmatch=True), st.text()))
def test_variables_come_back_as_they_were(values):
    """Whatever they hold: quotes, lines, signs of the shell."""
    assert values == parse_dotenv(write_dotenv(values), source="test")
