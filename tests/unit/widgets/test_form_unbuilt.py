"""Models that cannot be built or that break: the field and the reason are told, the rest shown."""

from __future__ import annotations

from typing import Annotated, Any

import pytest
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    Secret,
    SecretStr,
    create_model,
    field_validator,
    model_validator,
)

from escai_nb.errors import InvalidConfigurationError, ValueRefusedError
from escai_nb.widgets import ConfigForm
from escai_nb.widgets.form_core import FormCore

CANARY = "canary-31ab-unbuilt"


class Thing:
    """A class that pydantic knows nothing of."""


class Undefined(BaseModel):
    port: int = 80
    peer: Nowhere | None = None  # type: ignore[name-defined]  # noqa: F821
    token: SecretStr = SecretStr(CANARY)


class Around(BaseModel):
    inner: Undefined = Field(default_factory=lambda: Undefined())  # noqa: PLW0108
    name: str = "a"


class Deferred(BaseModel):
    model_config = ConfigDict(defer_build=True)
    port: int = 80
    thing: Thing | None = None


class Needs(BaseModel):
    model_config = ConfigDict(arbitrary_types_allowed=True)
    port: int = 80
    thing: Thing


class Factory(BaseModel):
    port: int = 80
    made: list[int] = Field(default_factory=lambda: [1 // 0])


class OwnError(Exception):
    """Not what pydantic expects of a validator."""


class Breaking(BaseModel):
    name: str = "a"
    port: int = 80

    @field_validator("port")
    @classmethod
    def checked(cls, port: int) -> int:
        if port != 80:
            message = f"broken by {port} {CANARY}"
            raise OwnError(message)
        return port


class Outer(BaseModel):
    breaking: Breaking = Breaking()


class Whole(BaseModel):
    """A check of the whole beside a constraint that its type does not take."""

    key: Annotated[SecretStr, Field(pattern="^a+$")] = SecretStr(CANARY)
    port: int = 80

    @model_validator(mode="after")
    def checked(self) -> Whole:
        return self


TOLD: list[tuple[type[BaseModel], str, str]] = [
    (Undefined, "peer", "cannot be built: its type Nowhere"),
    (Around, "inner.peer", "cannot be built: its type Nowhere"),
    (Deferred, "thing", "pydantic does not know how to read the type Thing"),
    (Needs, "thing", "is missing"),
    (Whole, "key", "which failed (TypeError)"),
    (Factory, "made", "which failed (ZeroDivisionError)"),
]


@pytest.mark.parametrize(
    ("model", "path", "reason"), TOLD, ids=[model.__name__ for model, _, _ in TOLD]
)
def test_the_field_and_the_reason_are_told_and_the_rest_is_shown(
    model: type[BaseModel], path: str, reason: str
) -> None:
    """A form comes up all the same, with every row, and with what it has as YAML."""
    form = ConfigForm(model=model, value={"key": CANARY} if model is Whole else None)
    assert [path] == list(form.core.errors)
    assert reason in form.core.errors[path][0]
    assert not form.valid
    assert "name: a" in form.to_yaml() or "port: 80" in form.to_yaml()
    assert CANARY not in repr([form, form.to_yaml(), form.to_html(), form.value])
    with pytest.raises(InvalidConfigurationError, match=path):
        _ = form.config


def test_what_only_code_can_give_is_said_so() -> None:
    """Text for a field that takes an object alone is refused in words that help."""
    form = ConfigForm(model=Needs, value={"thing": "text"})
    assert ("must be a Thing object, which only Python code can give",) == form.core.errors["thing"]
    thing = Thing()
    given = ConfigForm(model=Needs, value={"thing": thing})
    given.set("port", "81")
    assert given.config.thing is thing
    assert "cannot be written as data" in given.core.locked("thing")


@pytest.mark.parametrize(("model", "path"), [(Breaking, "port"), (Outer, "breaking.port")])
def test_a_validator_that_breaks_is_an_error_of_its_field(
    model: type[BaseModel], path: str
) -> None:
    """Whatever it raises stays inside, and its words, which may quote the value, go nowhere."""
    form = ConfigForm(model=model)
    form.set(path, "81")
    assert [path] == list(form.core.errors)
    assert "failed (OwnError)" in form.core.errors[path][0]
    assert CANARY not in repr([form.core.errors, form.core.findings])
    form.undo()
    assert form.valid


def test_text_of_any_kind_stays_text(live: Any) -> None:  # noqa: ARG001
    """Markup, controls, halves of characters, directions and a megabyte come back as they were."""
    model = type("One", (BaseModel,), {"__annotations__": {"x": str}, "x": "a"})
    form = ConfigForm(model=model)
    sent: list[Any] = []
    form.comm.send = lambda data=None, **_: sent.append(data)  # type: ignore[method-assign]
    for text in (
        "<script>alert(1)</script>", "</style>", "\x00\x1b[31m\x07", "\u202eabc\u2066", "\ud800",
        "\u2028", "x" * 1_000_000, "${HOME} {{a}}", "null", "1e3", "'", '"', "a: b # c",
    ):  # fmt: skip
        form.set("x", text)
        assert text == form.config.x
        assert {} == form.core.errors
        assert "<script>" not in form.to_html()
    assert all("\ud800" not in repr(each) for each in sent)
    for each in sent:
        repr(each).encode()


def test_a_secret_that_is_no_text_is_not_generated() -> None:
    """Random text in a number's place is refused at once, and nothing changes."""
    number = create_model("One", pin=(Secret[int], Secret[int](4711)), key=(SecretStr, "x"))
    core = FormCore(number)
    with pytest.raises(ValueRefusedError, match="a whole number"):
        core.generate("pin")
    core.set("pin", "x")
    assert ("must be a whole number",) == core.errors["pin"]
    core.discard()
    core.generate("key")
    assert ("key",) == core.dirty


def test_a_number_that_is_too_long_to_be_written_is_kept() -> None:
    """Python neither writes nor reads it, so it has a name; others are edited beside it."""

    class Huge(BaseModel):
        name: str = "a"
        many: int = 10**5_000
        most: int = 10**4_290

    form = ConfigForm(model=Huge)
    form.set("name", "b")
    assert ("b", 10**5_000) == (form.config.name, form.config.many)
    assert "<int>" == form.value["many"]
    assert str(10**4_290) == form.value["most"]
    assert "&lt;int&gt;" in form.to_html()


def test_a_secret_with_parts_is_one_text_with_a_handle() -> None:
    """A list inside a secret is replaced as YAML, and never shown."""
    core = FormCore(create_model("One", x=(Secret[list[int]], Secret[list[int]]([4711]))))
    assert "4711" not in str(core.display("x"))
    core.set("x", core.display("x"))
    assert ([4711], ()) == (core.config.x.get_secret_value(), core.dirty)
    core.set("x", "[8, 9]")
    assert [8, 9] == core.config.x.get_secret_value()
    core.set("x", "[4712, b]")
    assert ["x[1]"] == list(core.errors)
    assert "4712" not in repr([core.errors, core.display("x"), core.diff(), core.masked()])
