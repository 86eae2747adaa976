"""Patches of findings: RFC 6902 operations, whose secrets are carried and never shown."""

from __future__ import annotations

import json
from collections.abc import Mapping
from math import ceil, floor
from typing import TYPE_CHECKING, Any

from escai_nb import keypath
from escai_nb.schema.catalog import Kind
from escai_nb.secret import MASK, Secret, conceal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from escai_nb.keypath import Path
    from escai_nb.schema.catalog import Catalog
    from escai_nb.validation.facts import Facts
    from escai_nb.validation.rule import Problem

Patch = tuple[Mapping[str, Any], ...]


def carried(problem: Problem, facts: Facts, catalog: Catalog) -> Patch:
    """Return the patch of *problem* as its finding carries it: each secret inside a `Secret`."""
    return tuple(
        _concealed(_whole(each, problem, facts, catalog), facts, catalog) for each in problem.patch
    )


def _whole(
    operation: Mapping[str, Any], problem: Problem, facts: Facts, catalog: Catalog
) -> Mapping[str, Any]:
    """Return *operation* with a whole number for a field that takes no other, past the limit."""
    value = operation.get("value")
    if type(value) is not float:
        return operation
    path = keypath.from_pointer(operation["path"], {})
    field = catalog.find(path)
    if field is None or field.kind is not Kind.INTEGER or keypath.render(path) != problem.path:
        return operation
    return {**operation, "value": (ceil if facts[problem.path] < value else floor)(value)}


def _concealed(operation: Mapping[str, Any], facts: Facts, catalog: Catalog) -> Mapping[str, Any]:
    if "value" not in operation:
        return operation
    place = facts.place(operation["path"])
    # in a list that is not there yet, nothing tells a position from a name
    places = {place, tuple(map(_position, place))}

    def is_secret(at: Path, value: object) -> bool:
        return any(catalog.is_sensitive((*each, *at), value) for each in places)

    return {**operation, "value": conceal(operation["value"], is_secret)}


def _position(step: str | int) -> str | int:
    if step == "-":
        return 0
    return int(step) if isinstance(step, str) and step.isdecimal() else step


def secret_texts(patch: Patch) -> Iterator[str]:
    """Yield what *patch* brings that is secret, as texts."""
    for operation in patch:
        for _, leaf in keypath.leaves(operation.get("value")):
            if isinstance(leaf, Secret):
                yield from (str(each) for _, each in keypath.leaves(leaf.open()))


def as_text(value: object) -> str:
    """Write what a patch shows of the *value* that it brings, with a mask for each secret."""
    return json.dumps(value, ensure_ascii=False, default=lambda _: MASK)
