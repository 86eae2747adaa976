"""Values that are written in another form than Python has them: edited, saved and read back."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Annotated, Any, Generic, Literal, NotRequired, TypeVar
from uuid import UUID

import pytest
from pydantic import BaseModel, ConfigDict, Field, RootModel, Secret, SecretBytes, create_model
from typing_extensions import TypedDict

from escai_nb.errors import EscaiError, SpecError
from escai_nb.schema.json_schema import json_schema
from escai_nb.schema.objects import alike
from escai_nb.spec import ConfigSpec
from escai_nb.widgets import ConfigForm
from escai_nb.widgets.form_core import FormCore
from escai_nb.workspace.bootstrap import initialise
from escai_nb.workspace.layout import Workspace
from escai_nb.workspace.manager import ConfigManager

T = TypeVar("T")
CANARY = "canary-41c7-written"


class Day(Enum):
    FIRST = dt.date(2026, 1, 1)
    SECOND = dt.date(2026, 2, 2)


class Pair(Enum):
    LOW = (1, 2)
    HIGH = (3, 4)


class Rate(Enum):
    SLOW = Decimal("1.50")
    FAST = Decimal("2.50")


class Span(Enum):
    SHORT = dt.timedelta(hours=1)
    LONG = dt.timedelta(days=1)


class Folder(Enum):
    LOGS = Path("/var/log")
    DATA = UUID(int=2)


class Inside(BaseModel):
    raw: bytes = b"a"


BASE64: Any = {"val_json_bytes": "base64"}
HEX: Any = {"val_json_bytes": "hex"}
CASES: dict[str, tuple[Any, Any, Any, Any, Any]] = {
    "days": (Day, Day.FIRST, "2026-02-02", Day.SECOND, {}),
    "pairs": (Pair, Pair.LOW, "[3, 4]", Pair.HIGH, {}),
    "rates": (Rate, Rate.SLOW, '"2.50"', Rate.FAST, {}),
    "spans": (Span, Span.SHORT, "P1D", Span.LONG, {}),
    "folders": (Folder, Folder.LOGS, str(UUID(int=2)), Folder.DATA, {}),
    "day or nothing": (Day | None, None, "2026-02-02", Day.SECOND, {}),
    "list of days": (list[Day], [Day.FIRST], "[2026-02-02]", [Day.SECOND], {}),
    "by day": (dict[Day, int], {Day.FIRST: 1}, "2026-02-02: 2", {Day.SECOND: 2}, {}),
    "by literal": (dict[Literal["a", 1], int], {1: 1}, "1: 2", {1: 2}, {}),
    "by place": (dict[tuple[int, int], int], {(1, 2): 1}, '"[3, 4]": 2', {(3, 4): 2}, {}),
    "by group": (
        dict[frozenset[int], int],
        {frozenset({1}): 1},
        '"[2]": 2',
        {frozenset({2}): 2},
        {},
    ),
    "pattern of bytes": (re.Pattern[bytes], re.compile(b"a"), "b+", re.compile(b"b+"), {}),
    "base64": (bytes, b"\xff\x00", "_v4=", b"\xfe\xfe", BASE64),
    "hexadecimal": (bytes, b"\xff\x00", "fefe", b"\xfe\xfe", HEX),
    "base64 inside": (
        dict[str, list[bytes]],
        {"a": [b"\xff"]},
        "b: [_v4=]",
        {"b": [b"\xfe\xfe"]},
        BASE64,
    ),
    "own way inside": (Inside, Inside(), "b", Inside(raw=b"b"), BASE64),
    "secret number": (Secret[int], Secret[int](1), "2", Secret[int](2), {}),
    "expression of Python": (
        Annotated[str, Field(pattern="^(?=a)a.*$")],
        "ab",
        "ac",
        "ac",
        {"regex_engine": "python-re"},
    ),
}  # fmt: skip
each = pytest.mark.parametrize("name", CASES)


def model_of(name: str) -> tuple[type[BaseModel], Any]:
    annotation, default, _, value, config = CASES[name]
    model = create_model(
        "One", __config__=ConfigDict(**config), x=(annotation, default), n=(int, 1)
    )
    return model, value


def typed_into(core: Any, name: str) -> None:
    core.set("x.raw" if name == "own way inside" else "x", CASES[name][2])


@each
def test_it_begins_as_the_default_is_edited_and_comes_back(name: str) -> None:
    """The default is kept; its text, the typed one and the Python value mean what they say."""
    model, value = model_of(name)
    core = FormCore(model)
    assert ({}, (), True) == (core.errors, core.dirty, alike(model(), core.config))
    for row in core.fields:
        assert "" == core.locked(row.path)
        core.set(row.path, core.display(row.path))
    assert () == core.dirty
    typed_into(core, name)
    assert {} == core.errors
    assert alike(model(x=value), core.config)
    core.undo()
    assert alike(model(), core.config)
    core.set("x", value)
    assert alike(model(x=value), core.config)
    assert alike(core.config, FormCore(model, core.config).config)


@each
def test_it_is_saved_and_loaded_as_the_same(name: str, tmp_path: Path) -> None:
    """The file holds what the model makes the same value of; its JSON Schema can be written."""
    model, value = model_of(name)
    spec = ConfigSpec("one", model, environments=("dev",))
    initialise(Workspace.at(tmp_path / "config", spec, author="ada"), "dev")

    def opened() -> ConfigManager:
        return ConfigManager(tmp_path / "config", "dev", spec=spec, enable_hot_reload=False)

    assert alike(model(), opened().load_config())
    form = ConfigForm(opened())
    form.set("x", value)
    form.save()
    assert alike(model(x=value), opened().load_config())
    assert alike(model(x=value), form.config)
    assert json_schema(spec.catalog, title="one", block="_escai")


@pytest.mark.parametrize(
    ("name", "wrong", "at", "said"),
    [
        ("days", "2027-01-01", "x", "must be one of 2026-01-01, 2026-02-02"),
        ("pairs", "[9, 9]", "x", "must be one of [1, 2], [3, 4]"),
        ("by day", "2027-01-01: 2", "x.2027-01-01", "its key must be one of"),
        ("by day", "2026-02-02: x", "x.2026-02-02", "must be a whole number"),
        ("by place", '"[3, x]": 2', 'x["[3, x]"]', "its key must be"),
        ("by place", '"[3, 4]": x', 'x["[3, 4]"]', "must be a whole number"),
        ("hexadecimal", "zz", "x", "must be"),
        ("secret number", "x", "x", "must be a whole number"),
    ],
)
def test_what_is_wrong_is_told_at_its_place(name: str, wrong: str, at: str, said: str) -> None:
    """Keys are told from values, and both as they are written."""
    core = FormCore(model_of(name)[0])
    core.set("x", wrong)
    assert [at] == list(core.errors)
    assert core.errors[at][0].startswith(said)


def test_bytes_that_are_no_text_are_kept_and_go_into_no_file(tmp_path: Path) -> None:
    """A form over a model alone has them exactly; a file, which could not, refuses them."""
    model = create_model("One", x=(bytes, b"a"), key=(SecretBytes | None, None))
    form = ConfigForm(model=model)
    form.set("x", b"\xff\x00")
    form.set("key", SecretBytes(b"\xff" + CANARY.encode()))
    assert b"\xff\x00" == form.config.x
    assert b"\xff" + CANARY.encode() == form.config.key.get_secret_value()
    assert CANARY not in repr([form.value, form._painter.repaint(form.core), form.diff()])

    spec = ConfigSpec("one", model, environments=("dev",))
    initialise(Workspace.at(tmp_path / "config", spec, author="ada"), "dev")
    manager = ConfigManager(tmp_path / "config", "dev", spec=spec, enable_hot_reload=False)
    before = (tmp_path / "config" / "config.dev.yaml").read_bytes()
    for path, value in (("x", b"\xff\x00"), ("key", SecretBytes(b"\xff" + CANARY.encode()))):
        form = ConfigForm(manager)
        form.set(path, value)
        with pytest.raises(EscaiError, match=path) as refused:
            form.save()
        assert CANARY not in repr([refused.value, refused.value.hint])
    assert before == (tmp_path / "config" / "config.dev.yaml").read_bytes()


def test_a_secret_with_parts_is_sealed_part_by_part(tmp_path: Path) -> None:
    """A list or a model inside of a secret is saved, nothing of it in clear, and loaded again."""
    model = create_model(
        "One",
        many=(Secret[list[str]] | None, None),
        one=(Secret[Inside], Secret[Inside](Inside(raw=f"{CANARY}-default".encode()))),
    )
    spec = ConfigSpec("one", model, environments=("dev",))
    initialise(Workspace.at(tmp_path / "config", spec, author="ada"), "dev")

    def opened() -> ConfigManager:
        return ConfigManager(tmp_path / "config", "dev", spec=spec, enable_hot_reload=False)

    form = ConfigForm(opened())
    form.set("many", f"[{CANARY}-of-a-list]")
    form.set("one", Secret[Inside](Inside(raw=f"{CANARY}-of-a-model".encode())))
    form.save()
    loaded = opened().load_config()
    assert [f"{CANARY}-of-a-list"] == loaded.many.get_secret_value()
    assert f"{CANARY}-of-a-model".encode() == loaded.one.get_secret_value().raw
    shown = [form.value, form._painter.repaint(form.core), form.to_yaml()]
    files = b"".join(f.read_bytes() for f in tmp_path.rglob("*") if f.is_file())
    assert CANARY.encode() not in files
    assert CANARY not in repr(shown)


@pytest.mark.parametrize(
    ("annotation", "typed"),
    [
        (Annotated[float, Field(gt=0)], "0"),
        (Annotated[float, Field(lt=1)], "2e0"),
        (Annotated[int, Field(ge=10)], "007"),
        (Annotated[int, Field(ge=10)], " +7"),
    ],
)
def test_a_number_that_is_refused_stays_as_it_was_typed(annotation: Any, typed: str) -> None:
    """Nothing is written anew in the box of somebody who has to mend it."""
    core = FormCore(create_model("One", x=(annotation, ...)))
    core.set("x", typed)
    assert ["x"] == list(core.errors)
    assert typed == core.display("x")


def test_a_strict_model_tells_of_the_item_that_is_wrong() -> None:
    """That a set is written as a list is no fault of who wrote it."""
    strict = create_model("One", __config__=ConfigDict(strict=True), x=(set[int], {1}))
    core = FormCore(strict)
    core.set("x", ["1", "q"])
    assert ["x[1]"] == list(core.errors)


class Point(TypedDict):
    x: int
    y: NotRequired[int]


class Box(BaseModel, Generic[T]):
    it: T
    more: list[T] = []


class Root(RootModel[dict[str, list[Inside]]]):
    root: dict[str, list[Inside]] = {}


class Defaults(BaseModel):
    """Defaults of which the classes alone, or the text alone, would make something else."""

    point: Point = {"x": 1}
    box: Box[Inside] = Box[Inside](it=Inside())
    when: dt.datetime | dt.date = dt.date(2026, 1, 2)
    n: int = 1


@pytest.mark.parametrize(
    ("model", "path", "value"),
    [
        (Defaults, "n", 2),
        (Defaults, "point.x", 5),
        (Defaults, "box.it.raw", "b"),
        (Root, "a", [{"raw": "b"}]),
    ],
)
def test_a_form_of_a_workspace_has_the_very_defaults(
    model: type[BaseModel], path: str, value: Any, tmp_path: Path
) -> None:
    """What is not edited is as the model has it, before a save, after it, and loaded again."""
    spec = ConfigSpec("one", model, environments=("dev",))
    initialise(Workspace.at(tmp_path / "config", spec, author="ada"), "dev")

    def opened() -> ConfigManager:
        return ConfigManager(tmp_path / "config", "dev", spec=spec, enable_hot_reload=False)

    form = ConfigForm(opened())
    assert alike(model(), form.config)
    alone = FormCore(model)
    alone.set(path, value)
    form.set(path, value)
    form.save()
    assert alike(alone.config, form.config)
    assert alike(alone.config, opened().load_config())


def test_a_model_that_no_file_can_hold_is_refused_as_a_spec(tmp_path: Path) -> None:
    """A list at the top has no names; the error says what to do."""
    spec = ConfigSpec("one", RootModel[list[int]], environments=("dev",))
    with pytest.raises(SpecError, match="no mapping") as refused:
        initialise(Workspace.at(tmp_path / "config", spec, author="ada"), "dev")
    assert "field of a model" in refused.value.hint


class Following(BaseModel):
    """Defaults that are made of other values."""

    host: str = "a"
    url: str = Field(default_factory=lambda data: f"http://{data['host']}/")
    parts: dict[str, str] = Field(default_factory=lambda data: {"host": data["host"]})


def test_a_default_that_is_made_of_other_values_follows_them(tmp_path: Path) -> None:
    """What the form shows is what is loaded after a save; what was edited follows no more."""
    spec = ConfigSpec("one", Following, environments=("dev",))
    initialise(Workspace.at(tmp_path / "config", spec, author="ada"), "dev")

    def opened() -> ConfigManager:
        return ConfigManager(tmp_path / "config", "dev", spec=spec, enable_hot_reload=False)

    form = ConfigForm(opened())
    form.set("host", "b")
    assert ("host",) == form.core.dirty
    assert "http://b/" == form.core.display("url")
    row = form.core.find("parts")
    assert {"host": "b"} == form.core.seen_in(row)
    form.save()
    assert Following(host="b") == form.config == opened().load_config()
    form.set("url", "http://own/")
    form.set("host", "c")
    assert Following(host="c", url="http://own/") == form.config
    form.core.reset("url", to="default")
    assert Following(host="c") == form.config
    form.discard()
    assert Following(host="b") == form.config
