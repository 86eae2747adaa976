"""The model walked once: every field of a configuration and how to reach it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from escai_nb import keypath
from escai_nb.display import Showable
from escai_nb.errors import FieldUnknownError, ValueRefusedError
from escai_nb.masking import has_uri_password, mask_leaves
from escai_nb.schema import tree
from escai_nb.schema.description import ANY_STEP
from escai_nb.schema.field_spec import MISSING, FieldSpec, Kind
from escai_nb.schema.fields import Promotion
from escai_nb.schema.suggestion import nearest

if TYPE_CHECKING:
    from pydantic import BaseModel

    from escai_nb.keypath import Path

__all__ = ["ANY_STEP", "MISSING", "Catalog", "FieldSpec", "Kind", "catalog_of"]


class Catalog(Showable):
    """
    What a configuration consists of.

    Attributes:
        model: The pydantic model that was walked.

        root: The model itself as a field with an empty path.

        fields: Every leaf of the model, in its order. A list, a mapping or a
            union counts as one; sections are walked through.

        sections: Every section that was walked through. One that holds itself
            is listed where it recurs, and not entered again.
    """

    __slots__ = ("fields", "model", "root", "sections")

    def __init__(self, model: type[BaseModel]) -> None:
        self.model = model
        self.root = tree.root_of(model)
        walked = list(_walk(self.root, (self.root.annotation,)))
        self.fields = tuple(spec for spec in walked if spec.kind is not Kind.SECTION)
        self.sections = tuple(spec for spec in walked if spec.kind is Kind.SECTION)

    def __repr__(self) -> str:
        return f"<Catalog of {self.model.__name__}: {len(self.fields)} fields>"

    def children(self, section: FieldSpec) -> Mapping[str, FieldSpec]:
        """Return the fields of a section, of any depth, by the names that files use."""
        return tree.children(section)

    def find(self, path: Path) -> FieldSpec | None:
        """
        Return what the model knows of *path*, or ``None``.

        List items and mapping keys are resolved; inside a union every
        alternative that knows the name has its say. A place in a free-form
        mapping is found as a field of kind ``ANY``.
        """
        known = tree.trail(self.root, path)
        return known[-1] if len(known) == len(path) + 1 else None

    def require(self, path: Path) -> FieldSpec:
        """
        Return what the model knows of *path*.

        Raises:
            FieldUnknownError: If it knows nothing.
        """
        spec = self.find(path)
        if spec is not None:
            return spec
        written = keypath.render(path)
        suggestion = self.suggest(path)
        message = f"there is no field {written}"
        hint = f"did you mean {suggestion}?" if suggestion else "see: escai config show"
        raise FieldUnknownError(message, path=written, hint=hint)

    def is_sensitive(self, path: Path, value: object = None) -> bool:
        """
        Tell whether what lies at *path* is secret.

        What the model declares holds, for a section with all that lies below.
        Where it says nothing (free-form mappings, unknown keys), the names on
        the way decide; a *value* that is secret by its shape is so everywhere.
        """
        return tree.is_sensitive(self.root, path, value)

    def why_sensitive(self, path: Path, value: object = None) -> str:
        """Say by what `is_sensitive` takes what lies at *path* for a secret, if it does."""
        return tree.why_sensitive(self.root, path, value)

    def promotion(self, path: Path, value: object = None) -> Promotion:
        """Return the promotion class of what lies at *path*; ``YES`` where nothing says."""
        if self.is_sensitive(path, value):
            return Promotion.SECRET
        return tree.trail(self.root, path)[-1].promotion

    def secret_paths(self, data: object) -> tuple[Path, ...]:
        """List the leaves of *data* that are secret and set, in order."""
        return tree.secret_paths(self.root, data)

    def masked(self, data: Any) -> Any:  # noqa: ANN401  # any plain tree
        """Return a copy of *data* with a mask at each secret that is set."""
        secret = frozenset(
            path
            for path in self.secret_paths(data)
            # of a URI the password alone is masked, unless all of it is secret
            if self.is_sensitive(path) or not has_uri_password(str(keypath.get(data, path)))
        )
        return mask_leaves(data, secret.__contains__)

    def defaults(self) -> dict[str, Any]:
        """Return all defaults as plain data; what is required is absent."""
        data = tree.defaults(self.root)
        return {} if data is MISSING else data

    def unknown(self, data: object) -> list[tuple[Path, str]]:
        """List the keys of *data* that the model does not know, each with a suggestion."""
        return [(path, self.suggest(path)) for path in _strangers(self.root, data, ())]

    def suggest(self, path: Path) -> str:
        """
        Return the known key path that *path* is likely to mean.

        A name that is alike in the same section comes first, then the same
        name elsewhere, if there is only one; else the result is empty.
        """
        known = tree.trail(self.root, path)
        depth = len(known) - 1
        if depth == len(path):
            return keypath.render(path)
        name = nearest(str(path[depth]), _names(known[-1]))
        if name:
            return self.suggest((*path[:depth], name, *path[depth + 1 :]))
        listed = [spec.path for spec in (*self.fields, *self.sections)]
        same = [keypath.render(place) for place in listed if place[-1:] == path[-1:]]
        if len(same) == 1:
            return same[0]
        return "" if depth else nearest(keypath.render(path), map(keypath.render, listed))

    def parse_text(self, path: Path, text: str) -> object:
        """
        Read *text*, as given on a command line or in a variable, for *path*.

        Numbers, ``true`` and ``false`` (also yes, no, on, off, 1, 0), ``null``
        for a field that may be empty, JSON for lists and mappings, commas for
        lists of scalars. The result is plain data.

        Raises:
            FieldUnknownError: If the model has no such field.
            ValueRefusedError: If *text* does not fit it; the text is not in
                the message.
        """
        from escai_nb.schema.text import parse_field  # most commands are given no text

        try:
            return parse_field(self.require(path), text, path)
        except (FieldUnknownError, ValueRefusedError):
            text = ""  # a traceback that shows locals shows nothing of it
            raise


def _walk(spec: FieldSpec, entered: tuple[Any, ...]) -> Iterator[FieldSpec]:
    """Yield the sections and fields below *spec* in the order of the model."""
    if spec.kind is not Kind.SECTION:
        yield spec
        return
    for below in tree.children(spec).values():
        if below.kind is Kind.SECTION:
            yield below
            if below.annotation not in entered:
                yield from _walk(below, (*entered, below.annotation))
        else:
            yield below


def _strangers(spec: FieldSpec, data: object, at: Path) -> Iterator[Path]:
    """Yield the paths of keys that nobody below *spec* knows."""
    steps: list[tuple[Any, object]]
    if isinstance(data, Mapping):
        steps = list(data.items())
    elif isinstance(data, list):
        steps = list(enumerate(data))
    else:
        return
    if spec.kind not in {Kind.SECTION, Kind.LIST, Kind.MAPPING, Kind.UNION}:
        return
    for step, value in steps:
        below = tree.child(spec, step)
        if below is not None:
            yield from _strangers(below, value, (*at, step))
        elif isinstance(data, Mapping) and spec.kind is not Kind.LIST:
            yield (*at, step)


def _names(spec: FieldSpec) -> list[str]:
    if spec.kind is Kind.UNION:
        return [name for member in spec.members for name in _names(member)]
    return list(tree.children(spec)) if spec.kind is Kind.SECTION else []


@lru_cache(maxsize=256)
def catalog_of(model: type[BaseModel]) -> Catalog:
    """Return the catalogue of *model*; it is walked once."""
    return Catalog(model)
