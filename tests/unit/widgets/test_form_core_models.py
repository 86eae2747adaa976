"""Awkward models as wholes: each is shown, edited at its hard places, and mended again."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Annotated, Any, Generic, Literal, TypeVar

import pytest
from pydantic import (
    AliasChoices,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    RootModel,
    SecretStr,
    Tag,
    ValidationInfo,
    computed_field,
    field_validator,
    model_validator,
)
from pydantic.dataclasses import dataclass as pydantic_dataclass

from escai_nb.schema.modelling import plain
from escai_nb.widgets.form_core import FormCore

T = TypeVar("T")


class Leaf(BaseModel):
    size: int = 1


class Aliased(BaseModel):
    """Other names in files than in Python."""

    model_config = ConfigDict(populate_by_name=True)
    log_level: Literal["low", "high"] = Field("low", alias="logLevel")
    port: int = Field(80, validation_alias=AliasChoices("PORT", "port"))
    inner: Leaf = Field(Leaf(), alias="innerLeaf")


class Computed(BaseModel):
    """A value that is made of the others."""

    width: int = 2
    height: int = 3

    @computed_field  # type: ignore[prop-decorator]
    @property
    def area(self) -> int:
        return self.width * self.height


class Ordered(BaseModel):
    """Two values that hang together."""

    low: int = 1
    high: int = 9

    @model_validator(mode="after")
    def in_order(self) -> Ordered:
        if self.low > self.high:
            message = "low is above high"
            raise ValueError(message)
        return self


class Rewritten(BaseModel):
    """Data that is changed before it is looked at."""

    hosts: list[str] = ["a"]

    @model_validator(mode="before")
    @classmethod
    def old_name(cls, data: Any) -> Any:
        if isinstance(data, dict) and "host" in data:
            return {"hosts": [data["host"]]}
        return data


class Wrapped(BaseModel):
    """A validator around all others."""

    x: int = 1

    @model_validator(mode="wrap")
    @classmethod
    def around(cls, data: Any, handler: Any) -> Any:
        return handler(data)


class Dependent(BaseModel):
    """A field whose rule looks at another."""

    limit: int = 10
    count: int = 5

    @field_validator("count")
    @classmethod
    def within(cls, count: int, info: ValidationInfo) -> int:
        if count > info.data.get("limit", count):
            message = "above the limit"
            raise ValueError(message)
        return count


class Split(BaseModel):
    """Text that becomes a list, which the model would not take back as text."""

    words: list[str] = ["a", "b"]

    @field_validator("words", mode="before")
    @classmethod
    def split(cls, words: Any) -> Any:
        return words.split(",") if isinstance(words, str) else words


class Filled(BaseModel):
    """Defaults that are made anew, one of them of another field."""

    tags: list[str] = Field(default_factory=lambda: ["new"])
    leaves: dict[str, Leaf] = Field(default_factory=lambda: {"a": Leaf()})
    name: str = "svc"
    title: str = Field(default_factory=lambda data: data["name"].upper())


class Inner(BaseModel):
    deep: int | None = None


class Outer(BaseModel):
    inner: Inner | None = None


class Nested(BaseModel):
    """Optional sections in optional sections."""

    outer: Outer | None = None


class Node(BaseModel):
    """A model that holds itself in three ways."""

    name: str = "n"
    next: Node | None = None
    kids: list[Node] = []
    named: dict[str, Node] = {}


class A(BaseModel):
    type: Literal["a", "alpha"] = "a"
    one: int = 1


class B(BaseModel):
    type: Literal["b"] = "b"
    two: Decimal = Decimal("2.50")


class C(BaseModel):
    type: Literal["c"] = "c"
    more: list[Annotated[A | B, Field(discriminator="type")]] = []


class Tagged(BaseModel):
    """Alternatives inside alternatives, told apart by several tags."""

    things: list[Annotated[A | B | C, Field(discriminator="type")]] = [C(more=[A()])]


def by_shape(value: Any) -> str:
    if isinstance(value, dict):
        return "leaf" if "size" in value else "computed"
    return "leaf" if isinstance(value, Leaf) else "computed"


class Called(BaseModel):
    """Alternatives that a function tells apart."""

    it: Annotated[
        Annotated[Leaf, Tag("leaf")] | Annotated[Computed, Tag("computed")],
        Discriminator(by_shape),
    ] = Leaf()


class Times(BaseModel):
    """Moments with and without a zone, and lengths of time."""

    at: AwareDatetime = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    local: dt.datetime = dt.datetime.fromisoformat("2026-01-01T00:00:00")
    every: dict[str, dt.timedelta] = {"day": dt.timedelta(days=1)}
    span: tuple[dt.date, dt.date] = (dt.date(2026, 1, 1), dt.date(2026, 2, 1))


class Secretive(BaseModel):
    """Secrets wherever they can lie."""

    one: SecretStr = SecretStr("s3cret-of-default")
    many: list[SecretStr] = [SecretStr("s3cret-in-list")]
    named: dict[str, SecretStr] = {"k": SecretStr("s3cret-in-dict")}
    dsn: str = "postgres://me:s3cret-in-dsn@h/db"


class Open(BaseModel):
    """Keys that nobody foresaw are kept."""

    model_config = ConfigDict(extra="allow")
    known: int = 1
    free: Any = {"a": [1, {"b": None}]}


class Frozen(BaseModel):
    """Values that do not change, made of others that do not."""

    model_config = ConfigDict(frozen=True)
    flags: frozenset[Literal["x", "y"]] = frozenset({"x"})
    pair: tuple[Leaf, ...] = (Leaf(),)


class Page(BaseModel, Generic[T]):
    items: list[T] = []
    first: T | None = None


class Generics(BaseModel):
    """One generic model in two shapes."""

    leaves: Page[Leaf] = Page[Leaf](items=[Leaf()])
    numbers: Page[int] = Page[int]()


class Ports(RootModel[list[int]]):
    pass


class Teams(RootModel[dict[str, list[str]]]):
    pass


class Roots(BaseModel):
    """Models that are a list or a mapping themselves."""

    ports: Ports = Ports([80])
    teams: Teams = Teams({"core": ["ada"]})


@pydantic_dataclass
class Extent:
    w: Annotated[int, Field(gt=0)] = 1


class Mixed(BaseModel):
    """Literals, numbers and models in one place."""

    level: Literal["auto", 0, 1, True] = "auto"
    size: Literal["full"] | int | Extent | None = None
    on: bool | Literal["maybe"] = "maybe"


class Huge(BaseModel):
    """Numbers and texts at the edge of what is written."""

    big: int = 2**90
    small: float = 5e-324
    exact: Decimal = Decimal("0.1000")
    text: str = "a: b # no\n\ttab \u202e <script>"


class OldA(BaseModel):
    kind: Literal["a"] = Field("a", alias="type")
    one: int = 1


class OldB(BaseModel):
    kind: Literal["b"] = Field("b", alias="type")


class AliasedTag(BaseModel):
    """Alternatives whose tag has another name in files."""

    it: Annotated[OldA | OldB, Field(discriminator="kind")] = OldA()


class Strict(BaseModel):
    """Types that a strict model takes from JSON alone."""

    model_config = ConfigDict(strict=True)
    since: dt.date = dt.date(2026, 1, 1)
    pair: tuple[int, str] = (1, "a")
    names: set[str] = {"a"}


class Grown(Leaf):
    more: int = 2


class Derived(BaseModel):
    """A default of a class below the one that is declared."""

    leaf: Leaf = Grown(size=3)
    name: str = "svc"


INNERMOST = "things[0].more[0].one"
EDITS: list[tuple[type[BaseModel], str, Any, Any, tuple[str, Any, str]]] = [
    (Aliased, "innerLeaf.size", "7", 7, ("logLevel", "loud", "logLevel")),
    (Computed, "width", "5", 5, ("height", "x", "height")),
    (Ordered, "low", "9", 9, ("low", "10", "")),
    (Rewritten, "hosts[0]", "b", "b", ("hosts", [5], "hosts[0]")),
    (Wrapped, "x", "2", 2, ("x", "two", "x")),
    (Dependent, "count", "10", 10, ("count", "11", "count")),
    (Split, "words[1]", "c", "c", ("words", 5, "words")),
    (Filled, "leaves.a.size", "3", 3, ("leaves.a.size", "x", "leaves.a.size")),
    (Nested, "outer.inner.deep", "4", 4, ("outer.inner.deep", "x", "outer.inner.deep")),
    (Node, "next", {"name": "m"}, None, ("next", {"kids": [{"name": []}]}, "next.kids[0].name")),
    (
        Tagged,
        "things[0].more[0].one",
        "4",
        4,
        ("things[0].more[0].one", "x", "things[0].more[0].one"),
    ),
    (Called, "it.size", "4", 4, ("it.size", "x", "it.size")),
    (Times, "span[1]", "2026-03-01", "2026-03-01", ("every.day", "soon", "every.day")),
    (Secretive, "dsn", "postgres://me:********@other/db", None, ("one", None, "one")),
    (Open, "known", "2", 2, ("known", "x", "known")),
    (Frozen, "pair[0].size", "2", 2, ("flags", ["z"], "flags[0]")),
    (Generics, "leaves.items[0].size", "2", 2, ("numbers.items", ["x"], "numbers.items[0]")),
    (Roots, "teams.core[0]", "bob", "bob", ("ports[0]", "x", "ports[0]")),
    (Mixed, "level", "0", 0, ("size", {"w": 0}, "size.w")),
    (AliasedTag, "it.one", "2", 2, ("it", {"type": "c"}, "it.type")),
    (Strict, "pair[1]", "b", "b", ("pair[0]", "x", "pair[0]")),
    (Derived, "name", "db", "db", ("leaf.size", "x", "leaf.size")),
    (Huge, "big", str(2**91 + 1), 2**91 + 1, ("small", "x", "small")),
]
each_model = pytest.mark.parametrize(
    ("model", "path", "typed", "value", "wrong"), EDITS, ids=[edit[0].__name__ for edit in EDITS]
)


@each_model
def test_the_whole_is_kept_edited_and_mended(
    model: type[BaseModel], path: str, typed: Any, value: Any, wrong: tuple[str, Any, str]
) -> None:
    """Untouched it is the model's own default; one edit changes one value; undo takes all back."""
    core = FormCore(model)
    assert {} == core.errors
    assert () == core.dirty
    assert model() == core.config

    before = plain(core.config)
    core.set(path, typed)
    assert {} == core.errors
    if value is not None:
        assert value == core.get(path)
    again = FormCore(model, core.config)
    assert plain(core.config) == plain(again.config) != before

    place, bad, told_at = wrong
    core.set(place, bad)
    assert [told_at] == list(core.errors)
    core.undo()
    core.undo()
    assert before == plain(core.config)
    assert () == core.dirty


@each_model
def test_showing_everything_and_reading_it_back_changes_nothing(
    model: type[BaseModel],
    path: str,  # noqa: ARG001  # the whole is what counts here
    typed: Any,  # noqa: ARG001
    value: Any,  # noqa: ARG001
    wrong: Any,  # noqa: ARG001
) -> None:
    """Each row's own text means what the row holds."""
    core = FormCore(model)
    for row in core.fields:
        core.set(row.path, core.display(row.path))
    assert {} == core.errors
    assert () == core.dirty
    assert model() == core.config


def test_text_that_a_validator_takes_apart_stays_editable() -> None:
    """Data that the model accepts in one form and writes in another starts without an error."""
    core = FormCore(Split, {"words": "x,y"})
    assert {} == core.errors
    assert ["x", "y"] == core.config.words
