"""Panels and workbench: every action is a method, every state shows, no secret does."""

from __future__ import annotations

import asyncio
import datetime as dt
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from ipywidgets import Widget

import escai_nb
from escai_nb.audit.approval import new_key, public_of
from escai_nb.errors import (
    EnvironmentUnknownError,
    EscaiError,
    PlanRefusedError,
    TargetExistsError,
    UsageError,
    ValueRefusedError,
    VersionUnknownError,
)
from escai_nb.masking import Redactor
from escai_nb.tables.html import html
from escai_nb.validation.finding import Finding, Severity
from escai_nb.validation.report import Report
from escai_nb.widgets import DiffPanel, HistoryPanel, PromotionPanel, ReportPanel, Workbench
from escai_nb.widgets.screen import report_on_screen
from escai_nb.workspace.bootstrap import import_file, initialise
from escai_nb.workspace.layout import Workspace
from escai_nb.workspace.manager import ConfigManager
from tests.unit.widgets.conftest import CANARY

EXAMPLE = Path(__file__).parents[2] / "data" / "escai" / "config.example.yaml"
ENVIRONMENTS = ("development", "testing", "staging", "production")
MOST_MODELS = 150
Made = Callable[[], list[Widget]]


def press(panel: Any, label: str) -> None:
    """Click the panel's button that has *label* in it."""
    (button,) = [w for w in walk(panel) if getattr(w, "description", "").startswith(label)]
    button.click()


def walk(widget: Any) -> list[Any]:
    """List a widget and all that lies in it."""
    return [widget, *(w for child in getattr(widget, "children", ()) for w in walk(child))]


def headings(html: str) -> list[str]:
    """List the headings that stand over groups of rows."""
    return re.findall(r'role="heading"[^>]*>([^<]*)<', html)


async def until(happened: Callable[[], bool]) -> None:
    """Let the loop work until something has happened, for ten seconds at most."""
    for _ in range(1_000):
        if happened():
            return
        await asyncio.sleep(0.01)
    assert happened()


def said(panel: Any) -> str:
    return panel._notice.value


@pytest.mark.usefixtures("live")
def test_report_is_filtered(manager: ConfigManager) -> None:
    """Filters show a part of the report and leave the report itself alone."""
    panel = ReportPanel(manager)
    every = len(panel.report.findings)
    assert 0 == len(panel.filter(severity="error").findings)
    assert {"advice"} == {f.severity.value for f in panel.filter(severity="advice").findings}
    section = panel.report.findings[0].path.split(".")[0]
    assert 0 < len(panel.filter(section=section).findings) <= every
    assert every == len(panel.report.findings)
    panel._severities.value = "warning"
    assert "warning" == panel._severity.value


@pytest.mark.usefixtures("live")
def test_report_is_grouped(manager: ConfigManager) -> None:
    """By section or by severity, as one wishes, with the worst first; only those two are known."""
    manager.update_config({"api": {"workers": 9, "reload": True}})
    panel = ReportPanel(manager)
    assert ["api (1)", "security (1)"] == headings(panel._table.value)
    panel._groupings.value = "severity"
    assert ["warning (1)", "advice (1)"] == headings(panel._table.value)
    assert headings(panel._table.value) == headings(panel.to_html())
    with pytest.raises(ValueRefusedError, match="not grouped by 'colour'"):
        panel.group("colour")
    panel.filter(severity="error")
    assert "none that the filters let through, of 2 findings" in panel._table.value


def test_of_a_very_long_report_the_worst_are_shown() -> None:
    """Groups never push a severe finding out of the rows that are drawn."""
    findings = tuple(
        Finding(f"ESC{100 + n % 7}", severity, f"section{n % 500}.key{n}", "is wrong")
        for severity in (Severity.ERROR, Severity.WARNING)
        for n in range(5_000)
    )
    findings = (*findings[:150], *findings[5_000:])
    sheet = report_on_screen(Report(findings, "production", dt.datetime.now(dt.UTC)))
    drawn = html(sheet)
    assert 150 == drawn.count("✖ error")
    assert 50 == drawn.count("▲ warning")
    assert "… and 4950 more rows" in drawn
    assert "section7 (2 of 11)" in drawn


