"""ConfigForm without a browser: traits, the wire, saving, and no secret on either."""

from __future__ import annotations

import json
from typing import Annotated, Any

import pytest
from pydantic import BaseModel, Field, SecretStr

from escai_nb.errors import HeadMovedError, InvalidConfigurationError, UsageError
from escai_nb.masking import Redactor
from escai_nb.widgets import ConfigForm
from escai_nb.widgets.protocol import PROTOCOL
from escai_nb.widgets.staging import STATIC
from escai_nb.workspace.manager import ConfigManager
from tests.unit.widgets.conftest import CANARY

LARGEST = 40_000
"""Bytes of script and style together; they are copied into every saved notebook."""


class Inner(BaseModel):
    level: float = 0.5


class Small(BaseModel):
    port: Annotated[int, Field(ge=1)] = 80
    big: int = 2**60
    limit: float = float("inf")
    token: SecretStr = SecretStr(CANARY)
    inner: Inner | None = None


class View:
    """The other end of the wire: sends messages, keeps what comes back."""

    def __init__(self, form: ConfigForm, name: str = "v") -> None:
        self.form = form
        self.name = name
        self.seq = 0
        self.received: list[Any] = []
        form.send = self.received.append  # type: ignore[method-assign]

    def send(self, type: str, **rest: Any) -> list[Any]:  # noqa: A002  # the wire's word
        self.seq += 1
        self.received.clear()
        content = {"type": type, "view": self.name, "seq": self.seq, **rest}
        self.form._receive(self.form, content, [])
        return list(self.received)


@pytest.fixture
def view(live) -> View:  # noqa: ARG001  # a front end must be there
    view = View(ConfigForm(model=Small))
    view.send("hello", protocol=PROTOCOL)
    return view


@pytest.mark.usefixtures("static")
def test_traits_follow_the_edits() -> None:
    """`value`, `valid` and `dirty` can be observed as on any widget."""
    form = ConfigForm(model=Small)
    seen: list[tuple[str, Any]] = []
    form.observe(lambda change: seen.append((change.name, change.new)), ["valid", "dirty"])
    form.set("port", "0")
    form.set("port", "90")
    assert [("valid", False), ("dirty", True), ("valid", True)] == seen
    assert {
        "port": 90,
        "big": str(2**60),
        "limit": "inf",
        "token": "********",
        "inner": None,
    } == form.value
    assert 90 == form.config.port
    form.undo()
    form.redo()
    form.discard()
    assert not form.dirty


@pytest.mark.usefixtures("static")
def test_model_form_saves_into_itself() -> None:
    """Without a workspace the saved values are those that reset and undo go back to."""
    form = ConfigForm(model=Small, value={"port": 81})
    form.set("port", 82)
    form.save()
    assert not form.dirty
    assert 82 == form.core.saved("port")
    form.set("port", 0)
    with pytest.raises(InvalidConfigurationError, match="port"):
        form.save()
    with pytest.raises(UsageError):
        ConfigForm()


def test_a_view_gets_everything_once_and_then_what_changed(view: View) -> None:
    """The first message is the whole form; a patch has the touched rows and the number."""
    (patch,) = view.send("set", path="port", raw="8x", typing=True)
    assert {"view": "v", "seq": 2, "focus": ""} == patch["answers"]
    assert ["port"] == list(patch["states"])
    assert "8x" == patch["states"]["port"]["text"]
    assert ["error"] == [p["severity"] for p in patch["states"]["port"]["problems"]]
    (error,) = patch["bar"]["errors"]
    assert ("port", "port") == (error["path"], error["at"])
    whole = view.send("hello", protocol=PROTOCOL)[-1]
    assert ["", "inner"] == [section["path"] for section in whole["sections"]]
    assert {"port", "big", "limit", "token", "inner.level"} == set(whole["states"])
    assert ["inner"] == whole["bar"]["absent"]
    json.dumps(whole, allow_nan=False)


def test_optional_sections_come_and_go(view: View) -> None:
    """A section that may be absent is set up and removed as a whole."""
    (patch,) = view.send("item", path="inner", op="set-up")
    assert [] == patch["bar"]["absent"]
    assert 0.5 == view.form.config.inner.level
    (patch,) = view.send("item", path="inner", op="unset")
    assert ["inner"] == patch["bar"]["absent"]


