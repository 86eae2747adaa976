"""A form without a screen: edits, what stands against them, and the way back."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

from escai_nb import keypath
from escai_nb.errors import InvalidConfigurationError, UsageError, ValueRefusedError
from escai_nb.history.change import Diff
from escai_nb.masking import mask_leaves
from escai_nb.origin import DEFAULT, Origin
from escai_nb.schema.catalog import MISSING
from escai_nb.secret import Secret
from escai_nb.validation.finding import Finding, Severity
from escai_nb.widgets.form_input import Handles, Unread, read, shown
from escai_nb.widgets.form_state import Base, Start, State, adopted, at, differ, put, readable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pydantic import BaseModel

    from escai_nb.keypath import Path
    from escai_nb.widgets.form_tree import FormField, FormTree

SECRET_BYTES = 32
"""Randomness of a generated secret; 43 characters of text."""


class FormCore:
    """
    The state of one form over one pydantic model.

    What was put in, the value that the model makes of it and the text that is
    shown are kept apart: `raw`, `get`, `display`. Paths are written as
    ``api.cors_origins[0]`` or given as tuples. Secrets are `Secret` objects
    throughout; only `config`, the validated model, has them open.
    """

    def __init__(
        self,
        model: type[BaseModel],
        value: Mapping[str, Any] | BaseModel | Start | None = None,
        *,
        token: Callable[[int], str] = secrets.token_urlsafe,
    ) -> None:
        self._token = token
        self._handles: dict[str, Handles] = {}
        self._begin(Base(model, Start.of(value)))

    def _begin(self, base: Base) -> None:
        self._base = base
        self._state = base.state(base.saved)
        self._past: list[State] = []
        self._future: list[State] = []
        self._typing_at: Path | None = None
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
        steps = _steps(path)
        row = self.tree.owner(steps)
        if row is None:
            self.tree.catalog.require(steps)
            message = f"{keypath.render(steps) or 'the whole'} is a section, not one field"
            raise UsageError(message, path=keypath.render(steps))
        return row

    def raw(self, path: str | Path) -> Any:  # noqa: ANN401  # any plain data
        """Return what was put in, before the model had its say; `Unread` if it cannot be read."""
        return at(self._state.draft, _steps(path))

    def get(self, path: str | Path) -> Any:  # noqa: ANN401
        """Return the value: validated where the whole is valid, else as put in."""
        return at(self._state.effective, _steps(path))

    def saved(self, path: str | Path) -> Any:  # noqa: ANN401
        """Return the value that the form started from."""
        return at(self._base.saved, _steps(path))

    def display(self, path: str | Path) -> str | None:
        """Return the text of a row's control; ``None`` where nothing is set."""
        row = self.find(path)
        raw = self.raw(row.path)
        return self.text(row, raw if isinstance(raw, Unread) else self.get(row.path))

    def text(self, row: FormField, value: object) -> str | None:
        """Write any *value* of *row* as its control would show it, secrets hidden."""
        return shown(row.spec, value, self._handles.setdefault(row.key, Handles()))

    def origin(self, path: str | Path) -> Origin:
        """Return the layer that the saved value comes from."""
        return self._base.start.origins.get(self.find(path).key, DEFAULT)

    def locked(self, path: str | Path) -> str:
        """Return why a row is not edited here; empty if it is."""
        return self._base.start.locked.get(self.find(path).key, "")

    def search(self, text: str) -> tuple[str, ...]:
        """Find rows by name, title, doc or value; values of secrets are not looked at."""
        words = text.lower().split()
        return tuple(row.key for row in self.fields if all(w in self._words(row) for w in words))

    def _words(self, row: FormField) -> str:
        value = "" if row.spec.sensitive else self.text(row, self.get(row.path)) or ""
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
        return {path: at(self._state.effective, path, MISSING) for path in self.dirty_paths}

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

    # edits

    def set(self, path: str | Path, raw: Any, *, typing: bool = False) -> None:  # noqa: ANN401
        """
        Put in what a control gave, or any Python value.

        Text is read by the kind of the field; what does not fit stays, and
        `errors` says so. While *typing*, edits of one place undo as one.

        Raises:
            FieldUnknownError: If the model has no such place.
            ValueRefusedError: If the row is locked.
        """
        steps = _steps(path)
        spec = self.tree.catalog.require(steps)
        row = self.tree.owner(steps)
        handles = self._handles.setdefault(row.key, Handles()) if row is not None else Handles()
        value = read(spec, raw, at(self._state.draft, steps), handles)
        self._edit(steps, self._base.conceal_at(steps, value))
        self._typing_at = steps if typing else None

    def generate(self, path: str | Path) -> None:
        """Put a fresh random secret in; nobody gets to see it."""
        spec = self.find(path).spec
        text = self._token(max(SECRET_BYTES, spec.min_length or 0))
        self.set(path, Secret(text[: spec.max_length] if spec.max_length else text))

    def keep(self, path: str | Path) -> None:
        """Go back to the saved secret."""
        self.reset(path)

    def clear(self, path: str | Path) -> None:
        """Take the value away: nothing if the field may be empty, else its default."""
        if self.find(path).spec.nullable:
            self.set(path, None)
        else:
            self.reset(path, to="default")

    def reset(self, path: str | Path, *, to: str = "saved") -> None:
        """Go back to the ``saved`` value, or to the ``default`` of the model."""
        steps = _steps(path)
        if to == "saved":
            self._edit(steps, at(self._base.saved, steps, MISSING))
        else:
            default = self.find(path).spec.default
            hidden = default if default is MISSING else self._base.conceal_at(steps, default)
            self._edit(steps, hidden)

    def add(self, path: str | Path, raw: Any = None) -> None:  # noqa: ANN401
        """Append an item to a list."""
        steps = _steps(path)
        self.set((*steps, len(self.raw(steps) or ())), raw)

    def remove(self, path: str | Path) -> None:
        """
        Take an item out of a list, or a key out of a mapping.

        Raises:
            KeyPathError: If nothing lies there.
        """
        steps = _steps(path)
        keypath.get(self._state.draft, steps)
        self._edit(steps, MISSING)

    def move(self, path: str | Path, to: int) -> None:
        """
        Move a list's item to position *to*.

        Raises:
            KeyPathError: If nothing lies at *path*.
        """
        steps = _steps(path)
        item = keypath.get(self._state.draft, steps)
        items = list(keypath.get(self._state.draft, steps[:-1]))
        del items[int(steps[-1])]
        items.insert(to, item)
        self._edit(steps[:-1], items)

    def discard(self) -> None:
        """Give all edits up; this can be undone too."""
        if self.dirty:
            self._go(self._base.state(self._base.saved))

    def undo(self) -> None:
        """Take the last edit back, if there is one."""
        if self._past:
            self._future.append(self._state)
            self._state, self._typing_at = self._past.pop(), None

    def redo(self) -> None:
        """Make the edit again that was last taken back."""
        if self._future:
            self._past.append(self._state)
            self._state, self._typing_at = self._future.pop(), None

    @property
    def can_undo(self) -> bool:
        """Tell that there is an edit to take back."""
        return bool(self._past)

    @property
    def can_redo(self) -> bool:
        """Tell that an edit was taken back."""
        return bool(self._future)

    def rebase(self, value: Mapping[str, Any] | BaseModel | Start | None) -> tuple[str, ...]:
        """
        Take new saved values, and keep the edits made here on top of them.

        Returns the rows that both sides changed, each its own way.
        """
        before, past, future = self._base.saved, self._past, self._future
        mine = {path: at(self._state.draft, path, MISSING) for path in self.dirty_paths}
        self._begin(Base(self.model, Start.of(value)))
        after = self._base.saved
        draft = after
        for path, edited in mine.items():
            draft = put(draft, path, edited)
        if differ(draft, after):
            self._go(self._base.state(draft))
        if not differ(before, after):
            self._past, self._future = past, future
        return tuple(
            keypath.render(path)
            for path, edited in mine.items()
            if differ(at(before, path), at(after, path)) and differ(edited, at(after, path))
        )

    def adopt(self, before: Mapping[Path, Any], now: Mapping[Path, Any]) -> tuple[str, ...]:
        """
        Follow edits that somebody else had made *before* to those of *now*.

        What was edited here stays as it is; those places are returned.
        """
        draft, kept = adopted(self._state.draft, self._base.saved, before, now)
        if differ(draft, self._state.draft):
            self._go(self._base.state(draft))
        return kept

    def _edit(self, path: Path, value: object) -> None:
        """Put a concealed *value* at *path*; `MISSING` takes the place away."""
        if self.start.read_only:
            message = "this form is read-only"
            raise ValueRefusedError(message, path=keypath.render(path))
        row = self.tree.owner(path)
        if row is not None and (reason := self.locked(row.path)):
            message = f"{row.key} is {reason}"
            raise ValueRefusedError(message, path=row.key)
        if differ(at(self._state.draft, path, MISSING), value):
            coalesced = path == self._typing_at
            self._go(self._base.state(put(self._state.draft, path, value)), push=not coalesced)

    def _go(self, state: State, *, push: bool = True) -> None:
        if push:
            self._past.append(self._state)
        self._future.clear()
        self._state, self._typing_at = state, None


def _errors(findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    return tuple(finding for finding in findings if finding.severity is Severity.ERROR)


def _steps(path: str | Path) -> Path:
    return tuple(path) if not isinstance(path, str) else keypath.parse(path) if path else ()
