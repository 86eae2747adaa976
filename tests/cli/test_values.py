"""``show``, ``get``, ``set``, ``unset``, ``explain``: values, typed and masked."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import yaml

from escai_nb.secret import MASK

SECRET = "database.postgres_password"
PLAIN = "violet-otter-lantern-copper-0815"
LONGEST_LINE = 200


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("api.port", "8000"),
        ("api.host", "127.0.0.1"),
        ("debug", "true"),
        ("database.mongodb_username", "null"),
    ],
)
def test_get_prints_one_value(workspace, path, text):
    """A string is printed as it is, all else as JSON."""
    assert f"{text}\n" == workspace("config", "get", path).out


def test_get_prints_a_section_as_json(workspace):
    """A section is one JSON object, its secrets masked."""
    data = json.loads(workspace("config", "get", "database").out)
    assert 5432 == data["postgres_port"]
    assert MASK == data["postgres_password"]


def test_get_masks_a_secret_and_says_so(workspace):
    """A secret is masked; the remark is not part of the output."""
    outcome = workspace("config", "get", SECRET)
    assert f"{MASK}\n" == outcome.out
    assert "--reveal" in outcome.err


def test_get_reveals_into_a_pipe_only_with_yes(workspace):
    """Outside of a terminal a secret needs two words."""
    workspace("config", "set", SECRET, "--stdin", stdin=f"{PLAIN}\n")
    assert PLAIN not in workspace("config", "get", SECRET, "--reveal", code=2).out
    assert f"{PLAIN}\n" == workspace("config", "get", SECRET, "--reveal", "--yes").out


@pytest.mark.parametrize("form", ["yaml", "json", "table", "env"])
def test_show_is_masked_in_every_form(workspace, form):
    """No form of the output holds a secret, nor its token."""
    workspace("config", "set", SECRET, "--stdin", stdin=PLAIN)
    out = workspace("config", "show", "--format", form).out
    assert PLAIN not in out
    assert "escai:1:" not in out
    assert MASK in out


def test_show_prints_what_can_be_read_again(workspace):
    """As YAML and JSON the same values, defaults included, each of its type."""
    as_yaml = yaml.safe_load(workspace("config", "show").out)
    assert as_yaml == workspace("config", "show", "--format", "json").data
    assert 8000 == as_yaml["api"]["port"]


def test_show_tells_origins_in_the_table(workspace, monkeypatch):
    """The table says of each value where it comes from."""
    monkeypatch.setenv("ESCAI_API__WORKERS", "7")
    rows = workspace("config", "show", "-k", "api", "--format", "table").out.splitlines()
    workers = next(row for row in rows if row.startswith("api.workers"))
    assert "7" in workers
    assert "env ESCAI_API__WORKERS" in workers
    assert "config.development.yaml:" in next(r for r in rows if r.startswith("api.port"))


def test_show_as_variables_sets_the_same_values(workspace, monkeypatch):
    """Each line names the variable that would override the value."""
    line = next(
        row
        for row in workspace("config", "show", "-k", "api", "--format", "env").out.splitlines()
        if "PORT=" in row
    )
    name, value = line.split("=")
    monkeypatch.setenv(name, str(int(value) + 1))
    assert "8001\n" == workspace("config", "get", "api.port").out


def test_set_saves_all_pairs_as_one_version(workspace):
    """Several values are one version, and the comments of the file stay."""
    commented = workspace.file().read_text().replace("  port:", "  # the port\n  port:")
    workspace.file().write_text(commented)
    workspace("config", "set", "api.port", "9000", "api.workers", "3", "-m", "busy season")
    text = workspace.file().read_text()
    assert "  # the port\n  port: 9000\n" in text
    newest = workspace("config", "history", "--format", "json").data[0]
    assert ("busy season", 2) == (newest["message"], newest["changes"])


@pytest.mark.parametrize(
    ("path", "given", "expected"),
    [
        ("custom_settings.offset", "-5", -5),
        ("custom_settings.rate", "-0.5", -0.5),
        ("custom_settings.limit", "-1e5", -100000.0),
        ("database.redis_password", "null", None),
        ("api.cors_origins", '["https://a.example", "https://b.example"]', None),
        ("api.cors_origins", "https://a.example,https://b.example", None),
        ("custom_settings.nested", '{"a": [1, null]}', {"a": [1, None]}),
        ("debug", "no", False),
    ],
)
def test_values_are_typed_by_their_field(workspace, path, given, expected):
    """Negative numbers, null, JSON and comma lists arrive as what they mean."""
    if path.endswith("password"):
        workspace("config", "set", path, "--stdin", stdin=given)
    else:
        workspace("config", "set", path, given)
    found = workspace("config", "get", path, "--format", "json").data
    listed = ["https://a.example", "https://b.example"]
    assert (listed if path == "api.cors_origins" else expected) == found


def test_a_terminal_that_is_not_utf_8_is_understood(workspace, monkeypatch):
    """Of a message and a name in Latin-1 the history has the bytes as escapes."""
    monkeypatch.setenv("ESCAI_AUTHOR", "J\udcfcrgen")
    workspace("config", "set", "api.port", "8010", "-m", "f\udcfcr den Proxy")

    (newest,) = workspace("config", "history", "-n", "1", "--format", "json").data
    assert ("J\\udcfcrgen", "f\\udcfcr den Proxy") == (newest["author"], newest["message"])


def test_set_twice_is_one_version(workspace):
    """Setting a value to what it is makes no version."""
    workspace("config", "set", "api.port", "9000")
    before = workspace("config", "history", "--format", "json").data
    assert "no changes" in workspace("config", "set", "api.port", "9000").out
    assert before == workspace("config", "history", "--format", "json").data


def test_set_as_json_is_data_alone(workspace):
    """The changes and the version are one JSON document."""
    data = workspace("config", "set", "api.port", "9000", "--format", "json").data
    assert ["api.port"] == [change["path"] for change in data["changes"]]
    head = workspace("config", "history", "--format", "json").data[0]
    assert head["id"] == data["version"]


def test_set_shows_and_writes_nothing_in_a_dry_run(workspace):
    """A dry run tells the difference and leaves the file."""
    before = workspace.file().read_bytes()
    out = workspace("config", "set", "api.port", "9000", "--dry-run").out
    assert "api.port" in out
    assert "9000" in out
    assert "nothing was written" in out
    assert before == workspace.file().read_bytes()


def test_set_reads_a_secret_from_a_file(workspace, tmp_path):
    """The line end that an editor adds is not part of the secret."""
    source = tmp_path / "secret.txt"
    source.write_text(f"{PLAIN}\n")
    outcome = workspace("config", "set", SECRET, "--from-file", source)
    assert PLAIN not in outcome.out + outcome.err + workspace.file().read_text()
    assert f"{PLAIN}\n" == workspace("config", "get", SECRET, "--reveal", "--yes").out


def test_set_says_when_a_variable_hides_the_value(workspace, monkeypatch):
    """The value is saved, and the remark names what hides it here."""
    monkeypatch.setenv("ESCAI_API__PORT", "7777")
    outcome = workspace("config", "set", "api.port", "9000")
    assert "ESCAI_API__PORT" in outcome.err
    assert "7777\n" == workspace("config", "get", "api.port").out
    assert "port: 9000" in workspace.file().read_text()


def test_set_shared_lies_under_every_environment(workspace):
    """The shared file is changed and recorded in its own stream; what vouches is sealed anew."""
    workspace("config", "init", "-e", "staging")
    workspace("config", "unset", "api.title", code=2)
    outcome = workspace("config", "set", "--shared", "custom_settings.region", "eu-west")
    assert "sealed anew: staging" in outcome.out
    for name in ("development", "staging"):
        assert "eu-west\n" == workspace("config", "get", "-e", name, "custom_settings.region").out
    assert 1 == len(workspace("config", "history", "--shared", "--format", "json").data)
    refusal = workspace("config", "set", "--shared", SECRET, "--stdin", stdin=PLAIN, code=2)
    assert PLAIN not in refusal.err


def test_a_change_says_how_many_errors_still_stand(escai):
    """Whatever makes it; data stays data, and what was there before is no reason to refuse it."""
    example = Path(__file__).parent.parent / "data" / "escai" / "config.example.yaml"
    escai("config", "import", example)
    said = "note: 3 errors still stand: escai config validate -e development\n"
    assert escai("config", "set", "api.port", "8123").err == said
    assert escai("config", "unset", "api.workers", "--format", "json").err == said
    assert escai("config", "set", "--shared", "api.workers", "3").err == said
    assert escai("config", "rollback", "HEAD~1", "--yes", "--format", "json").err == said
    Path("values.yaml").write_text("api: {port: 8124}\n")
    assert escai("config", "import", "values.yaml").err == said
    assert "" == escai("config", "set", "api.port", "8125", "--quiet").err
    assert "" == escai("config", "set", "api.port", "8126", "--dry-run").err


def test_unset_lets_the_lower_layer_show(workspace):
    """Without a value of its own the field has its default."""
    workspace("config", "set", "api.workers", "9")
    workspace("config", "unset", "api.workers")
    assert "9\n" != workspace("config", "get", "api.workers").out
    assert "workers: 9" not in workspace.file().read_text()


def test_explain_tells_every_layer(workspace, monkeypatch):
    """Default, file and variable are listed, and which one won."""
    monkeypatch.setenv("ESCAI_API__PORT", "7777")
    layers = workspace("config", "explain", "api.port", "--format", "json").data["layers"]
    assert ["7777" if layer["won"] else "" for layer in layers][-1]
    assert [False, False, True] == [layer["won"] for layer in layers]
    out = workspace("config", "explain", "api.port").out
    assert "env ESCAI_API__PORT" in out
    assert "1..65535" in out


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("database", "database.postgres_password ********"),
        ("api.cors_methods", "api.cors_methods[3] DELETE"),
        ("custom_settings", "custom_settings.deep[0].webhook_token ********"),
    ],
)
def test_explain_tells_each_value_of_a_section_in_a_line(workspace, path, told):
    """Of a list and of a mapping, too; no line is a whole section, none tells a secret."""
    canary = "cN7-canary_2vXq8Lr"
    deep = {"deep": [{"webhook_token": canary, "weights": [*range(100)]}]}
    workspace("config", "set", "custom_settings", "--stdin", stdin=json.dumps(deep))
    out = workspace("config", "explain", path).out
    assert told in re.sub(" +", " ", out)
    assert max(map(len, out.splitlines())) < LONGEST_LINE
    assert canary not in out


def test_explain_names_what_is_sealed_below_a_section(workspace):
    """Without its key, too."""
    (workspace.folder.parent / "home").rename(workspace.folder.parent / "away")
    out = workspace("config", "explain", "security").out
    assert re.search(r"security.jwt_secret_key +sealed, and its key is not here", out)


def test_explain_tells_of_a_field_that_reads_like_a_rule(escai):
    """The model's word goes before that of the rules."""
    Path("clouds.py").write_text(
        "from pydantic import BaseModel\nfrom escai_nb.spec import ConfigSpec\n\n"
        "class Clouds(BaseModel):\n    EC2: int = 7\n\n"
        "CLOUDS = ConfigSpec('clouds', Clouds, environments=('dev',))\n"
    )
    escai("config", "init", "-e", "dev", "--spec", "clouds:CLOUDS")
    said = escai("config", "explain", "EC2", "--spec", "clouds:CLOUDS").out
    assert "EC2 = 7" in said
    assert "ESC102" in escai("config", "explain", "ESC102", "--spec", "clouds:CLOUDS").out