def test_secrets_travel_once_and_one_way(view: View) -> None:
    """A typed secret reaches the model and is in nothing that is sent or kept in traits."""
    typed = "typed-secret-1122334455"
    everything = [
        view.send("secret", path="token", op="set", value=typed),
        view.send("preview"),
        view.send("hello", protocol=PROTOCOL),
        view.form.get_state(),
        view.form._repr_mimebundle_(),
        repr(view.form),
    ]
    assert typed == view.form.config.token.get_secret_value()
    assert not Redactor([typed, CANARY]).found_in(repr(everything))
    everything.append(view.send("secret", path="token", op="generate"))
    generated = view.form.config.token.get_secret_value()
    assert not Redactor([generated]).found_in(repr(everything))
    view.send("secret", path="token", op="keep")
    assert not view.form.dirty
    view.send("secret", path="token", op="clear")
    assert not view.form.dirty


def test_words_without_a_place(view: View) -> None:
    """Undo, redo, discard, reset and preview do what they say."""
    view.send("set", path="port", raw="81")
    view.send("undo")
    view.send("redo")
    (preview,) = view.send("preview")
    assert [{"path": "port", "kind": "changed", "old": "80", "new": "81"}] == preview["rows"]
    view.send("reset", path="port", to="default")
    assert not view.form.dirty
    view.send("set", path="inner.level", raw="0.25")
    (patch,) = view.send("discard")
    assert 0 == patch["bar"]["changes"]


def test_what_cannot_be_done_is_said(view: View) -> None:
    """A refused message is answered by a notice, and the edit counts as answered."""
    patch, notice = view.send("set", path="prot", raw="1")[-2:]
    assert view.seq == patch["answers"]["seq"]
    assert notice["text"].startswith("Not done: ")
    assert "port" in notice["text"]
    assert "reload-page" == view.send("nonsense")[0]["type"]
    assert "reload-page" == view.send("hello", protocol=0)[0]["type"]


@pytest.mark.usefixtures("live")
def test_saving_makes_one_version(manager: ConfigManager) -> None:
    """Edits become one version of the environment, and the form starts over from it."""
    view = View(ConfigForm(manager))
    view.send("hello", protocol=PROTOCOL)
    view.send("set", path="api.port", raw="8123")
    view.send("secret", path="security.jwt_secret_key", op="generate")
    patch, notice = view.send("save", message="port moved")
    version = manager.history()[0]
    assert f"Saved as version {version.short}." == notice["text"]
    assert "port moved" == version.message
    assert 2 == version.changes
    assert 0 == patch["bar"]["changes"]
    assert version.short in patch["subtitle"]
    assert "config.development.yaml" in patch["states"]["api.port"]["where"]
    assert 8123 == ConfigManager(manager.workspace.root, "development").load_config().api.port


@pytest.mark.usefixtures("live")
def test_somebody_else_saved_meanwhile(manager: ConfigManager) -> None:
    """A moved head refuses the save; reloading keeps the edits and names what both changed."""
    view = View(ConfigForm(manager))
    view.send("hello", protocol=PROTOCOL)
    view.send("set", path="api.port", raw="8001")
    view.send("set", path="api.workers", raw="7")
    other = ConfigManager(manager.workspace.root, "development", enable_hot_reload=False)
    other.set_config_value("api.port", 8002)
    other.save_config(message="theirs")
    with pytest.raises(HeadMovedError):
        view.form.save()
    _, notice = view.send("save", message="mine")
    assert "Reload, keep my edits" == notice["action"]["label"]
    assert "reload" == notice["action"]["send"]["type"]
    *_, answer, notice, preview = view.send("reload")
    assert view.seq == answer["answers"]["seq"]
    assert "api.port" in notice["text"]
    assert "api.workers" not in notice["text"]
    (both,) = [row for row in preview["rows"] if "action" in row]
    assert ("changed on both sides", "8002", "8001") == (both["kind"], both["old"], both["new"])
    view.send(**both["action"]["send"])
    assert [row["path"] for row in view.send("preview")[-1]["rows"]] == ["api.workers"]
    view.send("undo")
    view.send("save", message="mine")
    assert (8001, 7) == (manager.get_config().api.port, manager.get_config().api.workers)


@pytest.mark.usefixtures("static")
def test_changes_the_manager_holds_are_edits_of_the_form(manager: ConfigManager) -> None:
    """What was set in Python before shows as changed, and is saved with the rest."""
    manager.set_config_value("api.port", 8055)
    form = ConfigForm(manager)
    assert ("api.port",) == form.core.dirty
    form.set("api.workers", 3)
    form.save("both")
    assert 2 == manager.history()[0].changes


