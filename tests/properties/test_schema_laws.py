"""Laws of the catalogue and of plain data against models."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from shop import SHOP
from tricky import Tree

from escai_nb import keypath
from escai_nb.errors import ValueRefusedError
from escai_nb.escai.spec import ESCAI
from escai_nb.masking import encodings
from escai_nb.schema.catalog import MISSING, FieldSpec, Kind, catalog_of
from escai_nb.schema.field_spec import choice_text
from escai_nb.schema.modelling import check, plain

if TYPE_CHECKING:
    from collections.abc import Callable

CANARY = "CANARY-5d1e-of-a-secret"
SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(max_size=20)
)
TREES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=8,
)
TEXTS: dict[type, st.SearchStrategy[str]] = {
    dt.date: st.dates().map(str),
    dt.time: st.times().map(dt.time.isoformat),
    dt.datetime: st.datetimes(timezones=st.just(dt.UTC)).map(dt.datetime.isoformat),
    dt.timedelta: st.integers(0, 10**9).map(lambda seconds: f"PT{seconds}S"),
    Decimal: st.decimals(0, 1000, places=2).map(str),
}


CHECKED = ("host", "neo4j_uri", "public_address", "upload_folder", "influxdb_retention_policy")
"""Fields whose text has a form of its own; they keep their default."""


def texts(spec: FieldSpec) -> st.SearchStrategy[str]:
    if spec.annotation in TEXTS:
        return TEXTS[spec.annotation]
    if spec.name.endswith(CHECKED):
        return st.just("localhost" if spec.default is MISSING else str(spec.default))
    if "cors" in keypath.render(spec.path):
        return st.just("*")
    return st.text(min_size=spec.min_length or 0, max_size=spec.max_length or 30)


def sections(spec: FieldSpec) -> st.SearchStrategy[Any]:
    fields = catalog_of(spec.annotation).children(spec).items()
    return st.fixed_dictionaries({name: values(field) for name, field in fields})


def lists(spec: FieldSpec) -> st.SearchStrategy[Any]:
    if spec.item is None:
        return st.tuples(*map(values, spec.members)).map(list)
    # deep enough to meet a list inside of a list, and a model inside of itself
    return st.lists(values(spec.item), max_size=2) if len(spec.path) < 4 else st.just([])


MAKERS: dict[Kind, Callable[[FieldSpec], st.SearchStrategy[Any]]] = {
    Kind.BOOLEAN: lambda _: st.booleans(),
    Kind.INTEGER: lambda spec: st.integers(spec.minimum, spec.maximum),  # type: ignore[arg-type]
    Kind.NUMBER: lambda spec: st.floats(
        spec.minimum, spec.maximum, allow_nan=False, allow_infinity=False
    ),
    Kind.TEXT: texts,
    Kind.CHOICE: lambda spec: st.sampled_from(spec.choices),
    Kind.UNION: lambda spec: st.one_of(*map(values, spec.members)),
    Kind.ANY: lambda _: TREES,
    Kind.SECTION: sections,
    Kind.MAPPING: lambda spec: st.dictionaries(
        st.text(max_size=8), values(spec.item or spec), max_size=2
    ),
    Kind.LIST: lists,
}


def values(spec: FieldSpec) -> st.SearchStrategy[Any]:
    """Make data that fits *spec*."""
    found = MAKERS[spec.kind](spec)
    return st.none() | found if spec.nullable else found


@st.composite
def escai_data(draw: st.DrawFn) -> dict[str, Any]:
    """Make a configuration of ESCAI: the defaults, and up to eight fields that deviate."""
    data = ESCAI.catalog.defaults() | {"debug": False}
    data["security"]["jwt_secret_key"] = draw(st.text(min_size=1))
    for spec in draw(st.lists(st.sampled_from(ESCAI.catalog.fields), max_size=8)):
        data = keypath.replace(data, spec.path, draw(values(spec)))
    assume(not (data["debug"] and data["environment"] == "production"))
    return data


ESCAI_DATA = escai_data()
SHOP_DATA = values(SHOP.catalog.root)


@given(ESCAI_DATA)
def test_escai_data_survives_the_model(data: dict[str, Any]) -> None:
    """What fits is given back as it was, number for number."""
    instance, misfits = check(ESCAI.model, data)
    assert () == misfits
    assert instance is not None
    written = plain(instance)
    assert data == written
    assert instance == check(ESCAI.model, written)[0]
    assert [] == ESCAI.catalog.unknown(written)


@given(SHOP_DATA)
def test_data_of_another_spec_survives_too(data: dict[str, Any]) -> None:
    """Unions, lists of models, dates and decimals: equal instances, stable data."""
    instance, misfits = check(SHOP.model, data)
    assume(not misfits)  # the shop may close before it opens
    assert instance is not None
    written = plain(instance)
    assert instance == check(SHOP.model, written)[0]
    assert written == plain(check(SHOP.model, written)[0])  # type: ignore[arg-type]
    assert json.loads(json.dumps(written)) == written


@given(SHOP_DATA)
def test_every_leaf_of_valid_data_has_a_field(data: dict[str, Any]) -> None:
    """Whatever fits a model is known to its catalogue."""
    for path, value in keypath.leaves(data):
        assert SHOP.catalog.find(path) is not None
        assert isinstance(SHOP.catalog.is_sensitive(path, value), bool)


@given(TREES)
def test_any_data_is_judged_without_a_crash(data: object) -> None:
    """Check gives an instance or misfits, never both, never an exception."""
    for model in (ESCAI.model, SHOP.model, Tree):
        instance, misfits = check(model, data)
        assert (instance is None) == bool(misfits)


@given(ESCAI_DATA, st.data())
def test_misfits_lie_where_the_data_was_spoilt(data: dict[str, Any], draw: st.DataObject) -> None:
    """A leaf of a wrong type gives a misfit at its path and nowhere else."""
    spec = draw.draw(
        st.sampled_from([f for f in ESCAI.catalog.fields if f.kind is not Kind.MAPPING])
    )
    spoilt = keypath.replace(data, spec.path, {"wrong": "type"})
    assert [spec.path] == [misfit.path for misfit in check(ESCAI.model, spoilt)[1]]


@given(ESCAI_DATA, TREES, st.data())
def test_no_secret_is_in_a_misfit(data: dict[str, Any], wrong: object, draw: st.DataObject) -> None:
    """Whatever else is wrong with a configuration full of secrets."""
    secret = [spec.path for spec in ESCAI.catalog.fields if spec.sensitive]
    for path in secret:
        shape = draw.draw(st.sampled_from([CANARY, [CANARY], {"a": CANARY}, {CANARY: 1}]))
        data = keypath.replace(data, path, shape)
    spoilt = draw.draw(st.sampled_from(ESCAI.catalog.fields)).path
    data = keypath.replace(data, spoilt, wrong)
    _, misfits = check(ESCAI.model, data)
    shown = "".join(f"{misfit.message} {misfit.expected} {misfit.kind}" for misfit in misfits)
    assert not any(form in shown for form in encodings(CANARY))


@given(SHOP_DATA)
def test_masked_data_holds_no_secret(data: dict[str, Any]) -> None:
    """Each secret leaf is a mask, each other one is itself."""
    secret = set(SHOP.catalog.secret_paths(data))
    masked = SHOP.catalog.masked(data)
    for path, value in keypath.leaves(data):
        shown = keypath.get(masked, path)
        assert shown != value or path not in secret or value == "********"
        assert path in secret or shown == value or "://" in str(value)


@given(st.data())
def test_text_of_a_value_is_read_back_as_the_value(draw: st.DataObject) -> None:
    """What a command line says of a scalar or a list means the same."""
    scalar = (Kind.BOOLEAN, Kind.INTEGER, Kind.NUMBER, Kind.CHOICE, Kind.TEXT)
    fields = [spec for spec in ESCAI.catalog.fields if spec.kind in scalar]
    spec = draw.draw(st.sampled_from(fields))
    value = draw.draw(values(spec))
    assume(not (spec.nullable and str(value).strip().lower() in {"none", "~", "null"} and value))
    text = "null" if value is None else choice_text(value)
    assert value == ESCAI.catalog.parse_text(spec.path, text)


NOT_TEXT = [f for f in ESCAI.catalog.fields if f.kind not in {Kind.TEXT, Kind.LIST}]


@given(st.sampled_from(NOT_TEXT), st.text(max_size=30))
def test_a_text_is_refused_in_silence(spec: FieldSpec, text: str) -> None:
    """The error carries none of the text."""
    with pytest.raises(ValueRefusedError) as caught:
        ESCAI.catalog.parse_text(spec.path, CANARY + text)
    assert CANARY not in f"{caught.value!r}{caught.value.hint}"


@given(st.sampled_from(ESCAI.catalog.fields), st.data())
def test_a_slip_of_the_pen_finds_its_field(spec: FieldSpec, draw: st.DataObject) -> None:
    """A letter too few still leads to a path that exists; mostly the one meant."""
    name = spec.name
    at = draw.draw(st.integers(0, len(name) - 1))
    slipped = (*spec.path[:-1], name[:at] + name[at + 1 :])
    assume(ESCAI.catalog.find(slipped) is None)
    meant = ESCAI.catalog.suggest(slipped)
    assert ESCAI.catalog.find(keypath.parse(meant)) is not None


@given(st.recursive(st.just([]), lambda kids: st.lists(kids, max_size=3), max_leaves=10))
def test_recursive_models_are_known_at_any_depth(shape: list[Any]) -> None:
    """The catalogue of a model that holds itself has no bottom."""

    def tree(kids: list[Any]) -> dict[str, Any]:
        return {"name": "n", "kids": [tree(kid) for kid in kids], "left": None}

    data = tree(shape)
    assert () == check(Tree, data)[1]
    assert [] == catalog_of(Tree).unknown(data)
    assert all(catalog_of(Tree).find(path) is not None for path, _ in keypath.leaves(data))
