"""Keys as rows."""

from __future__ import annotations

import pytest

from escai_nb.spec import load_spec
from escai_nb.views.key_view import keys_sheet
from escai_nb.views.sheet import Tone
from escai_nb.workspace.access.key_list import Keys, list_keys
from escai_nb.workspace.bootstrap import initialise
from escai_nb.workspace.keys.key_rotation import rotate_keys
from escai_nb.workspace.layout import Workspace


@pytest.fixture
def workspace(tmp_path):
    """A workspace whose staging environment had its key rotated once."""
    environ = {"XDG_DATA_HOME": str(tmp_path / "keys")}
    made = Workspace.at(tmp_path / "config", load_spec(), environ=environ)
    initialise(made, "staging")
    rotate_keys(made, "staging")
    return made


def test_keys_say_their_state_and_where_the_master_key_is(workspace):
    """Newest first; the replaced one is still listed."""
    sheet = keys_sheet(list_keys(workspace, ["staging", "production"]))
    rows = list(sheet.records())

    assert ["primary", "retired"] == [row["state"] for row in rows]
    assert rows[0]["generation"] > rows[1]["generation"]
    assert (Tone.GOOD, Tone.NEUTRAL) == sheet.tones
    assert [0, 0] == [row["age"] for row in rows]
    assert all(row["recipients"].startswith("file ") for row in rows)
    assert "2 keys of staging" == sheet.summary
    assert () == sheet.notes


def test_a_missing_master_key_is_said(workspace):
    """Listing needs no key, and tells that there is none."""
    rows = list_keys(workspace, ["staging"]).rows
    rows[0].key_file.unlink()
    sheet = keys_sheet(list_keys(workspace, ["staging"]))

    assert ("The master key of staging is not on this machine.",) == sheet.notes


def test_no_keys_are_a_sentence():
    """Nothing was sealed yet."""
    assert "no environment has a keyring yet" in Keys(()).to_html()
