"""What is known of one key path: its field, its value, and the layers that speak of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from escai_nb import keypath
from escai_nb.display import Showable
from escai_nb.masking import mask_leaves
from escai_nb.secret import Secret, conceal

if TYPE_CHECKING:
    from escai_nb.keypath import Path
    from escai_nb.origin import Origin
    from escai_nb.schema.field_spec import FieldSpec
    from escai_nb.sources.layers import Merged
    from escai_nb.workspace.loading.reading import Reading

SEALED = "sealed, and its key is not here"


@dataclass(frozen=True, slots=True)
class LayerValue:
    """
    What one layer says of a leaf.

    Attributes:
        value: Its value, masked where it is secret.

        won: Whether this is the value in effect.
    """

    origin: Origin
    value: object
    won: bool


@dataclass(frozen=True, slots=True)
class Explanation(Showable):
    """
    One key path, explained.

    Attributes:
        field: Its row of the catalogue; nothing for a whole section.

        value: The value in effect, masked where it is secret.

        secret: Whether it is never shown.

        steps: What each layer says, lowest first.

        below: The same of each leaf of a section, a mapping or a list that is no secret
            as a whole.
    """

    path: str
    field: FieldSpec | None
    value: object
    secret: bool
    steps: tuple[LayerValue, ...]
    below: tuple[Explanation, ...] = ()

    @classmethod
    def of(cls, reading: Reading, own: dict[str, Any], path: Path) -> Explanation:
        """Explain *path* of *reading* as if the environment's own file said *own*."""
        merged = reading.merge(own)
        whole = cls._of(reading, merged, path)
        if whole.secret or not isinstance(whole.value, Mapping | list):
            return whole
        leaves = [leaf for leaf, _ in keypath.leaves(keypath.get(merged.data, path), path)]
        sealed = [leaf for leaf in reading.unreadable if leaf[: len(path)] == path != leaf]
        found = [leaf for leaf in dict.fromkeys((*leaves, *sealed)) if leaf != path]
        return replace(whole, below=tuple(cls._of(reading, merged, leaf) for leaf in found))

    @classmethod
    def _of(cls, reading: Reading, merged: Merged, path: Path) -> Explanation:
        present = keypath.has(merged.data, path)
        value = keypath.get(merged.data, path) if present else None
        sealed = path in reading.unreadable

        def shown(each: object) -> object:
            return mask_leaves(conceal(each, reading.is_secret, path), lambda _: False)

        steps = tuple(
            LayerValue(step.origin, shown(step.value), step.won) for step in merged.explain(path)
        )
        if sealed:
            said = LayerValue(reading.file_origin(path), SEALED, won=True)
            steps = (*(LayerValue(s.origin, s.value, won=False) for s in steps), said)
        return cls(
            path=keypath.render(path),
            field=reading.workspace.spec.catalog.find(path),
            value=steps[-1].value if sealed else shown(value),
            secret=sealed or isinstance(value, Secret) or reading.is_secret(path, value),
            steps=steps,
        )

    def to_data(self) -> dict[str, Any]:
        """Return the explanation as plain data, secrets masked."""
        field = self.field
        return {
            "path": self.path,
            "value": self.value,
            "secret": self.secret,
            "type": field.kind.value if field is not None else "section",
            "doc": field.doc if field is not None else "",
            "unit": field.unit if field is not None else "",
            "bounds": field.bounds if field is not None else "",
            "layers": [
                {"origin": str(step.origin), "value": step.value, "won": step.won}
                for step in self.steps
            ],
        }
