"""ReportPanel: what stands against a configuration, and its safe repairs."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, get_args

from ipywidgets import Dropdown

from escai_nb.display import renderer
from escai_nb.errors import UsageError, ValueRefusedError
from escai_nb.tables.html import MOST_ROWS
from escai_nb.validation.finding import Severity
from escai_nb.validation.live.checking import PATIENCE, LiveChecks
from escai_nb.validation.live.outcome import Verdict
from escai_nb.views.report_view import section_of
from escai_nb.views.sheet import Tone, counted
from escai_nb.widgets.form_tree import tree_of
from escai_nb.widgets.linked import Linked
from escai_nb.widgets.panel import COMPACT, Panel, drawn, row, table
from escai_nb.widgets.screen import WHOLE, Grouping, report_on_screen
from escai_nb.workspace.repair import apply_repairs, plan_repairs

if TYPE_CHECKING:
    from collections.abc import Callable

    from escai_nb.advance import Advance
    from escai_nb.history.change import Diff
    from escai_nb.history.version import Version
    from escai_nb.validation.report import Report
    from escai_nb.views.sheet import Sheet
    from escai_nb.workspace.manager import ConfigManager
    from escai_nb.workspace.repair import Repairs

ALL = "all"
GROUPINGS = get_args(Grouping)


class ReportPanel(Panel):
    """
    The report of a manager's environment, filtered and mended.

    Args:
        manager: Whose environment it is.

        opens: What leads to the field of a key path, where a form is beside the report.

    Attributes:
        report: All findings, as last judged.
    """

    def __init__(
        self, manager: ConfigManager, *, opens: Callable[[str], object] | None = None
    ) -> None:
        self._manager = manager
        self._opens = opens
        self._severity: Severity | None = None
        self._section = ALL
        self._group: Grouping = GROUPINGS[0]
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

    def group(self, by: Grouping) -> None:
        """
        Show the findings under headings: one for each ``section`` or ``severity``.

        Raises:
            ValueRefusedError: If it is to be by something else.
        """
        if by not in GROUPINGS:
            message = f"findings are not grouped by {by!r}"
            raise ValueRefusedError(message, hint=f"choose {' or '.join(GROUPINGS)}")
        self._group = by
        self._show()

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
        return self._mended(apply_repairs(self._manager, message=message))

    def _mended(self, made: tuple[Repairs, Version | None]) -> Version | None:
        repairs, version = made
        self.refresh()
        number = f" as version {version.short}" if version is not None else ""
        self.say(f"Mended {counted(len(repairs.findings), 'finding')}{number}.", Tone.GOOD)
        return version

    def show_in_form(self, path: str) -> None:
        """
        Show the field that a finding at *path* is about, in the form beside the report.

        Raises:
            FieldUnknownError: If no field of the form is about it.
            UsageError: If there is no form.
        """
        if self._opens is None:
            message = "there is no form beside this report"
            raise UsageError(message, hint="escai_nb.open(...) shows both")
        self._opens(path)

    @property
    def summary(self) -> str:
        """The report in one line."""
        text: str = self.shown.to_sheet().summary
        return text

    def to_html(self) -> str:
        """Return the report as a grouped table."""
        text: str = renderer("html")(self._sheet)
        return text

    @property
    def _sheet(self) -> Sheet:
        sheet = report_on_screen(self.shown, self._group)
        hidden = len(self.report.findings) - len(sheet.rows)
        if hidden and not sheet.rows:
            sheet = replace(
                sheet, empty=f"none that the filters let through, of {counted(hidden, 'finding')}."
            )
        return sheet

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
        self._groupings = self.on_change(
            Dropdown(options=GROUPINGS, description="Group by", **COMPACT),
            lambda: self.group(self._groupings.value),
        )
        self._refreshing = self.button("Refresh", self.refresh)
        self._previewing = self.button("Show safe repairs", self._preview)
        self._applying = self.button("Apply them", self._apply_fixes, style="primary")
        self._diff = table()
        follow = self.home.calls(partial(self._guarded, self.show_in_form))
        self._table = Linked(follow) if self._opens else table()
        return (
            row(
                self._severities,
                self._sections,
                self._groupings,
                self._refreshing,
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

    def _apply_fixes(self) -> None:
        def mending(advance: Advance) -> tuple[Repairs, Version | None]:
            return apply_repairs(self._manager, advance=advance)

        self.work("Mending", mending, self._mended)
        self._refreshing.focus()  # as the button that has it goes away

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
        safe = len(self.report.mendable(safe=True))
        self._previewing.description = f"Show {counted(safe, 'safe repair')}"
        self._previewing.layout.display = "" if safe else "none"
        self._applying.layout.display = "none"
        self._diff.value = ""
        sheet = self._sheet
        if isinstance(self._table, Linked):
            self._table.html = drawn(sheet, self._linked(sheet))
        else:
            self._table.value = drawn(sheet)

    def _linked(self, sheet: Sheet) -> set[str]:
        """Return the key paths among the rows that are drawn which the form has fields for."""
        tree = tree_of(self._manager.spec.model)
        place = [column.name for column in sheet.columns].index("path")
        heads = {str(row[place]).partition("\n")[0] for row in sheet.rows[:MOST_ROWS]}
        paths = heads & {finding.path for finding in self.shown.findings}
        return {path for path in paths if tree.nearest(path)}
