"""
Where in the data an error of pydantic lies.

Pydantic puts the branch of a union into the place of an error, between the real
keys, and reports every branch. Here the place becomes a key path of the data,
and of the branches the one is kept that the data was most likely meant for.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any

from escai_nb.schema.field_spec import FieldSpec, Kind
from escai_nb.schema.keys import meant_key
from escai_nb.schema.tree import child, children

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from escai_nb.keypath import Path

KEY_MARK = "[key]"
"""What pydantic adds to the place of a mapping's key."""


@dataclass(frozen=True, slots=True)
class Branch:
    """One alternative of a union: where the union lies, and which it is."""

    path: Path
    tag: str


@dataclass(frozen=True, slots=True)
class Located:
    """
    An error of pydantic at its key path.

    Attributes:
        spec: The field there, where the model tells.

        branches: The alternatives that led there, outermost first.

        keyed: The mapping of which the last step is a key that does not fit.

        error: The details as pydantic gives them.
    """

    path: Path
    spec: FieldSpec | None
    branches: tuple[Branch, ...]
    error: Mapping[str, Any]
    keyed: FieldSpec | None = None


def locate(root: FieldSpec, data: object, error: Mapping[str, Any]) -> Located:
    """Find the key path of *error* by walking the model and the data together."""
    spec: FieldSpec | None = root
    here = data
    path: Path = ()
    around: FieldSpec | None = None
    keyed: FieldSpec | None = None
    branches: list[Branch] = []
    steps = list(error["loc"])
    for index, step in enumerate(steps):
        if spec is not None and spec.kind is Kind.UNION:
            branches.append(Branch(path, str(step)))
            spec = _member(spec, str(step))
            continue
        if step == KEY_MARK:
            spec, keyed = None, around
            continue
        absent = index == len(steps) - 1 and error["type"] == "missing"
        real = _real_step(spec, here, step, absent=absent)
        if real is None:
            continue
        path = (*path, real)
        around = spec
        spec = child(spec, real) if spec is not None else None
        here = _below(here, real)
    return Located(path, spec, tuple(branches), error, keyed)


def _member(union: FieldSpec, tag: str) -> FieldSpec | None:
    """Return the alternative that pydantic calls *tag*, as far as that can be told."""
    found = [member for member in union.members if _is_called(member, union.discriminator, tag)]
    return found[0] if len(found) == 1 else None


def _is_called(member: FieldSpec, discriminator: str | None, tag: str) -> bool:
    if member.kind is not Kind.SECTION:
        return _KINDS.get(tag.removeprefix("constrained-").partition("[")[0]) is member.kind
    if discriminator is not None:
        mark = children(member).get(discriminator)
        return mark is not None and tag in {str(choice) for choice in mark.choices}
    name = member.annotation.__name__
    return tag == name or (tag.startswith("function-") and name in tag)


_KINDS = {
    "bool": Kind.BOOLEAN,
    "int": Kind.INTEGER,
    "float": Kind.NUMBER,
    "str": Kind.TEXT,
    "literal": Kind.CHOICE,
    "list": Kind.LIST,
    "tuple": Kind.LIST,
    "set": Kind.LIST,
    "frozenset": Kind.LIST,
    "deque": Kind.LIST,
    "dict": Kind.MAPPING,
    "union": Kind.UNION,
    "tagged-union": Kind.UNION,
}


def _real_step(
    spec: FieldSpec | None, here: object, step: str | int, *, absent: bool
) -> str | int | None:
    """Return the key or position that *step* stands for, or ``None`` if for neither."""
    if isinstance(here, list | tuple):
        return step if isinstance(step, int) and (absent or step < len(here)) else None
    if not isinstance(here, Mapping):
        return None
    if step in here:
        return step
    if spec is not None and spec.kind is Kind.SECTION and step in children(spec):
        also = children(spec)[str(step)].also
        return next((name for name in also if name in here), step)
    if spec is not None and spec.kind is Kind.MAPPING:
        return next((key for key in here if str(step) in _spellings(spec, key)), step)
    return step if absent else None


def _spellings(mapping: FieldSpec, key: object) -> tuple[str, str]:
    """List how pydantic may spell a key: as it is, or as what stands for it."""
    return str(key), repr(meant_key(mapping, key))


def _below(here: object, step: str | int) -> object:
    if isinstance(here, Mapping):
        return here.get(step)
    if isinstance(here, list | tuple) and isinstance(step, int) and step < len(here):
        return here[step]
    return None


def likeliest(errors: Iterable[Located], depth: int = 0) -> list[Located]:
    """Keep, of each union, the branch that the data was most likely meant for."""
    kept: list[Located] = []
    for union, group in groupby(errors, key=lambda found: _union_at(found, depth)):
        if union is None:
            kept += group
            continue
        by_tag: dict[str, list[Located]] = {}
        for found in group:
            by_tag.setdefault(found.branches[depth].tag, []).append(found)
        kept += _best(union, [likeliest(errors, depth + 1) for errors in by_tag.values()])
    return kept


def _union_at(found: Located, depth: int) -> Path | None:
    return found.branches[depth].path if depth < len(found.branches) else None


def _best(union: Path, branches: Sequence[list[Located]]) -> list[Located]:
    """Choose the branch whose shape fits; where none does, each has its say."""
    inside = [branch for branch in branches if all(found.path != union for found in branch)]
    if inside:
        return min(inside, key=_strangeness)
    return [found for branch in branches for found in branch]


def _strangeness(branch: Sequence[Located]) -> tuple[int, int]:
    """Rank a branch by the keys it lacks or does not know, then by all its errors."""
    shape = sum(found.error["type"] in {"extra_forbidden", "missing"} for found in branch)
    return shape, len(branch)
