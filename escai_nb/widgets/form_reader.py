"""How a form stands: its rows, their values, and what stands against them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from escai_nb import keypath
from escai_nb.errors import InvalidConfigurationError, UsageError
from escai_nb.history.change import Diff
from escai_nb.masking import mask_leaves
from escai_nb.origin import DEFAULT, Origin
from escai_nb.schema.catalog import MISSING
from escai_nb.secret import Secret
from escai_nb.validation.finding import Finding, Severity
from escai_nb.widgets.form_input import Control, Handles, Unread, code, shown
from escai_nb.widgets.form_parts import scalar_of, spec_at
from escai_nb.widgets.form_state import Base, Start
from escai_nb.widgets.form_values import at, differ, put, readable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic import BaseModel

    from escai_nb.keypath import Path
    from escai_nb.schema.catalog import FieldSpec
    from escai_nb.widgets.form_tree import FormField, FormTree


class FormReader:
    """
    What can be known of one form over one pydantic model.

    What was put in, the value that the model makes of it and the text that is
    shown are kept apart: `raw`, `get`, `display`. Paths are written as
    ``api.cors_origins[0]`` or given as tuples. Secrets are `Secret` objects
    throughout; only `config`, the validated model, has them open.
    """

    def __init__(
        self, model: type[BaseModel], value: Mapping[str, Any] | BaseModel | Start | None = None
    ) -> None:
        self._handles: dict[str, Handles] = {}
        self._begin(Base(model, Start.of(value)))

    def _begin(self, base: Base) -> None:
        self._base = base
        self._state = base.state(base.saved)
        self._known = frozenset(finding.fingerprint for finding in self._state.findings)

    def __repr__(self) -> str:
        return f"<FormCore of {self.model.__name__}: {self.summary}>"

    # what there is

    @property
    def model(self) -> type[BaseModel]:
        """The pydantic model."""
        return self._base.model

    @property
    def start(self) -> Start:
        """What the form starts from."""
        return self._base.start

    @property
    def start_values(self) -> Any:  # noqa: ANN401
        """All saved values, secrets inside `Secret`."""
        return self._base.saved

    @property
    def released(self) -> frozenset[Path]:
        """Rows whose value is left to the layers below by the next save."""
        return self._state.released

    @property
    def tree(self) -> FormTree:
        """Rows and headings of the model."""
        return self._base.tree

    @property
    def fields(self) -> tuple[FormField, ...]:
        """Every row, in the model's order."""
        return self.tree.fields

    def find(self, path: str | Path) -> FormField:
        """
        Return the row in which the value at *path* is edited.

        Raises:
            FieldUnknownError: If the model has no such place.
            UsageError: If it is a section, which has many rows.
        """
        steps = steps_of(path)
        row = self.tree.owner(steps)
        if row is None:
            self.tree.catalog.require(steps)
            message = f"{keypath.render(steps) or 'the whole'} is a section, not one field"
            raise UsageError(message, path=keypath.render(steps))
        return row

    def spec(self, path: str | Path) -> FieldSpec:
        """
        Return what the model says of *path*, inside a union what the present alternative says.

        Raises:
            FieldUnknownError: If the model has no such place.
        """
        steps = steps_of(path)
        found = spec_at(self.tree.catalog.root, steps, self._state.draft)
        return found if found is not None else self.tree.catalog.require(steps)

    def raw(self, path: str | Path) -> Any:  # noqa: ANN401  # any plain data
        """Return what was put in, before the model had its say; `Unread` if it cannot be read."""
        return at(self._state.draft, steps_of(path))

    def get(self, path: str | Path) -> Any:  # noqa: ANN401
        """Return the value: validated where the whole is valid, else as put in."""
        return at(self._state.effective, steps_of(path))

    def saved(self, path: str | Path) -> Any:  # noqa: ANN401
        """Return the value that the form started from."""
        return at(self._base.saved, steps_of(path))

    def seen_in(self, row: FormField) -> Any:  # noqa: ANN401
        """
        Return what the control of *row* shows.

        That is the value; what has parts and was edited, or cannot be read, is as
        put in, so that nothing moves under the hand that types.
        """
        raw = at(self._state.draft, row.path)
        as_put = isinstance(raw, Unread) or (
            row.control is Control.PARTS and differ(raw, self.saved(row.path))
        )
        return raw if as_put else at(self._state.effective, row.path)

    def display(self, path: str | Path) -> str | None:
        """Return the text of the control at *path*; ``None`` where nothing is set."""
        self.find(path)
        return self._shown_at(steps_of(path))

    def _shown_at(self, path: Path) -> str | None:
        raw = at(self._state.draft, path)
        value = raw if isinstance(raw, Unread) else at(self._state.effective, path)
        return self.text(path, self.spec(path), value)

    def text(self, path: Path, spec: FieldSpec, value: object) -> str | None:
        """Write *value* as the control of *spec* at *path* would show it, secrets hidden."""
        return shown(scalar_of(spec, value), value, self._handles_at(path))

    def code(self, path: Path, value: object) -> str:
        """Write *value*, which lies at *path*, as YAML with a handle for each secret."""
        return code(value, self._handles_at(path))

    def hidden(self, path: Path, value: Any) -> Any:  # noqa: ANN401
        """Return *value*, as it would lie at *path*, with what is secret inside `Secret`."""
        return self._base.conceal_at(path, value)

    def hides(self, path: str | Path) -> bool:
        """Tell that what is put in at *path* is a secret, whatever it is."""
        steps = steps_of(path)
        return self.spec(steps).sensitive or self._base.is_secret(steps, "any")

    def _handles_at(self, path: Path) -> Handles:
        return self._handles.setdefault(keypath.render(path), Handles())

    def origin(self, path: str | Path) -> Origin:
        """Return the layer that the saved value comes from."""
        return self._base.start.origins.get(self.find(path).key, DEFAULT)

    def locked(self, path: str | Path) -> str:
        """Return why a row is not edited here; empty if it is."""
        row = self.find(path)
        if row.key in self._base.unwritten:
            kind = getattr(row.spec.annotation, "__name__", str(row.spec.annotation))
            return f"a {kind} cannot be written as data, so the model's own stays"
        return self._base.start.locked.get(row.key, "")

    def inherited(self, path: str | Path) -> Any:  # noqa: ANN401
        """Return the value that the layers below have for a row, or `MISSING`."""
        row, below = self.find(path), self._base.start.inherited
        if below is None:
            return MISSING
        return self._base.conceal_at(row.path, at(below, row.path))

    def search(self, text: str) -> tuple[str, ...]:
        """Find rows by name, title, doc or value; values of secrets are not looked at."""
        words = text.lower().split()
        return tuple(row.key for row in self.fields if all(w in self._words(row) for w in words))

    def _words(self, row: FormField) -> str:
        value = "" if row.spec.sensitive else self.display(row.path) or ""
        return f"{row.key} {row.spec.title} {row.spec.doc} {value}".lower()

    # how it stands

    @property
    def summary(self) -> str:
        """The state in one line."""
        wrong = sum(map(len, self.errors.values()))
        errors = "1 error" if wrong == 1 else f"{wrong} errors"
        return f"{len(self.fields)} fields, {len(self.dirty)} changed, {errors}"

    @property
    def findings(self) -> tuple[Finding, ...]:
        """All that stands against the present values."""
        return self._state.findings

    @property
    def errors(self) -> dict[str, tuple[str, ...]]:
        """Messages of all errors by key path; those about the whole stand under ``""``."""
        listed: dict[str, tuple[str, ...]] = {}
        for finding in _errors(self.findings):
            listed[finding.path] = (*listed.get(finding.path, ()), finding.message)
        return listed

    @property
    def form_errors(self) -> tuple[str, ...]:
        """Errors that belong to no single row, as sentences."""
        return tuple(map(str, _errors(self._state.loose)))

    @property
    def blocking(self) -> tuple[Finding, ...]:
        """Errors that a save would be refused for: the model's, and those that are new."""
        return tuple(
            finding
            for finding in _errors(self.findings)
            if finding.layer == "schema"
            or (finding.layer != "state" and finding.fingerprint not in self._known)
        )

    def problems(self, row: FormField) -> tuple[Finding, ...]:
        """Return the findings at or below a row."""
        return self._state.by_row.get(row.key, ())

    @property
    def valid(self) -> bool:
        """Tell that nothing stands against a save."""
        return not self.blocking

    @property
    def dirty(self) -> tuple[str, ...]:
        """Keys of the rows (or removed and added places) that are not as saved."""
        return tuple(self._state.dirty)

    @property
    def dirty_paths(self) -> tuple[Path, ...]:
        """The same places as `dirty`, as paths."""
        return tuple(self._state.dirty.values())

    def edits(self) -> dict[Path, Any]:
        """Return what to save: the value of each dirty place, `MISSING` where taken away."""
        effective, released = self._base.lasting(self._state), self._state.released
        return {
            path: MISSING if path in released else at(effective, path, MISSING)
            for path in self.dirty_paths
        }

    @property
    def config(self) -> BaseModel:
        """
        Return the validated model, secrets open inside its own types.

        Raises:
            InvalidConfigurationError: If the values do not fit it.
        """
        if self._state.instance is None:
            against = _errors(self.findings)
            message = f"not valid yet: {against[0]}" if against else "not valid yet"
            raise InvalidConfigurationError(message, findings=against)
        return self._state.instance

    def masked(self) -> dict[str, Any]:
        """Return the values as plain data, a mask at each secret."""
        data: dict[str, Any] = mask_leaves(readable(self._state.effective), lambda _: False)
        return data

    def diff(self) -> Diff:
        """Return what a save would change, secrets as changed."""
        old, new = self._base.saved, self._base.saved
        for path in self.dirty_paths:
            raw = at(self._state.draft, path, MISSING)
            value = at(self._state.effective, path, MISSING)
            new = put(new, path, raw if isinstance(raw, Unread) else value)
        return Diff.between(
            old,
            readable(new),
            left="saved",
            right="this form",
            is_hidden=lambda path: any(isinstance(at(side, path), Secret) for side in (old, new)),
        )


def _errors(findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    return tuple(finding for finding in findings if finding.severity is Severity.ERROR)


def steps_of(path: str | Path) -> Path:
    """Read a written path; one given as steps is taken as it is."""
    return tuple(path) if not isinstance(path, str) else keypath.parse(path) if path else ()
