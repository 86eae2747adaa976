"""A finding leads to its field in the form beside the report."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from escai_nb.errors import FieldUnknownError, UsageError
from escai_nb.tables.html import html
from escai_nb.views.sheet import Column, Sheet, Tone
from escai_nb.widgets import ReportPanel, Workbench

if TYPE_CHECKING:
    from pathlib import Path

    from escai_nb.workspace.manager import ConfigManager


def links(panel: Any) -> list[str]:
    """List the places that the live table leads to."""
    return re.findall(r'data-to="([^"]*)"', panel._table.html)


def follow(panel: Any, content: object) -> None:
    """Say what the table in the browser says when something is pressed there."""
    panel._table._receive(panel._table, content, [])


@pytest.fixture
def bench(manager: ConfigManager, root: Path) -> Workbench:
    """Show the report of an environment with two findings."""
    manager.update_config(
        {"security": {"password_min_length": 9}, "api": {"reload": True, "workers": 9}}
    )
    manager.save_config(message="weaker")
    bench = Workbench(root, "development")
    bench.show(view="report")
    return bench


@pytest.mark.usefixtures("live")
def test_a_finding_leads_to_its_field(bench: Workbench) -> None:
    """Pressed, its key path shows the form, and there the field."""
    report = bench.panel("development", "report")
    assert {f.path for f in report.report.findings} == set(links(report))
    follow(report, {"to": "security.password_min_length"})
    assert "form" == bench.view
    assert bench.form._place == {
        "type": "jump",
        "path": "security.password_min_length",
        "at": "security.password_min_length",
    }
    bench.close()


@pytest.mark.usefixtures("live")
def test_a_strange_press_is_refused_in_words(bench: Workbench) -> None:
    """What no table of this package says does nothing, or is told in the panel."""
    report = bench.panel("development", "report")
    for strange in (None, {}, {"to": 5}, "api.port"):
        follow(report, strange)
    follow(report, {"to": "api.nonsense"})
    assert "report" == bench.view
    assert "no field of this form" in report._notice.value
    with pytest.raises(FieldUnknownError, match=r"api\.nonsense"):
        bench.show_in_form("api.nonsense")
    bench.close()


@pytest.mark.usefixtures("live")
def test_a_report_by_itself_has_no_links(manager: ConfigManager) -> None:
    """Where no form is, there is nowhere to lead, and the method says what to open."""
    panel = ReportPanel(manager)
    assert "<button" not in panel._table.value
    with pytest.raises(UsageError, match="no form beside"):
        panel.show_in_form("api.port")


def test_only_what_is_linked_is_a_button() -> None:
    """The static side has no button; a hostile path is text in a live one."""
    hostile = 'a["\\"><script>x"]'
    columns = (Column("path", "Path", "path"),)
    sheet = Sheet("c", columns, (("a.b\nline 3",), (hostile,)), (Tone.CALM,) * 2, "", "")
    assert "<button" not in html(sheet)
    drawn = html(sheet, linked={"a.b", hostile})
    assert '<button data-to="a.b" title="Show in the form">a.<wbr>b</button><br>line 3' in drawn
    assert 2 == drawn.count("<button")
    assert "<script" not in drawn
