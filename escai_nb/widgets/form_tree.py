"""The fields of a model as a form lays them out: leaves under sections."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

from escai_nb import keypath
from escai_nb.schema.catalog import Kind, catalog_of
from escai_nb.widgets.form_input import Control, control_of

if TYPE_CHECKING:
    from pydantic import BaseModel

    from escai_nb.keypath import Path
    from escai_nb.schema.catalog import Catalog, FieldSpec

GENERAL = "General"
"""Title of the fields that lie in no section."""


@dataclass(frozen=True, slots=True)
class FormField:
    """
    One row of a form.

    Attributes:
        key: The path as `keypath.render` writes it; the row's name everywhere.

        section: Key of the section that it lies in; empty for the top.
    """

    key: str
    spec: FieldSpec
    control: Control
    section: str

    @property
    def path(self) -> Path:
        """Key path of the value."""
        return self.spec.path


@dataclass(frozen=True, slots=True)
class FormSection:
    """
    A group of rows under one heading.

    Attributes:
        parent: Key of the section around it, or ``None`` at the top.

        optional: It may be absent as a whole.
    """

    key: str
    path: Path
    title: str
    doc: str
    parent: str | None
    optional: bool


@dataclass(frozen=True)
class FormTree:
    """All rows and headings of one model."""

    catalog: Catalog
    fields: tuple[FormField, ...]
    sections: tuple[FormSection, ...]

    @cached_property
    def _by_path(self) -> dict[Path, FormField]:
        return {field.path: field for field in self.fields}

    def owner(self, path: Path) -> FormField | None:
        """Return the row in which the value at *path* is edited."""
        for depth in range(len(path), -1, -1):
            if path[:depth] in self._by_path:
                return self._by_path[path[:depth]]
        return None

    def place(self, path: str) -> str:
        """Name the row that holds *path*; where no row does, the place itself."""
        row = self.owner(keypath.parse(path))
        return row.key if row is not None else path

    def nearest(self, path: str) -> FormField | None:
        """Return the row that holds *path*, or the first of the section that *path* names."""
        steps = keypath.parse(path) if path else ()
        inside = (row for row in self.fields if steps and row.path[: len(steps)] == steps)
        return self.owner(steps) or next(inside, None)


@lru_cache(maxsize=64)
def tree_of(model: type[BaseModel]) -> FormTree:
    """Lay out *model*; it is done once."""
    catalog = catalog_of(model)
    filled = {
        spec.path[:depth]
        for spec in (*catalog.fields, *catalog.sections)
        for depth in range(len(spec.path))
    }
    # a section without fields of its own recurs: it is edited as text
    bare = tuple(spec for spec in catalog.sections if spec.path not in filled)
    order = {path: n for n, path in enumerate(_in_model_order(catalog))}
    fields = sorted((*catalog.fields, *bare), key=lambda spec: order[spec.path])
    sections = [_section(spec) for spec in catalog.sections if spec.path in filled]
    if any(len(spec.path) <= 1 for spec in fields):
        sections.insert(0, FormSection("", (), GENERAL, "", None, optional=False))
    return FormTree(catalog, tuple(map(_field, fields)), tuple(sections))


def _in_model_order(catalog: Catalog) -> list[Path]:
    """List every field and section as the model declares them."""
    listed: list[Path] = []
    known = {spec.path: spec for spec in (*catalog.fields, *catalog.sections)}

    def walk(spec: FieldSpec) -> None:
        listed.append(spec.path)
        if spec.kind is Kind.SECTION:
            for child in catalog.children(spec).values():
                if child.path in known:
                    walk(child)

    walk(catalog.root)
    return listed


def _field(spec: FieldSpec) -> FormField:
    return FormField(
        key=keypath.render(spec.path),
        spec=spec,
        control=control_of(spec),
        section=keypath.render(spec.path[:-1]),
    )


def _section(spec: FieldSpec) -> FormSection:
    return FormSection(
        key=keypath.render(spec.path),
        path=spec.path,
        title=spec.title,
        doc=spec.doc,
        parent=keypath.render(spec.path[:-1]) if len(spec.path) > 1 else None,
        optional=spec.nullable,
    )
