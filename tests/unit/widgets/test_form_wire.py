"""Whatever comes over the wire: answered, and never in a log, with the state whole."""

from __future__ import annotations

import json
import logging
from typing import Annotated, Any, Literal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, Field, SecretStr

from escai_nb.schema.modelling import plain
from escai_nb.widgets import ConfigForm
from escai_nb.widgets.protocol import PROTOCOL, WORDS

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
