"""Which runbooks there are: those of the package, and a workspace's own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

from escai_nb.display import Showable
from escai_nb.display import load as load_reference
from escai_nb.errors import UsageError
from escai_nb.runbooks import notebook
from escai_nb.runbooks.parameters import ParameterModel, model_of_values
from escai_nb.schema.catalog import catalog_of
from escai_nb.schema.suggestion import nearest
from escai_nb.views.sheet import Column, Sheet, Tone, counted, value_text

if TYPE_CHECKING:
    from escai_nb.runbooks.procedure import Procedure

PROCEDURES = {
    "bootstrap": "escai_nb.runbooks.procedures.bootstrap:Bootstrap",
    "encrypt": "escai_nb.runbooks.procedures.encrypt:Encrypt",
    "promote": "escai_nb.runbooks.procedures.promote:Promote",
    "rollback": "escai_nb.runbooks.procedures.rollback:Rollback",
    "rotate-keys": "escai_nb.runbooks.procedures.rotate_keys:RotateKeys",
}
"""Name of a runbook → what its steps do."""


def procedure_of(name: str) -> type[Procedure] | None:
    """Return what the steps of runbook *name* do, if the package knows it."""
    return load_reference(PROCEDURES[name]) if name in PROCEDURES else None


@dataclass(frozen=True, slots=True)
class Runbook(Showable):
    """
    A notebook that can be run; shown as a table of what it may be told.

    Attributes:
        name: The notebook's file name without its suffix.

        purpose: One sentence.

        path: The notebook.

        is_own: Whether it belongs to the workspace.
    """

    name: str
    title: str
    purpose: str
    path: Path
    is_own: bool = False

    @property
    def model(self) -> type[ParameterModel]:
        """
        What it may be told.

        Raises:
            ParameterError: If its parameters cell is not a list of plain values.
        """
        return model_of(notebook.load(self.path))

    def to_data(self) -> dict[str, object]:
        """Write the runbook and its parameters as plain data."""
        return {
            "name": self.name,
            "title": self.title,
            "purpose": self.purpose,
            "own": self.is_own,
            "parameters": list(self.to_sheet().records()),
        }

    def to_sheet(self) -> Sheet:
        """Lay the parameters out as rows, in the order of their cell."""
        fields = catalog_of(self.model).fields
        return Sheet(
            caption=f"Parameters of {self.name}",
            columns=(
                Column("name", "Parameter", "code"),
                Column("expected", "Expected"),
                Column("default", "Default", "code"),
                Column("meaning", "Meaning"),
            ),
            rows=tuple(
                (field.name, field.expected, value_text(field.default), field.doc)
                for field in fields
            ),
            tones=(Tone.NEUTRAL,) * len(fields),
            summary=f"{self.name}: {counted(len(fields), 'parameter')}",
            empty="it takes no parameters.",
            index="name",
        )


class Runbooks(Showable, Sequence[Runbook]):
    """All runbooks that can be run from here, by name."""

    def __init__(self, runbooks: tuple[Runbook, ...]) -> None:
        self._runbooks = runbooks

    def __len__(self) -> int:
        return len(self._runbooks)

    @overload
    def __getitem__(self, index: int) -> Runbook: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Runbook, ...]: ...
    def __getitem__(self, index: int | slice) -> Runbook | tuple[Runbook, ...]:
        return self._runbooks[index]

    def to_data(self) -> list[dict[str, object]]:
        """Write the runbooks as plain data, without their parameters."""
        return [dict(record) for record in self.to_sheet().records()]

    def to_sheet(self) -> Sheet:
        """Lay the runbooks out as rows."""
        return Sheet(
            caption="Runbooks",
            columns=(
                Column("name", "Name", "code"),
                Column("purpose", "Purpose"),
                Column("comes_from", "Comes from"),
            ),
            rows=tuple(
                (book.name, book.purpose, "workspace" if book.is_own else "package")
                for book in self
            ),
            tones=(Tone.NEUTRAL,) * len(self),
            summary=f"{counted(len(self), 'runbook')}: {', '.join(book.name for book in self)}",
            empty="no runbook was found.",
            index="name",
        )


def model_of(data: dict[str, Any]) -> type[ParameterModel]:
    """
    Return what the runbook *data* may be told.

    Raises:
        ParameterError: If its parameters cell is not a list of plain values.
    """
    procedure = procedure_of(data.get("metadata", {}).get("escai", {}).get("runbook", ""))
    if procedure is not None:
        return procedure.model
    cell = notebook.tagged(data, notebook.PARAMETERS)
    return model_of_values(notebook.cell_values(notebook.source_of(cell)) if cell else {})


def shipped() -> Path:
    """Return the folder of the package's runbooks, installed or in a checkout."""
    inside = Path(__file__).parent / "notebooks"
    return inside if inside.is_dir() else Path(__file__).parents[2] / "notebooks" / "runbooks"


def list_runbooks(config_dir: str | Path = "config") -> Runbooks:
    """Return the runbooks of the package and of the workspace; the latter's win."""
    found = {}
    for folder, is_own in ((shipped(), False), (Path(config_dir) / "runbooks", True)):
        for path in sorted(folder.glob("*.ipynb")):
            title, purpose = notebook.title_and_purpose(notebook.load(path))
            found[path.stem] = Runbook(path.stem, title, purpose, path, is_own)
    return Runbooks(tuple(found[name] for name in sorted(found)))


def find_runbook(name: str, config_dir: str | Path = "config") -> Runbook:
    """
    Return the runbook *name*.

    Raises:
        UsageError: If there is none (code ``runbook-unknown``).
    """
    runbooks = list_runbooks(config_dir)
    for runbook in runbooks:
        if runbook.name == name:
            return runbook
    names = [runbook.name for runbook in runbooks]
    near = nearest(name, names)
    message = f"there is no runbook {name!r}"
    hint = f"did you mean {near}?" if near else f"there are {', '.join(names)}"
    raise UsageError(message, code="runbook-unknown", hint=hint)
