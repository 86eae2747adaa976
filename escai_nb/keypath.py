"""Key paths: the names of places inside a configuration."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from escai_nb.errors import KeyPathError

Path = tuple[str | int, ...]
"""Names of mapping keys and positions in lists, from the root down."""

SCALARS = frozenset({str, int, float, bool, type(None)})
"""What most nodes of a tree are; whoever walks one looks for them first."""

_STEP = re.compile(
    r"""\.?(?P<name>[^.\[\]"]+)|\[(?P<index>[0-9]{1,18})\]|\.?\["(?P<quoted>(?:[^"\\]|\\.)*)"\]"""
)


def parse(text: str) -> Path:
    """
    Read ``api.cors_origins[0]`` or ``settings["a.b"]`` as a path.

    Raises:
        KeyPathError: If *text* is empty or is not a key path.
    """
    path: list[str | int] = []
    at = 0
    while at < len(text):
        step = _STEP.match(text, at)
        if step is None or (at == 0 and text[0] == "."):
            message = f"{text!r} is not a key path"
            raise KeyPathError(message, hint="write names with dots, as in api.cors_origins[0]")
        if step["index"] is not None:
            path.append(int(step["index"]))
        elif step["quoted"] is not None:
            path.append(re.sub(r"\\(.)", r"\1", step["quoted"]))
        else:
            path.append(step["name"])
        at = step.end()
    if not path:
        message = "a key path needs at least one name"
        raise KeyPathError(message, hint="write names with dots, as in api.port")
    return tuple(path)


def render(path: Sequence[str | int]) -> str:
    """
    Write *path* so that `parse` reads it back; the root is an empty string.

    Keys that are neither text nor positions, as YAML may have them (``null``,
    ``1.5``, ``true``), are written as that text would be.
    """
    text = ""
    for given in path:
        step = given if type(given) in {int, str} else _spelled(given)
        if isinstance(step, int):
            text += f"[{step}]"
        elif step and not re.search(r"""[.\[\]"]""", step):
            text += f".{step}" if text else step
        else:
            escaped = step.replace("\\", "\\\\").replace('"', '\\"')
            text += f'["{escaped}"]'
    return text


def _spelled(key: object) -> str:
    """Write a key of YAML that is no text."""
    if key is None or isinstance(key, bool):
        return "null" if key is None else str(key).lower()
    return str(key)


def pointer(path: Sequence[str | int]) -> str:
    """Write *path* as a JSON Pointer (RFC 6901)."""
    return "".join(f"/{str(step).replace('~', '~0').replace('/', '~1')}" for step in path)


def from_pointer(text: str, data: Any) -> Path:  # noqa: ANN401  # any tree
    """
    Read a JSON Pointer against *data*, which tells list positions from names.

    Behind a list, ``-`` is the position past its end.

    Raises:
        KeyPathError: If *text* is not a JSON Pointer.
    """
    if text and not text.startswith("/"):
        message = f"{text!r} is not a JSON Pointer"
        raise KeyPathError(message)
    path: list[str | int] = []
    for part in text.split("/")[1:]:
        name = part.replace("~1", "/").replace("~0", "~")
        if isinstance(data, list) and re.fullmatch("0|[1-9][0-9]*", name):
            path.append(int(name))
            data = data[int(name)] if int(name) < len(data) else None
        elif isinstance(data, list) and name == "-":
            path.append(len(data))
            data = None
        else:
            path.append(name)
            data = data.get(name) if isinstance(data, Mapping) else None
    return tuple(path)


def get(data: Any, path: Sequence[str | int]) -> Any:  # noqa: ANN401
    """
    Return what lies at *path*.

    Raises:
        KeyPathError: If nothing lies there.
    """
    here = data
    for depth, step in enumerate(path):
        inside = (
            step in here
            if isinstance(here, Mapping)
            else isinstance(here, list) and isinstance(step, int) and 0 <= step < len(here)
        )
        if not inside:
            message = f"nothing at {render(path[: depth + 1])}"
            raise KeyPathError(message, path=render(path))
        here = here[step]
    return here


def has(data: Any, path: Sequence[str | int]) -> bool:  # noqa: ANN401
    """Tell whether something lies at *path*."""
    try:
        get(data, path)
    except KeyPathError:
        return False
    return True


def replace(data: Any, path: Sequence[str | int], value: Any) -> Any:  # noqa: ANN401
    """
    Return a copy of *data* with *value* at *path*; missing mappings are made.

    A list position may be that of an item, or the first one past the end.

    Raises:
        KeyPathError: If the path leads through a scalar or past a list's end.
    """
    if not path:
        return value
    step, rest = path[0], path[1:]
    if isinstance(step, int) and not isinstance(data, Mapping):
        items = list(data) if isinstance(data, list) else []
        if (data is not None and not isinstance(data, list)) or not 0 <= step <= len(items):
            message = f"no list item {step} to set"
            hint = f"the list has {len(items)}; [{len(items)}] adds one"
            raise KeyPathError(message, path=render(path), hint=hint)
        items[step : step + 1] = [replace(items[step] if step < len(items) else None, rest, value)]
        return items
    if data is not None and not isinstance(data, Mapping):
        message = f"{step!r} would lie inside a value that is not a mapping"
        raise KeyPathError(message, path=render(path))
    below = dict(data or {})
    below[step] = replace(below.get(step), rest, value)
    return below


def inserted(data: Any, path: Sequence[str | int], value: Any) -> Any:  # noqa: ANN401
    """
    Return a copy of *data* with *value* at *path*; an item of a list makes the others move up.

    Raises:
        KeyPathError: As `replace` does.
    """
    above = path[:-1]
    items = get(data, above) if has(data, above) else None
    if not path or not isinstance(path[-1], int) or not isinstance(items, list):
        return replace(data, path, value)
    moved = items[path[-1] :]
    return replace(data, above, [*replace(items, path[-1:], value)[: path[-1] + 1], *moved])


def filled(data: Any, values: Mapping[Path, Any]) -> Any:  # noqa: ANN401
    """
    Return a copy of *data*, mappings and lists alike, with each of *values* at its path.

    Raises:
        KeyPathError: If nothing lies above a path.
    """
    copy = copied(data)
    for path, value in values.items():
        get(copy, path[:-1])[path[-1]] = value
    return copy


def copied(data: Any) -> Any:  # noqa: ANN401
    """Return a tree of one's own: *data* with new mappings and lists."""
    if isinstance(data, Mapping):
        return {
            key: value if type(value) in SCALARS else copied(value) for key, value in data.items()
        }
    return [copied(item) for item in data] if isinstance(data, list) else data


def without(data: Any, path: Sequence[str | int]) -> Any:  # noqa: ANN401
    """
    Return a copy of *data* with nothing at *path*.

    Raises:
        KeyPathError: If nothing lies there, or *path* is the root.
    """
    get(data, path)
    if not path:
        message = "the whole cannot be taken away"
        raise KeyPathError(message)
    step, rest = path[0], path[1:]
    copy: Any = list(data) if isinstance(data, list) else dict(data)
    if rest:
        copy[step] = without(data[step], rest)
    else:
        del copy[step]
    return copy


def leaves(data: Any, at: Path = ()) -> Iterator[tuple[Path, Any]]:  # noqa: ANN401
    """
    Walk *data* to its leaves, in order.

    An empty mapping or list is a leaf of its own, so that nothing is lost.
    """
    if isinstance(data, Mapping) and data:
        steps: Iterable[tuple[Any, Any]] = data.items()
    elif isinstance(data, list) and data:
        steps = enumerate(data)
    else:
        yield at, data
        return
    for step, value in steps:
        if type(value) in SCALARS:
            yield (*at, step), value
        else:
            yield from leaves(value, (*at, step))
