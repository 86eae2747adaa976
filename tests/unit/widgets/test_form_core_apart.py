"""Secrets beside other things in one value: each part is as secret as the model says of it."""

from __future__ import annotations

from typing import Annotated, Any

import pytest
from pydantic import BaseModel, SecretStr

from escai_nb import keypath
from escai_nb.escai.spec import ESCAI
from escai_nb.schema.catalog import catalog_of
from escai_nb.schema.fields import Sensitive
from escai_nb.schema.outline import Outline
from escai_nb.spec import ConfigSpec
from escai_nb.widgets import ConfigForm
from escai_nb.workspace.bootstrap import initialise
from escai_nb.workspace.layout import Workspace
from escai_nb.workspace.manager import ConfigManager

CANARY = "canary-93ce-apart"


class Server(BaseModel):
    host: str = "localhost"
    port: int = 80


class Login(BaseModel):
    """Names beside passwords, in every way that holds both."""

    pair: tuple[str, SecretStr] = ("ada", SecretStr(f"{CANARY}-pair"))
    many: list[tuple[str, SecretStr]] = [("bob", SecretStr(f"{CANARY}-many"))]
    either: Server | SecretStr | None = Server()
    scalar: SecretStr | int = SecretStr(f"{CANARY}-scalar")


PLAIN = ["pair[0]", "many[0][0]", "either.host", "either.port"]
SECRET = [
    "pair",
    "pair[1]",
    "pair[2]",
    "pair[1].x",
    "many",
    "many[0]",
    "many[0][1]",
    "either",
    "scalar",
]


@pytest.mark.parametrize("path", PLAIN)
def test_what_lies_beside_a_secret_is_none(path: str) -> None:
    """It is shown, and judged by no rule about secrets."""
    form = ConfigForm(model=Login)
    assert not catalog_of(Login).is_sensitive(keypath.parse(path), "ada")
    assert not form.core.hides(path)


@pytest.mark.parametrize("path", SECRET)
def test_the_secret_itself_and_what_has_no_place_is_one(path: str) -> None:
    """Also a text that stands where a pair belongs, and an item too many."""
    assert catalog_of(Login).is_sensitive(keypath.parse(path), CANARY)


@pytest.mark.parametrize(
    ("path", "raw"),
    [
        ("pair", CANARY),
        ("pair", ["eve", CANARY, CANARY]),
        ("pair", [["eve"], CANARY]),
        ("pair[1]", CANARY),
        ("many", CANARY),
        ("many", [CANARY]),
        ("many", [["eve", CANARY]]),
        ("either", CANARY),
        ("scalar", CANARY),
    ],
)
def test_no_secret_is_told_wherever_it_was_put(path: str, raw: Any) -> None:
    """Right or wrong, it is in nothing that the form says of itself."""
    form = ConfigForm(model=Login)
    form.set(path, raw)
    shown = [form.value, form._painter.repaint(form.core), form.core.errors, form.core.findings]
    shown += [form.diff(), form.to_html(), form.to_yaml(), form.core, form.get_state()]
    assert CANARY not in repr(shown)


def test_names_are_shown_and_edited_beside_their_secrets() -> None:
    """The one changes, the other stays shut and the same."""
    form = ConfigForm(model=Login)
    assert {
        "pair": ["ada", "********"],
        "many": [["bob", "********"]],
    }.items() <= form.value.items()
    form.set("pair[0]", "eve")
    assert ("eve", f"{CANARY}-pair") == (
        form.config.pair[0],
        form.config.pair[1].get_secret_value(),
    )
    form.set("either", {"host": "h", "port": 1})
    assert Server(host="h", port=1) == form.config.either


def test_an_outline_tells_the_same() -> None:
    """Who has no model but its outline takes the same places for secret."""

    class Pairs(BaseModel):
        pair: tuple[str, SecretStr] = ("a", SecretStr("b"))

    read = Outline.from_json(catalog_of(Pairs).to_json(model="m:P").encode(), model="m:P")
    for path in (("pair",), ("pair", 0), ("pair", 1), ("pair", 2)):
        assert catalog_of(Pairs).is_sensitive(path, "x") is read.is_sensitive(path, "x")
    assert ESCAI.outline.is_sensitive(("security", "jwt_secret_key"))


class Earlier(BaseModel):
    pair: Annotated[tuple[str, SecretStr], Sensitive()] = ("ada", SecretStr(f"{CANARY}-pair"))


class Now(BaseModel):
    pair: tuple[str, SecretStr] = ("ada", SecretStr(f"{CANARY}-pair"))


def test_a_file_that_sealed_the_whole_opens_and_stays_what_it_is(tmp_path: Any) -> None:
    """What was sealed with its secret before is read, and a change beside it is saved."""
    before, now = (ConfigSpec("one", each, environments=("dev",)) for each in (Earlier, Now))
    initialise(Workspace.at(tmp_path / "config", before, author="ada"), "dev")
    folder = tmp_path / "config"
    form = ConfigForm(ConfigManager(folder, "dev", spec=before, enable_hot_reload=False))
    form.set("pair", ["grace-hopper-1906", f"{CANARY}-saved"])
    form.save()
    text = (folder / "config.dev.yaml").read_text()
    assert 2 == text.count("- escai:")

    form = ConfigForm(ConfigManager(folder, "dev", spec=now, enable_hot_reload=False))
    assert "grace-hopper-1906" == form.config.pair[0]
    form.set("pair[0]", "eve")
    form.save()
    text = (folder / "config.dev.yaml").read_text()
    assert "- eve" in text
    assert CANARY not in text
    loaded = ConfigManager(folder, "dev", spec=now, enable_hot_reload=False).load_config()
    assert ("eve", f"{CANARY}-saved") == (loaded.pair[0], loaded.pair[1].get_secret_value())
