"""What happens to a notebook before anything is saved or started."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from escai_nb.runbooks import notebook
from escai_nb.runbooks.catalogue import model_of
from escai_nb.runbooks.parameters import checked, require_allowed, written

if TYPE_CHECKING:
    from pathlib import Path

    from escai_nb.runbooks.parameters import ParameterModel


def prepare(data: Any, folder: Path) -> ParameterModel:  # noqa: ANN401  # a NotebookNode, which is a dict
    """
    Check the parameters that papermill brings, write their cell anew, and return them.

    Together with the parameters cell they must be what the runbook takes; the
    injected cell then holds them as plain values, whatever papermill wrote.

    Raises:
        ParameterError: If the runbook does not take them.
        EnvironmentUnknownError: If there is no such environment.
    """
    given = _plain(data["metadata"].get("papermill", {}).get("parameters") or {})
    cell = notebook.tagged(data, notebook.PARAMETERS)
    values = notebook.cell_values(notebook.source_of(cell)) if cell else {}
    parameters = checked(model_of(data), {**values, **given})
    require_allowed(parameters, folder)
    injected = notebook.tagged(data, notebook.INJECTED)
    if injected is not None:
        injected["source"] = written(given)
        injected["id"] = notebook.INJECTED
    return parameters


def _plain(value: Any) -> Any:  # noqa: ANN401  # metadata, whose mappings nbformat makes its own
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list) else value
