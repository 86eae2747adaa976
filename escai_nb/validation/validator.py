"""Run all, locate all: the model, then every rule that can still run."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from escai_nb import keypath
from escai_nb.origin import IN_FILES, OriginKind
from escai_nb.schema.catalog import Kind, catalog_of
from escai_nb.schema.modelling import check, plain, value_as_read
from escai_nb.validation import model_rules
from escai_nb.validation.facts import (
    ABSENT,
    MISFIT,
    NOTHING_AROUND,
    SEALED,
    UNPARSED,
    Facts,
    Surroundings,
    Unreadable,
)
from escai_nb.validation.failing import EndlessRuleError, checked_problems, rule_failed, waiting_for
from escai_nb.validation.finding import Finding, Severity
from escai_nb.validation.patching import carried
from escai_nb.validation.quoting import by_others, without_secrets
from escai_nb.validation.report import Report, in_order

if TYPE_CHECKING:
    from pydantic import BaseModel

    from escai_nb.keypath import Path
    from escai_nb.origin import Origin
    from escai_nb.schema.catalog import Catalog, FieldSpec
    from escai_nb.schema.modelling import Misfit
    from escai_nb.validation.rule import Problem, Rule
    from escai_nb.validation.tier import Tier

_TYPES: Mapping[Kind, tuple[type, ...]] = {
    Kind.BOOLEAN: (bool,),
    Kind.INTEGER: (int,),
    Kind.NUMBER: (int, float),
    Kind.TEXT: (str,),
    Kind.LIST: (list,),
    Kind.MAPPING: (Mapping,),
}


def _nowhere(_: Path) -> Origin | None:
    return None


def validate(  # noqa: PLR0913  # one fact each, by keyword
    data: Mapping[str, Any],
    *,
    model: type[BaseModel],
    rules: Iterable[Rule],
    environment: str,
    tier: Tier,
    origin_of: Callable[[Path], Origin | None] = _nowhere,
    key_origin_of: Callable[[Path], Origin | None] | None = None,
    around: Surroundings = NOTHING_AROUND,
    unreadable: frozenset[Path] = frozenset(),
    lost: Collection[Path] = (),
    timestamp: datetime | None = None,
    extra: Iterable[Finding] = (),
) -> Report:
    """
    Judge *data*, the merged layers without defaults and with secrets opened.

    A value that breaks the model, or lies at one of the *unreadable* (sealed)
    paths, silences only the rules that read it, and those are listed in
    `Report.not_run`. So does what stands at or below a *lost* path, in a part of
    a file that could not be read. *origin_of* tells where a value stands, *key_origin_of*
    where its name does. *extra* are findings of the caller, such as
    `state_rules` makes.
    """
    catalog = catalog_of(model)
    instance, misfits = check(model, data)
    gone = _gone(lost, data, catalog)
    unread: dict[Path, str] = dict.fromkeys(gone, UNPARSED) | dict.fromkeys(unreadable, SEALED)
    misfits = tuple(
        m for m in misfits if not _within(m.path, unread) and not _is_due_to(m, lost, data)
    )
    if instance is None:
        effective, unfit = _as_far_as_it_fits(data, catalog, misfits)
        unread = unfit | unread
    else:
        effective = plain(instance)
    facts = Facts(
        effective,
        given=data,
        environment=environment,
        tier=tier,
        unreadable=unread,
        origin_of=origin_of,
        around=around,
    )
    findings = [*extra]
    places = model_rules.Places(origin_of, key_origin_of or origin_of)
    findings += (
        model_rules.misfit_finding(m, data=data, catalog=catalog, places=places) for m in misfits
    )
    found, not_run = _run(tuple(rules), facts, catalog)
    return Report(
        findings=in_order(findings + found),
        environment=environment,
        timestamp=timestamp or datetime.now(UTC),
        not_run=tuple(not_run),
        unreadable=tuple(sorted(map(keypath.render, {*unreadable, *filter(None, lost)}))),
        live=facts.live(),
    )


def _run(
    rules: tuple[Rule, ...], facts: Facts, catalog: Catalog
) -> tuple[list[Finding], list[tuple[str, str]]]:
    """Ask *rules*; what one of others quotes of a secret is cleared."""
    findings: list[Finding] = []
    not_run: list[tuple[str, str]] = []
    told_better: dict[tuple[str, str], int] = {}
    for rule in rules:
        severity = rule.severities[facts.tier]
        if severity is None:
            continue
        found: list[Finding] = []
        try:
            problems = checked_problems(rule, facts)
            found.extend(_finding(rule, severity, each, facts, catalog) for each in problems)
        except Unreadable as gap:
            not_run.append((rule.id, str(gap)))
        except KeyboardInterrupt as stopped:
            stopped.add_note(waiting_for(rule, stopped))
            raise
        except BaseException as error:  # noqa: BLE001  # a rule by others may raise anything, also to exit; the rest must still run
            if isinstance(error, EndlessRuleError):
                found.clear()  # nobody would see the others among them
            findings.append(rule_failed(rule, facts.tier, error))
        findings += found
        told_better |= {(o, each.path): severity.rank for each in found for o in rule.instead_of}
    kept = [f for f in findings if f.severity.rank > told_better.get((f.code, f.path), 0)]
    return without_secrets(kept, not_run, others=by_others(rules), facts=facts, catalog=catalog)


def _finding(
    rule: Rule, severity: Severity, problem: Problem, facts: Facts, catalog: Catalog
) -> Finding:
    return Finding(
        code=rule.id,
        severity=severity,
        path=problem.path,
        message=problem.message,
        expected=problem.expected,
        why=rule.why,
        fix=rule.fix,
        title=rule.title,
        layer=rule.layer,
        origin=problem.origin or _origin(facts, problem.path),
        related=problem.related,
        related_origins=problem.related_origins
        or tuple(_origin(facts, path) for path in problem.related),
        patch=carried(problem, facts, catalog),
        safe=problem.safe,
    )


def _origin(facts: Facts, path: str) -> Origin | None:
    """Return where the value at *path* comes from; of a default, where it would be written."""
    origin = facts.origin(path)
    if path and origin is not None and origin.kind in IN_FILES and facts.is_default(path):
        return replace(origin, kind=OriginKind.DEFAULT)
    return origin


def _as_far_as_it_fits(
    data: Mapping[str, Any], catalog: Catalog, misfits: Iterable[Misfit]
) -> tuple[dict[str, Any], dict[Path, str]]:
    """
    Lay *data* over the defaults where the model as a whole refuses it.

    Also returns what no rule may read: what does not fit, and values of which their
    field alone does not make what the model would have made of them.
    """
    unread: dict[Path, str] = {}
    unknown: set[Path] = set()
    for misfit in misfits:
        page = model_rules.rule_of(misfit.kind)
        if page is model_rules.UNKNOWN:
            unknown.add(misfit.path)
        elif page is not model_rules.REFUSED or _is_value(misfit.path, catalog):
            unread[misfit.path] = ABSENT if page is model_rules.MISSING else MISFIT
    above = data if isinstance(data, Mapping) else {}
    effective = _overlaid(catalog.defaults(), above, catalog, unknown)
    for field in catalog.fields:
        if field.path in unread or not _is_unlike(effective, field):
            continue
        try:
            read = value_as_read(field, keypath.get(effective, field.path))
            effective = keypath.replace(effective, field.path, read)
        except ValueError:
            read = None
        if read is None or _is_unlike(effective, field):
            unread[field.path] = MISFIT
    return effective, unread


def _is_value(path: Path, catalog: Catalog) -> bool:
    """Tell a value from a whole section, whose own check leaves its fields readable."""
    field = catalog.find(path) if path else None
    return field is not None and field.kind is not Kind.SECTION


def _overlaid(
    below: Mapping[str, Any],
    above: Mapping[str, Any],
    catalog: Catalog,
    unknown: set[Path],
    at: Path = (),
) -> dict[str, Any]:
    merged = dict(below)
    for key, value in above.items():
        path = (*at, key)
        if path in unknown:
            continue
        if isinstance(value, Mapping) and not _is_value(path, catalog):
            merged[key] = _overlaid(merged.get(key) or {}, value, catalog, unknown, path)
        else:
            merged[key] = value
    return merged


def _is_unlike(data: Mapping[str, Any], field: FieldSpec) -> bool:
    if not keypath.has(data, field.path):
        return False
    value = keypath.get(data, field.path)
    return value is not None and not isinstance(value, _TYPES.get(field.kind, object))


def _gone(lost: Collection[Path], data: Mapping[str, Any], catalog: Catalog) -> set[Path]:
    """Return the fields that *lost* parts may have set: those named, or absent from *data*."""
    # a name that is not known may be any of those in its section
    known = {_longest_known(path, catalog) for path in lost}
    absent = [f.path for f in catalog.fields if known and not keypath.has(data, f.path)]
    values = {path for path in known if _is_value(path, catalog)}
    sections = known - values
    return values | {path for path in absent if _within(path, sections)}


def _longest_known(path: Path, catalog: Catalog) -> Path:
    while path and catalog.find(path) is None:
        path = path[:-1]
    return path


def _is_due_to(misfit: Misfit, lost: Collection[Path], data: Mapping[str, Any]) -> bool:
    """Tell whether what *misfit* misses may stand in a *lost* part."""
    if model_rules.rule_of(misfit.kind) is model_rules.MISSING:
        return any(misfit.path[: len(path)] == path for path in lost)
    inside = any(path[: len(misfit.path)] == misfit.path for path in lost)
    return inside and keypath.has(data, misfit.path) and not keypath.get(data, misfit.path)


def _within(path: Path, roots: Collection[Path]) -> bool:
    return any(path[:depth] in roots for depth in range(len(path) + 1))
