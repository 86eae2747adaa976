"""The guide to frames: its tables are the frames, and its lines run."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd
import pytest

from escai_nb.spec import load_spec
from escai_nb.tables.frames import frame
from escai_nb.views import (
    change_view,
    drift_view,
    history_view,
    plan_view,
    report_view,
    retention_view,
)
from escai_nb.views.field_view import CATALOG_COLUMNS
from escai_nb.views.sheet import Column, Sheet
from escai_nb.workspace.bootstrap import initialise
from escai_nb.workspace.layout import Workspace
from escai_nb.workspace.manager import ConfigManager
from escai_nb.workspace.promotion import plan_promotion

GUIDE = (Path(__file__).parents[2] / "notebooks" / "guides" / "frames.md").read_text()
FRAMES = {
    "Report": (report_view.COLUMNS, "path"),
    "History": (history_view.COLUMNS, "version"),
    "Diff": (change_view.COLUMNS, "path"),
    "Drift": (drift_view.COLUMNS, "observer"),
    "Promotion plan": (plan_view.COLUMNS, "path"),
    "Retention plan": (retention_view.COLUMNS, "version"),
    "Fields": (CATALOG_COLUMNS, "path"),
}
CANARY = "canary-frames-" + "x1Y2" * 8


def described(dtype: object) -> str:
    """Write a type as the guide does."""
    if isinstance(dtype, pd.CategoricalDtype):
        assert dtype.ordered
        return "category: " + " < ".join(dtype.categories)
    return str(dtype)


def typed(table: pd.DataFrame) -> dict[str, str]:
    """Name each column of a frame and its type, the index first."""
    index = {f"{table.index.name} (index)": str(table.index.dtype)}
    return index | {name: described(dtype) for name, dtype in table.dtypes.items()}


def documented(heading: str) -> dict[str, str]:
    """Read the table below a heading of the guide."""
    section = GUIDE.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| `(\w+)`( \(index\))? \| ([^|]+) \|", section, re.MULTILINE)
    return {name + mark: dtype for name, mark, dtype in rows}


def empty(columns: tuple[Column, ...], index: str) -> pd.DataFrame:
    """A frame without rows."""
    return frame(Sheet("", columns, (), (), summary="", empty="", index=index))


@pytest.fixture
def manager(tmp_path: Path) -> ConfigManager:
    """Two environments, a few versions, a canary among the secrets."""
    workspace = Workspace.at(tmp_path / "config", load_spec("escai"), author="ada")
    for environment in ("development", "staging"):
        secret = {"security": {"jwt_secret_key": f"{CANARY}{environment}"}}
        initialise(workspace, environment, values=secret)
    manager = ConfigManager(
        tmp_path / "config", "development", enable_hot_reload=False, author="ada"
    )
    for port in (8081, 8082):
        manager.update_config({"api": {"port": port, "cors_origins": [f"http://a.example:{port}"]}})
        manager.save_config(message=f"port {port}")
    return manager


@pytest.mark.parametrize("heading", FRAMES)
def test_each_table_is_the_frame(heading: str) -> None:
    """Columns, order, types, categories and index, also of a frame without rows."""
    index_first = {f"{FRAMES[heading][1]} (index)": "string"}
    assert index_first | documented(heading) == typed(empty(*FRAMES[heading]))
    assert list(documented(heading)) == list(typed(empty(*FRAMES[heading])))


def test_every_line_runs_and_nothing_shows_a_secret(manager: ConfigManager) -> None:
    """The examples stand as they are, on a real workspace."""
    script = "\n".join(re.findall(r"^```python\n(.*?)^```$", GUIDE, re.DOTALL | re.MULTILINE))
    names = {
        "manager": manager,
        "workspace": manager.workspace,
        "plan_promotion": plan_promotion,
    }
    exec(script, names)  # noqa: S102  # the page is what is tested
    frames = [value for value in names.values() if isinstance(value, pd.DataFrame)]
    assert len(frames) >= 10
    for table in frames:
        assert CANARY not in table.to_csv() + str(table.attrs)
    for name in ("report", "history", "changed", "plan", "fields"):
        assert len(names[name]), f"{name} has no rows to show"
    real = {"Report": "report", "History": "history", "Diff": "changed", "Promotion plan": "plan"}
    for heading, name in {**real, "Fields": "fields"}.items():
        assert documented(heading) == typed(names[name])


def test_rows_are_in_the_order_that_is_promised(manager: ConfigManager) -> None:
    """Worst first, newest first, by path; twice the same."""
    report, history = manager.report().to_frame(), manager.history().to_frame()
    assert report["severity"].cat.codes.is_monotonic_decreasing
    assert history["time"].is_monotonic_decreasing
    assert history.index.is_unique
    changed = manager.diff("HEAD~2", "HEAD").to_frame()
    places = ["api.cors_origins[0]", "api.cors_origins[1]", "api.port"]
    assert places == list(changed.index)
    pd.testing.assert_frame_equal(report, manager.report().to_frame())
