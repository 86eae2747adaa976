"""What lies inside a row: items, entries and alternatives, edited by their own paths."""

from __future__ import annotations

from collections import Counter
from typing import Annotated, Any, Literal, NamedTuple

import pytest
from pydantic import BaseModel, Field, SecretStr, create_model
from pydantic import Secret as Hidden

from escai_nb.errors import KeyPathError, UsageError, ValueRefusedError
from escai_nb.origin import Origin, OriginKind
from escai_nb.schema.catalog import MISSING
from escai_nb.secret import Secret
from escai_nb.widgets.form_core import FormCore
from escai_nb.widgets.form_paint import Painter, fields_data
from escai_nb.widgets.form_rows import MANY
from escai_nb.widgets.form_state import Start

CANARY = "canary-2b8d6f40-never-shown"


class Server(BaseModel):
    host: str = "localhost"
    port: Annotated[int, Field(ge=1)] = 80
    password: SecretStr | None = None
    tags: list[str] = []


class Required(BaseModel):
    name: str
    size: int


class Cat(BaseModel):
    kind: Literal["cat"] = "cat"
    name: str = "Tom"
    lives: int = 9


class Dog(BaseModel):
    kind: Literal["dog"] = "dog"
    name: str = "Rex"
    lives: str = "one"


class Tree(BaseModel):
    label: str = "leaf"
    below: list[Tree] = []


class Place(NamedTuple):
    gridRow: Annotated[int, Field(ge=1)]  # noqa: N815  # as others write it
    column: float = 1.5


class Map(BaseModel):
    here: Place = Place(1, 2.0)
    trail: list[Place] = [Place(3)]
    pair: tuple[int, str] = (1, "a")


class Zoo(BaseModel):
    servers: list[Server] = [Server(), Server(host="b")]
    named: dict[str, Server] = {"main": Server()}
    required: list[Required] = []
    pets: list[Annotated[Cat | Dog, Field(discriminator="kind")]] = [Cat()]
    either: Server | str | list[Server] | None = None
    tree: Tree = Tree()
    pair: tuple[int, str] = (1, "a")
    texts: dict[str, str] = {}
    numbers: list[int] = [3, 1]


@pytest.fixture
def core() -> FormCore:
    return FormCore(Zoo)


def painted(core: FormCore) -> dict[str, Any]:
    """Draw a form as its view gets it: every place that has a control, with how it stands."""
    states = Painter().repaint(core)
    found: dict[str, Any] = {}

    def walk(desc: Any, state: Any) -> None:
        found[desc["path"]] = {**desc, **state}
        for part in state["parts"]:
            walk(part["desc"], part["state"])

    for desc in fields_data(core):
        walk(desc, states[desc["path"]])
    return found


def test_items_are_added_moved_copied_and_removed(core: FormCore) -> None:
    """A list of models is worked on as a whole and at each of its fields."""
    assert ("servers", 2) == core.add("servers")
    core.set("servers[2].host", "c")
    assert ("servers", 0) == core.move("servers[2]", 0)
    assert ("servers", 1) == core.duplicate("servers[0]")
    core.set("servers[1].port", "8080")
    core.remove("servers[2]")
    config: Any = core.config
    assert [("c", 80), ("c", 8080), ("b", 80)] == [(s.host, s.port) for s in config.servers]
    assert ("servers",) == core.dirty
    for _ in range(6):
        core.undo()
    assert () == core.dirty
    for refused in (lambda: core.move("servers[0]", 5), lambda: core.duplicate("servers[9]")):
        with pytest.raises(KeyPathError):
            refused()


def test_entries_have_names(core: FormCore) -> None:
    """Entries of a mapping are added under a free name, renamed in place, never over another."""
    assert ("named", "new") == core.add("named")
    assert ("named", "new-2") == core.add("named")
    core.rename("named.main", "first")
    assert ["first", "new", "new-2"] == list(core.raw("named"))
    assert ("named", "new-copy") == core.duplicate("named.new")
    assert ["first", "new", "new-copy", "new-2"] == list(core.raw("named"))
    for taken in ("new", ""):
        with pytest.raises(KeyPathError):
            core.rename("named.first", taken)
    with pytest.raises(KeyPathError, match="there already"):
        core.add("named", {"port": 1}, key="first")
    core.set('named["a.b"].port', 81)
    assert 81 == core.config.named["a.b"].port


def test_a_wrong_value_is_told_at_its_own_place(core: FormCore) -> None:
    """The error stands at the field inside the item, and nowhere else."""
    core.set("servers[1].port", "0")
    drawn = painted(core)
    assert ["servers[1].port"] == [path for path, each in drawn.items() if each["problems"]]
    assert (1, 1, 0) == tuple(drawn[p]["below"] for p in ("servers", "servers[1]", "servers[0]"))
    assert ["servers[1].port"] == list(core.errors)


