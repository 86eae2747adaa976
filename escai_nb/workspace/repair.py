"""Mending what can be mended without a question: the safe patches of a report."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from escai_nb import keypath
from escai_nb.advance import Steps
from escai_nb.errors import InvalidConfigurationError, PlanRefusedError
from escai_nb.workspace.loading.comparing import difference

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

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

        elsewhere: Findings that no file can mend, as a variable sets what they are about.

        refused: Findings whose patches are not in it, as the model takes them no more
            than what is there, such as a limit of the policy that is out of a field's range.
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
    findings = tuple(f for f in fixes if f not in elsewhere and accepts(f))
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
    except InvalidConfigurationError:
        kept: tuple[Finding, ...] = ()
        mended = copy
    for finding in findings:
        with suppress(InvalidConfigurationError):
            mended = _laid(copy, (*kept, finding))
            kept = (*kept, finding)
    return kept, mended


def _laid(copy: WorkingCopy, findings: tuple[Finding, ...]) -> WorkingCopy:
    own = copy.own
    for operation in _in_order(findings, copy.values()):
        own = _patched(own, copy.values(), operation)
    return copy.changed(own)


def _in_order(
    findings: Iterable[Finding], values: Mapping[str, Any]
) -> Iterator[Mapping[str, Any]]:
    """Yield the operations of *findings*; removals come last, each once, from the end of a list."""
    operations = [operation for finding in findings for operation in finding.patch]
    yield from (each for each in operations if each["op"] != "remove")
    gone = {keypath.from_pointer(o["path"], values): o for o in operations if o["op"] == "remove"}
    # of one list, the higher index first, so that the others keep their places
    yield from (gone[path] for path in sorted(gone, key=_places, reverse=True))


def _places(path: Path) -> list[tuple[str, int]]:
    return [("", step) if isinstance(step, int) else (step, 0) for step in path]


def _is_set_elsewhere(copy: WorkingCopy, finding: Finding) -> bool:
    """Tell whether a variable would still hide what the patch of *finding* writes."""
    places = {
        keypath.from_pointer(operation[name], copy.values())
        for operation in finding.patch
        for name in ("from", "path")
        if name in operation
    }
    return any(copy.shadowed(keypath.render(place)) is not None for place in places)


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
    chosen = {finding.fingerprint for finding in planned.findings}
    repairs = plan_repairs(manager.copy, lambda finding: finding.fingerprint in chosen)
    if repairs.diff.changes != planned.diff.changes:
        message = "the file has changed since these repairs were planned"
        raise PlanRefusedError(message, hint="look at them again: escai config validate --fix")
    return repairs


def _patched(
    own: dict[str, Any], effective: dict[str, Any], operation: Mapping[str, Any]
) -> dict[str, Any]:
    """
    Do one RFC 6902 operation on *own*.

    A list that only a lower layer has is first taken over whole, as lists are
    merged whole.
    """
    path = keypath.from_pointer(operation["path"], effective)
    if operation["op"] == "move":
        old = keypath.from_pointer(operation["from"], effective)
        if not keypath.has(own, old):
            return own  # it stands in another layer, which is not mended here
        moved: dict[str, Any] = keypath.replace(
            keypath.without(own, old), path, keypath.get(own, old)
        )
        return moved
    inside = next((at for at, step in enumerate(path) if isinstance(step, int)), None)
    if inside is not None and not keypath.has(own, path[:inside]):
        own = keypath.replace(own, path[:inside], keypath.get(effective, path[:inside]))
    if operation["op"] == "remove":
        smaller: dict[str, Any] = keypath.without(own, path) if keypath.has(own, path) else own
        return smaller
    larger: dict[str, Any] = keypath.replace(own, path, operation["value"])
    return larger
