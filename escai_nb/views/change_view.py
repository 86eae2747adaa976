"""A difference as rows, leaf by leaf; of a secret only that it changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from escai_nb.history.change import ChangeKind
from escai_nb.views.sheet import Column, Sheet, Tone, counted, value_text

if TYPE_CHECKING:
    from escai_nb.history.change import Change, Diff

COLUMNS = (
    Column("path", "Key path", "path"),
    Column("change", "Change", "badge", tuple(kind.value for kind in ChangeKind)),
    Column("old", "Before", "code"),
    Column("new", "After", "code"),
    Column("secret", "Secret", "flag"),
)


def diff_sheet(diff: Diff) -> Sheet:
    """Lay out the changes of *diff*, whose secrets are masked already."""
    sides = f" from {diff.left} to {diff.right}" if diff.left and diff.right else ""
    return Sheet(
        caption=f"Changes{sides}",
        columns=COLUMNS,
        rows=tuple(_row(change, hidden=change.path in diff.hidden) for change in diff),
        tones=tuple(tone_of(change.kind) for change in diff),
        summary=f"{counted(len(diff), 'change') if diff else 'no changes'}{sides}",
        empty="no changes.",
        index="path",
    )


def _row(change: Change, *, hidden: bool) -> tuple[str, str, str | None, str | None, bool]:
    old = None if change.kind is ChangeKind.ADDED else value_text(change.old)
    new = None if change.kind is ChangeKind.REMOVED else value_text(change.new)
    return change.path, change.kind.value, old, new, hidden


def tone_of(kind: ChangeKind) -> Tone:
    """Name the tone of a change."""
    match kind:
        case ChangeKind.ADDED:
            return Tone.GOOD
        case ChangeKind.REMOVED:
            return Tone.DANGER
        case ChangeKind.CHANGED:
            return Tone.CALM
        case ChangeKind.RETYPED:
            return Tone.CAUTION
        case _:
            assert_never(kind)
