"""Fields as rows."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

from pydantic import BaseModel, Field, SecretStr

from escai_nb.origin import DEFAULT, Origin, OriginKind
from escai_nb.schema.catalog import catalog_of
from escai_nb.schema.fields import Promotion, Unit
from escai_nb.secret import MASK
from escai_nb.views.field_view import catalog_sheet, explanation_sheet, values_sheet
from escai_nb.workspace.loading.explanation import Explanation, LayerValue
from escai_nb.workspace.values import Value, Values

CANARY = "canary-0123456789"


class Inner(BaseModel):
    """A section."""

    port: Annotated[int, Field(ge=1, le=65535, description="Where it listens."), Unit("tcp")] = 80


class Model(BaseModel):
    """A small model with a secret that has a default."""

    host: Annotated[str, Promotion.ENVIRONMENT]
    inner: Inner = Inner()
    token: SecretStr = SecretStr(CANARY)


def test_every_leaf_of_the_model_is_a_row():
    """Type, bounds, default and class of promotion stand in the row."""
    rows = {row["path"]: row for row in catalog_sheet(catalog_of(Model)).records()}

    assert ["host", "inner.port", "token"] == list(rows)
    assert ("80", "Where it listens.", False) == tuple(
        rows["inner.port"][name] for name in ("default", "doc", "required")
    )
    assert "1..65535" in rows["inner.port"]["expected"]
    assert (True, "env") == (rows["host"]["required"], rows["host"]["promotion"])


def test_the_default_of_a_secret_is_masked():
    """That there is one is told, not which."""
    sheet = catalog_sheet(catalog_of(Model))

    assert MASK == list(sheet.records())[2]["default"]
    assert CANARY not in repr(sheet)


FILE = Origin(OriginKind.FILE, "config.staging.yaml", 3, 9)


def explanation(*steps, value=None):
    """An explanation of ``inner.port`` by *steps*."""
    field = catalog_of(Model).find(("inner", "port"))
    return Explanation("inner.port", field, value, secret=False, steps=steps)


def test_layers_say_who_won():
    """One row a layer, lowest first."""
    made = explanation(
        LayerValue(DEFAULT, 80, won=False), LayerValue(FILE, 8080, won=True), value=8080
    )
    sheet = explanation_sheet(made)

    assert [
        ("default", "default", "80", False),
        ("environment file", "config.staging.yaml:3:9", "8080", True),
    ] == [tuple(row.values()) for row in sheet.records()]
    assert "inner.port = 8080, from config.staging.yaml:3:9" == sheet.summary
    assert "Where it listens." == sheet.notes[0]


def test_a_section_lists_its_values_and_what_they_hide():
    """One row a value; a lower layer that says the same is no news, unless it is secret."""
    port = explanation(
        LayerValue(DEFAULT, 80, won=False), LayerValue(FILE, 8080, won=True), value=8080
    )
    same = replace(
        port, path="inner.same", value=80, steps=(port.steps[0], replace(port.steps[1], value=80))
    )
    secret = replace(
        port,
        path="inner.token",
        value=MASK,
        secret=True,
        steps=tuple(replace(step, value=MASK) for step in port.steps),
    )
    whole = Explanation(
        "inner", None, {"port": 8080}, steps=port.steps, secret=False, below=(port, same, secret)
    )
    sheet = explanation_sheet(whole)

    where = "config.staging.yaml:3:9"
    assert [
        ("inner.port", "8080", where, "80 (default)"),
        ("inner.same", "80", where, None),
        ("inner.token", MASK, where, f"{MASK} (default)"),
    ] == [tuple(row.values()) for row in sheet.records()]
    assert f"inner: 3 values, merged key by key, the highest layer being {where}" == sheet.summary


def test_a_path_that_nobody_sets_is_a_sentence():
    """No layer speaks of it."""
    made = explanation()

    assert "inner.port: not set" == explanation_sheet(made).summary
    assert "no layer says anything" in made.to_html()


def test_values_in_effect_say_where_they_come_from():
    """One row a leaf, of any layer, masked where it is secret."""
    rows = (
        Value("inner.port", 8080, FILE, secret=False),
        Value("token", MASK, DEFAULT, secret=True),
    )
    sheet = values_sheet(Values("staging", "", rows))

    assert [
        ("inner.port", "8080", "config.staging.yaml:3:9", False),
        ("token", MASK, "default", True),
    ] == [tuple(row.values()) for row in sheet.records()]
    assert "staging: 2 values" == sheet.summary
