"""Values that a model does not make again of what is written of them stay what they are."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterable
from decimal import Decimal
from enum import Enum, Flag
from typing import Annotated, Any, Generic, Literal, NotRequired, TypeVar

import pytest
from pydantic import (
    AfterValidator,
    AliasPath,
    Base64Bytes,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ImportString,
    Json,
    PlainValidator,
    PostgresDsn,
    RootModel,
    SecretStr,
    create_model,
    model_validator,
)
from pydantic_core import core_schema
from typing_extensions import TypeAliasType, TypedDict

from escai_nb.errors import UsageError
from escai_nb.schema.objects import alike
from escai_nb.widgets import ConfigForm
from escai_nb.widgets.form_core import FormCore

T = TypeVar("T")
ByName = TypeAliasType("ByName", dict[str, T], type_params=(T,))
CANARY = "canary-8f21-kept"


class Colour(Enum):
    RED = "red"
    GREEN = "green"


class Access(Flag):
    READ = 1
    WRITE = 2


class Odd:
    """A type that is read from text and that nobody says how to write."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Odd) and self.text == other.text

    __hash__ = None  # type: ignore[assignment]

    @classmethod
    def __get_pydantic_core_schema__(cls, *_: Any) -> core_schema.CoreSchema:
        return core_schema.no_info_plain_validator_function(
            lambda value: value if isinstance(value, cls) else cls(value)
        )


class Part(TypedDict):
    x: int
    y: NotRequired[str]


class Round(BaseModel):
    shape: Literal[Colour.RED] = Colour.RED
    size: int = 1


class Square(BaseModel):
    shape: Literal[Colour.GREEN] = Colour.GREEN
    side: int = 2


def twice(value: Any) -> int:
    return int(value) * 2


CASES: dict[str, tuple[Any, Any, Any, Any]] = {
    "member beside text": (Colour | str, Colour.RED, "blue", "blue"),
    "bytes beside text": (bytes | str, b"a", "b", "b"),
    "bytes that are no text": (bytes, b"\xff\xfe", "ab", b"ab"),
    "literal of bytes": (Literal[b"a", b"b"], b"a", "b", b"b"),
    "literal of a member": (Literal[Colour.RED, "x"], Colour.RED, "x", "x"),
    "flags together": (Access, Access.READ | Access.WRITE, "2", Access.WRITE),
    "never validated": (int, "none", "5", 5),
    "not idempotent": (Annotated[int, PlainValidator(twice)], 2, "5", 10),
    "adds a prefix": (Annotated[str, AfterValidator(lambda v: f"v-{v}")], "a", "b", "v-b"),
    "taken apart": (Annotated[list[str], BeforeValidator(list)], ["a"], ["b"], ["b"]),
    "any date": (Any, dt.date(2026, 1, 1), "5", 5),
    "any set": (Any, {1, 2}, "[3]", [3]),
    "any tuple": (Any, (1, 2), "[3]", [3]),
    "any mapping": (Any, {1: 2, (3, 4): 5}, "{a: 1}", {"a": 1}),
    "any secret": (Any, SecretStr(CANARY), "5", 5),
    "read, not written": (Odd, Odd("a"), "b", Odd("b")),
    "iterable": (Iterable[int], [1], None, None),
    "tuple as key": (dict[tuple[int, int], str], {(1, 2): "a"}, None, None),
    "function": (Callable[[int], int], abs, None, None),
    "class": (type[int], int, None, None),
    "generic alias": (ByName[int], {"a": 1}, "b: 2", {"b": 2}),
    "tagged by a member": (
        Annotated[Round | Square, Field(discriminator="shape")],
        Round(),
        "shape: green",
        Square(),
    ),
    "encoded": (Base64Bytes, b"aGk=", "aG8=", b"ho"),
    "json": (Json, '{"a": 1}', '{"b": 2}', {"b": 2}),
    "imported": (ImportString, "math.cos", "math.sin", __import__("math").sin),
    "typed dict in part": (Part, {"x": 1}, None, None),
}
VALIDATED = {"encoded", "json", "imported"}
each = pytest.mark.parametrize("name", CASES)


def model_of(name: str) -> type[BaseModel]:
    annotation, default, _, _ = CASES[name]
    info = Field(default, validate_default=name in VALIDATED)
    return create_model("One", x=(annotation, info), other=(int, 7))


@each
def test_an_untouched_value_is_the_very_default(name: str) -> None:
    """From the defaults, from a mapping and from an object: nothing is changed by being shown."""
    model = model_of(name)
    own = model()
    for value in (None, {"other": 7}, own):
        core = FormCore(model, value)
        assert {} == core.errors
        assert () == core.dirty
        assert alike(own, core.config)


