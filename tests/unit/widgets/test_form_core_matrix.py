"""One field of each kind: built, default kept, what is set comes back, what is wrong is said."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import Enum, IntEnum, IntFlag
from ipaddress import IPv4Address, IPv6Network
from pathlib import Path
from typing import Annotated, Any, Generic, Literal, NamedTuple, TypeVar
from uuid import UUID

import pytest
from pydantic import (
    AfterValidator,
    AnyUrl,
    AwareDatetime,
    Base64Bytes,
    BaseModel,
    BeforeValidator,
    ByteSize,
    ConfigDict,
    Field,
    HttpUrl,
    ImportString,
    NaiveDatetime,
    PostgresDsn,
    RootModel,
    SecretStr,
    StrictInt,
    ValidatorFunctionWrapHandler,
    WrapValidator,
    condecimal,
    create_model,
)
from typing_extensions import TypeAliasType, TypedDict

from escai_nb.errors import ValueRefusedError
from escai_nb.schema.modelling import plain
from escai_nb.secret import Secret, reveal
from escai_nb.widgets.form_core import FormCore
from escai_nb.widgets.form_input import Handles, shown

T = TypeVar("T")


class Colour(Enum):
    RED = "red"
    GREEN = "green"


class Level(IntEnum):
    LOW = 1
    HIGH = 2


class Server(BaseModel):
    model_config = ConfigDict(extra="forbid")
    host: str = "localhost"
    port: Annotated[int, Field(ge=1, le=65535)] = 80


class Cat(BaseModel):
    kind: Literal["cat"] = "cat"
    lives: int = 9


class Dog(BaseModel):
    kind: Literal["dog"] = "dog"
    name: str = "Rex"


class Tree(BaseModel):
    label: str = "root"
    below: Tree | None = None


class Name(RootModel[str]):
    pass


class Numbers(RootModel[list[int]]):
    pass


class Weights(RootModel[dict[str, int]]):
    pass


class Point(TypedDict):
    x: int
    y: int


@dataclass
class Size:
    w: int = 1
    h: int = 1


class Place(NamedTuple):
    row: int
    column: str = "a"


class Access(IntFlag):
    READ = 1
    WRITE = 2


class Box(BaseModel, Generic[T]):
    it: T


Pet = Annotated[Cat | Dog, Field(discriminator="kind")]
Json = TypeAliasType("Json", "dict[str, Json] | list[Json] | str | int | None")
SAME = object()
UNSET = object()
NOON = "2026-02-03T12:00:00"
MORN = "2026-02-03T06:00:00"
BY_DATE = {"2026-01-02": "a"}
TWICE = ("x[0][0]", "x[0][0]")
DEEP = ("x.a[0].port", "x.a[0].port")
POSITION = ("x[1].lives", "x[1].lives")


def large(value: Any) -> Any:
    """Refuse nothing, change letters."""
    return value.upper() if isinstance(value, str) else value


def even(value: int) -> int:
    """Refuse odd numbers."""
    if value % 2:
        message = "must be even"
        raise ValueError(message)
    return value


def doubled(value: Any, inner: ValidatorFunctionWrapHandler) -> Any:
    """Wrap the validation of a number without changing it."""
    return inner(value)


@dataclass
class Case:
    """A field, an edit as typed with the value it means, and an edit that is wrong."""

    name: str
    annotation: Any
    default: Any
    typed: Any
    value: Any
    wrong: Any
    at: str = "x"
    edit_at: str = "x"
    field: dict[str, Any] = field(default_factory=dict)


CASES = [
    Case("text", str, "a", " b ", " b ", 5),
    Case("text with pattern", Annotated[str, Field(pattern="^[a-z]+$")], "a", "bc", "bc", "B"),
    Case("whole number", int, 1, "42", 42, "4.5"),
    Case("bounded number", Annotated[int, Field(ge=1, le=9)], 1, "9", 9, "10"),
    Case("huge number", int, 2**70, str(2**80 + 1), 2**80 + 1, "1e3"),
    Case("negative number", int, 0, "-7", -7, "--7"),
    Case("fraction", float, 0.5, "0.25", 0.25, "0,25"),
    Case("infinite", float, 1.0, "inf", float("inf"), "endless"),
    Case("yes or no", bool, default=True, typed="false", value=False, wrong="maybe"),
    Case("yes, no or nothing", bool | None, None, typed="true", value=True, wrong="maybe"),
    Case("nullable text", str | None, None, "x", "x", 5),
    Case("nullable number", int | None, 3, None, None, "x"),
    Case("enum", Colour, Colour.RED, "green", "green", "blue"),
    Case("enum of numbers", Level, Level.LOW, "2", 2, "3"),
    Case("mixed literal", Literal["a", 1, True] | None, "a", "1", 1, "z"),
    Case("literal beside its text", Literal[1, "1"], 1, '"1"', "1", "2"),
    Case("decimal", Decimal, Decimal("1.50"), "2.10", "2.10", "two"),
    Case("date", dt.date, dt.date(2026, 1, 2), "2026-03-04", "2026-03-04", "yesterday"),
    Case("time", dt.time, dt.time(1, 2), "03:04:05", "03:04:05", "noon"),
    Case(
        "aware time",
        AwareDatetime,
        dt.datetime(2026, 1, 1, tzinfo=dt.UTC),
        "2026-02-03T04:05:06+02:00",
        "2026-02-03T04:05:06+02:00",
        "2026-02-03T04:05:06",
    ),
    Case("duration", dt.timedelta, dt.timedelta(hours=1), "P2D", "P2D", "soon"),
    Case("path", Path, Path("/etc"), "/var/log", "/var/log", 7),
    Case("uuid", UUID, UUID(int=1), str(UUID(int=2)), str(UUID(int=2)), "no"),
    Case("url", HttpUrl, HttpUrl("http://a.b/"), "https://c.d/e", "https://c.d/e", "ftp://a.b"),
    Case("address", IPv4Address, IPv4Address("10.0.0.1"), "10.0.0.2", "10.0.0.2", "10.0.0.256"),
    Case("byte size", ByteSize, ByteSize(10), "2048", 2048, "heavy"),
    Case("list of text", list[str], ["a"], ["a", "b"], ["a", "b"], [1], at="x[0]"),
    Case("list of numbers", list[int], [1], ["1", "22"], [1, 22], ["1", "b"], at="x[1]"),
    Case("list of choices", list[Colour], [Colour.RED], ["green"], ["green"], ["pink"], at="x[0]"),
    Case("item of a list", list[int], [1, 2], "5", [1, 5], "b", at="x[1]", edit_at="x[1]"),
    Case("tuple", tuple[int, str], (1, "a"), "[2, b]", [2, "b"], "[b, b]", at="x[0]"),
    Case("long tuple", tuple[int, ...], (1,), ["3", "4"], [3, 4], ["c"], at="x[0]"),
    Case("set", set[int], {1}, ["2", "3"], [2, 3], ["c"], at="x[0]"),
    Case("frozenset", frozenset[str], frozenset({"a"}), ["b"], ["b"], 5),
    Case("mapping", dict[str, int], {"a": 1}, "b: 2\nc: 3", {"b": 2, "c": 3}, "b: two", at="x.b"),
    Case("mapping by number", dict[int, str], {1: "a"}, '"2": b', {"2": "b"}, "b: c"),
    Case("any", Any, {"a": [1]}, "b: [1, {c: null}]", {"b": [1, {"c": None}]}, "{", at="x"),
    Case("number or text", int | str, 5, "05a", "05a", None),
    Case("text that reads as a number", int | str, "a", '"5"', "5", None),
    Case("naive time", NaiveDatetime, dt.datetime.fromisoformat(NOON), MORN, MORN, f"{NOON}Z"),
    Case("bytes", bytes, b"ab", "cd", "cd", 5.5),
    Case(
        "pattern",
        re.Pattern[str],
        re.compile("a+"),
        "b*",
        "b*",
        "(",
    ),
    Case("network", IPv6Network, IPv6Network("::/8"), "fe80::/16", "fe80::/16", "fe80::/200"),
    Case("bounded decimal", condecimal(max_digits=4), Decimal(1), "12.34", "12.34", "123.45"),
    Case("strict number", StrictInt, 1, "2", 2, "two"),
    Case("text made large", Annotated[str, BeforeValidator(large)], "A", "b", "B", 5),
    Case("text made large after", Annotated[str, AfterValidator(large)], "A", "b", "B", 5),
    Case("even number", Annotated[int, AfterValidator(even)], 2, "4", 4, "3"),
    Case("wrapped number", Annotated[int, WrapValidator(doubled)], 2, "3", 3, "x"),
    Case("own factory", list[int], UNSET, ["7"], [7], ["x"], at="x[0]", field={"factory": [1, 2]}),
    Case("root text", Name, Name("a"), "b", "b", 5),
    Case("root list", Numbers, Numbers([1]), ["2", "3"], [2, 3], ["x"], at="x[0]"),
    Case("root mapping", Weights, Weights({"a": 1}), "{b: 2}", {"b": 2}, "{b: x}", at="x.b"),
    Case("typed dict", Point, Point(x=1, y=2), "3", {"x": 3, "y": 2}, "x", "x.x", "x.x"),
    Case("dataclass", Size, Size(), "3", {"w": 3, "h": 1}, "x", "x.w", "x.w"),
    Case("named tuple", Place, Place(1), "[2, b]", [2, "b"], "[x, b]", at="x[0]"),
    Case("deque", deque[int], deque([1]), ["2"], [2], ["x"], at="x[0]"),
    Case("sequence", Sequence[int], [1], ["2"], [2], ["x"], at="x[0]"),
    Case("set of literals", set[Literal["a", "b"]], {"a"}, ["b"], ["b"], ["c"], at="x[0]"),
    Case("list of lists", list[list[int]], [[1], [2]], "5", [[1], [5]], "x", "x[1][0]", "x[1][0]"),
    Case("list with gaps", list[int | None], [None, 1], "5", [None, 5], "x", "x[1]", "x[1]"),
    Case("mixed list", list[int | str], [1, "a"], '"7"', [1, "7"], None, "x[1]", "x[1]"),
    Case("list of tuples", list[tuple[int, str]], [(1, "a")], "2", [[2, "a"]], "x", *TWICE),
    Case("lists by name", dict[str, list[Server]], {"a": [Server()]}, "8", SAME, "0", *DEEP),
    Case("optional list", list[int] | None, None, "[1]", [1], ["x"], at="x[0]"),
    Case("optional mapping", dict[str, int] | None, None, "{a: 1}", {"a": 1}, "{a: x}", "x.a"),
    Case("mapping by choice", dict[Literal["a", "b"], int], {"a": 1}, "{b: 2}", {"b": 2}, "{c: 1}"),
    Case("mapping by date", dict[dt.date, str], {}, "{2026-01-02: a}", BY_DATE, "{soon: a}"),
    Case("tagged models", list[Pet], [Cat(), Dog()], "Bo", SAME, 5, "x[1].name", "x[1].name"),
    Case("tagged by name", dict[str, Pet], {"a": Dog()}, "Bo", SAME, 5, "x.a.name", "x.a.name"),
    Case("model or text", Server | str, "x", "y", "y", 5),
    Case("model or models", Server | list[Server], Server(), "81", SAME, "0", "x.port", "x.port"),
    Case("tuple of models", tuple[Server, Cat], (Server(), Cat()), "5", SAME, "x", *POSITION),
    Case("generic model", Box[int], Box[int](it=1), "5", SAME, "x", "x.it", "x.it"),
    Case("tree of aliases", Json, {"a": [1]}, "{b: [1, {c: null}]}", SAME, "{"),
    Case("literal alone", Literal["x"], "x", "x", "x", "y"),
    Case("flag", Access, Access.READ, "3", 3, "x"),
    Case("text or date", dt.date | str, "x", "2026-01-02", "2026-01-02", None),
    Case("encoded", Base64Bytes, b"aGk=", "aG8=", "aG8=", "abc", field={"validate_default": True}),
    Case("imported", ImportString, "math.pi", "math.e", math.e, "no.such.thing"),
    Case("bytes or list", tuple[float] | bytes, (1.0,), b"", "", 5.5),
    Case("list or number", list[int] | int, 5, "[1]", [1], "[x]"),
    Case("models", list[Server], [Server()], "- port: 8080", SAME, "- port: 0", "x[0].port"),
    Case("named models", dict[str, Server], {}, "a: {host: h}", SAME, "a: {prot: 1}", "x.a.prot"),
    Case("tagged union", Pet, Cat(), "kind: dog\nname: Bo", SAME, "kind: cow"),
    Case("plain union", Server | Cat | None, None, "host: h", SAME, "7"),
    Case("recursive", Tree, Tree(), "label: a", SAME, "label: [1]", "x.below.label", "x.below"),
]
PLAIN = {
    "models": [{"host": "localhost", "port": 8080}],
    "named models": {"a": {"host": "h", "port": 80}},
    "lists by name": {"a": [{"host": "localhost", "port": 8}]},
    "tagged models": [{"kind": "cat", "lives": 9}, {"kind": "dog", "name": "Bo"}],
    "tagged by name": {"a": {"kind": "dog", "name": "Bo"}},
    "model or models": {"host": "localhost", "port": 81},
    "tuple of models": [{"host": "localhost", "port": 80}, {"kind": "cat", "lives": 5}],
    "generic model": {"it": 5},
    "tree of aliases": {"b": [1, {"c": None}]},
    "tagged union": {"kind": "dog", "name": "Bo"},
    "plain union": {"host": "h", "port": 80},
    "recursive": {"label": "root", "below": {"label": "a", "below": None}},
}
every_case = pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])


def core_of(case: Case) -> FormCore:
    settings = dict(case.field)
    if factory := settings.pop("factory", None):
        info = Field(default_factory=lambda: list(factory))
    else:
        info = Field(case.default, **settings)
    return FormCore(create_model("One", x=(case.annotation, info)))


@every_case
def test_form_is_built_and_keeps_the_default(case: Case) -> None:
    """An untouched form is valid, unchanged, and is the model's own default."""
    core = core_of(case)
    assert {} == core.errors
    assert () == core.dirty
    assert core.model() == core.config


