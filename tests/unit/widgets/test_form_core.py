"""A form without a screen: edits, undo, secrets, sections, and saved values that move."""

from __future__ import annotations

from typing import Annotated, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

from escai_nb.errors import (
    FieldUnknownError,
    InvalidConfigurationError,
    KeyPathError,
    UsageError,
    ValueRefusedError,
)
from escai_nb.origin import Origin, OriginKind
from escai_nb.secret import Secret
from escai_nb.validation.finding import Finding, Severity
from escai_nb.widgets.form_core import MOST_UNDONE, FormCore
from escai_nb.widgets.form_input import Handles
from escai_nb.widgets.form_source import source_of
from escai_nb.widgets.form_state import Start

CANARY = "canary-7f3a9b2c-never-shown"


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Proxy(Strict):
    host: str = "proxy"
    password: SecretStr | None = None


class Api(Strict):
    host: str = Field("localhost", description="Where the service listens")
    port: Annotated[int, Field(ge=1, le=65535)] = 8000
    origins: list[str] = ["*"]


class Config(Strict):
    debug: bool = False
    api: Api = Api()
    token: SecretStr
    proxy: Proxy | None = None
    settings: dict[str, Any] = {}

    @model_validator(mode="after")
    def no_debug_outside(self) -> Config:
        if self.debug and self.api.host != "localhost":
            message = "debug only on localhost"
            raise ValueError(message)
        return self


@pytest.fixture
def core() -> FormCore:
    return FormCore(Config, {"token": CANARY})


def test_required_value_is_missed_at_its_place() -> None:
    """A form over nothing shows defaults, and asks for what has none."""
    core = FormCore(Config)
    assert ["token"] == list(core.errors)
    assert 8000 == core.get("api.port")
    core.generate("token")
    assert core.valid


def test_sections_and_rows_follow_the_model(core: FormCore) -> None:
    """Rows stand in the model's order under their sections."""
    assert ["", "api", "proxy"] == [section.key for section in core.tree.sections]
    assert [
        "debug",
        "api.host",
        "api.port",
        "api.origins",
        "token",
        "proxy.host",
        "proxy.password",
        "settings",
    ] == [row.key for row in core.fields]


def test_wrong_text_stays_and_keeps_the_rest_alive(core: FormCore) -> None:
    """What was typed is kept with its error; other rows go on."""
    core.set("api.port", "80x")
    core.set("api.host", "example")
    assert "80x" == core.display("api.port") == core.raw("api.port")
    assert ["api.port"] == list(core.errors)
    assert ("api.port", "api.host") == tuple(sorted(core.dirty, reverse=True))
    with pytest.raises(InvalidConfigurationError, match=r"api\.port"):
        _ = core.config
    core.set("api.port", "8001")
    assert 8001 == core.config.api.port


def test_model_validators_speak_for_the_whole(core: FormCore) -> None:
    """An error of the whole model belongs to no row, and holds a save up all the same."""
    core.set("debug", raw=True)
    core.set("api.host", "example")
    assert not core.valid
    assert 1 == len(core.form_errors)
    assert "debug only on localhost" in core.form_errors[0]


def test_undo_and_redo_walk_every_edit(core: FormCore) -> None:
    """Undo goes back edit by edit, redo forth again, and a new edit ends the redo."""
    core.set("api.port", 8001)
    core.set("api.port", 8002)
    core.undo()
    assert 8001 == core.get("api.port")
    core.undo()
    assert () == core.dirty
    assert not core.can_undo
    core.redo()
    core.redo()
    assert 8002 == core.get("api.port")
    core.undo()
    core.set("debug", raw=True)
    assert not core.can_redo


def test_typing_undoes_as_one(core: FormCore) -> None:
    """Letters typed into one control are one edit."""
    for text in ("e", "ex", "exa"):
        core.set("api.host", text, typing=True)
    core.set("api.host", "exa")
    core.undo()
    assert "localhost" == core.get("api.host")


def test_typing_back_to_the_saved_value_is_no_change(core: FormCore) -> None:
    """A row is changed only while its value differs."""
    core.set("api.port", "8001")
    core.set("api.port", "8000")
    assert () == core.dirty
    assert 0 == len(core.diff())


