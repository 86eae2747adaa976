"""Whatever comes over the wire: answered, and never in a log, with the state whole."""

from __future__ import annotations

import json
import logging
from typing import (
    TYPE_CHECKING,
    Annotated,
    Any,
    Literal,
    NotRequired,
    get_args,
    get_origin,
    get_type_hints,
    is_typeddict,
)

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, Field, SecretStr

from escai_nb.errors import FieldUnknownError
from escai_nb.schema.modelling import plain
from escai_nb.widgets import ConfigForm, protocol
from escai_nb.widgets.protocol import PROTOCOL, WORDS

if TYPE_CHECKING:
    from collections.abc import Iterator

CANARY = "canary-77fe-wire"


class Cat(BaseModel):
    kind: Literal["cat"] = "cat"
    lives: int = 9


class Dog(BaseModel):
    kind: Literal["dog"] = "dog"
    name: str = "Rex"


class Everything(BaseModel):
    name: str = "a"
    port: Annotated[int, Field(ge=1)] = 80
    key: SecretStr = SecretStr(CANARY)
    keys: list[SecretStr] = [SecretStr(CANARY)]
    pets: list[Annotated[Cat | Dog, Field(discriminator="kind")]] = [Cat(), Dog()]
    cats: dict[str, Cat] = {"a": Cat()}
    inner: Cat | None = None
    either: int | str | list[int] | Cat = 5
    free: Any = {"a": [1]}
    dsn: str = f"postgres://me:{CANARY}@h/db"


class Wire:
    """A form whose messages are kept instead of sent."""

    def __init__(self) -> None:
        self.form = ConfigForm(model=Everything)
        self.seq = 0
        self.sent: list[Any] = []
        self.form.send = lambda content, *_: self.sent.append(content)  # type: ignore[method-assign]
        self.say({"type": "hello", "protocol": PROTOCOL})

    def say(self, content: Any) -> list[Any]:
        self.sent.clear()
        if isinstance(content, dict):
            self.seq += 1
            content = {"view": "v", "seq": self.seq} | content
        self.form._receive(self.form, content, [])
        json.dumps(self.sent, allow_nan=False)
        return list(self.sent)


PLACES = """
    name port key keys keys[0] keys[9] pets pets[0] pets[1].name pets[0].kind pets[7].x cats
    cats.a cats.a.lives cats.zz inner inner.lives either either.port either[0] free free.a[0]
    free.b.c dsn dsn.x nope a..b [ x[ [0] name[0] name.foo pets[99999999999999999999]
"""
PATHS = st.sampled_from(["", *PLACES.split()])
RAWS = st.sampled_from(
    ["", "5", "-1", "x", "[1]", "{a: 1}", "{", "kind: dog", "<secret 1>", "********", "a: *b",
     "9" * 5000, "[" * 300, "\x00", "\ud800", "!!python/object:os.system x", None, True, ["1", "a"],
     [None], [], {"choice": 0}, {"choice": 3}, {"choice": -1}, {"choice": 2**70}]
)  # fmt: skip
OPS = ["add", "set-up", "unset", "remove", "duplicate", "up", "down", "rename"]
ASKED = st.one_of(
    st.fixed_dictionaries(
        {"type": st.just("set"), "path": PATHS, "raw": RAWS, "typing": st.booleans()}
    ),
    st.fixed_dictionaries(
        {"type": st.just("item"), "path": PATHS, "op": st.sampled_from(OPS),
         "key": st.sampled_from(["", "a", "b", "x.y", "<b>"])}
    ),
    st.fixed_dictionaries(
        {"type": st.just("secret"), "path": PATHS, "value": st.sampled_from([CANARY, "", "x" * 99]),
         "op": st.sampled_from(["set", "keep", "generate", "clear"])}
    ),
    st.fixed_dictionaries(
        {"type": st.just("reset"), "path": PATHS,
         "to": st.sampled_from(["saved", "default", "inherited"])}
    ),
    st.fixed_dictionaries({"type": st.sampled_from(WORDS)}),
    st.just({"type": "save", "message": "m"}),
    st.just({"type": "compare", "environment": "other"}),
)  # fmt: skip


@pytest.mark.usefixtures("live")
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(ASKED, min_size=5, max_size=25))
def test_every_message_is_answered_and_undone(asked: list[dict[str, Any]]) -> None:
    """No message fails inside, no answer has a secret, and discarding brings the start back."""
    wire = Wire()
    for content in asked:
        answers = wire.say(content)
        assert answers
        assert CANARY not in repr(answers)
        assert not any("this form failed" in answer.get("text", "") for answer in answers)
        assert CANARY not in repr(wire.form.value)
    wire.say({"type": "discard"})
    assert wire.form.core.saved(()) == wire.form.core.raw(())


GARBLED = [
    None, [], {}, "x", 5, {1: 2}, {"type": None}, {"type": ["set"]}, {"type": "jump", "x": CANARY},
    {"type": "set"}, {"type": "set", "path": "name", "raw": {"choice": CANARY}},
    {"type": "set", "path": 5, "raw": CANARY}, {"type": "set", "path": "name", "raw": {CANARY: 1}},
    {"type": "set", "path": "name", "raw": CANARY, "seq": "1"},
    {"type": "set", "path": "name", "raw": CANARY, "view": None},
    {"type": "secret", "path": "key", "op": "set", "value": [CANARY]},
    {"type": "secret", "path": "key", "op": CANARY}, {"type": "item", "path": None, "op": "add"},
    {"type": "hello", "protocol": None}, {"type": "hello", "protocol": PROTOCOL - 1},
    {"type": "save", "message": {"x": CANARY}}, {"type": "undo", "seq": 1.5},
    {"type": "reset", "path": "name", "to": CANARY}, {"type": "compare", "environment": 5},
]  # fmt: skip


