"""What panels show where there is nothing, where something is broken, and where it is too much."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from ipywidgets import Checkbox, Dropdown, Text

from escai_nb.history.change import Diff
from escai_nb.widgets import (
    ConfigForm,
    DiffPanel,
    HistoryPanel,
    PromotionPanel,
    ReportPanel,
    Workbench,
)
from escai_nb.widgets.form_paint import preview_data
from tests.unit.widgets.test_panels import said, walk

if TYPE_CHECKING:
    from pathlib import Path

    from escai_nb.workspace.manager import ConfigManager

HOSTILE = "<script>alert(1)</script>\u202etxt.exe\u200f\x1b[31m\x07" + "x" * 1_000_000
NEUTRAL = "&lt;script&gt;alert(1)&lt;/script&gt;"
LARGEST = 100_000
"""Characters of one panel's HTML, whatever the values are."""

LONGEST_NAME = 200
"""Characters of one choice in a drop-down."""


def shown(panel: Any) -> str:
    """Join what stands in the panel's live side: its tables and its notice."""
    return "\n".join(str(getattr(widget, "value", "")) for widget in walk(panel))


def assert_harmless(text: str) -> None:
    """Nothing of a hostile value is obeyed, and it does not fill the page."""
    assert "<script" not in text
    assert text.replace("\n", "").isprintable()
    assert len(text) < LARGEST


def break_file(root: Path) -> None:
    (root / "config.development.yaml").write_text("api: [1,\n")


@pytest.mark.usefixtures("live")
def test_panels_of_nothing_say_so(manager: ConfigManager) -> None:
    """No change, no finding of that kind, no value that moves: a sentence each."""
    changes = DiffPanel(manager)
    assert "no changes." in shown(changes)
    assert "no changes." in DiffPanel(Diff(())).to_html()
    report = ReportPanel(manager)
    report.filter(severity="error")
    assert "<table>" not in shown(report)
    assert report.to_html() in shown(report)
    history = HistoryPanel(manager, limit=1)
    assert 1 == len(history.history)
    assert "1 version" in history.summary


@pytest.mark.usefixtures("live")
def test_a_broken_file_is_said_in_the_panel(manager: ConfigManager, root: Path) -> None:
    """The plan that was shown stays, the reason stands below, and a mended file is taken again."""
    history = HistoryPanel(manager)
    promotion = PromotionPanel(root, "development", "staging")
    text = (root / "config.development.yaml").read_text()
    break_file(root)
    (button,) = [w for w in walk(promotion) if getattr(w, "description", "") == "Refresh"]
    button.click()
    assert "✖" in said(promotion)
    assert "config.development.yaml" in said(promotion)
    history.refresh()
    assert 1 == len(history.history)
    (root / "config.development.yaml").write_text(text)
    button.click()
    assert "" == said(promotion)


@pytest.mark.usefixtures("static")
def test_a_broken_file_is_told_without_a_front_end(root: Path) -> None:
    """The static side of the workbench says what cannot be read, and raises nothing."""
    break_file(root)
    bundle = Workbench(root)._repr_mimebundle_()
    assert "config.development.yaml" in bundle["text/html"]


@pytest.mark.usefixtures("live")
def test_hostile_values_are_shown_neutral_and_cut(manager: ConfigManager, root: Path) -> None:
    """HTML, control characters, direction marks, 1 MB: text, escapes, the beginning."""
    manager.set_config_value("custom_settings.note", HOSTILE)
    manager.save_config(message=HOSTILE[:5_000])
    panels = [
        DiffPanel(manager, "HEAD~1", "HEAD"),
        HistoryPanel(manager),
        PromotionPanel(root, "development", "staging"),
        ReportPanel(manager),
    ]
    for panel in panels:
        assert_harmless(shown(panel))
        assert_harmless(panel.to_html())
        assert_harmless(panel.summary)
        names = [n for widget in walk(panel) for n in getattr(widget, "_options_labels", ())]
        assert all(name.isprintable() and len(name) < LONGEST_NAME for name in names)
    assert NEUTRAL in shown(panels[0])
    assert r"\u202etxt.exe\u200f" in shown(panels[0])
    assert "characters)" in shown(panels[0])
    assert_harmless(ConfigForm(manager).to_html())


@pytest.mark.usefixtures("live")
def test_a_hostile_refusal_is_said_neutral_and_cut(manager: ConfigManager) -> None:
    """What a notice repeats of the input is text, and no more than a few lines."""
    panel = HistoryPanel(manager)
    panel._name.value = HOSTILE
    (tag,) = [w for w in walk(panel) if getattr(w, "description", "") == "Tag"]
    tag.click()
    assert "✖" in said(panel)
    assert_harmless(said(panel))


@pytest.mark.usefixtures("live")
def test_every_control_of_a_panel_has_a_label(manager: ConfigManager, root: Path) -> None:
    """A hint inside of a box names it to nobody who hears the page."""
    promotion = PromotionPanel(root, "development", "staging")
    panels = (DiffPanel(manager), HistoryPanel(manager), ReportPanel(manager), promotion)
    controls = [w for panel in panels for w in (*walk(panel), *promotion._approvers())]
    labels = [w.description for w in controls if isinstance(w, Text | Dropdown | Checkbox)]
    assert len(labels) > 10
    assert all(labels)


@pytest.mark.usefixtures("live")
def test_a_form_lists_hostile_changes_in_brief(manager: ConfigManager) -> None:
    """The box has the whole value, to be edited; lists and labels its beginning."""
    form = ConfigForm(manager)
    form.set("custom_settings", {"note": HOSTILE})
    for change in preview_data(form.core):
        assert change["new"] is None or len(change["new"]) < 1_000
        assert "\u202e" not in str(change["new"])