def test_what_a_new_item_needs_is_asked_for(core: FormCore) -> None:
    """Required fields of a new item are missed at their place, not filled with guesses."""
    core.add("required")
    assert {"required[0].name", "required[0].size"} == set(core.errors)
    core.set("required[0].name", "x")
    core.set("required[0].size", "4")
    assert [{"name": "x", "size": 4}] == core.get("required")


def test_switching_keeps_what_fits(core: FormCore) -> None:
    """Another alternative takes over the fields that fit it, and its own defaults else."""
    core.set("pets[0].name", "Ace")
    core.switch("pets[0]", "dog")  # what was typed stays, and no default of the cat comes along
    assert [{"kind": "dog", "name": "Ace", "lives": "one"}] == core.get("pets")
    assert "pets[0].kind" not in painted(core)
    core.switch("either", "Server")
    core.set("either.host", "h")
    core.switch("either", "list of Server")
    assert ["h"] == [server.host for server in core.config.either]
    core.switch("either", 0)
    assert "h" == core.config.either.host
    core.switch("either", "text")
    core.set("either", "port: 1")
    assert "port: 1" == core.config.either == core.display("either")
    core.set("either", None)
    assert core.config.either is None
    for wrong in ("cow", 7, -1):
        with pytest.raises(UsageError, match="no alternative"):
            core.switch("either", wrong)


def test_no_default_of_one_alternative_is_taken_for_an_answer_to_another(core: FormCore) -> None:
    """Who chooses another kind gets its defaults, but where the old kind's alone are known."""
    core.switch("pets[0]", "dog")
    assert [{"kind": "dog", "name": "Rex", "lives": "one"}] == core.get("pets")
    core.switch("pets[0]", "cat")
    assert [{"kind": "cat", "name": "Tom", "lives": 9}] == core.get("pets")
    core.set("either", {"host": "h", "port": 80})
    core.switch("either", "Server")
    assert ("h", 80) == (core.config.either.host, core.config.either.port)


def test_a_way_back_names_what_it_leads_to(core: FormCore) -> None:
    """An alternative by its name, items and entries by their number."""
    core.switch("pets[0]", "dog")
    core.add("named")
    core.set("either", {"host": "h"})
    drawn = painted(core)
    backs = {path: [a["label"] for a in drawn[path]["actions"]] for path in ("named", "pets")}
    assert "back to saved: 1 entry" in backs["named"]
    assert "back to saved: 1 item" in backs["pets"]


def test_recursion_goes_as_deep_as_the_data(core: FormCore) -> None:
    """A model that holds itself is drawn down to where it ends, and grows from there."""
    core.add("tree.below")
    core.add("tree.below[0].below")
    core.set("tree.below[0].below[0].label", "deep")
    assert "deep" == core.config.tree.below[0].below[0].label
    assert "tree.below[0].below[0].below" in painted(core)


def test_secrets_inside_items_stay_shut(core: FormCore) -> None:
    """A password of an item, and an entry that is named like one, are handles like any other."""
    core.set("servers[0].password", CANARY)
    core.set("texts", {"api_token": CANARY, "team": "core"})
    core.duplicate("servers[0]")
    drawn = painted(core)
    assert CANARY not in repr(drawn) + repr(core.masked()) + (core.display("servers") or "")
    assert (
        "secret" == drawn["servers[1].password"]["control"] == drawn["texts.api_token"]["control"]
    )
    assert "line" == drawn["texts.team"]["control"]
    assert CANARY == core.config.servers[1].password.get_secret_value()
    core.generate("servers[1].password")
    assert Secret(CANARY) == core.get("servers[0].password")
    core.clear("servers[1].password")
    assert core.config.servers[1].password is None


def test_text_that_cannot_be_read_stays_inside_its_item() -> None:
    """Broken YAML inside an item keeps its text, and the rest goes on."""

    class Box(BaseModel):
        free: Any = None
        size: int = 1

    class Boxes(BaseModel):
        boxes: list[Box] = [Box()]

    core = FormCore(Boxes)
    core.add("boxes")
    core.set("boxes[1].free", "{broken")
    core.set("boxes[0].size", "5")
    assert ["boxes[1].free"] == list(core.errors)
    drawn = painted(core)
    assert ("{broken", "5") == tuple(drawn[p]["text"] for p in ("boxes[1].free", "boxes[0].size"))
    core.set("boxes[1].free", "{mended: 1}")
    assert {"mended": 1} == core.config.boxes[1].free
    assert 5 == core.config.boxes[0].size


