"""HistoryPanel: the versions of an environment, compared, named, gone back to and exported."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ipywidgets import Checkbox, Text

from escai_nb.display import renderer
from escai_nb.errors import ValueRefusedError
from escai_nb.history.version import History
from escai_nb.views.sheet import Tone, counted
from escai_nb.widgets.diff_panel import Sides
from escai_nb.widgets.panel import COMPACT, Panel, drawn, row, table, together
from escai_nb.widgets.screen import history_on_screen
from escai_nb.workspace.past.bundling import export_history

if TYPE_CHECKING:
    from escai_nb.advance import Advance
    from escai_nb.history.change import Diff
    from escai_nb.history.version import Version
    from escai_nb.workspace.manager import ConfigManager
    from escai_nb.workspace.past.bundling import Exported

NEWEST = 50
"""Versions of one page; `ConfigManager.history` has them all."""


class HistoryPanel(Panel):
    """
    The versions of a manager's environment, page by page.

    Attributes:
        history: The versions of the page that is shown, newest first.

        page: Its number; 0 is the newest.
    """

    def __init__(self, manager: ConfigManager, *, limit: int = NEWEST) -> None:
        self._manager = manager
        self._limit = limit
        self.page = 0
        self.history = self._read()
        super().__init__(self._manager)

    # the same things in Python

    def refresh(self) -> None:
        """Read the history again, and show it."""
        self.history = self._read()
        if self.live:
            self._table.value = drawn(history_on_screen(self.history, dt.datetime.now(dt.UTC)))
            self._sides.offer(self.history)
            self._newer.layout.display = "" if self.page else "none"
            self._older.layout.display = "" if self._has_older else "none"
            self._close()

    def _read(self) -> History:
        begin = self.page * self._limit
        found = self._manager.history(begin + self._limit + 1)
        self._has_older = len(found) > begin + self._limit
        return History(tuple(found)[begin : begin + self._limit], found.environment)

    def older(self) -> History:
        """Show, and return, the page of versions before these, if there is one."""
        self.page += self._has_older
        self.refresh()
        return self.history

    def newer(self) -> History:
        """Show, and return, the page of versions after these, if there is one."""
        self.page = max(0, self.page - 1)
        self.refresh()
        return self.history

    def compare(self, a: str, b: str | None = None) -> Diff:
        """
        Show, and return, what differs from version *a* to *b*, or to the file.

        Raises:
            VersionUnknownError: If there is no such version.
        """
        diff = self._manager.diff(a, b)
        self._preview(diff)
        return diff

    def preview_rollback(self, version: str, *, include_secrets: bool = False) -> Diff:
        """
        Show, and return, what `rollback` would change.

        Raises:
            VersionUnknownError: If there is no such version.
        """
        diff = self._manager.preview_rollback(version, include_secrets=include_secrets)
        self._preview(diff)
        return diff

    def rollback(
        self, version: str, *, include_secrets: bool = False, message: str = ""
    ) -> Version | None:
        """
        Make a new version that says what *version* said; today's secrets stay.

        Raises:
            EscaiError: If that is refused.
        """
        made = self._manager.rollback_config(
            version, include_secrets=include_secrets, message=message
        )
        return self._rolled_back(version, made)

    def _rolled_back(self, version: str, made: Version | None) -> Version | None:
        self.refresh()
        number = f" It is version {made.short}." if made is not None else ""
        self.say(f"Rolled back to {version[:8]}.{number}", Tone.GOOD)
        return made

    def tag(self, version: str, name: str) -> Version:
        """
        Give *version* a name.

        Raises:
            EscaiError: If the name is taken, or there is no such version.
        """
        return self._renamed(self._manager.tag(version, name), f"{name} names")

    def untag(self, version: str, name: str) -> Version:
        """
        Take the name away from *version*.

        Raises:
            EscaiError: If it has no such name.
        """
        return self._renamed(self._manager.untag(version, name), f"{name} no longer names")

    def export(self, file: str | Path, *, advance: Advance | None = None) -> Exported:
        """
        Write all versions of the environment to the new *file*; sealed contents stay sealed.

        *advance* is told of each content: its version, how many were before, of how many.

        Raises:
            TargetExistsError: If *file* is there.
            EscaiError: If the history cannot be read, or the disk refuses.
        """
        if not str(file):
            message = "a name for the new file is needed"
            raise ValueRefusedError(message, hint=f"such as {self._manager.environment}.bundle")
        workspace, environment = self._manager.workspace, self._manager.environment
        return export_history(workspace, Path(file), environment=environment, advance=advance)

    def _exported(self, made: Exported) -> None:
        self.say(f"Wrote {counted(made.versions, 'version')} to {made.file}.", Tone.GOOD)

    def _export(self) -> None:
        file = self._file.value
        self.work("Exporting", lambda advance: self.export(file, advance=advance), self._exported)

    def _renamed(self, version: Version, said: str) -> Version:
        self.refresh()
        self.say(f"{said} {version.short}.", Tone.GOOD)
        return version

    @property
    def summary(self) -> str:
        """The history in one line."""
        text: str = self.history.to_sheet().summary
        return text

    def to_html(self) -> str:
        """Return the versions as a table; ``history.to_html()`` has every column."""
        html: str = renderer("html")(history_on_screen(self.history))
        return html

    # the live side

    def build(self) -> tuple[Any, ...]:
        """Make the choice of versions, what can be done with them, and the tables."""
        self._sides = Sides(self.history)
        self._name = Text(description="Name", placeholder="for the version", **COMPACT)
        self._file = Text(description="File", placeholder="a new one", **COMPACT)
        self._newer = self.button("Newer", self.newer)
        self._older = self.button("Older", self.older)
        self._secrets = Checkbox(description="its secrets too", indent=False)
        self._secrets.layout.width = "auto"
        self._previewing = self.button("Preview rollback", self._preview_rollback)
        self._going = self.button("Roll back", self._roll_back, style="primary")
        self._diff, self._table = table(), table()
        return (
            row(
                self._sides.left,
                self._sides.right,
                self.button("Compare", lambda: self.compare(*self._sides.chosen)),
            ),
            row(
                together(self._previewing, self._secrets, self._going),
                together(
                    self._name,
                    self.button("Tag", lambda: self.tag(self._from, self._name.value)),
                ),
                together(self._file, self.button("Export", self._export)),
                self.button("Refresh", self.refresh),
            ),
            self._diff,
            self._table,
            row(self._newer, self._older),
        )

    @property
    def _from(self) -> str:
        return self._sides.chosen[0]

    def _preview_rollback(self) -> None:
        diff = self.preview_rollback(self._from, include_secrets=self._secrets.value)
        self._going.layout.display = "" if diff.changes else "none"

    def _roll_back(self) -> None:
        version, secrets = self._from, self._secrets.value

        def going(advance: Advance) -> Version | None:
            return self._manager.rollback_config(version, include_secrets=secrets, advance=advance)

        self.work("Rolling back", going, lambda made: self._rolled_back(version, made))
        self._previewing.focus()  # as the button that has it goes away

    def _preview(self, diff: Diff) -> None:
        if self.live:
            self._close()
            self._diff.value = drawn(diff.to_sheet())

    def _close(self) -> None:
        self._diff.value = ""
        self._going.layout.display = "none"
