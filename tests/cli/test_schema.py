"""The schema for editors: what is right passes it, what is wrong does not."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal
from pathlib import Path
from uuid import UUID  # noqa: TC003  # the model reads it

import jsonschema
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from pydantic import AnyUrl, BaseModel, SecretStr, ValidationError

from escai_nb import ConfigTemplates
from escai_nb.schema.catalog import catalog_of
from escai_nb.schema.json_schema import json_schema
from escai_nb.spec import load_spec
from escai_nb.workspace.loading.reading import BLOCK

SPEC = load_spec()


@pytest.fixture(scope="module")
def validator():
    """A validator of the schema, which is itself checked."""
    schema = json_schema(SPEC.catalog, title="ESCAI", block=BLOCK)
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def misfits(validator, data):
    """Where *data* does not fit."""
    return [".".join(map(str, error.absolute_path)) for error in validator.iter_errors(data)]


@pytest.mark.parametrize("environment", SPEC.environments)
def test_every_preset_fits(validator, environment):
    """So does what users begin with."""
    assert [] == misfits(validator, SPEC.preset(environment))
    template = ConfigTemplates().generate_config_template(environment)
    assert [] == misfits(validator, json.loads(json.dumps(template)))


def test_a_sealed_file_fits(validator, workspace):
    """Tokens and the seal are known."""
    data = yaml.safe_load(workspace.file().read_text())
    assert "_escai" in data
    assert [] == misfits(validator, data)


def test_every_default_fits(validator):
    """What the model fills in could be written."""
    defaults = json.loads(json.dumps(SPEC.catalog.defaults(), default=str))
    assert [] == misfits(validator, defaults)


@pytest.mark.parametrize(
    ("data", "place"),
    [
        ({"api": {"port": 0}}, "api.port"),
        ({"api": {"port": "high"}}, "api.port"),
        ({"api": {"prot": 1}}, "api"),
        ({"log_level": "LOUD"}, "log_level"),
        ({"database": {"postgres_password": [1]}}, "database.postgres_password"),
        ({"api": {"cors_origins": "https://a.example"}}, "api.cors_origins"),
        ({"nonsense": 1}, ""),
    ],
)
def test_what_is_wrong_is_found_where_it_stands(validator, data, place):
    """Types, bounds, choices, unknown names."""
    assert [place] == misfits(validator, data)


@pytest.mark.parametrize(
    "data",
    [
        {"debug": "yes"},
        {"debug": "Off"},
        {"api": {"port": "1_000"}},
        {"api": {"port": "8080"}},
        {"security": {"jwt_secret_key": "${ESCAI_SECURITY__JWT_SECRET_KEY_FILE}"}},
    ],
)
def test_what_an_editor_reads_as_text_fits_where_it_is_taken(validator, data):
    """YAML 1.2 has text for what YAML 1.1 has numbers and switches for; a secret may be awaited."""
    assert [] == misfits(validator, data)


class Kinds(BaseModel):
    """A field of many types."""

    whole: int = 0
    number: float = 0.0
    switch: bool = False
    text: str = ""
    maybe: int | None = None
    numbers: list[int] = []
    pair: tuple[int, str] = (1, "a")
    by_name: dict[str, int] = {}
    day: dt.date = dt.date(2026, 1, 1)
    span: dt.timedelta = dt.timedelta(seconds=1)
    amount: Decimal = Decimal(1)
    folder: Path = Path()
    link: AnyUrl | None = None
    name: UUID | None = None
    either: list[int] | dict[str, int] = []
    secret: SecretStr = SecretStr("")


plain = st.recursive(
    st.none()
    | st.integers(-3, 3)
    | st.floats(-3, 3, width=16)
    | st.sampled_from(
        ["", "yes", "ON", "a", " 7 ", "-3", "1.5", "1e3", "2026-01-01", "PT3S", "/a"]
    ),
    lambda below: st.lists(below, max_size=2) | st.dictionaries(st.text("ab"), below, max_size=2),
    max_leaves=3,
)


@given(st.sampled_from(sorted(Kinds.model_fields)), plain)
def test_what_the_model_takes_fits(name, value):
    """Whatever is written, but for switches where numbers belong."""
    schema = json_schema(catalog_of(Kinds), title="kinds", block="_escai")
    try:
        Kinds.model_validate({name: value})
    except ValidationError:
        return
    assert [] == misfits(jsonschema.Draft202012Validator(schema), {name: value})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("whole", "many"),
        ("whole", [1]),
        ("whole", True),
        ("number", {}),
        ("switch", "perhaps"),
        ("text", 1),
        ("maybe", ""),
        ("numbers", 1),
        ("numbers", ["a"]),
        ("by_name", {"a": "b"}),
        ("day", []),
        ("folder", 1),
        ("link", 1),
        ("name", 1.5),
        ("either", "a"),
        ("secret", 1),
    ],
)
def test_another_type_does_not_fit(name, value):
    """An editor marks it while it is typed."""
    schema = json_schema(catalog_of(Kinds), title="kinds", block="_escai")
    assert misfits(jsonschema.Draft202012Validator(schema), {name: value})


def test_any_model_has_one(escai):
    """It is valid JSON Schema."""
    data = escai("config", "schema", "--spec", "shop:SHOP").data
    jsonschema.Draft202012Validator.check_schema(data)


def test_it_is_written_where_an_editor_looks(escai):
    """And written anew by the next release."""
    for _ in range(2):
        escai("config", "schema", "-o", "config.schema.json")
    assert "ESCAI" == json.loads((escai.folder / "config.schema.json").read_text())["title"]


def test_fields_as_markdown(escai):
    """Each one has its row; no default of a secret is told."""
    text = escai("config", "schema", "--format", "markdown").out
    for field in SPEC.catalog.fields:
        assert f"| `{field.name}` |" in text
    assert "| `jwt_secret_key` | text | *secret* |" in text
