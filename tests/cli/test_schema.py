"""The schema for editors: what is right passes it, what is wrong does not."""

from __future__ import annotations

import json

import jsonschema
import pytest
import yaml

from escai_nb import ConfigTemplates
from escai_nb.spec import load_spec

SPEC = load_spec()


@pytest.fixture(scope="module")
def validator():
    """A validator of the schema, which is itself checked."""
    from escai_nb.schema.json_schema import json_schema
    from escai_nb.workspace.loading.reading import BLOCK

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
