"""What a report says of repairs: how many there are, and the command that makes them."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

MENDABLE = """\
api:
  prot: 8443
  request_timeout: 20
security:
  jwt_secret_key: pR7v-Kq2_mZ9xLw4Tb1sYd8fHc3nGj6a-Vu5eWo
"""
"""One safe repair and one that asks, beside what the defaults bring."""
COMMAND = re.compile(r"escai (config validate .*--fix( --unsafe)?)")
MODEL = """
from pydantic import BaseModel
from escai_nb.spec import ConfigSpec

class App(BaseModel):
    model_config = {"extra": "forbid"}
    colour: str = "red"

SPEC = ConfigSpec(name="ours", model=App, environments=("blue", "green"))
"""


@pytest.fixture
def mendable(escai):
    """A shell in a folder whose development file can be mended."""
    escai.config.mkdir()
    escai.file().write_text(MENDABLE)
    return escai


def commands(said):
    """The commands that are named in *said*, without the first word."""
    return [shlex.split(found[1]) for found in COMMAND.finditer(said)]


def test_the_commands_that_are_named_mend_what_can_be_mended(mendable):
    """The safe one first; after both, nothing more is offered."""
    safe, unsafe = commands(mendable("config", "validate", code=1).out)
    assert ["config", "validate", "-e", "development", "--fix"] == safe
    assert [*safe, "--unsafe"] == unsafe

    mendable(*safe, code=1)
    left = mendable("config", "validate", code=1).out
    assert [unsafe] == commands(left)
    mendable(*unsafe, "--yes")
    assert not commands(mendable("config", "validate").out)


@pytest.mark.parametrize("form", ["text", "markdown", "html"])
def test_forms_for_people_name_the_command(mendable, form):
    """Each as it was asked for: folder, environment and dotenv file."""
    mendable.config.rename("my config")
    Path("other.env").write_text("")
    words = ("-d", "my config", "--env-file", "other.env")
    said = mendable("config", "validate", *words, "--format", form, code=1).out
    said = said.replace("&#x27;", "'").replace("&#39;", "'").replace("&#46;", ".")

    assert "escai config validate -d 'my config' -e development --env-file other.env --fix" in said
    assert "a safe repair" in said


def test_in_full_each_finding_names_its_own(mendable):
    """The misspelt name asks, and says so."""
    said = mendable("config", "validate", "--detailed", code=1).out

    assert "Repair: escai config validate -e development --fix (safe)" in said
    assert "Repair: escai config validate -e development --fix --unsafe (asks first)" in said


def test_a_file_by_itself_names_its_workspace_if_it_has_one(mendable):
    """Elsewhere nothing can be mended, and no command is promised."""
    Path("other.yaml").write_text(MENDABLE)
    inside = mendable("config", "validate", "-c", "config/config.development.yaml", code=1).out
    outside = mendable("config", "validate", "-c", "other.yaml", code=1).out

    assert commands(inside)[0] == ["config", "validate", "-e", "development", "--fix"]
    assert not commands(outside)
    assert "a safe repair, which --fix makes in a workspace." in outside


def test_an_own_spec_is_named_with_it(escai, monkeypatch):
    """Unless the environment names it already."""
    Path("ours_repairs.py").write_text(MODEL)
    escai.config.mkdir()
    (escai.config / "config.blue.yaml").write_text("color: green\n")
    words = ("config", "validate", "-e", "blue")
    named = escai(*words, "--spec", "ours_repairs:SPEC", code=1).out
    monkeypatch.setenv("ESCAI_SPEC", "ours_repairs:SPEC")

    [command] = commands(named)
    assert ["--spec", "ours_repairs:SPEC"] == command[4:6]
    assert [["config", "validate", "-e", "blue", "--fix", "--unsafe"]] == commands(
        escai(*words, code=1).out
    )
    escai(*command, "--yes")
    assert "colour: green" in (escai.config / "config.blue.yaml").read_text()


def test_what_the_own_file_cannot_mend_is_not_promised(mendable, monkeypatch):
    """What a variable sets, and names of the shared file; --fix says where they stand."""
    shared = mendable.config / "config.yaml"
    shared.write_text("api:\n  prot: 8443\n")
    mendable.file().write_text(MENDABLE.replace("  prot: 8443\n  request_timeout: 20\n", "  {}\n"))
    monkeypatch.setenv("ESCAI_API__WORKERS", "32")
    mended = mendable("config", "validate", "--fix", "--unsafe", "--yes", code=1)

    assert "api.prot: unknown field" in mended.err
    assert "it stands in the shared file, config.yaml:2:3" in mended.err
    assert "env ESCAI_API__WORKERS sets it" in mended.err
    assert "ESC101" not in mendable("config", "history").out
    assert not commands(mended.out)
    assert "api:\n  prot: 8443\n" == shared.read_text()


def test_a_file_that_cannot_be_opened_is_not_promised_a_repair(mendable):
    """First it has to be mended itself."""
    mendable.file().write_text(f"{MENDABLE}ml: [\n")

    assert not commands(mendable("config", "validate", code=1).out)
