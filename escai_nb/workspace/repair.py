"""Mending what can be mended without a question: the safe patches of a report."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from escai_nb import keypath
from escai_nb.advance import Steps
from escai_nb.errors import InvalidConfigurationError, KeyPathError, PlanRefusedError
from escai_nb.workspace.loading.comparing import difference

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from escai_nb.advance import Advance
    from escai_nb.history.change import Diff
    from escai_nb.history.version import Version
    from escai_nb.keypath import Path
    from escai_nb.validation.finding import Finding
    from escai_nb.workspace.manager import ConfigManager
    from escai_nb.workspace.working_copy import WorkingCopy


@dataclass(frozen=True, slots=True)
class Repairs:
    """
    What mending would do.

    Attributes:
        findings: The findings whose patches are in it.

        diff: What the file would say differently.

        copy: The working copy with the patches in it.

        elsewhere: Findings that the own file cannot mend, as a variable sets what they are
            about, or as they are about a name in the shared file.

        refused: Findings whose patches are not in it, as the model takes them no more
            than what is there, such as a limit of the policy that is out of a field's range,
            or as there is no such place.
    """

    findings: tuple[Finding, ...]
    diff: Diff
    copy: WorkingCopy
    elsewhere: tuple[Finding, ...] = ()
    refused: tuple[Finding, ...] = ()


def is_safe(finding: Finding) -> bool:
    """Tell whether the patch of *finding* cannot hurt."""
    return finding.safe


def plan_repairs(copy: WorkingCopy, accepts: Callable[[Finding], bool] = is_safe) -> Repairs:
    """
    Lay the patches of *copy*'s findings over it that are accepted; nothing is written.

    Raises:
        EscaiError: If the configuration may not be used, and so not changed.
    """
    copy.reading.require_usable()
    fixes = copy.report().fixes(safe=False)
    elsewhere = tuple(finding for finding in fixes if _is_set_elsewhere(copy, finding))
    return _repairs(copy, tuple(f for f in fixes if f not in elsewhere and accepts(f)), elsewhere)


def _repairs(
    copy: WorkingCopy, findings: tuple[Finding, ...], elsewhere: tuple[Finding, ...]
) -> Repairs:
    kept, mended = _mended(copy, findings)
    diff = difference(copy.own, mended.own, left="file", right="mended")
    refused = tuple(finding for finding in findings if finding not in kept)
    return Repairs(kept, diff, mended, elsewhere, refused)


def _mended(
    copy: WorkingCopy, findings: tuple[Finding, ...]
) -> tuple[tuple[Finding, ...], WorkingCopy]:
    """Lay over *copy* the patches of all *findings*, or of those that the model takes."""
    try:
        return findings, _laid(copy, findings)
    except (InvalidConfigurationError, KeyPathError):
        kept: tuple[Finding, ...] = ()
        mended = copy
    for finding in findings:
        with suppress(InvalidConfigurationError, KeyPathError):
            mended = _laid(copy, (*kept, finding))
            kept = (*kept, finding)
    return kept, mended


def _laid(copy: WorkingCopy, findings: tuple[Finding, ...]) -> WorkingCopy:
    own, effective = copy.own, copy.values()
    for operation in _in_order(findings, effective):
        own, effective = _patched(own, effective, operation)
    return copy.changed(own)


def _in_order(findings: Iterable[Finding], values: dict[str, Any]) -> Iterator[Mapping[str, Any]]:
    """
    Yield the operations of *findings*, so that each meets the place that it was found for.

    What takes away, or moves the items of a list, comes last: of one list the
    higher position first, and nothing is taken away twice.
    """
    moving: list[tuple[tuple[tuple[str, int], ...], bool, tuple[Mapping[str, Any], ...]]] = []
    gone: dict[Path, Mapping[str, Any]] = {}
    for patch in (finding.patch for finding in findings):
        taken = [keypath.from_pointer(each["path"], values) for each in patch]
        falling = sorted(set(map(_places, taken)), reverse=True)
        is_removal = all(each["op"] == "remove" for each in patch)
        if is_removal and falling == [*map(_places, taken)]:  # each where it was found
            gone |= dict(zip(taken, patch, strict=True))
        elif moved := [path for each in patch for path in _moving(each, values)]:
            moving.append((max(map(_places, moved)), False, patch))
        else:
            yield from patch
    moving += ((_places(path), True, (operation,)) for path, operation in gone.items())
    for *_, patch in sorted(moving, key=lambda each: each[:2], reverse=True):
        yield from patch


def _moving(operation: Mapping[str, Any], values: dict[str, Any]) -> Iterator[Path]:
    """Yield the position of a list whose item *operation* takes away or moves up."""
    if operation["op"] in {"add", "remove"}:
        path = keypath.from_pointer(operation["path"], values)
        if path and isinstance(path[-1], int):
            yield path


def _places(path: Path) -> tuple[tuple[str, int], ...]:
    return tuple(("", step) if isinstance(step, int) else (step, 0) for step in path)


def _is_set_elsewhere(copy: WorkingCopy, finding: Finding) -> bool:
    """Tell whether something outside of the own file would stand after the patch of *finding*."""
    if not finding.is_in_reach:
        return True
    places = {
        keypath.from_pointer(operation[name], copy.values())
        for operation in finding.patch
        for name in ("from", "path")
        if name in operation
    }
    return any(copy.shadowed(keypath.render(place)) is not None for place in places if place)


def apply_repairs(
    manager: ConfigManager,
    planned: Repairs | None = None,
    *,
    message: str = "",
    advance: Advance | None = None,
) -> tuple[Repairs, Version | None]:
    """
    Mend the file as one version: as it was *planned*, else by every safe patch.

    *advance* is told when the repairs are known, before they are written. Unsaved changes
    are dropped once they are.

    Raises:
        PlanRefusedError: If the file would now be mended otherwise than planned.
        EscaiError: As `plan_repairs` and `ConfigManager.save_config` do.
    """
    with _keeping(manager), manager.transaction():
        repairs = _planned_again(manager, planned) if planned else plan_repairs(manager.copy)
        Steps(advance, 2)("repairs are planned")
        manager.take(repairs.copy)
        codes = ", ".join(sorted({finding.code for finding in repairs.findings}))
        version = manager.save_config(message=message or f"mend {codes}")
        return repairs, version


@contextmanager
def _keeping(manager: ConfigManager) -> Iterator[None]:
    """Have the unsaved changes back where the block is refused or cancelled."""
    before = manager.copy
    try:
        yield
    except BaseException:
        manager.take(before)
        raise


def _planned_again(manager: ConfigManager, planned: Repairs) -> Repairs:
    # as planned, not as found anew: a rule may think of another password each time
    repairs = _repairs(manager.copy, planned.findings, planned.elsewhere)
    if repairs.diff.changes != planned.diff.changes:
        message = "the file has changed since these repairs were planned"
        raise PlanRefusedError(message, hint="look at them again: escai config validate --fix")
    return repairs


def _patched(
    own: dict[str, Any], effective: dict[str, Any], operation: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """
    Do one RFC 6902 operation on *own*, and on the *effective* values that it is meant for.

    A list that only a lower layer has is first taken over whole, as lists are
    merged whole.

    Raises:
        KeyPathError: If there is no such place.
    """
    path = keypath.from_pointer(operation["path"], effective)
    if operation["op"] == "move":
        old = keypath.from_pointer(operation["from"], effective)
        if not keypath.has(own, old):
            return own, effective  # it stands in another layer, which is not mended here
        return _moved(own, old, path), _moved(effective, old, path)
    inside = next((at for at, step in enumerate(path) if isinstance(step, int)), None)
    if inside is not None and not keypath.has(own, path[:inside]):
        own = keypath.replace(own, path[:inside], keypath.get(effective, path[:inside]))
    if operation["op"] == "remove":
        return _smaller(own, path), _smaller(effective, path)
    value = operation["value"]
    if not path and not isinstance(value, Mapping):
        message = "the whole is a mapping"
        raise KeyPathError(message)
    put = keypath.inserted if operation["op"] == "add" else keypath.replace
    return put(own, path, value), put(effective, path, value)


def _moved(data: dict[str, Any], old: Path, new: Path) -> dict[str, Any]:
    moved: dict[str, Any] = keypath.replace(keypath.without(data, old), new, keypath.get(data, old))
    return moved


def _smaller(data: dict[str, Any], path: Path) -> dict[str, Any]:
    smaller: dict[str, Any] = keypath.without(data, path) if keypath.has(data, path) else data
    return smaller
