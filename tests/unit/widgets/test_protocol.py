"""Messages from views: read strictly, refused without quoting them."""

from __future__ import annotations

import contextlib
import re
from pathlib import Path
from typing import Any, get_args, get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st

from escai_nb.secret import Secret
from escai_nb.widgets import protocol
from escai_nb.widgets.protocol import ProtocolError, read_message

WIRE = Path(protocol.__file__).with_name("wire.d.ts")
TWINS = {
    "Problem": protocol.ProblemData,
    "Action": protocol.ActionData,
    "State": protocol.StateData,
    "Part": protocol.PartData,
    "Desc": protocol.FieldData,
    "Section": protocol.SectionData,
    "Place": protocol.ErrorData,
    "Bar": protocol.BarData,
    "Row": protocol.RowData,
    "Answer": protocol.AnswerData,
    "FormMessage": protocol.FormMessage,
    "PatchMessage": protocol.PatchMessage,
    "PreviewMessage": protocol.PreviewMessage,
    "NoticeMessage": protocol.NoticeMessage,
    "JumpMessage": protocol.JumpMessage,
    "ReloadMessage": protocol.ReloadMessage,
}
"""What the view calls the data, and what it is called here."""
SCRIPT = (Path(protocol.__file__).parent / "static" / "form.js").read_text()
GUIDE = (Path(__file__).parents[3] / "notebooks" / "guides" / "form_protocol.md").read_text()
DOCUMENTED = {"Desc": "field", "ReloadMessage": "reload-page"}
"""Headings of the guide that are not the view's word in small letters."""


def sent(**content: Any) -> protocol.Message:
    return read_message({"view": "v", "seq": 1, **content}).message


def test_every_message_is_read() -> None:
    """Each message of the view has its value here."""
    assert protocol.Hello(1) == sent(type="hello", protocol=1)
    assert protocol.SetValue("a", "x", typing=True) == sent(
        type="set", path="a", raw="x", typing=True
    )
    assert protocol.SetValue("a", ["x"], typing=False) == sent(type="set", path="a", raw=["x"])
    assert protocol.Choose("a", 2) == sent(type="set", path="a", raw={"choice": 2})
    assert protocol.SecretAct("a", "set", Secret("x")) == sent(
        type="secret", path="a", op="set", value="x"
    )
    assert protocol.SecretAct("a", "clear", None) == sent(type="secret", path="a", op="clear")
    assert protocol.Reset("a", "default") == sent(type="reset", path="a", to="default")
    assert protocol.ItemAct("a", "rename", "b") == sent(type="item", path="a", op="rename", key="b")
    assert protocol.Save("why") == sent(type="save", message="why")
    assert protocol.Plain("undo") == sent(type="undo")


@pytest.mark.parametrize(
    "content",
    [
        None,
        [],
        {},
        {"type": "hello", "view": "v", "seq": 1},
        {"type": "jump", "view": "v", "seq": 1},
        {"type": "undo", "view": 5, "seq": 1},
        {"type": "undo", "view": "v", "seq": True},
        {"type": "set", "view": "v", "seq": 1, "path": "a", "raw": 5},
        {"type": "set", "view": "v", "seq": 1, "path": "a", "raw": [{}]},
        {"type": "secret", "view": "v", "seq": 1, "path": "a", "op": "show"},
        {"type": "secret", "view": "v", "seq": 1, "path": "a", "op": "set"},
        {"type": "reset", "view": "v", "seq": 1, "path": "a", "to": "yesterday"},
        {"type": "item", "view": "v", "seq": 1, "path": "a", "op": "explode"},
        {"type": "item", "view": "v", "seq": 1, "path": "a", "op": []},
    ],
)
def test_what_no_view_sends_is_refused(content: object) -> None:
    """A message that is not of this protocol is a `ProtocolError`."""
    with pytest.raises(ProtocolError):
        read_message(content)


def test_typed_text_is_not_in_the_repr() -> None:
    """What was typed may be secret, and a message may end up in a traceback."""
    act = sent(type="secret", path="a", op="set", value="canary-1234")
    typed = sent(type="set", path="a", raw="canary-1234")
    assert "canary" not in repr(act) + repr(typed)


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists))
def test_anything_is_read_or_refused(raw: Any) -> None:
    """No content makes the reader fail in another way."""
    with contextlib.suppress(ProtocolError):
        read_message({"type": "set", "view": "v", "seq": 1, "path": "a", "raw": raw})


def test_both_ends_name_the_same_fields() -> None:
    """The view's types have the fields of the kernel's, and no others."""
    interfaces = re.findall(r"export interface (\w+) \{(.*?)\}", WIRE.read_text(), re.DOTALL)
    declared = {name: re.findall(r"^  (\w+)\??:", body, re.MULTILINE) for name, body in interfaces}
    twins = {name: sorted(twin.__annotations__) for name, twin in TWINS.items()}
    assert twins == {name: sorted(fields) for name, fields in declared.items()}


def test_the_guide_names_the_same_fields() -> None:
    """Each table of the page has the names of one type, in its order, and no type is left out."""
    headings = re.findall(r"^### ([\w-]+)\n(.*?)(?=^##|\Z)", GUIDE, re.DOTALL | re.MULTILINE)
    tables = {name: re.findall(r"^\| `(\w+)` \|", body, re.MULTILINE) for name, body in headings}
    told = {
        DOCUMENTED.get(name, name.removesuffix("Message").lower()): list(twin.__annotations__)
        for name, twin in TWINS.items()
    }
    assert told == tables


def test_script_guide_and_kernel_know_the_same_messages() -> None:
    """What the script sends is read here, what is sent here is handled there, the number is one."""
    read = set(protocol._READERS)
    table = GUIDE.partition("## From the view")[2].partition("## To the view")[0]
    assert read == set(re.findall(r"^\| `([\w-]+)` \|", table, re.MULTILINE))
    sent = set(re.findall(r"""\bsend\("([\w-]+)\"""", SCRIPT))
    words = set(re.findall(r"""toggleReview\("([\w-]+)"\)""", SCRIPT))
    from_actions = {"reset", "item", "secret", "reload"}
    assert read == sent | words | from_actions
    kinds = {get_args(get_type_hints(each)["type"])[0] for each in get_args(protocol.Sent)}
    handled = {
        each for each in kinds if re.search(rf'content\.type === "{each}"|\n\t{each}\(', SCRIPT)
    }
    assert handled == kinds
    assert f"const PROTOCOL = {protocol.PROTOCOL};" in SCRIPT
    assert f"This is protocol **{protocol.PROTOCOL}**" in GUIDE
