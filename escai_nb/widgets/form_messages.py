"""What a view asks for, done to a `FormCore`."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from escai_nb import keypath
from escai_nb.schema.catalog import Kind
from escai_nb.widgets import protocol
from escai_nb.widgets.form_input import choices
from escai_nb.widgets.form_reader import steps_of

if TYPE_CHECKING:
    from escai_nb.widgets.form_core import FormCore


def obey(core: FormCore, message: protocol.Message) -> str:
    """
    Make the edit that *message* asks for; return the place to focus, if it has moved.

    Raises:
        EscaiError: If it is refused; nothing has changed then.
    """
    match message:
        case protocol.SetValue(path, raw, typing):
            core.set(path, raw, typing=typing)
        case protocol.Choose(path, choice):
            _choose(core, path, choice)
        case protocol.SecretAct():
            _secret(core, message)
        case protocol.Reset(path, to):
            core.reset(path, to=to)
        case protocol.ItemAct():
            return _item(core, message)
        case protocol.Plain(word):
            {"undo": core.undo, "redo": core.redo, "discard": core.discard}[word]()
        case protocol.Hello() | protocol.Save() | protocol.Compare():
            pass
        case _:
            assert_never(message)
    return ""


def _choose(core: FormCore, path: str, choice: int) -> None:
    spec = core.spec(path)
    options = choices(spec)
    if spec.kind is Kind.UNION:
        core.switch(path, choice)
    elif 0 <= choice < len(options):
        core.set(path, options[choice])
    else:
        message = f"{path} has no such choice"
        raise protocol.ProtocolError(message, path=path)


def _secret(core: FormCore, act: protocol.SecretAct) -> None:
    if not core.hides(act.path):
        message = f"{act.path or 'the whole'} holds no secret"
        raise protocol.ProtocolError(message, path=act.path)
    match act.op:
        case "set":
            core.set(act.path, act.text)
        case "keep":
            core.keep(act.path)
        case "generate":
            core.generate(act.path)
        case "clear":
            core.clear(act.path)
        case _:
            assert_never(act.op)


def _item(core: FormCore, act: protocol.ItemAct) -> str:
    """Do something to an item, an entry or a whole; return where it is now."""
    path = steps_of(act.path)
    match act.op:
        case "add":
            path = core.add(path)
        case "set-up":
            core.set_up(path)
        case "unset":
            core.set(path, None)
        case "remove":
            core.remove(path)
            path = _beside(core, act.path)
        case "duplicate":
            path = core.duplicate(path)
        case "up" | "down":
            path = core.move(path, _position(path) + (1 if act.op == "down" else -1))
        case "rename":
            path = core.rename(path, act.key)
        case _:
            assert_never(act.op)
    return keypath.render(path)


def _position(path: keypath.Path) -> int:
    """
    Return the position of an item in its list.

    Raises:
        ProtocolError: If *path* leads to no item.
    """
    last = path[-1] if path else None
    if not isinstance(last, int):
        message = f"{keypath.render(path) or 'the whole'} is no item of a list"
        raise protocol.ProtocolError(message, path=keypath.render(path))
    return last


def _beside(core: FormCore, removed: str) -> keypath.Path:
    """Return the item that has taken the place of a removed one, or what is around it."""
    *around, last = keypath.parse(removed)
    left = core.raw(tuple(around))
    if isinstance(left, list) and left and isinstance(last, int):
        return (*around, min(last, len(left) - 1))
    return tuple(around)