def test_reset_goes_to_saved_or_default() -> None:
    """Two ways back: the saved value and the model's own."""
    core = FormCore(Config, {"token": CANARY, "api": {"port": 9000}})
    core.set("api.port", 9001)
    core.reset("api.port")
    assert 9000 == core.get("api.port")
    core.reset("api.port", to="default")
    assert 8000 == core.get("api.port")
    core.discard()
    assert () == core.dirty
    core.undo()
    assert ("api.port",) == core.dirty


def test_lists_grow_shrink_and_turn(core: FormCore) -> None:
    """Items are added, moved and removed."""
    core.add("api.origins", "a")
    core.add("api.origins", "b")
    core.move("api.origins[2]", 0)
    assert ["b", "*", "a"] == core.get("api.origins")
    core.remove("api.origins[1]")
    assert ["b", "a"] == core.get("api.origins")
    with pytest.raises(KeyPathError):
        core.remove("api.origins[5]")


def test_optional_section_is_set_up_by_its_first_value(core: FormCore) -> None:
    """An absent section comes with its defaults, and goes as a whole."""
    assert core.get("proxy") is None
    core.set("proxy.host", "p")
    assert {"host": "p", "password": None} == core.get("proxy")
    core.set("proxy", None)
    assert () == core.dirty


def test_secret_is_a_handle_everywhere(core: FormCore) -> None:
    """No text of the form holds a secret, old, new or typed and refused."""
    core.set("token", f"{CANARY}-new")
    core.set("settings", f"smtp_password: {CANARY}\nhost: mail")
    core.set("proxy.password", CANARY)
    core.set("api.port", "x")
    shown = [
        repr(core),
        repr(core.diff()),
        core.diff().to_html(),
        str(core.errors),
        str(core.masked()),
        str(core.findings),
        *(core.display(row.path) or "" for row in core.fields),
        *(repr(core.get(row.path)) for row in core.fields),
        str(core.search(CANARY)),
    ]
    assert not [text for text in shown if CANARY in text]
    assert {"token", "settings", "proxy.password", "api.port"} <= {*core.dirty}


def test_secrets_inside_text_move_with_their_handles(core: FormCore) -> None:
    """Renaming and reordering around a handle keeps the secret it stands for."""
    core.set("settings", "a_password: first-secret\nb_password: second-secret")
    assert "a_password: <secret 1>\nb_password: <secret 2>" == core.display("settings")
    core.set("settings", "c_password: <secret 2>\nd_password: <secret 1>\nhost: x")
    assert core.errors == {}
    assert "second-secret" == core.config.settings["c_password"]
    assert "first-secret" == core.config.settings["d_password"]
    core.set("settings", "e_password: <secret 9>")
    assert ("<secret 9> stands for no secret of this field",) == core.errors["settings"]


def test_text_that_cannot_be_read_says_where(core: FormCore) -> None:
    """Broken YAML stays in its box, and its line is named."""
    core.set("settings", "a: 1\nb: [")
    assert "(line " in core.errors["settings"][0]
    assert "a: 1\nb: [" == core.display("settings")
    assert {"(cannot be read)"} == {change.new for change in core.diff() if change.new}


def test_where_values_come_from_shows_none_of_them() -> None:
    """Also where a caller had them open."""
    assert CANARY not in repr(source_of(None, Config, {"token": CANARY}, read_only=False))


def test_deep_brackets_are_text() -> None:
    """Where a text or a number may stand, what is too deep for JSON is the text that it is."""

    class Either(BaseModel):
        value: int | str = 1

    core, deep = FormCore(Either), "[" * 100_000
    core.set("value", deep)
    assert deep == core.get("value")


def test_very_many_secrets_have_a_handle_each() -> None:
    """The same one for the same secret; a number is another one than its text."""
    handles = Handles()
    secrets = [Secret(each) for n in range(5_000) for each in (n, str(n))]
    told = handles.hidden(secrets)
    assert len(secrets) == len(set(told))
    assert told == handles.hidden(secrets)
    assert secrets == handles.found(told)


def test_of_edits_without_end_the_latest_are_undone(core: FormCore) -> None:
    """The oldest are forgotten; those that are kept are taken back one by one."""
    for port in range(1, MOST_UNDONE + 11):
        core.set("api.port", port)
    undone = 0
    while core.can_undo:
        core.undo()
        undone += 1
    assert MOST_UNDONE == undone
    assert 10 == core.get("api.port")


