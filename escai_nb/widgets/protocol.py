"""
The messages between a form's view and the kernel.

All of them are custom messages of one widget model, never synced traits: what
a notebook saves is traits, and a typed secret must not be among them. A view
names itself in each message. Every edit has the view's next sequence number,
and the patch that answers it says so, so that a late answer never overwrites
newer typing. Patches go to all views; other messages to the one that asked.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, NotRequired, TypedDict, get_args

from escai_nb.errors import UsageError
from escai_nb.secret import Secret

PROTOCOL = 2
"""Goes up when a message changes its meaning; a view with another number is told to reload."""

WORDS = ("undo", "redo", "discard", "preview", "yaml", "reload")
ItemOp = Literal["add", "set-up", "unset", "remove", "duplicate", "up", "down", "rename"]
Content = Mapping[str, Any]


class ProtocolError(UsageError):
    """A message that no view of this package sends."""

    code = "protocol"


# from the view


@dataclass(frozen=True, slots=True)
class Hello:
    """A view has been opened and wants everything."""

    protocol: int


@dataclass(frozen=True, slots=True)
class SetValue:
    """A control was edited; `raw` is its text, its state or its items."""

    path: str
    raw: Any
    typing: bool

    def __repr__(self) -> str:
        return f"SetValue({self.path!r})"


@dataclass(frozen=True, slots=True)
class Choose:
    """The choice at a position was taken: by number, as choices need not be text."""

    path: str
    choice: int


@dataclass(frozen=True, slots=True)
class SecretAct:
    """Something is done to a secret; only ``set`` brings a text, this once."""

    path: str
    op: Literal["set", "keep", "generate", "clear"]
    text: Secret[str] | None


@dataclass(frozen=True, slots=True)
class Reset:
    """A row goes back to its saved value, its default, or what the layers below say."""

    path: str
    to: Literal["saved", "default", "inherited"]


@dataclass(frozen=True, slots=True)
class ItemAct:
    """
    Something is done to an item of a list, an entry of a mapping or a whole of parts.

    `key` is the new name of an entry; only ``rename`` brings one.
    """

    path: str
    op: ItemOp
    key: str = ""


@dataclass(frozen=True, slots=True)
class Save:
    """The edits are saved as one version."""

    message: str


@dataclass(frozen=True, slots=True)
class Compare:
    """Each row is to tell how it differs in another environment; an empty name ends that."""

    environment: str


@dataclass(frozen=True, slots=True)
class Plain:
    """A word that needs no more, one of `WORDS`."""

    word: str


Message = Hello | SetValue | Choose | SecretAct | Reset | ItemAct | Save | Compare | Plain


@dataclass(frozen=True, slots=True)
class Envelope:
    """A message, the view that sent it and its number there."""

    view: str
    seq: int
    message: Message


def read_message(content: object) -> Envelope:
    """
    Read what a view sent.

    Raises:
        ProtocolError: If it is no such message; its content is not quoted.
    """
    if not isinstance(content, Mapping):
        message = "a message must be a mapping"
        raise ProtocolError(message)
    reader = _READERS.get(_text(content, "type"))
    if reader is None:
        message = "a message of an unknown type"
        raise ProtocolError(message, hint="reload the page: its form is of another version")
    return Envelope(_text(content, "view"), _number(content, "seq"), reader(content))


def sender(content: object) -> str:
    """Name the view that sent *content*, as far as it tells."""
    view = content.get("view") if isinstance(content, Mapping) else None
    return view if isinstance(view, str) else ""


def _text(content: Content, key: str, default: str | None = None) -> str:
    value = content.get(key, default)
    if not isinstance(value, str):
        message = f"{key!r} must be text"
        raise ProtocolError(message)
    return value


def _number(content: Content, key: str) -> int:
    value = content.get(key)
    if isinstance(value, bool) or not isinstance(value, int):
        message = f"{key!r} must be a whole number"
        raise ProtocolError(message)
    return value


def _set_value(content: Content) -> SetValue | Choose:
    raw = content.get("raw")
    path = _text(content, "path")
    if isinstance(raw, Mapping):
        return Choose(path, _number(raw, "choice"))
    items = raw if isinstance(raw, list) else [raw]
    if not all(item is None or isinstance(item, str | bool) for item in items):
        message = "a control gives text, yes or no, nothing, or a list of those"
        raise ProtocolError(message)
    return SetValue(path, raw, typing=content.get("typing") is True)


def _secret_act(content: Content) -> SecretAct:
    op, path = content.get("op"), _text(content, "path")
    if op not in {"set", "keep", "generate", "clear"}:
        message = "nothing of that name is done to secrets"
        raise ProtocolError(message)
    return SecretAct(path, op, Secret(_text(content, "value")) if op == "set" else None)


def _reset(content: Content) -> Reset:
    to = content.get("to")
    if to not in {"saved", "default", "inherited"}:
        message = "a row goes back to 'saved', 'default' or 'inherited'"
        raise ProtocolError(message)
    return Reset(_text(content, "path"), to)


def _item_act(content: Content) -> ItemAct:
    op: Any = content.get("op")
    if op not in get_args(ItemOp):
        message = "nothing of that name is done to items"
        raise ProtocolError(message)
    return ItemAct(_text(content, "path"), op, _text(content, "key", ""))


def _word(content: Content) -> Plain:
    return Plain(_text(content, "type"))


_READERS: Mapping[str, Callable[[Content], Message]] = {
    "hello": lambda content: Hello(_number(content, "protocol")),
    "set": _set_value,
    "secret": _secret_act,
    "reset": _reset,
    "item": _item_act,
    "save": lambda content: Save(_text(content, "message", "")),
    "compare": lambda content: Compare(_text(content, "environment")),
    **dict.fromkeys(WORDS, _word),
}


# to the view


class ProblemData(TypedDict):
    """A finding at a row or a part of it."""

    severity: str
    text: str
    code: str


class ActionData(TypedDict):
    """A button: its label, its icon if it has one, and the message that it sends."""

    label: str
    icon: str
    off: bool
    shy: bool
    send: dict[str, Any]


class StateData(TypedDict):
    """
    How a row or a part of it stands.

    `text` is ``None`` where nothing is set, of a union the name of the present
    alternative, of a secret whether there is one; `where` is the origin in
    full; `beside` is what another environment has, if that differs; `below`
    counts the errors in its parts.
    """

    text: str | None
    changed: bool
    origin: str
    where: str
    beside: str
    locked: str
    problems: list[ProblemData]
    below: int
    parts: list[PartData]
    actions: list[ActionData]


class PartData(TypedDict):
    """An item, an entry or a field inside a row's value."""

    desc: FieldData
    state: StateData


