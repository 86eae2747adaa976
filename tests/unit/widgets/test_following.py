"""Forms and panels follow what happens elsewhere, and keep what was typed."""

from __future__ import annotations

import asyncio
import gc
import queue
import threading
from typing import Any

import pytest
from pydantic import BaseModel

from escai_nb.errors import ValueRefusedError
from escai_nb.widgets import (
    ConfigForm,
    DiffPanel,
    HistoryPanel,
    PromotionPanel,
    ReportPanel,
    Workbench,
)
from escai_nb.widgets.following import follow
from escai_nb.widgets.protocol import PROTOCOL
from escai_nb.workspace.manager import ConfigManager


class Small(BaseModel):
    port: int = 80


class Listener:
    """Counts how often it is told, and on which thread."""

    def __init__(self) -> None:
        self.threads: list[int] = []

    def hear(self) -> None:
        self.threads.append(threading.get_ident())


def elsewhere(manager: ConfigManager, path: str, value: object) -> None:
    """Save one value as somebody else."""
    other = ConfigManager(manager.workspace.root, manager.environment, enable_hot_reload=False)
    other.set_config_value(path, value)
    other.save_config(message="theirs")


def heard(form: ConfigForm) -> list[Any]:
    """Return what a form sends from now on."""
    sent: list[Any] = []
    form.send = sent.append  # type: ignore[method-assign]
    return sent


@pytest.mark.usefixtures("live")
def test_a_reload_is_merged_per_field(manager: ConfigManager) -> None:
    """Saved elsewhere: untouched fields follow, typed ones stay, and a notice names both."""
    form = ConfigForm(manager)
    form.set("api.workers", "seven")
    form.set("api.port", 8001)
    elsewhere(manager, "api.port", 8002)
    elsewhere(manager, "api.host", "10.0.0.1")
    sent = heard(form)
    manager.reload()
    patch, notice = sent
    assert ("10.0.0.1", 8001) == (form.core.get("api.host"), form.core.get("api.port"))
    assert 8002 == form.core.saved("api.port")
    assert "seven" == form.core.display("api.workers")
    assert {"api.host", "api.port"} <= set(patch["states"])
    assert "api.workers" not in patch["states"]
    assert "Changed elsewhere: api.host." in notice["text"]
    assert "Both sides changed api.port; your values stand here." in notice["text"]
    form.set("api.workers", 7)
    form.save("mine")
    assert (8001, 7) == (manager.get_config().api.port, manager.get_config().api.workers)


@pytest.mark.usefixtures("static")
def test_changes_in_memory_are_followed(manager: ConfigManager) -> None:
    """What a cell sets or discards shows as an edit, but never over one that was typed."""
    form = ConfigForm(manager)
    manager.update_config({"api": {"port": 8003, "workers": 3}})
    assert ("api.port", "api.workers") == form.core.dirty
    form.set("api.port", 8004)
    manager.set_config_value("api.port", 8005)
    assert 8004 == form.core.get("api.port")
    manager.discard()
    assert ("api.port",) == form.core.dirty
    form.close()
    manager.set_config_value("api.workers", 5)
    assert ("api.port",) == form.core.dirty


@pytest.mark.usefixtures("static")
def test_what_changes_nothing_keeps_the_way_back(manager: ConfigManager) -> None:
    """A reload of the same values leaves undo as it was."""
    form = ConfigForm(manager)
    form.set("api.port", 8001)
    form.set("api.workers", 3)
    manager.reload()
    form.undo()
    assert ("api.port",) == form.core.dirty


@pytest.mark.usefixtures("live")
def test_panels_follow_a_save(manager: ConfigManager) -> None:
    """After a save of the form, history, report and difference show it by themselves."""
    form, history = ConfigForm(manager), HistoryPanel(manager)
    report, diff = ReportPanel(manager), DiffPanel(manager)
    form.set("api.port", 8006)
    version = form.save("moved")
    assert version == history.history[0]
    assert version.short in history._table.value
    assert version.id in [value for _, value in diff._sides.left.options]
    before = report.report
    manager.reload()
    assert report.report is not before
    history.close()
    manager.set_config_value("api.port", 8007)
    manager.save_config()
    assert version == history.history[0]


@pytest.mark.usefixtures("live")
def test_a_file_changed_by_hand_reaches_the_form(root: Any) -> None:
    """The workbench watches the folder; the form has the new value without any button."""
    bench = Workbench(root, "development")
    form, changed = bench.form, threading.Event()
    form.observe(lambda _: changed.set(), ["value"])
    elsewhere(bench._manager("development"), "api.port", 8010)
    assert changed.wait(20)
    assert 8010 == form.value["api"]["port"]
    bench.close()


