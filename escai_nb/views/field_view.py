"""Fields as rows: what the model knows of them, and where their values come from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from escai_nb.keypath import render
from escai_nb.schema.field_spec import MISSING
from escai_nb.schema.fields import Promotion
from escai_nb.secret import MASK
from escai_nb.views.sheet import Column, Sheet, Tone, counted, value_text

if TYPE_CHECKING:
    from escai_nb.schema.catalog import Catalog
    from escai_nb.schema.field_spec import FieldSpec

CATALOG_COLUMNS = (
    Column("path", "Key path", "code"),
    Column("expected", "What it holds"),
    Column("default", "Default", "code"),
    Column("required", "Required", "flag"),
    Column("secret", "Secret", "flag"),
    Column("promotion", "Promotion", "text", tuple(kind.value for kind in Promotion)),
    Column("doc", "Description"),
)


def catalog_sheet(catalog: Catalog) -> Sheet:
    """Lay out every field of a model, in its order."""
    fields = catalog.fields
    return Sheet(
        caption=f"Fields of {catalog.model.__name__}",
        columns=CATALOG_COLUMNS,
        rows=tuple(
            (
                render(field.path),
                field.expected,
                default_text(field),
                field.required,
                field.sensitive,
                field.promotion.value,
                field.doc,
            )
            for field in fields
        ),
        tones=(Tone.NEUTRAL,) * len(fields),
        summary=f"{catalog.model.__name__}: {counted(len(fields), 'field')}",
        empty="the model has no fields.",
        index="path",
    )


def default_text(field: FieldSpec) -> str | None:
    """Write the default of *field*; of a secret only that there is one."""
    if field.default is MISSING:
        return None
    if field.sensitive and field.default not in (None, ""):
        return MASK
    return value_text(field.default)
