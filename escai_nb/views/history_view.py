"""A history as rows, newest version first."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from escai_nb.history.version import VersionKind
from escai_nb.views.sheet import Column, Columns, Sheet, Tone, counted, time_text

if TYPE_CHECKING:
    from escai_nb.history.version import History

COLUMNS = (
    Column("version", "Version", "id"),
    Column("environment", "Environment"),
    Column("kind", "Kind", "badge", tuple(kind.value for kind in VersionKind)),
    Column("time", "Time", "time"),
    Column("author", "Author"),
    Column("changes", "Changes", "number"),
    Column("message", "Message"),
    Column("tags", "Tags"),
    Column("revision", "Revision", "number"),
    Column("source", "Comes from", "id"),
    Column("parent", "Made from", "id", shown=False),
)


def history_sheet(history: History) -> Sheet:
    """Lay out the versions of *history*."""
    tones = {kind: tone_of(kind) for kind in VersionKind}
    words = {kind: kind.value for kind in VersionKind}
    kinds = history.column("kind")
    cells = (
        history.column("id"),
        history.column("environment"),
        [words[kind] for kind in kinds],
        history.column("time"),
        history.column("author"),
        history.column("changes"),
        history.column("message"),
        [", ".join(tags) for tags in history.column("tags")],
        history.column("revision"),
        history.column("source"),
        history.column("parent"),
    )
    return Sheet(
        caption=f"History of {history.environment}" if history.environment else "History",
        columns=COLUMNS,
        rows=Columns(cells),
        tones=tuple(tones[kind] for kind in kinds),
        summary=_summary(history),
        empty="no version yet; the first save makes one.",
        index="version",
    )


def tone_of(kind: VersionKind) -> Tone:
    """Name the tone of a version: what came from outside or turned back stands out."""
    match kind:
        case VersionKind.INIT | VersionKind.PROMOTION:
            return Tone.GOOD
        case VersionKind.ROLLBACK | VersionKind.ADOPTED | VersionKind.ACCEPTED:
            return Tone.CAUTION
        case VersionKind.ROTATION | VersionKind.RESEAL | VersionKind.IMPORT:
            return Tone.CALM
        case VersionKind.SAVE:
            return Tone.NEUTRAL
        case _:
            assert_never(kind)


def _summary(history: History) -> str:
    of = f" of {history.environment}" if history.environment else ""
    if not history:
        return f"no versions{of}"
    newest = history[0]
    head = f"newest {newest.short}, {time_text(newest.time)}"
    return f"{counted(len(history), 'version')}{of}, {head}"
