"""Values that a model does not make again of what is written of them, and how they stay."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from escai_nb.schema.field_spec import MISSING, Kind
from escai_nb.schema.modelling import check
from escai_nb.schema.objects import alike, extras_in, plant, value_in
from escai_nb.secret import reveal
from escai_nb.widgets.form_values import at, differ, names_in, put

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from pydantic import BaseModel

    from escai_nb.keypath import Path
    from escai_nb.schema.modelling import Misfit
    from escai_nb.widgets.form_tree import FormTree

    Built = tuple[BaseModel | None, tuple[Misfit, ...]]


@dataclass
class Kept:
    """
    How a model makes of unedited values the very object that a form started from.

    Most of what is written of a value is read back as that value. Of the rest
    (a default that is never validated, code, a validator that changes what it
    has changed already) the model is given something else for as long as the
    row is as saved.

    Attributes:
        given: What the model is given at a place; `MISSING` leaves it to the model.

        planted: What is put there past the model, which makes it of nothing.

        saved: The written values, concealed.
    """

    model: type[BaseModel]
    saved: Any = field(repr=False)
    given: dict[Path, object] = field(default_factory=dict, repr=False)
    planted: dict[Path, object] = field(default_factory=dict, repr=False)

    def build(self, draft: Any) -> Built:  # noqa: ANN401  # a concealed tree
        """Make the model's object of *draft*, or tell what misfits."""
        instance, misfits = check(self.model, self.data(draft))
        if instance is not None:
            for path in self._unedited(draft, self.planted):
                plant(instance, path, self.planted[path])
        return instance, misfits

    def data(self, draft: Any) -> Any:  # noqa: ANN401
        """Return what the model is given of *draft*."""
        data = reveal(draft)
        for path in names_in(draft):
            data = put(data, path, reveal(at(draft, path)).named)
        for path in self._unedited(draft, self.given):
            data = put(data, path, self.given[path])
        return data

    def _unedited(self, draft: Any, places: Iterable[Path]) -> list[Path]:  # noqa: ANN401
        def is_edited(path: Path) -> bool:
            return differ(at(draft, path, MISSING), at(self.saved, path, MISSING))

        return [path for path in places if not is_edited(path)]


def kept_of(
    model: type[BaseModel],
    tree: FormTree,
    saved: Any,  # noqa: ANN401  # a concealed tree
    instance: BaseModel,
    given: Any,  # noqa: ANN401  # what the form was started with
) -> Kept:
    """Find what the model must be given besides *saved* to make *instance* again."""
    kept = Kept(model, saved, given=dict.fromkeys(_made_of_others(tree, given), MISSING))
    sources: Sequence[Callable[[Path], object]] = (
        lambda path: at(given, path, MISSING),
        lambda _: MISSING,
        lambda path: value_in(instance, path),
    )
    tries: dict[Path, int] = {}
    while True:
        made, misfits = kept.build(saved)
        strange = strangers(tree, instance, made, misfits)
        left = [path for path in strange if tries.get(path, 0) < len(sources)]
        if not left:
            break
        for path in left:
            kept.given[path] = sources[tries.get(path, 0)](path)
            tries[path] = tries.get(path, 0) + 1
    for path in strange:
        del kept.given[path]
        if made is not None:
            kept.planted[path] = value_in(instance, path)
    return kept


def _made_of_others(tree: FormTree, given: Any) -> list[Path]:  # noqa: ANN401
    """List the rows whose default the model makes of other values, as long as none is *given*."""
    return [
        row.path
        for row in tree.fields
        if row.spec.default is MISSING
        and not row.spec.required
        and row.spec.kind is not Kind.SECTION
        and at(given, row.path, MISSING) is MISSING
    ]


def strangers(
    tree: FormTree,
    instance: BaseModel,
    made: BaseModel | None,
    misfits: Sequence[Misfit] = (),
) -> list[Path]:
    """List the places at which *made* is not like *instance*, or where it could not be made."""
    if made is None:
        owners = [tree.owner(misfit.path) for misfit in misfits]
        return list(dict.fromkeys(row.path for row in owners if row is not None))
    if alike(instance, made):
        return []
    sections = [section.path for section in tree.sections]
    places = [*(row.path for row in tree.fields), *extras_in(instance, sections)]
    pairs = {path: (value_in(instance, path), value_in(made, path)) for path in places}
    of_another_class = [
        path
        for path in filter(None, sections)
        if type(value_in(instance, path)) is not type(value_in(made, path))
    ]
    return [*of_another_class, *(path for path, pair in pairs.items() if not alike(*pair))]
