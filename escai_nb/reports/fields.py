"""The fields of a configuration as a page of Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from escai_nb.keypath import render
from escai_nb.schema.field_spec import MISSING
from escai_nb.views.sheet import value_text

if TYPE_CHECKING:
    from escai_nb.schema.catalog import Catalog
    from escai_nb.schema.field_spec import FieldSpec


def fields_markdown(catalog: Catalog, *, title: str) -> str:
    """Write every field, a table for each section; no default of a secret is told."""
    lines = [f"# {title}", ""]
    section: tuple[str | int, ...] | None = None
    for field in catalog.fields:
        if field.path[:-1] != section:
            section = field.path[:-1]
            lines += ["", f"## {render(section) or 'At the top'}", ""]
            lines += ["| field | what it holds | default | |", "|---|---|---|---|"]
        lines.append(_row(field))
    return "\n".join(lines) + "\n"


def _row(field: FieldSpec) -> str:
    default = ""
    if field.sensitive:
        default = "*secret*"
    elif field.default is not MISSING:
        default = f"`{value_text(field.default)}`"
    elif field.required:
        default = "*required*"
    cells = (f"`{field.name}`", field.expected, default, field.doc)
    return "| " + " | ".join(cell.replace("|", r"\|").replace("\n", " ") for cell in cells) + " |"
