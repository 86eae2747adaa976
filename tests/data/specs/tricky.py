"""Models of one field each, in every form that pydantic knows, with data that fits them."""

from __future__ import annotations

import dataclasses
import datetime as dt
import ipaddress
import re
import uuid
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from enum import Enum, IntEnum, StrEnum
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Any, Generic, Literal, NamedTuple, NewType, TypeVar

import typing_extensions as extensions
from pydantic import (
    AliasChoices,
    AnyUrl,
    AwareDatetime,
    Base64Bytes,
    Base64Str,
    BaseModel,
    BeforeValidator,
    ByteSize,
    ConfigDict,
    Discriminator,
    Field,
    Json,
    JsonValue,
    NaiveDatetime,
    PositiveInt,
    PostgresDsn,
    RootModel,
    SecretBytes,
    SecretStr,
    StringConstraints,
    Tag,
    computed_field,
    conlist,
    create_model,
    field_serializer,
)


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


class Level(IntEnum):
    LOW = 1
    HIGH = 2


class Mixed(Enum):
    NONE = None
    ONE = 1
    HALF = 0.5


class Point(NamedTuple):
    x: int
    y: float


@dataclasses.dataclass
class Size:
    width: int
    height: int = 2
    secret: SecretStr = SecretStr("s")  # noqa: RUF009  # immutable


class Extent(extensions.TypedDict):
    low: int
    high: extensions.NotRequired[Decimal]


class Leaf(BaseModel):
    name: str
    secret: SecretStr = SecretStr("")


class Tree(BaseModel):
    name: str
    kids: list[Tree] = []
    left: Tree | None = None


class Cat(BaseModel):
    kind: Literal["cat"]
    lives: int = 9


class Dog(BaseModel):
    kind: Literal["dog", "puppy"]
    chip: SecretStr | None = None


class Strict(BaseModel):
    model_config = ConfigDict(strict=True)

    when: dt.date
    size: tuple[int, ...] = ()
    colour: Colour = Colour.RED


class Renamed(BaseModel):
    value: int = Field(alias="theValue")
    other: str = Field("x", validation_alias=AliasChoices("first", "second"))


class Masking(BaseModel):
    password: str = "p"

    @field_serializer("password")
    def _mask(self, _: str) -> str:
        return "***"


class Doubled(BaseModel):
    one: int = 1

    @computed_field
    def two(self) -> int:
        return self.one * 2


class Open(BaseModel):
    model_config = ConfigDict(extra="allow")

    known: int = 1


class Numbers(RootModel[list[int]]):
    pass


T = TypeVar("T")


class Box(BaseModel, Generic[T]):
    content: T


UserId = NewType("UserId", int)
Port = Annotated[int, Field(ge=1, le=65535)]
Nested = extensions.TypeAliasType("Nested", "list[Nested] | int")
Money = Annotated[Decimal, Field(gt=0, decimal_places=2)]


def _kind_of(value: Any) -> str:
    return (
        "cat" if (value.get("kind") if isinstance(value, dict) else value.kind) == "cat" else "dog"
    )


class Case(NamedTuple):
    """A model of one field, data that fits it, and data that does not."""

    name: str
    model: type[BaseModel]
    fits: list[Any]
    misfits: list[Any]


def _case(name: str, annotation: Any, fits: Iterable[Any], misfits: Iterable[Any] = ()) -> Case:
    fields: dict[str, Any] = {"field": (annotation, ...)}
    return Case(name, create_model("One", **fields), list(fits), list(misfits))


