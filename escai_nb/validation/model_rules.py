"""Misfits of the model as findings ESC1xx, each at its own place."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from escai_nb import keypath
from escai_nb.origin import IN_FILES, OriginKind
from escai_nb.schema.catalog import Kind
from escai_nb.schema.modelling import check_value
from escai_nb.schema.suggestion import ASKS, nearest, question
from escai_nb.validation.finding import Finding, Severity
from escai_nb.validation.rule import Rule, page_only, replacement, severities_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from escai_nb.keypath import Path
    from escai_nb.origin import Origin
    from escai_nb.schema.catalog import Catalog
    from escai_nb.schema.field_spec import FieldSpec
    from escai_nb.schema.modelling import Misfit
    from escai_nb.validation.patching import Patch

_EVERYWHERE = severities_of("E/E/E/E")


def _page(rule_id: str, title: str, why: str, fix: str, *, bad: str, good: str) -> Rule:
    return Rule(
        id=rule_id,
        title=title,
        layer="schema",
        severities=_EVERYWHERE,
        why=why,
        fix=fix,
        source="pydantic documentation, “Validation errors”",
        check=page_only,
        texts=(bad, good),
    )


UNKNOWN = _page(
    "ESC101",
    "Unknown field",
    "A misspelt name would be ignored silently, and the default used in its place.",
    "Correct the name, or remove the entry.",
    bad="api:\n  prot: 8443",
    good="api:\n  port: 8443",
)
WRONG_TYPE = _page(
    "ESC102",
    "Wrong type",
    "The application would fail at the first use of the value, or read it as another one.",
    "Write a value of the expected type.",
    bad="api:\n  port: https",
    good="api:\n  port: 8443",
)
OUT_OF_BOUNDS = _page(
    "ESC103",
    "Out of bounds",
    "The application has no meaning for a value outside the range of its field.",
    "Choose a value within the bounds.",
    bad="api:\n  port: 70000",
    good="api:\n  port: 8443",
)
MISSING = _page(
    "ESC104",
    "Required field is missing",
    "There is no default that would be right for everybody.",
    "Add the field.",
    bad="security:\n  jwt_algorithm: HS256",
    good="security:\n  jwt_algorithm: HS256\n"
    "  jwt_secret_key: pR7v-Kq2_mZ9xLw4Tb1sYd8fHc3nGj6a-Vu5eWo",
)
BAD_CHOICE = _page(
    "ESC105",
    "Not one of the choices",
    "Only the listed words have a meaning.",
    "Use one of the listed words.",
    bad="log_level: LOUD",
    good="log_level: INFO",
)
REFUSED = _page(
    "ESC106",
    "Refused by the model",
    "The value has the right type, but not the right form.",
    "Write the value in the expected form.",
    bad="database:\n  postgres_host: https://db.internal",
    good="database:\n  postgres_host: db.internal",
)
MODEL_RULES = (UNKNOWN, WRONG_TYPE, OUT_OF_BOUNDS, MISSING, BAD_CHOICE, REFUSED)

_KINDS = (
    (re.compile("extra_forbidden"), UNKNOWN),
    (re.compile("missing|union_tag_not_found"), MISSING),
    (re.compile("enum|literal_error|union_tag_invalid"), BAD_CHOICE),
    (re.compile("(greater|less)_than|too_(short|long)$|multiple_of|finite_number"), OUT_OF_BOUNDS),
    (re.compile("_type$|_parsing|_parsing_size$|is_instance_of|int_from_float"), WRONG_TYPE),
)


MOST_NAMES = 12
"""Names of fields that are listed; of more, their number is told."""
_AMOUNT = re.compile(r"[0-9.]+\s*[A-Za-z]+")
"""A number and its unit, which belong together."""


def rule_of(kind: str) -> Rule:
    """Return the page that pydantic's error type *kind* belongs to."""
    for pattern, page in _KINDS:
        if pattern.search(kind):
            return page
    return REFUSED


@dataclass(frozen=True, slots=True)
class Places:
    """
    Where things stand.

    Attributes:
        of_value: Tells where the value at a path stands.

        of_key: Tells where its name stands.
    """

    of_value: Callable[[Path], Origin | None]
    of_key: Callable[[Path], Origin | None]

    def of_misfit(self, path: Path, page: Rule) -> Origin | None:
        """Return the place of what is wrong: the name, the value, or where it is missing."""
        if page is UNKNOWN:
            return self.of_key(path)
        origin = self.of_value(path)
        if page is MISSING and origin is not None and origin.kind in IN_FILES:
            return replace(origin, kind=OriginKind.MISSING)
        return origin