@pytest.mark.usefixtures("live")
def test_safe_repairs_are_shown_then_made(tmp_path: Path) -> None:
    """The panel previews the repairs, makes them as one version, and says so."""
    import_file(Workspace.at(tmp_path / "config"), "development", EXAMPLE)
    panel = ReportPanel(ConfigManager(tmp_path / "config", "development", enable_hot_reload=False))
    safe = len(panel.report.fixes(safe=True))
    assert safe > 0
    press(panel, f"Show {safe} safe repair")
    assert "<table>" in panel._diff.value
    press(panel, "Apply them")
    assert f"Mended {safe} finding" in said(panel)
    assert () == panel.report.fixes(safe=True)
    assert "none" == panel._previewing.layout.display


@pytest.mark.usefixtures("live")
def test_history_compares_tags_and_goes_back(manager: ConfigManager) -> None:
    """Buttons and methods do the same things, and say what they did."""
    manager.set_config_value("api.port", 8101)
    second = manager.save_config(message="second")
    panel = HistoryPanel(manager)
    first = panel.history[1]
    assert ["api.port"] == [change.path for change in panel.compare(first.id, second.id)]
    panel._sides.left.value = first.id
    panel._name.value = "good"
    press(panel, "Tag")
    assert ("good",) == manager.version(first.id).tags
    assert f"good names {first.short}" in said(panel)
    press(panel, "Preview rollback")
    assert "8101" in panel._diff.value
    press(panel, "Roll back")
    assert 8101 != manager.get_config().api.port
    assert "Rolled back to" in said(panel)
    assert 3 == len(panel.history)
    panel.untag("good", "good")
    assert () == manager.version(first.id).tags
    with pytest.raises(VersionUnknownError):
        panel.rollback("nowhere")


@pytest.mark.usefixtures("live")
def test_history_is_paged_and_exported(manager: ConfigManager, tmp_path: Path) -> None:
    """Older and newer pages are a click away, and all versions go to one file, never over one."""
    for port in (8101, 8102, 8103):
        manager.set_config_value("api.port", port)
        manager.save_config(message=f"port {port}")
    panel = HistoryPanel(manager, limit=2)
    assert ["port 8103", "port 8102"] == [version.message for version in panel.history]
    assert "none" == panel._newer.layout.display
    press(panel, "Older")
    assert "port 8101" == panel.history[0].message
    assert 2 == len(panel.history)
    assert "none" == panel._older.layout.display
    assert panel.older() == panel.history
    press(panel, "Newer")
    assert "port 8103" == panel.history[0].message
    assert "just now" in panel._table.value
    file = tmp_path / "all.bundle"
    panel._file.value = str(file)
    press(panel, "Export")
    assert f"Wrote 4 versions to {file}" in said(panel)
    with pytest.raises(TargetExistsError):
        panel.export(file)
    panel._file.value = ""
    press(panel, "Export")
    assert "a name for the new file is needed" in said(panel)


@pytest.mark.usefixtures("live")
def test_refusals_are_said_in_the_panel(manager: ConfigManager) -> None:
    """A button that is refused says why, and nothing else happens."""
    panel = HistoryPanel(manager)
    panel._name.value = ""
    press(panel, "Tag")
    assert "✖" in said(panel)


@pytest.mark.usefixtures("live")
def test_a_command_that_helps_is_said_as_it_is_typed(root: Path) -> None:
    """The next step that a refusal names can be copied, wherever in the sentence it stands."""
    file = Workspace.at(root).file("staging")
    panel = PromotionPanel(root, "development", "staging")
    file.write_text(file.read_text().replace("log_level: INFO", "log_level: ERROR"))
    press(panel, "Refresh")
    assert "; escai config accept" in said(panel)