def test_generated_secret_is_random_and_kept_back(core: FormCore) -> None:
    """`generate` makes a new secret each time, `keep` brings the saved one back."""
    core.generate("token")
    first = core.get("token")
    core.generate("token")
    assert first != core.get("token")
    assert len(core.get("token").open()) >= 43
    core.keep("token")
    assert Secret(CANARY) == core.get("token")
    core.clear("token")
    assert ["token"] == list(core.errors)


def test_unknown_places_are_refused(core: FormCore) -> None:
    """A misspelt path names its likely meaning; a section is no single row."""
    with pytest.raises(FieldUnknownError) as refused:
        core.set("api.prot", 1)
    assert "api.port" in refused.value.hint
    with pytest.raises(UsageError, match="section"):
        core.display("api")


def test_search_looks_at_names_docs_and_values(core: FormCore) -> None:
    """Every word must be found in the name, the doc or the value."""
    assert ("api.host",) == core.search("listens")
    assert ("api.port",) == core.search("8000 port")
    assert () == core.search(CANARY)


def test_locked_rows_are_not_edited() -> None:
    """What an environment variable sets is shown, and refused with the reason."""
    start = Start(
        data={"token": CANARY, "api": {"port": 9}},
        origins={"api.port": Origin(OriginKind.VARIABLE, "APP_API__PORT")},
        locked={"api.port": "set by env APP_API__PORT"},
    )
    core = FormCore(Config, start)
    assert "env APP_API__PORT" == str(core.origin("api.port"))
    for edit in (lambda: core.set("api.port", 1), lambda: core.reset("api.port", to="default")):
        with pytest.raises(ValueRefusedError, match="set by env APP_API__PORT"):
            edit()


def test_rules_that_stood_before_do_not_block() -> None:
    """A rule's old error is shown; only a new one holds a save up."""

    def judge(data: Any, _: Any) -> list[Finding]:
        places = [place for place in ("host", "origins") if data["api"][place] in ("old", ["new"])]
        return [Finding("X1", Severity.ERROR, f"api.{place}", "bad") for place in places]

    core = FormCore(Config, Start(data={"token": CANARY, "api": {"host": "old"}}, judge=judge))
    assert {"api.host": ("bad",)} == core.errors
    assert core.valid
    core.set("api.origins", ["new"])
    assert not core.valid
    assert ["api.origins"] == [finding.path for finding in core.blocking]


def test_unknown_entry_is_an_error_until_it_is_taken_out() -> None:
    """A key that the model does not know has no row, but can be removed."""
    core = FormCore(Config, {"token": CANARY, "api": {"prot": 1}})
    assert "unknown field" in core.form_errors[0]
    core.remove("api.prot")
    assert core.valid
    assert ("api.prot",) == core.dirty


def test_rebase_keeps_edits_and_names_conflicts(core: FormCore) -> None:
    """New saved values come under the edits; what both changed is named."""
    core.set("api.port", 8001)
    core.set("api.host", "mine")
    conflicts = core.rebase({"token": CANARY, "api": {"host": "theirs", "origins": ["t"]}})
    assert ("api.host",) == conflicts
    assert "mine" == core.get("api.host")
    assert ["t"] == core.get("api.origins")
    assert {"api.port", "api.host"} == set(core.dirty)


EDITS = st.one_of(
    st.tuples(st.just("api.port"), st.one_of(st.integers(), st.text(max_size=5))),
    st.tuples(st.just("api.host"), st.text(max_size=5)),
    st.tuples(st.just("api.origins"), st.lists(st.text(max_size=3), max_size=3)),
    st.tuples(st.just("debug"), st.booleans()),
    st.tuples(st.just("settings"), st.text(max_size=12)),
    st.tuples(st.just("token"), st.text(max_size=5)),
)


@given(st.lists(EDITS, max_size=6))
def test_undoing_everything_is_as_if_nothing_was_done(edits: list[tuple[str, Any]]) -> None:
    """Whatever is put in, the way back ends at the start and the way forth at the end."""
    core = FormCore(Config, {"token": CANARY})
    for path, raw in edits:
        core.set(path, raw)
    end = core.masked()
    while core.can_undo:
        core.undo()
    assert () == core.dirty
    assert core.valid
    while core.can_redo:
        core.redo()
    assert end == core.masked()


@given(st.text(max_size=20))
def test_any_text_is_kept_to_the_letter(text: str) -> None:
    """A text field holds any text, and displays it as it is."""
    core = FormCore(Api)
    core.set("host", text)
    assert text == core.get("host") == core.display("host")