@pytest.mark.usefixtures("live")
def test_a_file_that_breaks_while_it_is_shown_is_told(root: Any) -> None:
    """Whatever shows it says why the file is refused, made before or after, until it is taken."""
    bench = Workbench(root, "development")
    report, form = bench.panel("development", "report"), bench.form
    news: queue.Queue[tuple[str, str]] = queue.Queue()

    def hear(message: Any) -> None:
        if message["type"] == "notice":
            news.put((message["tone"], message["text"]))

    def wait_for(*told: tuple[str, str]) -> None:
        missing = set(told)
        while missing:
            missing.discard(news.get(timeout=20))

    form.send = hear  # type: ignore[method-assign]
    report._notice.observe(lambda _: news.put(("report", report._said)), "value")
    file = root / "config.development.yaml"
    sound, broken = file.read_text(), root / "broken"
    broken.write_text("api: [\n")
    broken.replace(file)
    said = (
        "The files were changed and are refused: config.development.yaml:2:1: "
        "did not find expected node content. Shown is what was read before."
    )
    wait_for(("danger", said), ("report", said))
    assert said == bench.panel("development", "history")._said
    late = {"type": "hello", "view": "late", "seq": 1, "protocol": PROTOCOL}
    form._receive(None, late, None)
    wait_for(("danger", said))
    file.write_text(sound)
    wait_for(("good", "The files are taken again."), ("report", ""))
    bench.close()


def test_followers_are_told_where_they_live_and_let_go(manager: ConfigManager) -> None:
    """Another thread's news arrive on the event loop; a forgotten follower is told no more."""

    async def live() -> Listener:
        listener = Listener()
        follow(manager, listener.hear)
        await asyncio.to_thread(manager.set_config_value, "api.port", 8008)
        await asyncio.sleep(0)
        manager.discard()
        return listener

    listener = asyncio.run(live())
    assert [threading.get_ident()] * 2 == listener.threads
    del listener
    gc.collect()
    manager.reload()
    assert () == manager._followers._all


@pytest.mark.usefixtures("live")
def test_messages_of_another_thread_are_obeyed_where_the_widget_lives(
    manager: ConfigManager,
) -> None:
    """What a front end says beside a running cell waits for its turn, forms and panels alike."""
    threads: list[int] = []

    async def live() -> None:
        form, panel = ConfigForm(manager), HistoryPanel(manager)
        form.core.set = lambda *_, **__: threads.append(threading.get_ident())  # type: ignore[method-assign]
        button = panel.button("Act", lambda: threads.append(threading.get_ident()))
        said = {"type": "set", "path": "api.port", "raw": "1", "view": "v", "seq": 1}
        await asyncio.to_thread(form._handle_custom_msg, said, [])
        await asyncio.to_thread(button.click)
        await asyncio.sleep(0)

    asyncio.run(live())
    assert [threading.get_ident()] * 2 == threads


@pytest.mark.usefixtures("live")
def test_read_only(manager: ConfigManager) -> None:
    """A form that is only read follows, says so to its view, and refuses every edit."""
    form = ConfigForm(manager, read_only=True)
    sent = heard(form)
    form._receive(form, {"type": "hello", "protocol": PROTOCOL, "view": "v", "seq": 1}, [])
    assert sent[-1]["read_only"]
    assert not sent[-1]["bar"]["saves"]
    form._receive(form, {"type": "set", "path": "api.port", "raw": "1", "view": "v", "seq": 2}, [])
    assert "Not done: this form is read-only." == sent[-1]["text"].strip()
    with pytest.raises(ValueRefusedError, match="read-only"):
        form.core.reset("api.port", to="default")
    manager.set_config_value("api.port", 8009)
    assert 8009 == form.value["api"]["port"]
    assert not form.dirty
    with pytest.raises(ValueRefusedError):
        ConfigForm(model=Small, read_only=True).set("port", 1)


@pytest.mark.usefixtures("live")
def test_a_promotion_is_planned_again_when_either_end_changes(manager: ConfigManager) -> None:
    """A save in the source, or in the target, shows in the plan by itself."""
    root = manager.workspace.root
    staging = ConfigManager(root, "staging", enable_hot_reload=False)
    panel = PromotionPanel(root, "development", "staging", follows=[manager, staging])
    manager.set_config_value("api.port", 8123)
    manager.save_config()
    assert [8123] == [row.source for row in panel.plan.rows if row.path == "api.port"]
    staging.set_config_value("api.port", 8123)
    staging.save_config()
    assert [] == [row for row in panel.plan.changes if row.path == "api.port"]
    panel.close()
    manager.set_config_value("api.port", 8124)
    manager.save_config()
    assert 8124 not in [row.source for row in panel.plan.rows]