def test_very_many_items_are_one_text(core: FormCore) -> None:
    """A list too long for rows is drawn as text, and still edited exactly."""
    core.set("numbers", list(range(MANY + 1)))
    drawn = painted(core)
    assert "numbers[0]" not in drawn
    assert "code" == drawn["numbers"]["control"]
    core.set("numbers", drawn["numbers"]["text"].replace("- 7\n", "- 77\n"))
    assert 77 == core.config.numbers[7]


LAYERED = Start(
    data={"port": 8080, "host": "shared"},
    inherited={"port": 9090, "host": "shared"},
    origins={
        "port": Origin(OriginKind.FILE, "config.yaml", 1, 1),
        "host": Origin(OriginKind.SHARED, "config.yaml", 1, 1),
    },
)


def test_an_inherited_value_is_written_no_longer() -> None:
    """Going back to what the layers below say takes the value out of this one."""
    core = FormCore(Server, LAYERED)
    assert 9090 == core.inherited("port")
    core.reset("port", to="inherited")
    assert 9090 == core.config.port
    assert {("port",): MISSING} == core.edits()
    core.undo()
    assert {} == core.edits()
    core.redo()
    core.set("port", 9091)
    assert {("port",): 9091} == core.edits()
    with pytest.raises(UsageError, match="no layer below"):
        FormCore(Server).reset("port", to="inherited")


def test_the_three_ways_back_are_offered_where_they_differ() -> None:
    """Saved, default and inherited values are named on the buttons."""
    core = FormCore(Server, LAYERED)
    core.set("port", 1)
    offered = [action["label"] for action in painted(core)["port"]["actions"]]
    assert ["back to saved: 8080", "inherit: 9090", "use default: 80"] == offered
    core = FormCore(Server, Start(data={"port": 1}, read_only=True))
    assert [] == painted(core)["port"]["actions"]
    with pytest.raises(ValueRefusedError):
        core.add("tags")


def test_members_of_a_named_tuple_have_names_and_types() -> None:
    """Each has its own control and label, alone and in a list, and keeps to its own type."""
    core = FormCore(Map)
    drawn = painted(core)
    labels = ["Grid row", "Column", "Grid row", "Column", "Pair, item 1", "Pair, item 2"]
    paths = ["here[0]", "here[1]", "trail[0][0]", "trail[0][1]", "pair[0]", "pair[1]"]
    assert labels == [drawn[path]["label"] for path in paths]
    assert {"field"} == {drawn[path]["role"] for path in paths[:4]}
    assert ["line"] * 4 == [drawn[path]["control"] for path in paths[:4]]
    core.set("here[0]", "0")
    assert {"here[0]": ("must be at least 1",)} == core.errors
    core.set("here[0]", "7")
    core.set("trail[0][1]", "0.25")
    assert (Place(7, 2.0), [Place(3, 0.25)]) == (core.config.here, core.config.trail)


def test_a_new_secret_of_a_list_has_no_old_one() -> None:
    """What is added is generated or removed; only one that replaced another can be kept."""

    class Keys(BaseModel):
        keys: list[SecretStr] = [SecretStr(CANARY)]

    core = FormCore(Keys)
    core.set("keys[0]", "another-one-5521")
    core.add("keys", "a-third-7733")
    drawn = painted(core)
    offered = {
        path: [a["label"] for a in drawn[path]["actions"] if a["send"]["type"] == "secret"]
        for path in ("keys[0]", "keys[1]")
    }
    assert {"keys[0]": ["Generate", "Keep the old one"], "keys[1]": ["Generate"]} == offered


def test_what_is_no_text_is_not_generated() -> None:
    """Random text is offered where it is a value, and nowhere else."""

    class Mixed(BaseModel):
        key: SecretStr = SecretStr(CANARY)
        short: Annotated[SecretStr, Field(max_length=8)] = SecretStr("a")
        pin: Hidden[int] = Hidden[int](4711)

    drawn = painted(FormCore(Mixed))
    generated = {
        path for path, row in drawn.items() if "Generate" in [a["label"] for a in row["actions"]]
    }
    assert {"key", "short"} == generated


@pytest.mark.parametrize(
    ("annotation", "there", "value"),
    [
        (list[int], "5", [0]),
        (list[int], "{a: 1}", [0]),
        (list[int], "[", [0]),
        (dict[str, int], "5", {"new": 0}),
        (dict[str, int], "[1]", {"new": 0}),
        (dict[str, int], {"": 1}, {"": 1, "new": 0}),
        (Counter[str], {"a": 1}, {"a": 1, "new": 0}),
    ],
)
def test_an_item_is_added_whatever_was_there(annotation: Any, there: Any, value: Any) -> None:
    """What is no list or mapping makes room for it, and comes back by undo."""
    core = FormCore(create_model("One", x=(annotation, ...)))
    core.set("x", there)
    before = core.display("x")
    core.add("x")
    assert value == core.get("x")
    assert core.valid
    core.undo()
    assert before == core.display("x")
