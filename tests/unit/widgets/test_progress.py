"""Long work of a panel: its progress is seen, and it is cancelled while nothing is written."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING

import pytest

from escai_nb.errors import EscaiError
from escai_nb.widgets import HistoryPanel, PromotionPanel, ReportPanel
from escai_nb.widgets.progress import Progress
from escai_nb.workspace.bootstrap import import_file
from escai_nb.workspace.layout import Workspace
from escai_nb.workspace.manager import ConfigManager
from tests.unit.widgets.test_panels import EXAMPLE, press, said, until

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.mark.usefixtures("live")
def test_long_work_shows_progress_and_is_cancelled(manager: ConfigManager) -> None:
    """The panel stays alive meanwhile; what comes of cancelled work is dropped."""
    panel = ReportPanel(manager)
    children = panel.children
    got: list[str] = []
    goes, ended = threading.Event(), threading.Event()

    def job(advance: Callable[[str, int, int], None]) -> str:
        advance("first", 1, 3)
        goes.wait(10)
        try:
            advance("second", 2, 3)
        finally:
            ended.set()
        return "done"

    async def work(*, cancelled: bool) -> None:
        goes.clear()
        ended.clear()
        panel.work("Counting", job, got.append)
        progress = panel._progress
        await until(lambda: "1 of 3, first" in progress._said.value)
        assert (1, 3) == (progress._bar.value, progress._bar.max)
        if cancelled:
            press(panel, "Cancel")
        goes.set()
        await until(lambda: ended.is_set() and panel._progress is None)

    asyncio.run(work(cancelled=True))
    assert [] == got
    assert children == panel.children
    assert "Cancelled: nothing was changed." in said(panel)
    asyncio.run(work(cancelled=False))
    assert ["done"] == got
    assert children == panel.children


@pytest.mark.usefixtures("live")
def test_what_was_cancelled_too_late_is_told(manager: ConfigManager) -> None:
    """Work that had no step left is done, and said to be; there is one work at a time."""
    panel = ReportPanel(manager)
    got: list[str] = []
    goes = threading.Event()

    def job(advance: Callable[[str, int, int], None]) -> str:
        advance("last", 1, 2)
        goes.wait(10)
        return "done"

    async def work() -> None:
        panel.work("Mending", job, got.append)
        await until(lambda: "1 of 2" in panel._progress._said.value)
        press(panel, "Check live")
        assert "Mending is not over yet" in said(panel)
        panel.cancel()
        assert "stopping" in panel._progress._said.value
        goes.set()
        await until(lambda: panel._progress is None)

    asyncio.run(work())
    assert ["done"] == got


@pytest.mark.usefixtures("live")
def test_work_with_a_fault_is_over(manager: ConfigManager, monkeypatch: pytest.MonkeyPatch) -> None:
    """The panel says so, and takes the next work; the fault is told as that of any thread."""
    told: list[type[BaseException]] = []
    monkeypatch.setattr(threading, "excepthook", lambda fault: told.append(fault.exc_type))
    panel = ReportPanel(manager)
    got: list[str] = []

    def broken(_: object) -> str:
        raise ZeroDivisionError

    async def work() -> None:
        panel.work("Counting", broken, got.append)
        await until(lambda: panel._progress is None)
        assert "Counting ended by a fault of its own" in said(panel)
        panel.work("Counting", lambda _: "done", got.append)
        await until(lambda: panel._progress is None and bool(told))

    asyncio.run(work())
    assert ["done"] == got
    assert [ZeroDivisionError] == told


@pytest.mark.usefixtures("live")
def test_what_cannot_be_shown_after_work_is_said(manager: ConfigManager) -> None:
    """The work is done, and the panel says what stands in the way of telling more."""
    panel = ReportPanel(manager)

    def told(_: str) -> None:
        raise EscaiError("the history is damaged", hint="rescue it")

    async def work() -> None:
        panel.work("Counting", lambda _: "done", told)
        await until(lambda: panel._progress is None)

    asyncio.run(work())
    assert "the history is damaged; rescue it." in said(panel)


@pytest.mark.usefixtures("live")
def test_work_outlives_its_panel(manager: ConfigManager) -> None:
    """Who turns to another view has not taken back what was asked for; nothing closed is drawn."""
    panel = ReportPanel(manager)
    got: list[str] = []
    goes, ended = threading.Event(), threading.Event()

    def job(advance: Callable[[str, int, int], None]) -> str:
        goes.wait(10)
        advance("first", 1, 2)
        ended.set()
        return "done"

    async def work() -> None:
        panel.work("Mending", job, got.append)
        panel.close()
        goes.set()
        await until(ended.is_set)
        await asyncio.sleep(0.05)

    asyncio.run(work())
    assert [] == got


@pytest.mark.usefixtures("live")
@pytest.mark.parametrize("step", [1, 2, 3, 4])
def test_a_promotion_is_cancelled_at_any_step(
    root: Path, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    """Nothing is changed then, and the same plan can be applied afterwards."""
    development = ConfigManager(root, "development", enable_hot_reload=False)
    development.set_config_value("security.max_login_attempts", 3)
    development.save_config()
    before = (root / "config.staging.yaml").read_bytes()
    panel = PromotionPanel(root, "development", "staging")
    for conflict in panel.plan.conflicts:
        panel.decide(conflict.path, "source")
    plan = panel.plan
    cancelling_at(step, monkeypatch)
    press(panel, "Apply")
    assert "Cancelled" in said(panel)
    assert before == (root / "config.staging.yaml").read_bytes()
    assert plan == panel.plan
    monkeypatch.undo()
    assert panel.apply() is not None


@pytest.mark.usefixtures("live")
@pytest.mark.parametrize("step", [1, 2])
def test_a_rollback_is_cancelled_at_any_step(
    manager: ConfigManager, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    """Nothing is changed then, and what was not saved yet is still there."""
    manager.set_config_value("api.port", 8101)
    second = manager.save_config()
    panel = HistoryPanel(manager)
    manager.set_config_value("api.port", 8102)
    panel._sides.left.value = panel.history[1].id
    cancelling_at(step, monkeypatch)
    press(panel, "Roll back")
    assert "Cancelled" in said(panel)
    assert second.id == manager.history()[0].id
    assert 8102 == manager.get_config().api.port


@pytest.mark.usefixtures("live")
def test_repairs_are_cancelled_before_they_are_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file and the report stay as they were."""
    import_file(Workspace.at(tmp_path / "config"), "development", EXAMPLE)
    panel = ReportPanel(ConfigManager(tmp_path / "config", "development", enable_hot_reload=False))
    before, report = (tmp_path / "config" / "config.development.yaml").read_bytes(), panel.report
    cancelling_at(1, monkeypatch)
    press(panel, "Apply them")
    assert "Cancelled" in said(panel)
    assert before == (tmp_path / "config" / "config.development.yaml").read_bytes()
    panel.refresh()
    assert report.findings == panel.report.findings


def cancelling_at(step: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Press Cancel for the reader when so many steps are done."""
    show = Progress.show

    def shown(progress: Progress, last: str, done: int, of: int) -> None:
        show(progress, last, done, of)
        if done == step - 1:
            progress.cancel()

    monkeypatch.setattr(Progress, "show", shown)
