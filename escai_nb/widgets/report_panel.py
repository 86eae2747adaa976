"""ReportPanel: what stands against a configuration, and its safe repairs."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ipywidgets import Dropdown

from escai_nb.validation.finding import Severity
from escai_nb.validation.live.checking import PATIENCE, LiveChecks
from escai_nb.validation.live.outcome import Verdict
from escai_nb.views.report_view import section_of
from escai_nb.views.sheet import Tone, counted
from escai_nb.widgets.panel import COMPACT, Panel, drawn, row, table
from escai_nb.widgets.screen import report_on_screen
from escai_nb.workspace.repair import apply_repairs, plan_repairs

if TYPE_CHECKING:
    from escai_nb.history.change import Diff
    from escai_nb.history.version import Version
    from escai_nb.validation.live.checking import Advance
    from escai_nb.validation.report import Report
    from escai_nb.workspace.manager import ConfigManager

ALL = "all"
WHOLE = "(the whole)"
"""Section of findings that are about no single place."""


class ReportPanel(Panel):
    """
    The report of a manager's environment, filtered and mended.

    Attributes:
        report: All findings, as last judged.
    """

    def __init__(self, manager: ConfigManager) -> None:
        self._manager = manager
        self._severity: Severity | None = None
        self._section = ALL
        self.report = manager.report()
        super().__init__(self._manager)

    # the same things in Python

    def refresh(self) -> None:
        """Judge again, and show the report."""
        self.report = self._manager.report()
        self._show()

    def check_live(self, timeout: float = PATIENCE) -> Report:
        """
        Judge again, with the services that are named asked for at most *timeout* seconds.

        Raises:
            ValueRefusedError: If *timeout* is not more than 0 and at most 300.
        """
        return self._asked(self._manager.report(live=LiveChecks(timeout)))

    def _asked(self, report: Report) -> Report:
        self.report = report
        self._show()
        well = sum(outcome.verdict is Verdict.OK for outcome in self.report.live or ())
        asked = counted(len(self.report.live or ()), "target")
        self.say(f"Asked {asked}: {well} ok.", Tone.CALM)
        return self.report

    def filter(self, severity: Severity | str = ALL, section: str = ALL) -> Report:
        """Show, and return, only findings of one severity or in one section."""
        self._severity = None if severity == ALL else Severity(severity)
        self._section = section
        self._show()
        return self.shown

    @property
    def shown(self) -> Report:
        """The report as filtered."""
        kept = tuple(
            finding
            for finding in self.report.findings
            if self._severity in {None, finding.severity}
            and self._section in {ALL, section_of(finding.path) or WHOLE}
        )
        return replace(self.report, findings=kept)

    def preview_fixes(self) -> Diff:
        """
        Return what the safe repairs would change.

        Raises:
            EscaiError: If the configuration may not be changed.
        """
        return plan_repairs(self._manager.copy).diff

    def apply_fixes(self, message: str = "") -> Version | None:
        """
        Mend what can be mended safely, as one version.

        Raises:
            EscaiError: If the configuration may not be changed.
        """
        repairs, version = apply_repairs(self._manager, message=message)
        self.refresh()
        made = f" as version {version.short}" if version is not None else ""
        self.say(f"Mended {counted(len(repairs.findings), 'finding')}{made}.", Tone.GOOD)
        return version

    @property
    def summary(self) -> str:
        """The report in one line."""
        text: str = self.shown.to_sheet().summary
        return text

    def to_html(self) -> str:
        """Return the report as a table."""
        return self.shown.to_table()

    # the live side

    def build(self) -> tuple[Any, ...]:
        """Make filters, the two steps of mending, and the table."""
        self._severities = self.on_change(
            Dropdown(
                options=[ALL, *(each.value for each in Severity)],
                description="Severity",
                **COMPACT,
            ),
            self._choose,
        )
        self._sections = self.on_change(
            Dropdown(options=[ALL], description="Section", **COMPACT), self._choose
        )
        self._previewing = self.button("Show safe repairs", self._preview)
        self._applying = self.button("Apply them", self.apply_fixes, style="primary")
        self._diff, self._table = table(), table()
        return (
            row(
                self._severities,
                self._sections,
                self.button("Refresh", self.refresh),
                self.button("Check live", self._check_live),
                self._previewing,
                self._applying,
            ),
            self._diff,
            self._table,
        )

    def _check_live(self) -> None:
        def asking(advance: Advance) -> Report:
            return self._manager.report(live=LiveChecks(PATIENCE, advance))

        self.work("Asking the services", asking, self._asked)

    def _choose(self) -> None:
        self.filter(self._severities.value, self._sections.value or ALL)

    def _preview(self) -> None:
        self._diff.value = drawn(self.preview_fixes().to_sheet())
        self._applying.layout.display = ""

    def _show(self) -> None:
        if not self.live:
            return
        sections = [ALL, *dict.fromkeys(section_of(f.path) or WHOLE for f in self.report.findings)]
        if list(self._sections.options) != sections:
            self._sections.options = sections
        safe = len(self.report.fixes(safe=True))
        self._previewing.description = f"Show {counted(safe, 'safe repair')}"
        self._previewing.layout.display = "" if safe else "none"
        self._applying.layout.display = "none"
        self._diff.value = ""
        self._table.value = drawn(report_on_screen(self.shown))
