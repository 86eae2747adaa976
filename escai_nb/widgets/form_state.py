"""What a form starts from, and how a set of values stands: pure, and judged once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

from escai_nb import keypath
from escai_nb.errors import UsageError
from escai_nb.history.change import changes
from escai_nb.origin import Origin, OriginKind
from escai_nb.schema.annotations import is_root_model
from escai_nb.schema.catalog import MISSING, Kind
from escai_nb.schema.modelling import check
from escai_nb.schema.objects import value_in
from escai_nb.schema.plain import plain, plain_value
from escai_nb.schema.sensitivity import value_is_secret
from escai_nb.schema.tree import root_of
from escai_nb.secret import conceal, reveal
from escai_nb.validation.finding import Finding, Severity
from escai_nb.validation.model_rules import WRONG_TYPE, Places, misfit_finding
from escai_nb.widgets.form_input import Control, Unread
from escai_nb.widgets.form_kept import Kept, kept_of, strangers
from escai_nb.widgets.form_parts import blank, unread_in
from escai_nb.widgets.form_tree import tree_of
from escai_nb.widgets.form_values import at, differ, names_in, places_in, put

if TYPE_CHECKING:
    from escai_nb.keypath import Path
    from escai_nb.widgets.form_tree import FormTree

Judge = Callable[[Mapping[str, Any], Sequence["Path"]], Sequence[Finding]]
"""Says what stands against all values, of which those at the given paths were edited."""


_SCALAR = (str, bytes, int, float, type(None))
PRESET = Origin(OriginKind.OVERRIDE, "preset")
"""Where the values of a new environment come from; its secrets are generated."""
NOWHERE = Places(of_value=lambda _: None, of_key=lambda _: None)
"""Values in memory stand in no file."""


@dataclass(frozen=True)
class Start:
    """
    What a form starts from.

    Attributes:
        data: Values in effect, secrets inside `Secret` or not; nothing where all
            is left to the model.

        instance: The model's object that *data* was written of, if it was.

        origins: Where values come from, by key path; all else is a default.

        locked: Rows that are not edited here, with the reason.

        inherited: Values in effect without what is edited here; nothing where
            there are no layers.

        read_only: Nothing is edited here.

        judge: Says what stands against the values; by default the model does.
    """

    data: Any = field(default=MISSING, repr=False)
    instance: BaseModel | None = field(default=None, repr=False)
    origins: Mapping[str, Origin] = field(default_factory=dict)
    locked: Mapping[str, str] = field(default_factory=dict)
    inherited: Mapping[str, Any] | None = field(default=None, repr=False)
    read_only: bool = False
    judge: Judge | None = None

    @classmethod
    def of(cls, value: Mapping[str, Any] | BaseModel | Start | None) -> Start:
        """Start from plain data, from a model object, or from the defaults alone."""
        if isinstance(value, Start):
            return value
        if value is None:
            return cls()
        instance = value if isinstance(value, BaseModel) else None
        data = plain(instance, shut=True) if instance is not None else value
        given = Origin(OriginKind.OVERRIDE, "given")
        origins = {keypath.render(path): given for path in places_in(data)}
        return cls(data=data, origins=origins, instance=instance)


@dataclass(frozen=True)
class State:
    """
    One set of values and how it stands.

    Attributes:
        draft: The values as put in, secrets inside `Secret`.

        effective: As the model reads them, where it accepts them all.

        instance: The validated model, or nothing.

        findings: All that stands against the values.

        dirty: Places that are not as saved, by key.

        released: Rows whose value is left to the layers below.
    """

    draft: Any = field(repr=False)
    effective: Any = field(repr=False)
    instance: BaseModel | None = field(repr=False)
    findings: tuple[Finding, ...]
    by_row: Mapping[str, tuple[Finding, ...]]
    loose: tuple[Finding, ...]
    dirty: Mapping[str, Path]
    released: frozenset[Path] = frozenset()


class Base:
    """The saved values that edits stand on."""

    def __init__(self, model: type[BaseModel], start: Start) -> None:
        if not (isinstance(model, type) and issubclass(model, BaseModel)):
            message = "a form needs a pydantic model, which is a class"
            raise UsageError(message, hint="RootModel[…] makes one of any other type")
        self.model = model
        self.start = start
        self.tree: FormTree = tree_of(model)
        data = reveal(_data_of(model, self.tree, start))
        same = isinstance(start.instance, model)
        instance = start.instance if same else check(model, data)[0]
        if instance is not None:
            self.saved = self._concealed(instance)
            self.kept = kept_of(model, self.tree, self.saved, instance, data)
        else:  # what is not valid is shown all the same, over the defaults
            given = conceal(plain_value(data, shut=True), self.is_secret)
            self.saved = self._with_defaults(given)
            self.kept = Kept(model, self.saved)
        self.unwritten = frozenset(map(keypath.render, self._unwritten(instance)))

    def _unwritten(self, instance: BaseModel | None) -> list[Path]:
        """List the rows that hold what is no data, such as code."""
        places = {*self.kept.given, *self.kept.planted}
        found = {path for path in places if not isinstance(value_in(instance, path), _SCALAR)}
        for path in names_in(self.saved):
            row = self.tree.owner(path)
            if row is not None and (row.path == path or row.control is Control.CODE):
                found.add(row.path)
        if not found:
            return []
        _, misfits = check(self.model, reveal(self.saved))
        refused = {row.path for m in misfits if (row := self.tree.owner(m.path)) is not None}
        return [path for path in found if path in refused]

    def __repr__(self) -> str:
        return f"<Base of {self.model.__name__}>"

    def state(self, draft: Any, released: frozenset[Path] = frozenset()) -> State:  # noqa: ANN401
        """Judge *draft*, a concealed tree, of which some rows are *released*."""
        unread = unread_in(draft)
        sound = draft
        for path in unread:
            # items stay in line, so that findings name the right one
            absent = None if path and isinstance(path[-1], int) else MISSING
            sound = put(sound, path, at(self.saved, path, absent))
        instance, misfits = self.kept.build(sound)
        effective = self._effective(instance, draft) if instance else draft
        dirty = self._dirty(draft, effective, unread, released)
        findings = [_unread_finding(path, at(draft, path)) for path in unread]
        if self.start.judge is not None:
            findings += self.start.judge(sound, tuple(dirty.values()))
        else:
            catalog = self.tree.catalog
            findings += (
                misfit_finding(m, data=sound, catalog=catalog, places=NOWHERE) for m in misfits
            )
        by_row, loose = self._at_home(findings)
        return State(
            draft=draft,
            effective=effective,
            instance=None if unread else instance,
            findings=tuple(findings),
            by_row=by_row,
            loose=loose,
            dirty=dirty,
            released=released,
        )

    def conceal_at(self, path: Path, value: Any) -> Any:  # noqa: ANN401
        """Hide what is secret in a *value* that lies at *path*."""
        return conceal(value, lambda below, leaf: self.is_secret((*path, *below), leaf))

    def is_secret(self, path: Path, value: object = None) -> bool:
        """Ask the catalogue, unless the row says it: by declaration or the value's shape."""
        row = self.tree.owner(path)
        if row is None or row.control in {Control.CODE, Control.PARTS}:
            return self.tree.catalog.is_sensitive(path, value)
        return row.control is Control.SECRET or value_is_secret(value)

    def _at_home(
        self, findings: Sequence[Finding]
    ) -> tuple[dict[str, tuple[Finding, ...]], tuple[Finding, ...]]:
        """Bring each finding to the row it is about; the rest is about no single one."""
        by_row: dict[str, list[Finding]] = {}
        loose: list[Finding] = []
        for finding in findings:
            row = self.tree.owner(keypath.parse(finding.path) if finding.path else ())
            if row is None:
                loose.append(finding)
            else:
                by_row.setdefault(row.key, []).append(finding)
        return {key: tuple(found) for key, found in by_row.items()}, tuple(loose)

    def _dirty(
        self,
        draft: Any,  # noqa: ANN401
        effective: Any,  # noqa: ANN401
        unread: Sequence[Path],
        released: frozenset[Path],
    ) -> dict[str, Path]:
        found: dict[str, Path] = {}
        for change in changes(self.saved, draft):
            path = keypath.parse(change.path) if change.path else ()
            row = self.tree.owner(path)
            place = row.path if row is not None else path
            if any(path[: len(place)] == place for path in unread) or differ(
                at(effective, place, MISSING), at(self.saved, place, MISSING)
            ):
                found[keypath.render(place)] = place
        ours = {key for key, o in self.start.origins.items() if o.kind is OriginKind.FILE}
        return found | {keypath.render(p): p for p in released if keypath.render(p) in ours}

    def _concealed(self, instance: BaseModel) -> Any:  # noqa: ANN401
        return conceal(plain(instance, shut=True), self.is_secret)

    def _effective(self, instance: BaseModel, draft: Any) -> Any:  # noqa: ANN401
        """Write *instance*; of what is no data an edit stays as it was put in."""
        effective = self._concealed(instance)
        for path in names_in(effective):
            if differ(raw := at(draft, path, MISSING), at(self.saved, path, MISSING)):
                effective = put(effective, path, raw)
        return effective

    def lasting(self, state: State) -> Any:  # noqa: ANN401
        """Write the values of *state* so that the model reads the same of them again."""
        if state.instance is None:
            return state.effective
        made, misfits = check(self.model, self.kept.data(state.effective))
        written = state.effective
        for path in strangers(self.tree, state.instance, made, misfits):
            if keypath.render(path) in state.dirty:
                written = put(written, path, at(state.draft, path, MISSING))
        return written

    def _with_defaults(self, given: Any) -> Any:  # noqa: ANN401
        defaults = conceal(self.tree.catalog.defaults(), self.is_secret)
        return self._laid_over(defaults, given, ())

    def _laid_over(self, below: Any, above: Any, path: Path) -> Any:  # noqa: ANN401
        """Lay one tree over another; a mapping that is a single value replaces its own."""
        spec = self.tree.catalog.find(path)
        is_section = spec is not None and spec.kind is Kind.SECTION
        if not (is_section and isinstance(above, Mapping) and isinstance(below, Mapping)):
            return above
        both = {
            key: self._laid_over(below.get(key), value, (*path, str(key)))
            for key, value in above.items()
        }
        return {**below, **both}


def _data_of(model: type[BaseModel], tree: FormTree, start: Start) -> Any:  # noqa: ANN401
    """
    Return what *start* has; where it leaves all to *model*, what that begins with.

    Raises:
        UsageError: If it is no mapping, and the model is one.
    """
    if start.data is not MISSING:
        is_mapping = tree.catalog.root.kind in {Kind.SECTION, Kind.MAPPING}
        if is_mapping and not isinstance(start.data, Mapping):
            message = f"a form of {model.__name__} starts from a mapping or a {model.__name__}"
            raise UsageError(message, hint=f"it was given a {type(start.data).__name__}")
        return start.data
    if not is_root_model(model):
        return {}
    root = model.model_fields["root"]
    return (
        blank(root_of(model)) if root.is_required() else root.get_default(call_default_factory=True)
    )


def _unread_finding(path: Path, unread: Unread) -> Finding:
    return Finding(
        code=WRONG_TYPE.id,
        severity=Severity.ERROR,
        path=keypath.render(path),
        message=unread.message,
        title=WRONG_TYPE.title,
        layer=WRONG_TYPE.layer,
        why=WRONG_TYPE.why,
    )
