"""HistoryPanel: the versions of an environment, compared, named and gone back to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ipywidgets import Checkbox, Text

from escai_nb.views.sheet import Tone
from escai_nb.widgets.diff_panel import Sides
from escai_nb.widgets.panel import Panel, drawn, row, table
from escai_nb.widgets.screen import history_on_screen

if TYPE_CHECKING:
    from escai_nb.history.change import Diff
    from escai_nb.history.version import Version
    from escai_nb.workspace.manager import ConfigManager

NEWEST = 50
"""Versions that are listed; `ConfigManager.history` has them all."""


class HistoryPanel(Panel):
    """
    The newest versions of a manager's environment.

    Attributes:
        history: The versions, newest first.
    """

    def __init__(self, manager: ConfigManager, *, limit: int = NEWEST) -> None:
        self._manager = manager
        self._limit = limit
        self.history = manager.history(limit)
        super().__init__(self._manager)

    # the same things in Python

    def refresh(self) -> None:
        """Read the history again, and show it."""
        self.history = self._manager.history(self._limit)
        if self.live:
            self._table.value = drawn(history_on_screen(self.history))
            self._sides.offer(self.history)
            self._close()

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
        """Return the versions as a table."""
        return self.history.to_html()

    # the live side

    def build(self) -> tuple[Any, ...]:
        """Make the choice of versions, what can be done with them, and the tables."""
        self._sides = Sides(self.history)
        self._name = Text(placeholder="name for the version", layout={"width": "180px"})
        self._secrets = Checkbox(description="its secrets too", indent=False)
        self._secrets.layout.width = "auto"
        self._going = self.button("Roll back", self._roll_back, style="warning")
        self._diff, self._table = table(), table()
        return (
            row(self._sides.left, self._sides.right),
            row(
                self.button("Compare", lambda: self.compare(*self._sides.chosen)),
                self.button("Preview rollback", self._preview_rollback),
                self._secrets,
                self._going,
                self._name,
                self.button("Tag", lambda: self.tag(self._from, self._name.value)),
                self.button("Refresh", self.refresh),
            ),
            self._diff,
            self._table,
        )

    @property
    def _from(self) -> str:
        return self._sides.chosen[0]

    def _preview_rollback(self) -> None:
        self.preview_rollback(self._from, include_secrets=self._secrets.value)
        self._going.layout.display = ""

    def _roll_back(self) -> None:
        self.rollback(self._from, include_secrets=self._secrets.value)

    def _preview(self, diff: Diff) -> None:
        if self.live:
            self._close()
            self._diff.value = drawn(diff.to_sheet())

    def _close(self) -> None:
        self._diff.value = ""
        self._going.layout.display = "none"
