"""DiffPanel: what differs between two versions, or a version and the file."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ipywidgets import Dropdown, Text

from escai_nb.history.change import Diff
from escai_nb.views.text import clipped, neutral
from escai_nb.widgets.panel import COMPACT, Panel, drawn, row, table

if TYPE_CHECKING:
    from escai_nb.history.version import History, Version
    from escai_nb.workspace.manager import ConfigManager

MOST_TOLD = 60
"""Characters of tags and message that a drop-down has room for."""
FILE = ""
"""Address of the file as it is now, among versions."""


class DiffPanel(Panel):
    """
    Two sides compared leaf by leaf; of a secret only that it changed.

    Args:
        source: A manager, whose versions can be chosen, or a finished diff.

        a: Version of the left side.

        b: Version of the right side; by default the file as it is now.

    Attributes:
        diff: All changes.
    """

    def __init__(self, source: ConfigManager | Diff, a: str = "HEAD", b: str | None = None) -> None:
        self._manager = None if isinstance(source, Diff) else source
        self._text = ""
        self._ends = (a, b)
        self.diff = source if isinstance(source, Diff) else source.diff(a, b)
        super().__init__(self._manager)

    def compare(self, a: str, b: str | None = None) -> Diff:
        """
        Show, and return, what differs from version *a* to *b*, or to the file.

        Raises:
            VersionUnknownError: If there is no such version.
        """
        self._ends = (a, b)
        self.refresh()
        return self.diff

    def filter(self, text: str = "") -> Diff:
        """Show, and return, only changes whose key path has *text* in it."""
        self._text = text
        self._show()
        return self.shown

    @property
    def shown(self) -> Diff:
        """The changes as filtered."""
        kept = tuple(change for change in self.diff if self._text in change.path)
        return replace(self.diff, changes=kept)

    def refresh(self) -> None:
        """Compare the same two sides again, and show the changes."""
        if self._manager is not None:
            self.diff = self._manager.diff(*self._ends)
            if self.live:
                self._sides.offer(self._manager.history(limit=100))
        self._show()

    def _show(self) -> None:
        if self.live:
            self._table.value = drawn(self.shown.to_sheet())

    @property
    def summary(self) -> str:
        """The difference in one line."""
        text: str = self.shown.to_sheet().summary
        return text

    def to_html(self) -> str:
        """Return the changes as a table."""
        return self.shown.to_html()

    def build(self) -> tuple[Any, ...]:
        """Make the choice of sides, a search box and the table."""
        self._table = table()
        self._search = self.on_change(
            Text(placeholder="key path", description="Search", **COMPACT),
            lambda: self.filter(self._search.value),
        )
        if self._manager is None:
            return (row(self._search), self._table)
        self._sides = Sides(self._manager.history(limit=100))
        compare = self.button("Compare", lambda: self.compare(*self._sides.chosen))
        return (row(self._sides.left, self._sides.right, compare, self._search), self._table)


class Sides:
    """Two drop-downs of versions."""

    def __init__(self, history: History) -> None:
        self.left = Dropdown(description="Version", **COMPACT)
        self.right = Dropdown(description="Compare with", **COMPACT)
        for side in (self.left, self.right):
            side.layout.max_width = "42%"
        self.offer(history)

    def offer(self, history: History) -> None:
        """List the versions of *history*, keeping what is chosen where it still is."""
        versions = [(label(version), version.id) for version in history]
        for side, options, first in (
            (self.left, versions, 1),
            (self.right, [("the file now", FILE), *versions], 0),
        ):
            chosen = side.value
            side.options = options
            known = [value for _, value in options]
            if chosen in known:
                side.value = chosen
            elif known:
                side.value = known[min(first, len(known) - 1)]

    @property
    def chosen(self) -> tuple[str, str | None]:
        """The two addresses; ``None`` stands for the file."""
        return self.left.value or "HEAD", self.right.value or None


def label(version: Version) -> str:
    """Name *version* in a drop-down."""
    day = version.time.strftime("%Y-%m-%d %H:%M")
    tags = f" [{', '.join(version.tags)}]" if version.tags else ""
    said = f" {version.message}" if version.message else ""
    return f"{version.short[:8]} {day}{neutral(clipped(tags + said, MOST_TOLD))}"
