"""
The screen: a form for any model, and panels for what is known about it.

Names load on first use, so that a shell never pays for a screen.
"""

from __future__ import annotations

from typing import Any

from escai_nb.display import load

_HOMES = {
    "ConfigForm": "escai_nb.widgets.form",
    "DiffPanel": "escai_nb.widgets.diff_panel",
    "FormCore": "escai_nb.widgets.form_core",
    "HistoryPanel": "escai_nb.widgets.history_panel",
    "PromotionPanel": "escai_nb.widgets.promotion_panel",
    "ReportPanel": "escai_nb.widgets.report_panel",
    "Workbench": "escai_nb.widgets.workbench",
}

__all__ = sorted(_HOMES)  # noqa: PLE0605  # one list, and the face cannot drift from it


def __getattr__(name: str) -> Any:  # noqa: ANN401  # what a module attribute is
    """Load *name* from the file that owns it."""
    try:
        home = _HOMES[name]
    except KeyError:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message) from None
    return load(f"{home}:{name}")


def __dir__() -> list[str]:
    """List what the room offers."""
    return list(__all__)
