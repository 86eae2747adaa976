"""The tabs of the workbench: what they are called, which is shown, and what a press does."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from escai_nb.widgets import PromotionPanel, Workbench

if TYPE_CHECKING:
    from pathlib import Path

ENVIRONMENTS = ("development", "testing", "staging", "production")


def tabs(bench: Workbench) -> list[str]:
    """List the tabs by their labels."""
    return re.findall(r">([^<]+)</button>", bench._bar.html)


def pressed(bench: Workbench) -> list[str]:
    """List the tabs that say that they are shown."""
    return re.findall(r'aria-pressed="true"[^>]*>([^<]+)</button>', bench._bar.html)


def press(bench: Workbench, tab: str) -> None:
    """Say what the tabs in the browser say when one is pressed."""
    bench._bar._receive(bench._bar, {"to": tab}, [])


@pytest.mark.usefixtures("live")
def test_workbench_begins_an_environment(tmp_path: Path) -> None:
    """In an empty folder a wizard is one choice away; the first save brings the other views."""
    bench = Workbench(tmp_path / "config")
    assert [f"+ {name}" for name in ENVIRONMENTS] == tabs(bench)
    assert "no environment yet" in bench._body.children[0].value
    press(bench, "Environment testing")
    assert bench.form.is_new
    assert "report" not in tabs(bench)
    assert not (tmp_path / "config").exists()
    bench.form.set("api.port", 8200)
    version = bench.form.save("begun here")
    assert ("testing",) == bench.environments
    assert ["+ development", "testing", "+ staging"] == tabs(bench)[:3]
    assert "report" in tabs(bench)
    assert "begun here" == version.message
    assert version in bench.show(view="history").history
    other = bench.show("production")
    assert other.is_new
    other.close()


@pytest.mark.usefixtures("live")
def test_tabs_say_which_is_shown(root: Path) -> None:
    """One environment and one view are marked, also for those who do not see it."""
    bench = Workbench(root)
    assert ["development", "form"] == pressed(bench)
    press(bench, "View report")
    assert ["development", "report"] == pressed(bench)
    press(bench, "Environment staging")
    assert ["staging", "report"] == pressed(bench)
    for strange in ("View nonsense", "Environment nonsense", "nonsense", ""):
        press(bench, strange)
        assert ["staging", "report"] == pressed(bench)
    bench.close()


@pytest.mark.usefixtures("live")
def test_an_environment_without_the_view_shows_its_form(root: Path) -> None:
    """From the promotion of one environment a tab leads to another that has none."""
    bench = Workbench(root)
    press(bench, "View promotion")
    press(bench, "Environment staging")
    assert ["staging", "form"] == pressed(bench)
    assert "" == bench._notice.value
    press(bench, "View promotion")
    assert ["staging", "form"] == pressed(bench)
    assert "no environment after staging" in bench._notice.value
    bench.close()


@pytest.mark.usefixtures("live")
def test_a_tab_says_that_it_is_awaited(root: Path) -> None:
    """From the press until its panel is there, or refused, and no longer."""
    bench = Workbench(root)
    told: list[list[str]] = []
    busy = re.compile(r'aria-busy="true">([^<]+)<')
    bench._bar.observe(lambda change: told.append(busy.findall(change["new"])), names="html")
    press(bench, "View history")
    assert [["history"], []] == told
    bench.show("staging")
    told.clear()
    press(bench, "View promotion")
    assert [["promotion"], []] == told
    assert ["staging", "history"] == pressed(bench)
    bench.close()


@pytest.mark.usefixtures("live")
def test_a_promotion_shows_what_stays_if_asked(root: Path) -> None:
    """By its box and by its method alike, on the screen and on paper."""
    panel = PromotionPanel(root, "development", "staging")
    assert "did not change it" not in panel._table.value
    panel._staying.value = True
    assert "did not change it" in panel._table.value
    assert "did not change it" in panel.to_html()
    panel.show_what_stays(shown=False)
    assert not panel._staying.value
    assert "did not change it" not in panel.to_html()