@pytest.mark.usefixtures("live")
@pytest.mark.parametrize("content", GARBLED, ids=range(len(GARBLED)))
def test_garbled_messages_change_nothing(content: Any, caplog: pytest.LogCaptureFixture) -> None:
    """They are refused without being quoted: the page is asked to reload."""
    wire = Wire()
    before = wire.form.core.raw(())
    with caplog.at_level(logging.DEBUG):
        (answer,) = wire.say(content)
    assert "reload-page" == answer["type"]
    assert CANARY not in repr(answer) + caplog.text
    assert before is wire.form.core.raw(())
    assert not wire.form.core.can_undo


@pytest.mark.usefixtures("live")
def test_a_message_that_comes_twice_is_done_once() -> None:
    """The number tells; the second is answered, so that nobody waits for it."""
    wire = Wire()
    for _ in range(3):
        (answer,) = wire.say({"type": "item", "path": "pets", "op": "add", "seq": 7})
        assert 7 == answer["answers"]["seq"]
    assert 3 == len(plain(wire.form.config)["pets"])
    wire.say({"type": "set", "path": "name", "raw": "late", "seq": 6})
    assert "a" == wire.form.config.name
    wire.say({"type": "set", "path": "name", "raw": "of another view", "view": "w", "seq": 1})
    assert "of another view" == wire.form.config.name


@pytest.mark.usefixtures("live")
def test_a_secret_goes_only_where_secrets_are() -> None:
    """A place that would show what it holds takes no secret message."""
    wire = Wire()
    answers = wire.say({"type": "secret", "path": "name", "op": "set", "value": CANARY})
    assert CANARY not in repr(answers)
    assert "a" == wire.form.config.name
    assert "holds no secret" in answers[-1]["text"]


@pytest.mark.usefixtures("live")
def test_a_fault_of_the_form_itself_is_said_and_not_logged(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Even what should never happen tells its kind alone, and leaves the values as they were."""
    wire = Wire()

    def fail(*_: Any, **__: Any) -> None:
        raise KeyError(CANARY)

    monkeypatch.setattr(wire.form.core, "set", fail)
    answers = wire.say({"type": "set", "path": "name", "raw": CANARY})
    assert "this form failed (KeyError)" in answers[-1]["text"]
    assert CANARY not in repr(answers) + caplog.text
    assert "a" == wire.form.config.name


def misfits(value: Any, hint: Any, at: str) -> Iterator[str]:
    """Name the places at which *value* is not what a type of the protocol says."""
    origin, arguments = get_origin(hint), get_args(hint)
    if hint is Any:
        return
    if is_typeddict(hint):
        fields = get_type_hints(hint)
        marked = get_type_hints(hint, include_extras=True)
        needed = {name for name, mark in marked.items() if get_origin(mark) is not NotRequired}
        absent = needed - value.keys()
        yield from (f"{at}.{name}" for name in absent | value.keys() - fields.keys())
        for name in fields.keys() & value.keys():
            yield from misfits(value[name], fields[name], f"{at}.{name}")
    elif origin is Literal:
        yield from [at] if value not in arguments else []
    elif origin is list and isinstance(value, list):
        for n, item in enumerate(value):
            yield from misfits(item, arguments[0], f"{at}[{n}]")
    elif origin is dict and isinstance(value, dict):
        for key, item in value.items():
            yield from misfits(item, arguments[1], f"{at}.{key}")
    elif type(value) not in (arguments or (hint,)):
        yield at


SHAPES: dict[str, Any] = {
    get_args(get_type_hints(each)["type"])[0]: each for each in get_args(protocol.Sent)
}


@pytest.mark.usefixtures("live")
def test_readers_are_led_to_a_field() -> None:
    """Who is there, or else the next to come, and nobody who has gone on meanwhile."""
    wire = Wire()
    jump = {"type": "jump", "path": "pets", "at": "pets[0].name"}
    hello = {"type": "hello", "protocol": PROTOCOL, "view": "other"}
    wire.sent.clear()
    wire.form.reveal("pets[0].name")
    assert [jump] == wire.sent
    assert jump == wire.say(hello)[-1]
    assert jump not in wire.say(hello)
    wire.form.reveal("pets[0].name")
    wire.say({"type": "undo"})
    assert jump not in wire.say(hello)
    wire.form.reveal("inner")
    assert {"type": "jump", "path": "inner.kind", "at": "inner"} == wire.sent[-1]
    for strange in ("nope", ""):
        with pytest.raises(FieldUnknownError, match="no field of this form"):
            wire.form.reveal(strange)


@pytest.mark.usefixtures("live")
def test_what_is_sent_is_what_is_typed() -> None:
    """Each kind of message, as it goes out, has the types that the protocol says, to any depth."""
    wire = Wire()
    sent = list(wire.sent)
    for content in (
        {"type": "set", "path": "port", "raw": "0"},
        {"type": "set", "path": "nope", "raw": "0"},
        {"type": "set", "path": "pets[0].lives", "raw": "x"},
        {"type": "preview"},
        {"type": "yaml"},
        {"type": "jump"},
        {"type": "compare", "environment": "other"},
        {"type": "discard"},
        {"type": "save", "message": "m"},
    ):
        sent += wire.say(content)
    wire.sent.clear()
    wire.form.reveal("pets[0].name")
    sent += wire.sent
    assert set(SHAPES) == {each["type"] for each in sent}
    for each in sent:
        assert [] == list(misfits(each, SHAPES[each["type"]], each["type"]))