@pytest.mark.usefixtures("live")
def test_a_value_goes_back_to_the_shared_file(manager: ConfigManager) -> None:
    """What is inherited is named on the button, and a save takes the line out of the file."""
    shared = manager.workspace.root / "config.yaml"
    shared.write_text("api:\n  port: 9001\n")
    manager.set_config_value("api.port", 9002)
    manager.save_config()
    view = View(ConfigForm(manager))
    state = view.send("hello", protocol=PROTOCOL)[-1]["states"]["api.port"]
    (action,) = [each for each in state["actions"] if each["label"] == "inherit: 9001"]
    view.send(**action["send"])
    _, notice = view.send("save")
    assert notice["text"].startswith("Saved as version")
    assert 9001 == manager.get_config().api.port
    assert "9002" not in manager.workspace.file("development").read_text()


@pytest.mark.usefixtures("static")
def test_variables_lock_their_rows(manager: ConfigManager, monkeypatch) -> None:
    """A value that the environment sets is read-only, with the reason."""
    monkeypatch.setenv("ESCAI_API__PORT", "9999")
    form = ConfigForm(ConfigManager(manager.workspace.root, "development"))
    assert 9999 == form.core.get("api.port")
    assert "set by env ESCAI_API__PORT; change it there" == form.core.locked("api.port")


@pytest.mark.usefixtures("live")
def test_who_only_reads_is_not_asked_to_type(manager: ConfigManager) -> None:
    """A secret says that it is set; the version stands before the file, whose name may be long."""
    for read_only, said in ((True, "•••••••• set"), (False, "•••••••• set, type to replace")):
        form = ConfigForm(manager, read_only=read_only)
        whole = View(form).send("hello", protocol=PROTOCOL)[-1]
        assert said == whole["states"]["security.jwt_secret_key"]["text"]
        assert whole["subtitle"].startswith(f"version {manager.reading.head.short}, ")


@pytest.mark.usefixtures("live")
def test_without_the_key_the_form_is_readable(manager: ConfigManager, monkeypatch, tmp_path):
    """Sealed values are locked, a save is refused in advance, and the reason stands there."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "elsewhere"))
    form = ConfigForm(ConfigManager(manager.workspace.root, "development"))
    whole = View(form).send("hello", protocol=PROTOCOL)[-1]
    assert "sealed, no key here" in whole["states"]["security.jwt_secret_key"]["text"]
    assert "sealed, and no key is here" == form.core.locked("security.jwt_secret_key")
    assert whole["bar"]["form_errors"]
    assert "127.0.0.1" in form.to_html()


def test_script_and_style_stay_small() -> None:
    """They are copied into each saved notebook, so their size is held."""
    assert sum(len(path.read_bytes()) for path in STATIC.iterdir()) <= LARGEST


@pytest.mark.usefixtures("live")
def test_another_environment_stands_beside(manager: ConfigManager) -> None:
    """What differs is told at each row, secrets only as another one; the same is not told."""
    view = View(ConfigForm(manager))
    whole = view.send("hello", protocol=PROTOCOL)[-1]
    assert ["staging"] == whole["others"]
    (patch,) = view.send("compare", environment="staging")
    beside = {path: state["beside"] for path, state in patch["states"].items() if state["beside"]}
    assert "staging: staging" == beside["environment"]
    assert "staging: another secret" == beside["security.jwt_secret_key"]
    assert not Redactor([CANARY]).found_in(repr(patch))
    (patch,) = view.send("compare", environment="")
    assert {""} == {state["beside"] for state in patch["states"].values()}
    notice = view.send("compare", environment="production")[-1]
    assert notice["text"].startswith("Not done:")
    with pytest.raises(UsageError):
        ConfigForm(model=Small).compare("staging")


@pytest.mark.usefixtures("live")
def test_a_wizard_makes_a_new_environment(manager: ConfigManager) -> None:
    """An environment without a file begins with its preset, and the first save makes it."""
    root = manager.workspace.root
    testing = ConfigManager(root, "testing", enable_hot_reload=False)
    view = View(ConfigForm(testing, mode="wizard"))
    whole = view.send("hello", protocol=PROTOCOL)[-1]
    assert whole["wizard"]
    assert whole["bar"]["ready"]
    assert "nothing is written" in whole["subtitle"]
    assert not testing.workspace.file("testing").exists()
    view.send("set", path="api.port", raw="8111")
    _, notice = view.send("save")
    assert notice["text"].startswith("Saved as version")
    assert 8111 == ConfigManager(root, "testing", enable_hot_reload=False).load_config().api.port
    view.send("set", path="api.port", raw="8112")
    view.send("save", message="second")
    assert "second" == testing.history()[0].message
    with pytest.raises(UsageError, match="mode"):
        ConfigForm(testing, mode="sorcerer")  # type: ignore[arg-type]


def test_the_values_as_yaml(view: View) -> None:
    """All values are a click away as text, secrets masked."""
    (shown,) = view.send("yaml")
    assert "port: 80\n" in shown["text"]
    assert CANARY not in shown["text"]
    assert "********" in shown["text"]