@each
def test_an_edit_elsewhere_leaves_it_alone(name: str) -> None:
    """Another row is edited and saved; this one stays, also after the save."""
    model = model_of(name)
    form = ConfigForm(model=model)
    form.set("other", "8")
    form.save()
    assert alike(model(other=8), form.config)
    assert not form.dirty


@each
def test_showing_it_and_setting_what_is_shown_changes_nothing(name: str) -> None:
    """Each row that may be edited takes its own text back."""
    core = FormCore(model_of(name))
    for row in core.fields:
        if not core.locked(row.path):
            core.set(row.path, core.display(row.path))
    assert () == core.dirty
    assert alike(core.model(), core.config)


@each
def test_it_can_be_edited_where_text_means_it(name: str) -> None:
    """An edit counts, undo brings the very default back, and so does a reset."""
    _, _, typed, value = CASES[name]
    core = FormCore(model_of(name))
    if typed is None:
        return
    core.set("x", typed)
    assert {} == core.errors
    assert alike(value, core.config.x)
    assert ("x",) == core.dirty
    core.undo()
    assert alike(core.model(), core.config)
    core.set("x", typed)
    core.reset("x", to="default")
    assert alike(core.model(), core.config)


def test_secrets_in_free_places_stay_shut() -> None:
    """A secret object in a mapping of anything is a handle, also in the button of its default."""
    model = create_model("One", x=(dict[str, Any], {"note": SecretStr(CANARY)}), n=(int, 1))
    form = ConfigForm(model=model)
    form.set("x", "a: 1")
    shown = repr([form._painter.repaint(form.core), form.value, form.to_html(), form.to_yaml()])
    assert CANARY not in shown
    assert () == form.core.search("canary")
    form.discard()
    assert CANARY == form.config.x["note"].get_secret_value()


def test_the_password_of_a_default_address_is_not_on_its_button() -> None:
    """`use default: …` masks what the value itself would mask."""
    form = ConfigForm(model=create_model("One", dsn=(str, f"postgres://me:{CANARY}@h/db")))
    form.set("dsn", "postgres://other/db")
    assert CANARY not in repr(form._painter.repaint(form.core))


class Counted(BaseModel):
    """A check that changes what it checks, each time."""

    name: str = "a"
    count: int = 0

    @model_validator(mode="after")
    def seen(self) -> Counted:
        self.count += 1
        return self


def test_a_check_that_changes_values_runs_once() -> None:
    """What the form shows is what the model itself makes, not what it makes of that again."""
    core = FormCore(Counted)
    assert (1, ()) == (core.config.count, core.dirty)
    core.set("name", "b")
    assert Counted(name="b") == core.config
    assert Counted(count=5) == FormCore(Counted, {"count": 5}).config
    assert 6 == FormCore(Counted, Counted(count=5)).config.count


class Deep(BaseModel):
    model_config = ConfigDict(extra="allow")
    a: int = Field(1, validation_alias=AliasPath("deep", "a"))
    when: dt.date | None = None


def test_a_field_whose_alias_leads_elsewhere_is_edited() -> None:
    """It is read from where its alias leads, and written under its own name."""
    core = FormCore(Deep, {"deep": {"a": 7}})
    assert 7 == core.config.a
    core.set("a", "8")
    assert 8 == core.config.a
    assert ("a",) == core.dirty


def test_python_objects_may_be_given() -> None:
    """A mapping with dates, members, models and secrets; also where another value is wrong."""
    model = create_model(
        "One", when=(dt.datetime, ...), colour=(Colour, ...), part=(Round, ...),
        key=(SecretStr, ...), size=(Decimal, ...), n=(int, 1),
    )  # fmt: skip
    given = {
        "when": dt.datetime(2026, 1, 1, tzinfo=dt.UTC),
        "colour": Colour.GREEN,
        "part": Round(size=3),
        "key": SecretStr(CANARY),
        "size": Decimal("1.50"),
    }
    assert model(**given) == FormCore(model, given).config
    form = ConfigForm(model=model, value={**given, "n": "wrong"})
    assert ["n"] == list(form.core.errors)
    assert CANARY not in repr([form.value, form._painter.repaint(form.core), form.to_html()])
    form.set("n", "5")
    assert model(**given, n=5) == form.config


class Ports(RootModel[list[int]]):
    root: list[int] = [80]


class Named(RootModel[dict[str, Round]]):
    root: dict[str, Round] = {"a": Round()}


class Level(RootModel[int]):
    pass