SCALARS = [
    _case("boolean", bool, [True, False], ["maybe", []]),
    _case("integer", int, [0, -5, 10**40], ["x", 1.5, None]),
    _case("float", float, [0.5, -1e300, 3, float("inf")], ["x"]),
    _case("text", str, ["", "null", "ü\n\t'", "1"], [1, None, []]),
    _case("bytes", bytes, ["", "raw"], [[]]),
    _case("decimal", Decimal, ["1.10", "0", "1E+5"], ["x"]),
    _case("fraction", Fraction, ["1/3"], ["x"]),
    _case("none", None, [None], [1]),
    _case("any", Any, [None, 1, "x", [1, {"a": None}]]),
    _case("json value", JsonValue, [None, {"a": [1.5, "x"]}]),
    _case("date", dt.date, ["2024-02-29"], ["2024-02-30", []]),
    _case("naive time", dt.time, ["12:30:00", "00:00:00.000001"], ["25:00"]),
    _case("naive datetime", NaiveDatetime, ["2024-02-29T12:00:00"], ["x"]),
    _case(
        "aware datetime", AwareDatetime, ["2024-02-29T12:00:00.5+05:30"], ["2024-02-29T12:00:00"]
    ),
    _case("timedelta", dt.timedelta, ["P1DT2H", "PT0.000001S", "-PT5S"], ["soon"]),
    _case("uuid", uuid.UUID, ["12345678-1234-5678-1234-567812345678"], ["x"]),
    _case("path", Path, ["a/b", "/var/x y"], [5]),
    _case("address", ipaddress.IPv4Address, ["10.0.0.1"], ["10.0.0.999"]),
    _case("network", ipaddress.IPv6Network, ["2001:db8::/32"], ["x"]),
    _case("url", AnyUrl, ["https://example.com/a?b=c"], ["no url"]),
    _case("dsn", PostgresDsn, ["postgresql://u@h:5432/d"], ["http://h"]),
    _case("pattern", re.Pattern, ["^a+$"], ["("]),
    _case("byte size", ByteSize, [1024, "1KiB"], ["many"]),
    _case("secret text", SecretStr, ["", "hush"], [5]),
    _case("secret bytes", SecretBytes, ["hush"], [5]),
    _case("base64 text", Base64Str, ["aGVsbG8="], ["abc"]),
    _case("base64 bytes", list[Base64Bytes], [["aGVsbG8="]], [["abc"]]),
    _case("json text", Json[list[int]], ["[1, 2]"], ["[", '["x"]']),
    _case("text enum", Colour, ["red"], ["green", 1]),
    _case("integer enum", Level, [1, 2], [3]),
    _case("mixed enum", Mixed, [None, 1, 0.5], ["x"]),
    _case("literal", Literal["a", "b"], ["a"], ["c"]),
    _case("mixed literal", Literal["a", 2, False] | None, ["a", 2, None, False], ["c", 3]),
]

CONSTRAINED = [
    _case("bounds", Port, [1, 65535], [0, 65536]),
    _case("positive", PositiveInt, [1], [0]),
    _case(
        "bounded text",
        Annotated[str, StringConstraints(pattern="^a+$", max_length=3)],
        ["aa"],
        ["b", "aaaa"],
    ),
    _case("bounded secret", Annotated[SecretStr, Field(min_length=4)], ["hush"], ["abc"]),
    _case("bounded list", conlist(int, min_length=1, max_length=2), [[1], [1, 2]], [[], [1, 2, 3]]),
    _case("bounded decimal", Money, ["0.01"], ["0", "1.001"]),
    _case("validated", Annotated[int, BeforeValidator(int)], [1], ["x"]),
    _case("new type", UserId, [1], ["x"]),
    _case(
        "nested annotations", Annotated[Annotated[int, Field(ge=1)], Field(le=5)], [1, 5], [0, 6]
    ),
]

CONTAINERS = [
    _case("list", list[int], [[], [1, 2]], [["x"], 1, {"a": 1}]),
    _case("bare list", list, [[1, "x"]], [1]),
    _case("sequence", Sequence[str], [["a"]], [[1]]),
    _case("deque", deque[int], [[1, 2]], [["x"]]),
    _case("set", set[int], [[], [1, 2]], [["x"]]),
    _case("frozen set", frozenset[Colour], [["blue", "red"]], [["green"]]),
    _case("fixed tuple", tuple[int, str], [[1, "a"]], [[1], ["x", "a"], [1, "a", 2]]),
    _case("open tuple", tuple[Decimal, ...], [["1.0", "2"]], [["x"]]),
    _case("named tuple", Point, [[1, 2.5]], [["x", 1]]),
    _case("mapping", dict[str, int], [{}, {"a": 1, "b.c": 2}], [{"a": "x"}, []]),
    _case("integer keys", dict[int, str], [{"1": "a"}], [{"x": "a"}]),
    _case("date keys", Mapping[dt.date, int], [{"2024-01-01": 1}], [{"x": 1}]),
    _case("enum keys", dict[Colour, Level], [{"red": 1}], [{"green": 1}, {"red": 9}]),
    _case("secrets in a list", list[SecretStr], [["a", "b"]], [[1]]),
    _case("secrets in a mapping", dict[str, SecretStr], [{"a": "b"}], [{"a": 1}]),
    _case(
        "mapping of lists", dict[str, list[tuple[int, int]]], [{"a": [[1, 2]]}], [{"a": [[1, "x"]]}]
    ),
]