@pytest.mark.usefixtures("static")
def test_a_history_on_paper_is_narrow(manager: ConfigManager) -> None:
    """What is empty or the same for every version, or soon wrong, takes no column."""
    drawn = HistoryPanel(manager).to_html()
    heads = re.findall(r'<th scope="col"[^>]*>(.*?)</th>', drawn)
    assert ["Version", "Time", "Kind", "Changes", "Message", "Author"] == heads
    manager.tag("HEAD", "first")
    assert ">Tags</th>" in HistoryPanel(manager).to_html()


@pytest.mark.usefixtures("live")
def test_diff_panel_searches(manager: ConfigManager) -> None:
    """A diff is cut down to key paths with a text in them."""
    manager.update_config({"api": {"port": 8103, "workers": 2}})
    panel = DiffPanel(manager)
    assert {"api.port", "api.workers"} == {change.path for change in panel.diff}
    panel._search.value = "work"
    assert ["api.workers"] == [change.path for change in panel.shown]
    assert "8103" not in panel.to_html()
    finished = DiffPanel(panel.diff)
    assert panel.diff == finished.compare("ignored")


@pytest.mark.usefixtures("live")
def test_promotion_decides_and_applies(root: Path) -> None:
    """Conflicts are decided one by one; then the plan becomes one version of the target."""
    for environment, value in (("development", 3), ("staging", 4)):
        manager = ConfigManager(root, environment, enable_hot_reload=False)
        manager.set_config_value("security.max_login_attempts", value)
        manager.save_config(message="mine")
    panel = PromotionPanel(root, "development", "staging")
    for conflict in panel.plan.conflicts:
        panel._conflict.value = conflict.path
        press(panel, "Take development")
    assert panel.plan.applicable
    changes = len(panel.plan.changes)
    assert panel.approved
    assert "none" == panel._approving.layout.display
    press(panel, f"Apply {changes} change")
    staging = ConfigManager(root, "staging", enable_hot_reload=False)
    assert 3 == staging.load_config().security.max_login_attempts
    assert "promotion" == staging.history()[0].kind.value
    assert "Promoted development to staging" in said(panel)
    with pytest.raises(UsageError):
        panel.decide("api.nowhere", "target")


@pytest.mark.usefixtures("static")
def test_nothing_is_promoted_from_the_last_environment(root: Path) -> None:
    """The reader is told so, and not to begin one that cannot be."""
    initialise(Workspace.at(root), "production")
    with pytest.raises(UsageError, match="production is the last environment") as caught:
        Workbench(root, "production").show(view="promotion")
    assert "such as development" in str(caught.value.hint)


@pytest.mark.usefixtures("live")
def test_promotion_is_approved_by_somebody_else(root: Path, tmp_path: Path) -> None:
    """Where the policy asks for it, nothing is applied before; any other plan needs another yes."""
    manager = ConfigManager(root, "development", enable_hot_reload=False)
    manager.set_config_value("ml.model_cache_size", 321)
    manager.save_config()
    key, given = tmp_path / "bob.pem", tmp_path / "approval.json"
    key.write_bytes(new_key())
    key.chmod(0o600)
    ada = Workspace.at(root, author="ada")
    public = public_of(key.read_bytes())
    with ada.policy_file.open("a") as file:
        file.write(f'approvals:\n  testing: {{by: {{bob: "{public}"}}}}\n')
    initialise(ada, "testing")
    panel = PromotionPanel(ada, "development", "testing")
    for conflict in panel.plan.conflicts:
        panel.decide(conflict.path, "source")
    assert panel._applying.disabled
    with pytest.raises(PlanRefusedError, match="needs 1 approval"):
        panel.apply()
    bob = PromotionPanel(replace(ada, author="bob"), "development", "testing")
    for conflict in bob.plan.conflicts:
        bob.decide(conflict.path, "source")
    assert "bob" == bob.approve(key, output=given).by
    panel._file.value = str(given)
    press(panel, "Take this approval")
    assert not panel._applying.disabled
    manager.set_config_value("ml.model_cache_size", 322)
    manager.save_config()
    panel.refresh()
    assert panel._applying.disabled
    manager.set_config_value("ml.model_cache_size", 321)
    manager.save_config()
    panel._file.value = str(tmp_path / "none.json")
    press(panel, "Take this approval")
    assert "✖" in said(panel)


