"""Values as variables: what is written is read back."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, SecretStr

from escai_nb import keypath
from escai_nb.schema.catalog import Catalog
from escai_nb.sources.environment import overrides
from escai_nb.sources.variables import variables


class Api(BaseModel):
    """A section."""

    port: int = 80
    host: str = "localhost"
    origins: list[str] = []
    token: SecretStr | None = None


class Application(BaseModel):
    """A section, texts, and a place for anything."""

    debug: bool = False
    env: str | None = ""
    codeword: str = ""
    api: Api = Api()
    settings: dict[str, Any] = {}


CATALOG = Catalog(Application)


def written(data):
    """The variables for *data*, by name."""
    return {name: text.open() for _, name, text in variables(CATALOG, data, prefix="ESCAI")}


def read(environ):
    """What variables say, as nested data."""
    tree = {}
    found, unknown = overrides(CATALOG, environ, prefix="ESCAI")
    for each in found:
        tree = keypath.replace(tree, each.path, each.value)
    assert [] == unknown
    return tree


TEXTS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=12)
SCALARS = st.one_of(
    TEXTS,
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from(["007", "null", "true", "[1]", '"quoted"', "", " x "]),
)
KEYS = st.one_of(st.sampled_from(["a", "two_words", "x-api-key", "Upper", "a__b", "_", "é"]), TEXTS)
FREE = st.dictionaries(
    KEYS,
    st.recursive(
        SCALARS,
        lambda below: st.lists(below, max_size=2) | st.dictionaries(KEYS, below, max_size=2),
    ),
    max_size=3,
)


@given(
    st.fixed_dictionaries(
        {"settings": FREE},
        optional={
            "debug": st.booleans(),
            "codeword": TEXTS,
            "api": st.fixed_dictionaries(
                {}, optional={"port": st.integers(1, 9), "origins": st.lists(TEXTS, max_size=2)}
            ),
        },
    )
)
def test_what_is_written_is_read_back(data):
    """Types, free keys and empty values included; what says nothing at all is left out."""
    back = read(written(data))
    if data.get("api") == {}:
        data = keypath.without(data, ("api",))
        back.pop("api", None)

    assert data == back


def test_text_is_as_it_is_and_all_else_json():
    """A program reads a port, a word and a list without knowing of this package."""
    data = {"api": {"port": 80, "host": "a b", "origins": ["x", "y"], "token": None}}

    assert {
        "ESCAI_API__PORT": "80",
        "ESCAI_API__HOST": "a b",
        "ESCAI_API__ORIGINS": '["x", "y"]',
    } == written(data)


@pytest.mark.parametrize("value", [None, "staging"])
def test_what_speaks_to_the_toolkit_is_never_set(value):
    """A field that would be called like a variable of ours has none, nor has null."""
    assert {} == written({"env": value})
