"""Fields as rows: what the model knows of them, and where their values come from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from escai_nb.keypath import render
from escai_nb.origin import OriginKind
from escai_nb.schema.field_spec import MISSING
from escai_nb.schema.fields import Promotion
from escai_nb.secret import MASK
from escai_nb.views.sheet import Column, Sheet, Tone, counted, value_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from escai_nb.schema.catalog import Catalog
    from escai_nb.schema.field_spec import FieldSpec
    from escai_nb.workspace.loading.explanation import Explanation
    from escai_nb.workspace.loading.reasons import Reasons
    from escai_nb.workspace.values import Values

CATALOG_COLUMNS = (
    Column("path", "Key path", "path"),
    Column("expected", "What it holds"),
    Column("default", "Default", "code"),
    Column("required", "Required", "flag"),
    Column("secret", "Secret", "flag"),
    Column("promotion", "Promotion", "text", tuple(kind.value for kind in Promotion)),
    Column("doc", "Description"),
)

STEP_COLUMNS = (
    Column("layer", "Layer", "badge", tuple(kind.value for kind in OriginKind)),
    Column("origin", "Where", "path"),
    Column("value", "Value", "code"),
    Column("won", "In effect", "flag"),
)

SECTION_COLUMNS = (
    Column("path", "Key path", "path"),
    Column("value", "Value", "code"),
    Column("origin", "Where", "path"),
    Column("hidden", "Instead of", "code"),
)

VALUE_COLUMNS = (
    Column("path", "Key path", "path"),
    Column("value", "Value", "code"),
    Column("origin", "Where", "path"),
    Column("secret", "Secret", "flag"),
)

REASON_COLUMNS = (
    Column("path", "Key path", "path"),
    Column("why", "Secret because"),
    Column("origin", "Where", "path"),
    Column("sealed", "Sealed", "flag"),
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


def explanation_sheet(explanation: Explanation) -> Sheet:
    """Lay out what each layer says of a value, lowest first; of a section, each of its values."""
    notes = tuple(_field_notes(explanation.field)) if explanation.field is not None else ()
    if explanation.below:
        return _section_sheet(explanation, notes)
    steps = explanation.steps
    return Sheet(
        caption=f"Where {explanation.path} comes from",
        columns=STEP_COLUMNS,
        rows=tuple(
            (step.origin.kind.value, str(step.origin), value_text(step.value), step.won)
            for step in steps
        ),
        tones=tuple(Tone.GOOD if step.won else Tone.NEUTRAL for step in steps),
        summary=f"{explanation.path} = {value_text(explanation.value)}{_in_effect(explanation)}"
        if steps
        else f"{explanation.path}: not set",
        empty="no layer says anything of it.",
        notes=notes,
    )


def _section_sheet(explanation: Explanation, notes: tuple[str, ...]) -> Sheet:
    """Lay out each value below a place: where it comes from, and what it hides."""
    below = explanation.below
    count = counted(len(below), "value")
    return Sheet(
        caption=f"Where the values of {explanation.path} come from",
        columns=SECTION_COLUMNS,
        rows=tuple(
            (
                each.path,
                value_text(each.value),
                next((str(step.origin) for step in each.steps if step.won), None),
                ", ".join(_hidden(each)) or None,
            )
            for each in below
        ),
        tones=(Tone.NEUTRAL,) * len(below),
        summary=f"{explanation.path}: {count}{_in_effect(explanation)}",
        empty="nothing is set here.",
        notes=notes,
        index="path",
    )


def _hidden(each: Explanation) -> Iterator[str]:
    """Say what lower layers have other than the value in effect, the highest first."""
    for step in reversed(each.steps):
        if not step.won and (each.secret or step.value != each.value):
            yield f"{value_text(step.value)} ({step.origin})"


def _in_effect(explanation: Explanation) -> str:
    is_merged = len(explanation.steps) > 1 and isinstance(explanation.value, Mapping)
    told = ", merged key by key, the highest layer being" if is_merged else ", from"
    return next((f"{told} {step.origin}" for step in explanation.steps if step.won), "")


def _field_notes(field: FieldSpec) -> Iterator[str]:
    if field.doc:
        yield field.doc
    default = default_text(field)
    yield f"Expected: {field.expected}" + (f"; default {default}." if default else ".")
    if field.sensitive:
        yield "It is a secret: sealed in the file, masked wherever it is shown."


def values_sheet(values: Values) -> Sheet:
    """Lay out every leaf in effect with its origin."""
    where = f"{values.environment}, {values.at}" if values.at else values.environment
    return Sheet(
        caption=f"Values of {where}",
        columns=VALUE_COLUMNS,
        rows=tuple(
            (row.path, value_text(row.value), str(row.origin), row.secret) for row in values
        ),
        tones=tuple(
            Tone.NEUTRAL if row.origin.kind is OriginKind.DEFAULT else Tone.CALM for row in values
        ),
        summary=f"{where}: {counted(len(values), 'value')}",
        empty="nothing is set here.",
        index="path",
    )


def reasons_sheet(reasons: Reasons) -> Sheet:
    """Lay out every secret leaf with what makes it one."""
    return Sheet(
        caption=f"Secrets of {reasons.environment}",
        columns=REASON_COLUMNS,
        rows=tuple((row.path, row.why, row.origin, row.sealed) for row in reasons),
        tones=(Tone.NEUTRAL,) * len(reasons),
        summary=f"{reasons.environment}: {counted(len(reasons), 'secret')}",
        empty="nothing here is secret.",
        index="path",
    )
