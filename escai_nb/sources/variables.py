"""Values as environment variables: the way back from `sources.environment`."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from escai_nb.errors import FieldUnknownError, ValueRefusedError
from escai_nb.secret import Secret
from escai_nb.sources.edit import same
from escai_nb.sources.environment import RESERVED, variable_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from escai_nb.keypath import Path
    from escai_nb.schema.catalog import Catalog

NAMEABLE = re.compile(r"[a-z0-9]+(?:_[a-z0-9]+)*")
"""A key that is read back from a variable as it was."""
_NULL = "null"


def variables(
    catalog: Catalog, data: Mapping[str, Any], *, prefix: str, nulls: bool = False
) -> Iterator[tuple[Path, str, Secret[str]]]:
    """
    Yield path, name and text of the variables that set what *data* says, outer ones first.

    Text is as it is, all else JSON; a list is one variable. A key that no
    variable can be named after is part of the JSON of what holds it. ``null``
    has none, unless *nulls* are asked for and it is read back as such; nor has
    what would be called as a variable of the toolkit itself.
    """
    for path, value in _named(data, ()):
        name = variable_name(path, prefix=prefix)
        if name in RESERVED:
            continue
        if value is not None:
            yield path, name, _text(catalog, path, value)
        elif nulls and _says_null(catalog, path):
            yield path, name, Secret(_NULL)


def _named(value: Any, at: Path) -> Iterator[tuple[Path, Any]]:  # noqa: ANN401  # any plain tree
    """Walk to what has a variable of its own."""
    if not isinstance(value, Mapping) or not value:
        if at:
            yield at, value
        return
    given = {str(key): each for key, each in value.items()}
    odd = {key: each for key, each in given.items() if not NAMEABLE.fullmatch(key)}
    if odd and at:
        yield at, odd
    for key, each in given.items():
        if key not in odd:
            yield from _named(each, (*at, key))


def _text(catalog: Catalog, at: Path, value: Any) -> Secret[str]:  # noqa: ANN401
    """Write *value* so that it is read back as it is: text such as ``"007"`` may need quotes."""
    is_plain = isinstance(value, str) and not _is_lost(catalog, at, value)
    return Secret(value if is_plain else _json(value))


def _is_lost(catalog: Catalog, at: Path, text: str) -> bool:
    try:
        return not same(catalog.parse_text(at, text), text)
    except ValueRefusedError:
        return False


def _says_null(catalog: Catalog, at: Path) -> bool:
    try:
        return catalog.parse_text(at, _NULL) is None
    except (FieldUnknownError, ValueRefusedError):
        return False


def _json(value: Any) -> str:  # noqa: ANN401
    return json.dumps(value, ensure_ascii=False)