def test_workbench_joins_the_panels(root: Path, live: Made) -> None:
    """One line opens everything; models stay few however much is looked at."""
    bench = escai_nb.open(root)
    assert isinstance(bench, Workbench)
    for environment in ("development", "staging", "development"):
        for view in ("form", "report", "history"):
            shown = bench.show(environment, view)
            assert (shown,) == bench._body.children
    bench.show("development", "promotion")
    assert len(live()) <= MOST_MODELS
    bench.show(view="form")
    bench.form.set("api.port", 8200)
    bench.form.save("from the bench")
    assert "from the bench" in bench.show(view="history").to_html()
    with pytest.raises(UsageError, match="after staging"):
        bench.show("staging", "promotion")
    with pytest.raises(EnvironmentUnknownError):
        bench.show("stagging")
    with pytest.raises(EscaiError, match="production"):
        bench.show("production", "report")


@pytest.mark.usefixtures("static")
def test_workbench_of_nothing_says_how_to_begin(tmp_path: Path) -> None:
    """An empty folder is no error."""
    bench = Workbench(tmp_path)
    assert "escai config init" in bench.to_html()
    assert "none yet" in repr(bench)


def test_static_panels_make_no_models(root: Path, static: Made) -> None:
    """Without a front end every panel is a table and a line of text."""
    manager = ConfigManager(root, "development", enable_hot_reload=False)
    panels = [
        ReportPanel(manager),
        HistoryPanel(manager),
        DiffPanel(manager),
        PromotionPanel(root, "development", "staging"),
        Workbench(root),
    ]
    for panel in panels:
        bundle = panel._repr_mimebundle_()
        assert {"text/html", "text/plain"} == set(bundle)
        assert "\n" not in bundle["text/plain"]
        assert "<script" not in bundle["text/html"]
    assert [] == static()


def test_no_panel_shows_a_secret(root: Path, live: Made) -> None:
    """Neither state, nor HTML, nor text of any widget holds one."""
    manager = ConfigManager(root, "development", enable_hot_reload=False)
    manager.set_config_value("security.jwt_secret_key", f"{CANARY}-2")
    manager.save_config(message="new key")
    bench = Workbench(root)
    shown = [bench.show(view=view)._repr_mimebundle_() for view in ("form", "report", "history")]
    panel = bench.show(view="history")
    panel.compare("HEAD~1", "HEAD")
    panel.preview_rollback("HEAD~1", include_secrets=True)
    bench.show(view="promotion")
    states = [model.get_state() for model in live()]
    assert not Redactor([CANARY]).found_in(repr([shown, states, bench._repr_mimebundle_()]))


@pytest.mark.usefixtures("live")
def test_services_are_asked_on_request(tmp_path: Path) -> None:
    """Not when the panel opens; then what came out is shown, and the next look forgets it."""
    root, values = tmp_path / "config", {"security": {"tls_enabled": False}, "database": {}}
    for port, service in enumerate(("postgres", "redis", "influxdb", "mongodb"), start=1):
        values["database"] |= {f"{service}_host": "127.0.0.1", f"{service}_port": port}
    values["database"]["neo4j_uri"] = "bolt://127.0.0.1:5"
    initialise(Workspace.at(root), "development", values=values)
    panel = ReportPanel(ConfigManager(root, "development", enable_hot_reload=False))
    assert panel.report.live is None
    press(panel, "Check live")
    assert {"refused"} == {outcome.verdict.value for outcome in panel.report.live}
    assert "Asked 5 targets: 0 ok." in said(panel)
    assert "ESC651" in panel._table.value
    assert {"refused"} == {each.verdict.value for each in panel.check_live(timeout=2).live}
    press(panel, "Refresh")
    assert panel.report.live is None
