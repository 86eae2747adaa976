"""The model walked once: every field of a configuration and how to reach it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from escai_nb import keypath
from escai_nb.display import Showable
from escai_nb.errors import FieldUnknownError, ValueRefusedError
from escai_nb.masking import has_uri_password, mask_leaves
from escai_nb.schema import tree
from escai_nb.schema.field_spec import ANY_STEP, MISSING, FieldSpec, Kind
from escai_nb.schema.fields import Promotion
from escai_nb.schema.outline import Outline

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic import BaseModel

    from escai_nb.keypath import Path

__all__ = ["ANY_STEP", "MISSING", "Catalog", "FieldSpec", "Kind", "catalog_of"]


class Catalog(Outline, Showable):
    """
    What a configuration consists of.

    Attributes:
        model: The pydantic model that was walked.

        root: The model itself as a field with an empty path.
    """

    def __init__(self, model: type[BaseModel]) -> None:
        super().__init__(tree.root_of(model))
        self.model = model

    def __repr__(self) -> str:
        return f"<Catalog of {self.model.__name__}: {len(self.fields)} fields>"

    def children(self, section: FieldSpec) -> Mapping[str, FieldSpec]:
        """Return the fields of a section, of any depth, by the names that files use."""
        return tree.children(section)

    def is_named(self, path: Path) -> bool:
        """Tell whether the last step of *path* is a name that a section of the model gives."""
        above = self.find(path[:-1])
        return above is not None and above.kind is Kind.SECTION and path[-1] in tree.children(above)

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

    def filling(self, given: object) -> dict[str, Any]:
        """Return what default objects of sections have beside *given*; see `tree.filling`."""
        return tree.filling(self.root, given)

    def unknown(self, data: object) -> list[tuple[Path, str]]:
        """List the keys of *data* that the model does not know, each with a suggestion."""
        return [(path, self.suggest(path)) for path in _strangers(self.root, data, ())]

    def parse_text(self, path: Path, text: str, *, beside: object = None) -> object:
        """
        Read *text*, as given on a command line or in a variable, for *path*.

        Numbers, ``true`` and ``false`` (also yes, no, on, off, 1, 0), ``null``
        for a field that may be empty, JSON for lists and mappings, commas for
        lists of scalars. The result is plain data. Which alternative of a union
        is meant is told by its key in *beside*, the values around.

        Raises:
            FieldUnknownError: If the model has no such field.
            ValueRefusedError: If *text* does not fit it; the text is not in
                the message.
        """
        from escai_nb.schema.text import parse_field  # most commands are given no text

        try:
            field = tree.meant(self.root, path, beside) or self.require(path)
            return parse_field(field, text, path)
        except (FieldUnknownError, ValueRefusedError):
            text = ""  # a traceback that shows locals shows nothing of it
            raise


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


@lru_cache(maxsize=256)
def catalog_of(model: type[BaseModel]) -> Catalog:
    """Return the catalogue of *model*; it is walked once."""
    return Catalog(model)