def test_explain_hides_a_secret(workspace):
    """Of a secret the layers say that it is set, and no more."""
    workspace("config", "set", SECRET, "--stdin", stdin=PLAIN)
    for form in ("text", "json"):
        out = workspace("config", "explain", SECRET, "--format", form).out
        assert PLAIN not in out
        assert MASK in out


def test_explain_prints_the_page_of_a_rule(escai):
    """A rule's page needs no workspace; an unknown rule is told the nearest."""
    page = escai("config", "explain", "ESC301").out
    for word in ("ESC301", "Why:", "Fix:", "Source:"):
        assert word in page
    assert "did you mean" in escai("config", "explain", "ESC3001", code=2).err


@pytest.mark.parametrize("path", ["custom_settings.nowhere", "api.cors_origins[99]"])
def test_get_of_what_is_not_there_is_an_error(workspace, path):
    """A place that is empty is told from one that says null."""
    for words in (("get", path), ("show", "-k", path)):
        outcome = workspace("config", *words, code=2)
        assert f"nothing at {path}" in outcome.err
        assert outcome.out == ""


def test_another_file_is_read_in_place_of_the_own(workspace):
    """By the same key, and by the same rules."""
    copy = workspace.folder / "copy.yaml"
    copy.write_bytes(workspace.file().read_bytes())
    workspace.file().unlink()

    assert "8000\n" == workspace("config", "get", "api.port", "-c", copy).out
    shown = yaml.safe_load(workspace("config", "show", "-c", copy).out)
    assert 8000 == shown["api"]["port"]
    workspace("config", "get", "api.port", "-c", "gone.yaml", code=3)