@every_case
def test_what_is_set_comes_back_exactly(case: Case) -> None:
    """The typed text means one value, which the model, `get` and another form agree on."""
    core = core_of(case)
    core.set(case.edit_at, case.typed)
    expected = PLAIN[case.name] if case.value is SAME else case.value
    assert {} == core.errors
    assert expected == core.get("x")
    assert type(expected) is type(core.get("x"))
    assert expected == plain(core.config)["x"]
    assert core.config == FormCore(core.model, core.config).config


@every_case
def test_display_is_read_back_as_the_same_value(case: Case) -> None:
    """Setting what is displayed changes nothing."""
    core = core_of(case)
    core.set(case.edit_at, case.typed)
    before = reveal(core.get("x"))
    for row in core.fields:
        core.set(row.path, core.display(row.path))
    assert before == reveal(core.get("x"))
    assert {} == core.errors


@every_case
def test_what_does_not_fit_is_reported_at_its_place(case: Case) -> None:
    """A wrong edit makes an error at the right path, and undo mends it."""
    core = core_of(case)
    core.set(case.edit_at, case.wrong)
    assert not core.valid
    assert any(path == case.at or path.startswith(f"{case.at}.") for path in core.errors)
    core.undo()
    assert {} == core.errors
    assert () == core.dirty