class FieldData(TypedDict):
    """What a row or a part is; that of a row never changes. `role` is empty for a row."""

    path: str
    section: str
    role: str
    name: str
    label: str
    doc: str
    unit: str
    control: str
    choices: list[str]
    nullable: bool
    required: bool
    bounds: str
    numeric: str
    sensitive: bool
    advanced: bool


class SectionData(TypedDict):
    """What a heading is."""

    path: str
    parent: str | None
    title: str
    doc: str
    optional: bool


class ErrorData(TypedDict):
    """An error that holds a save up: its row or an unknown entry, and its very place."""

    path: str
    at: str
    label: str


class BarData(TypedDict):
    """How the whole stands."""

    changes: int
    errors: list[ErrorData]
    form_errors: list[ErrorData]
    absent: list[str]
    undo: bool
    redo: bool
    saves: bool
    ready: bool


class RowData(TypedDict):
    """One line of the preview, secrets masked; an action takes what somebody else put there."""

    path: str
    kind: str
    old: str
    new: str
    action: NotRequired[ActionData]


class AnswerData(TypedDict):
    """The message that a patch answers, and the path to focus where that has moved."""

    view: str
    seq: int
    focus: str


class FormMessage(TypedDict):
    """Everything, for the view that said hello; `others` can be compared with."""

    type: Literal["form"]
    view: str
    title: str
    subtitle: str
    sections: list[SectionData]
    fields: list[FieldData]
    states: dict[str, StateData]
    bar: BarData
    read_only: bool
    wizard: bool
    others: list[str]


class PatchMessage(TypedDict):
    """What has changed, for every view; after a save the message box is to be *clean*."""

    type: Literal["patch"]
    states: dict[str, StateData]
    bar: BarData
    subtitle: str
    clean: bool
    answers: NotRequired[AnswerData]


class PreviewMessage(TypedDict):
    """What a save would change, or all values as text."""

    type: Literal["preview"]
    view: str
    rows: list[RowData]
    text: str


class NoticeMessage(TypedDict):
    """A sentence for the reader of one view, or of all where `view` is empty."""

    type: Literal["notice"]
    view: str
    tone: str
    text: str
    action: NotRequired[ActionData]


class JumpMessage(TypedDict):
    """The reader is led to a row, down to the very place `at`; for every view."""

    type: Literal["jump"]
    path: str
    at: str


class ReloadMessage(TypedDict):
    """The page's script is of another version than the kernel's package."""

    type: Literal["reload-page"]
    view: str
    text: str


Sent = FormMessage | PatchMessage | PreviewMessage | NoticeMessage | JumpMessage | ReloadMessage