def test_drift_tells_whether_the_file_is_as_recorded(workspace):
    """Exit 0 if so, 1 after a hand edit, 3 where no key can tell."""
    assert workspace("config", "drift").out.split()[-2:] == ["recorded", "same"]
    file = workspace.file()
    file.write_text(file.read_text().replace("  port: 8000", "  port: 8001"))
    told = workspace("config", "drift", "--format", "json", code=1).data
    assert told["drifted"]
    assert "api.port" in workspace("config", "drift", code=1).out
    (row,) = workspace("config", "keys", "list", "--format", "json").data
    (workspace.folder / row["key_file"]).unlink()
    assert not workspace("config", "drift", "--format", "json", code=3).data["known"]


def test_set_reads_by_the_alternative_that_there_will_be(escai):
    """The tag decides, whether it is there already, by default, or given beside it."""
    Path("pets.py").write_text(
        "from typing import Annotated, Literal\nfrom pydantic import BaseModel, Field\n"
        "from escai_nb.spec import ConfigSpec\n\n"
        "class Cat(BaseModel):\n    kind: Literal['cat'] = 'cat'\n    size: int = 1\n\n"
        "class Dog(BaseModel):\n    kind: Literal['dog'] = 'dog'\n    size: str = 'large'\n\n"
        "class Home(BaseModel):\n"
        "    pet: Annotated[Cat | Dog, Field(discriminator='kind')] = Dog()\n\n"
        "PETS = ConfigSpec('pets', Home, environments=('dev',))\n"
    )
    spec = ("--spec", "pets:PETS", "-e", "dev")
    escai("config", "init", *spec)
    escai("config", "set", "pet.size", "5", *spec)
    assert '"5"' == escai("config", "get", "pet.size", "--format", "json", *spec).out.strip()
    escai("config", "set", "pet.size", "6", "pet.kind", "cat", *spec)
    assert "6" == escai("config", "get", "pet.size", "--format", "json", *spec).out.strip()
    assert "pet.size" in escai("config", "set", "pet.size", "big", *spec, code=2).err