@every_case
def test_every_default_has_a_text(case: Case) -> None:
    """No default breaks its control."""
    for row in core_of(case).fields:
        assert isinstance(shown(row.spec, row.spec.default, Handles()), str | None)


def test_secrets_stay_shut() -> None:
    """A secret is a handle in the form and open only in the model."""
    model = create_model("One", x=(SecretStr, SecretStr("old-password")))
    core = FormCore(model)
    core.set("x", "new-password")
    assert Secret("new-password") == core.get("x")
    assert {"x": "********"} == core.masked()
    assert "new-password" == core.config.x.get_secret_value()
    assert "password" not in repr(core) + repr(core.diff()) + str(core.findings)


@pytest.mark.parametrize("dsn", [PostgresDsn, AnyUrl, str])
def test_password_inside_an_address_stays_when_the_rest_is_edited(dsn: Any) -> None:
    """The mask in an address stands for its password."""
    value = "postgres://me:pass-word@a.example:5432/db"
    core = FormCore(create_model("One", x=(dsn, ...)), {"x": value})
    shown_text = core.display("x")
    assert "postgres://me:********@a.example:5432/db" == shown_text
    core.set("x", shown_text.replace("a.example", "b.example"))
    assert value.replace("a.example", "b.example") == str(core.config.x)


def test_the_matrix_is_as_large_as_promised() -> None:
    """At least sixty kinds of single fields are held to the laws above."""
    assert len({case.name for case in CASES}) >= 60


class Unwritable(BaseModel):
    """A field whose value is code, among others that are data."""

    port: int = 80
    hook: Callable[[int], int] = abs
    kind: type[int] = int


def test_a_field_that_cannot_be_built_says_so_and_the_rest_works() -> None:
    """What no text can hold keeps the model's own value, with the reason; the rest is edited."""
    core = FormCore(Unwritable)
    assert {} == core.errors
    assert "cannot be written as data" in core.locked("hook")
    assert "cannot be written as data" in core.locked("kind")
    with pytest.raises(ValueRefusedError, match="hook"):
        core.set("hook", "print")
    core.set("port", "81")
    assert Unwritable(port=81) == core.config
    assert ("port",) == core.dirty
