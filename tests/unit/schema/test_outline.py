"""An outline says of a model what reading asks for, and the one that is shipped is the model's."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from shop import SHOP
from tricky import Tree

from escai_nb import keypath
from escai_nb.escai.models import EscaiConfig
from escai_nb.escai.spec import ESCAI
from escai_nb.schema.catalog import catalog_of
from escai_nb.schema.outline import Outline
from escai_nb.spec import load_spec

MODEL = "escai_nb.escai.models:EscaiConfig"
SHIPPED = Path(sys.modules[ESCAI.__module__].__file__).parent / "escai" / "outline.json"
CATALOG = catalog_of(EscaiConfig)
NAMES = sorted({str(step) for spec in CATALOG.fields for step in spec.path})
STEPS = st.one_of(
    st.sampled_from(NAMES),
    st.sampled_from(["secret", "postgres_pasword", "token_count", "note", "*", "0"]),
    st.integers(0, 3),
)
PATHS = st.one_of(
    st.sampled_from([spec.path for spec in (*CATALOG.fields, *CATALOG.sections)]),
    st.lists(STEPS, min_size=1, max_size=4).map(tuple),
    st.lists(STEPS, max_size=2).map(lambda rest: ("custom_settings", *rest)),
)
VALUES = st.sampled_from([None, "", "x", "http://u:p@h/", True, 7, [], {}, ["x"]])


def test_shipped_outline_is_that_of_the_model():
    """
    What is read without the model is what the model says.

    To renew it, write `Catalog.to_json` of the model into the file.
    """
    assert CATALOG.to_json(model=MODEL) == SHIPPED.read_text()


@given(PATHS, VALUES)
def test_outline_and_catalogue_agree(path, value):
    """Both know the same fields, and hold the same values for secret."""
    outline = load_spec().outline

    assert CATALOG.is_sensitive(path, value) == outline.is_sensitive(path, value)
    assert (CATALOG.find(path) is None) == (outline.find(path) is None)
    assert CATALOG.suggest(path) == outline.suggest(path)


def test_outline_has_the_defaults():
    """What holds where nobody says anything is the same."""
    assert CATALOG.defaults() == load_spec().outline.defaults()


def test_model_that_is_given_is_asked_itself():
    """An outline never speaks for another model than its own."""
    other = dataclasses.replace(ESCAI, model=SHOP.model, generated=(), environment_field=None)

    assert other.outline is other.catalog
    assert SHOP.outline is SHOP.catalog


def test_outline_of_another_model_is_refused():
    """A reference that was changed alone does not open the old outline."""
    with pytest.raises(ValueError, match="no outline of shop:Shop"):
        Outline.from_json(SHIPPED.read_bytes(), model="shop:Shop")


def test_section_that_holds_itself_has_no_outline():
    """Its fields have no end."""
    with pytest.raises(ValueError, match="no outline"):
        catalog_of(Tree).to_json(model="tricky:Tree")


def test_reading_a_value_builds_no_model(tmp_path):
    """What one value costs has nothing to do with the model's classes."""
    (tmp_path / "config.development.yaml").write_text("api: {port: 8123}\n")
    code = (
        "import sys\n"
        "from escai_nb.workspace.reader import ConfigReader\n"
        f"reader = ConfigReader({str(tmp_path)!r}, 'development', enable_hot_reload=False)\n"
        "print(reader.get_config_value('api.port'), 'pydantic' in sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert "8123 False" == done.stdout.strip()


def test_paths_of_an_outline_read_back():
    """Sections, lists and mappings lie where they lay."""
    outline = Outline.from_json(SHIPPED.read_bytes(), model=MODEL)
    places = [keypath.render(spec.path) for spec in (*CATALOG.sections, *CATALOG.fields)]

    assert places == [keypath.render(spec.path) for spec in (*outline.sections, *outline.fields)]