def misfit_finding(
    misfit: Misfit, *, data: Mapping[str, Any], catalog: Catalog, places: Places
) -> Finding:
    """Make a finding of *misfit*; a misspelt name or choice brings a patch."""
    page = rule_of(misfit.kind)
    message, expected = misfit.message, misfit.expected
    patch: Patch = ()
    suggestions = catalog.suggestions(misfit.path) if page is UNKNOWN else []
    meant = keypath.parse(suggestions[0]) if len(suggestions) == 1 else ()
    if suggestions:
        asked = _asked(misfit.path, meant) or question(suggestions)
        message, expected = f"{message}; {asked}", asked.removeprefix(ASKS).rstrip("?")
    elif page is UNKNOWN:
        expected = _known_names(misfit.path, catalog, data)
    if meant and meant[:-1] == misfit.path[:-1]:
        is_misspelt = nearest(str(misfit.path[-1]), [str(meant[-1])])
        if is_misspelt and not keypath.has(data, meant):
            patch = _rename(misfit.path, meant)
    elif page is BAD_CHOICE:
        patch = _same_choice(misfit.path, data, catalog)
    elif page is REFUSED:
        patch = _same_text(misfit.path, data, catalog)
    return Finding(
        code=page.id,
        severity=Severity.ERROR,
        path=keypath.render(misfit.path),
        message=message,
        expected=expected,
        why=page.why,
        fix=_remedy(misfit.path, page, catalog, suggestions),
        title=page.title,
        layer=page.layer,
        origin=places.of_misfit(misfit.path, page),
        patch=patch,
    )


def _asked(path: Path, meant: Path) -> str:
    """Ask whether the same name at the top was meant, which alone would read as *path* again."""
    return f"{ASKS}{meant[0]} at the top level?" if len(meant) == 1 < len(path) else ""


def _known_names(path: Path, catalog: Catalog, data: Mapping[str, Any]) -> str:
    """Say what names there are where *path* is unknown: all, or how many."""
    names = catalog.names_beside(path, data)
    if not names or len(names) <= MOST_NAMES:
        return f"one of {', '.join(names)}" if names else ""
    return f"one of the {len(names)} fields of {keypath.render(path[:-1]) or 'the configuration'}"


def _remedy(path: Path, page: Rule, catalog: Catalog, suggestions: Sequence[str]) -> str:
    """Say what to do about what stands at *path*."""
    if page is MISSING:
        return _addition(path, catalog)
    if page is not UNKNOWN:
        return page.fix
    if not suggestions:
        many = len(catalog.names_beside(path)) > MOST_NAMES
        return _removal(catalog) + (" All fields: escai config schema --format markdown." * many)
    meant = keypath.parse(suggestions[0])
    if len(suggestions) > 1 or meant[:-1] == path[:-1]:
        return page.fix
    place = suggestions[0] if len(meant) > 1 else f"the top level, as {suggestions[0]}"
    return f"Move the entry to {place}, or remove it."


def _addition(path: Path, catalog: Catalog) -> str:
    """Say what to add at *path*: of a section, with the fields that it cannot do without."""
    within = [
        keypath.render(field.path[len(path) :]) + (" (a random secret)" if field.sensitive else "")
        for field in catalog.fields
        if field.required and len(field.path) > len(path) and field.path[: len(path)] == path
    ]
    return f"Add the section, with {', '.join(within)}." if within else MISSING.fix


def _removal(catalog: Catalog) -> str:
    """Say where an entry may go that the model does not know, nor anything like it."""
    free = [
        keypath.render(field.path)
        for field in catalog.fields
        if field.kind is Kind.MAPPING and field.item is not None and field.item.kind is Kind.ANY
    ]
    place = f", or move it into {' or '.join(free)}, which takes any name" if free else ""
    return f"Remove the entry{place}."


def _text_at(path: Path, data: Mapping[str, Any], catalog: Catalog) -> tuple[FieldSpec | None, str]:
    """Return the field and the text given for it; no field where that is no text, or secret."""
    field = catalog.find(path)
    said = keypath.get(data, path) if keypath.has(data, path) else None
    if field is None or field.sensitive or not isinstance(said, str):
        return None, ""
    return field, said


def _same_choice(path: Path, data: Mapping[str, Any], catalog: Catalog) -> Patch:
    """Write a choice as the model does, where only its case or blanks around it differ."""
    field, said = _text_at(path, data, catalog)
    if field is None:
        return ()
    meant = [
        each
        for each in field.choices
        if isinstance(each, str) and each.casefold() == said.strip().casefold()
    ]
    return (replacement(keypath.render(path), meant[0]),) if len(meant) == 1 else ()


def _same_text(path: Path, data: Mapping[str, Any], catalog: Catalog) -> Patch:
    """Write a text as the model takes it, where only blanks, case or a scheme before it differ."""
    field, said = _text_at(path, data, catalog)
    if field is None:
        return ()
    if not check_value(field, said):
        return ()  # it is refused for what stands beside it
    bare = said.strip()
    joined = "".join(bare.split()) if _AMOUNT.fullmatch(bare) else bare
    address = bare.partition("://")[2].rstrip("/")
    for meant in (bare, bare.rstrip("/"), joined, joined.lower(), joined.upper(), address):
        if meant and meant != said and not check_value(field, meant):
            return (replacement(keypath.render(path), meant),)
    return ()


def _rename(old: Path, new: Path) -> Patch:
    return ({"op": "move", "from": keypath.pointer(old), "path": keypath.pointer(new)},)