def test_root_models_are_forms_of_their_own() -> None:
    """A list, a mapping or a single value as a whole begins with its default and is edited."""
    form = ConfigForm(model=Ports)
    assert Ports() == form.config
    form.set("[0]", "81")
    form.set("", ["81", "x"])
    assert ["[1]"] == list(form.core.errors)
    form.undo()
    assert ([81], Ports([81])) == (form.value, form.config)
    named = ConfigForm(model=Named)
    named.set("a.size", "5")
    assert Named({"a": Round(size=5)}) == named.config
    level = ConfigForm(model=Level, value=Level(3))
    level.set("", "4")
    assert Level(4) == level.config
    level.set("", "x")
    assert [""] == list(level.core.errors)


def test_what_no_form_can_start_from_is_said() -> None:
    """Neither another class nor a value of another kind ends in a traceback of pydantic."""
    for model in (int, Part, list[int], Round()):
        with pytest.raises(UsageError, match="pydantic model"):
            FormCore(model)  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="a mapping or a Round") as refused:
        FormCore(Round, CANARY)  # type: ignore[arg-type]
    assert not re.search(CANARY, f"{refused.value} {refused.value.hint}")


class Box(BaseModel, Generic[T]):
    it: T


def test_another_models_object_is_read_as_data() -> None:
    """An object of a class that the form is not about is judged like a mapping."""
    core = FormCore(Box[int], Box[str](it="5"))
    assert Box[int](it=5) == core.config


def test_what_is_saved_is_read_back_as_what_was_shown() -> None:
    """A check that adds to its value has it once, also after the next start."""
    adds = Annotated[str, AfterValidator(lambda value: f"v-{value}")]
    core = FormCore(create_model("One", x=(adds, "a"), y=(int, 1)))
    core.set("x", "b")
    core.set("y", " 5 ")
    assert "v-b" == core.get("x")
    assert {("x",): "b", ("y",): 5} == core.edits()


def test_addresses_in_a_list_are_read_back_with_their_passwords() -> None:
    """The text of the whole list has handles, so that it means the same list again."""
    address = f"postgres://me:{CANARY}@h/db"
    core = FormCore(create_model("One", x=(list[PostgresDsn], [address]), n=(int, 1)))
    text = core.display("x")
    assert CANARY not in str(text)
    core.set("x", text)
    assert () == core.dirty
    core.set("x", f"{text}\n- postgres://other/db")
    assert [address, "postgres://other/db"] == [str(each) for each in core.config.x]


def test_a_whole_number_beside_a_fraction_stays_whole() -> None:
    """Of two kinds of numbers the one is meant that the value is."""
    core = FormCore(create_model("One", x=(float | int | Round, 5)))
    core.set("x", core.display("x"))
    assert () == core.dirty
    core.set("x", "5.5")
    assert 5.5 == core.config.x


class Hooked(BaseModel):
    name: str = "a"
    hook: Callable[[Any], Any] = abs


class Hooks(BaseModel):
    many: list[Hooked] = [Hooked(), Hooked(name="b", hook=len)]
    named: dict[str, Hooked] = {"a": Hooked(hook=len)}


def test_what_is_no_data_moves_with_its_item() -> None:
    """Items with code inside are edited, moved, copied and renamed; the code goes along."""
    form = ConfigForm(model=Hooks)
    core = form.core
    core.set("many[0].name", "c")
    core.move("many[1]", 0)
    core.duplicate("many[0]")
    core.rename("named.a", "z")
    core.set("named.z.name", "d")
    assert {} == core.errors
    assert [len, len, abs] == [item.hook for item in core.config.many]
    assert Hooked(name="d", hook=len) == core.config.named["z"]
    (first, *_) = form._painter.repaint(core)["many"]["parts"]
    name, hook = first["state"]["parts"]
    assert ("", "cannot be written as data") == (name["state"]["locked"], hook["state"]["locked"])
    assert "builtins.len" == hook["state"]["text"]
    form.save()
    assert [len, len, abs] == [item.hook for item in form.config.many]


@pytest.mark.parametrize(
    ("annotation", "typed", "value", "text"),
    [
        (Literal[1, "1", True], "1", 1, "1"),
        (Literal[1, "1", True], '"1"', "1", '"1"'),
        (Literal["1", "true"], "1", "1", '"1"'),
        (Literal["1", "true"], "true", "true", '"true"'),
        (Literal[1, "a"], "2", "2", "2"),
        (Literal[1, "a"], "b", "b", "b"),
    ],
)
def test_choices_that_look_alike_are_told_apart(
    annotation: Any, typed: str, value: Any, text: str
) -> None:
    """A choice is shown as its list has it; what is none stays as it was typed."""
    core = FormCore(create_model("One", x=(annotation, ...)))
    core.set("x", typed)
    assert alike(value, core.raw("x"))
    assert text == core.display("x")
    core.set("x", core.display("x"))
    assert alike(value, core.raw("x"))