MODELS = [
    _case("section", Leaf, [{"name": "a", "secret": "s"}], [{}, {"name": 1}, [], "x"]),
    _case("list of sections", list[Leaf], [[{"name": "a", "secret": ""}]], [[{"name": "a"}, {}]]),
    _case(
        "mapping of sections", dict[str, Leaf], [{"k": {"name": "a", "secret": ""}}], [{"k": {}}]
    ),
    _case(
        "recursive",
        Tree,
        [{"name": "a", "kids": [{"name": "b", "kids": [], "left": None}], "left": None}],
        [{"name": "a", "kids": [{"name": "b", "left": {"name": 1}}]}],
    ),
    _case("recursive alias", Nested, [1, [1, [2]]], ["x"]),
    _case("dataclass", Size, [{"width": 1, "height": 3, "secret": "t"}], [{}, {"width": "x"}]),
    _case(
        "typed dict", Extent, [{"low": 1}, {"low": 1, "high": "2.5"}], [{}, {"low": 1, "high": "x"}]
    ),
    _case(
        "strict",
        Strict,
        [{"when": "2024-01-01", "size": [1], "colour": "blue"}],
        [{"when": "x"}, {"when": "2024-01-01", "size": ["1"]}],
    ),
    _case("aliases", Renamed, [{"theValue": 1, "first": "y"}], [{"theValue": "x"}, {}]),
    _case("masking serializer", Masking, [{"password": "hush"}], [{"password": 1}]),
    _case("computed", Doubled, [{"one": 2}], [{"one": "x"}]),
    _case("extra keys", Open, [{"known": 1, "own": [1]}], [{"known": "x"}]),
    _case("root model", Numbers, [[1, 2]], [["x"]]),
    _case("generic", Box[Leaf], [{"content": {"name": "a", "secret": ""}}], [{"content": {}}]),
]

UNIONS = [
    _case("optional", int | None, [None, 1], ["x"]),
    _case("optional secret", SecretStr | None, [None, "s"], [1]),
    _case("scalars", int | str | None, [None, 1, "1", "x"], [[]]),
    _case("number or word", Port | Literal["auto"], [1, "auto"], [0, "other"]),
    _case("secret or number", int | SecretStr, [1, "s"], [[]]),
    _case("sections", Leaf | Size, [{"name": "a", "secret": ""}], [{"name": 1}, "x"]),
    _case(
        "discriminated",
        Annotated[Cat | Dog, Field(discriminator="kind")],
        [{"kind": "cat", "lives": 7}, {"kind": "puppy", "chip": "c"}],
        [{"kind": "cow"}, {}, {"kind": "cat", "lives": "x"}, 1],
    ),
    _case(
        "told apart by a function",
        Annotated[Annotated[Cat, Tag("cat")] | Annotated[Dog, Tag("dog")], Discriminator(_kind_of)],
        [{"kind": "cat", "lives": 7}],
        [{"kind": "cat", "lives": "x"}],
    ),
    _case(
        "list of discriminated",
        list[Annotated[Cat | Dog, Field(discriminator="kind")]] | None,
        [None, [{"kind": "dog", "chip": None}]],
        [[{"kind": "cat", "lives": "x"}]],
    ),
    _case("list or scalar", list[int] | int, [1, [1]], ["x", ["x"]]),
    _case("mapping or section", Leaf | dict[str, list[int]], [{"a": [1]}], [{"a": ["x"]}]),
]

CASES = [*SCALARS, *CONSTRAINED, *CONTAINERS, *MODELS, *UNIONS]
