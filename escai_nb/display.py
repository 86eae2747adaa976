"""
Values that can be shown without knowing how.

A showable value becomes a Sheet, a Sheet becomes whatever is asked for. Both
steps are found by name, late, in the two tables below or, for formats that are
not in them, in the entry-point group ``escai_nb.renderers``. This is the one
late binding of the house.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from escai_nb.errors import ExtraMissingError

if TYPE_CHECKING:
    import pandas as pd

SHEETS = {
    "Report": "escai_nb.views.report_view:report_sheet",
    "History": "escai_nb.views.history_view:history_sheet",
    "Diff": "escai_nb.views.change_view:diff_sheet",
    "Diagnosis": "escai_nb.views.diagnosis_view:diagnosis_sheet",
    "Inspection": "escai_nb.views.inspection_view:inspection_sheet",
    "RetentionPlan": "escai_nb.views.retention_view:retention_sheet",
    "Drift": "escai_nb.views.drift_view:drift_sheet",
    "Explanation": "escai_nb.views.field_view:explanation_sheet",
    "Catalog": "escai_nb.views.field_view:catalog_sheet",
    "PromotionPlan": "escai_nb.views.plan_view:plan_sheet",
    "Keys": "escai_nb.views.key_view:keys_sheet",
    "Reasons": "escai_nb.views.field_view:reasons_sheet",
    "Values": "escai_nb.views.field_view:values_sheet",
}
"""Class of a value → the function that lays it out."""

RENDERERS = {
    "frame": "escai_nb.tables.frames:frame",
    "html": "escai_nb.tables.html:html",
}
"""Format → the function that draws a Sheet in it."""

REPORTS = {
    "github": "escai_nb.reports.github:github",
    "html": "escai_nb.reports.page:page",
    "junit": "escai_nb.reports.junit:junit",
    "markdown": "escai_nb.reports.markdown:markdown",
    "sarif": "escai_nb.reports.sarif:sarif",
}
"""Format of other tools → the function that writes a Report in it."""


def load(reference: str) -> Any:  # noqa: ANN401  # whatever is named
    """Return what ``module:name`` or ``module`` names, importing the module when needed."""
    module, _, names = reference.partition(":")
    found: Any = import_module(module)
    for name in filter(None, names.split(".")):
        found = getattr(found, name)
    return found


def renderer(name: str) -> Any:  # noqa: ANN401  # a function of a Sheet
    """
    Return the function that draws a Sheet as *name*.

    Raises:
        ExtraMissingError: If nobody brings such a format.
    """
    if name in RENDERERS:
        return load(RENDERERS[name])
    from importlib.metadata import entry_points  # slow to load, and seldom needed

    for entry in entry_points(group="escai_nb.renderers", name=name):
        return entry.load()
    message = f"nothing here draws {name!r}"
    raise ExtraMissingError(message, hint="install a package that brings this format")


class Showable:
    """Mixin of a value that can be shown as a table in any viewer."""

    __slots__ = ()

    def to_sheet(self) -> Any:  # noqa: ANN401  # a Sheet, which lies above
        """Lay the value out as rows, before any renderer."""
        for kind in type(self).__mro__:
            if kind.__name__ in SHEETS:
                return load(SHEETS[kind.__name__])(self)
        message = f"{type(self).__name__} has no sheet"
        raise TypeError(message)

    def to_frame(self) -> pd.DataFrame:
        """Return the rows as a pandas frame; columns are those of the sheet."""
        frame: pd.DataFrame = renderer("frame")(self.to_sheet())
        return frame

    def to_table(self) -> str:
        """Return a script-free HTML table, the same bytes for the same value."""
        text: str = renderer("html")(self.to_sheet())
        return text

    def to_html(self) -> str:
        """Return what `to_table` returns, or a whole page where a class has one."""
        return self.to_table()

    def _repr_mimebundle_(
        self,
        include: object = None,  # noqa: ARG002  # IPython's signature
        exclude: object = None,  # noqa: ARG002
    ) -> dict[str, str]:
        return {"text/html": self.to_table(), "text/plain": self.to_sheet().summary}
