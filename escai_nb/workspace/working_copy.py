"""
A reading with unsaved changes over it, as one immutable value.

The rooms that judge and explain are loaded where they are asked, so that
reading a value costs no more than reading it.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from escai_nb import keypath
from escai_nb.origin import IN_SURROUNDINGS
from escai_nb.secret import Secret, conceal, reveal, untraced
from escai_nb.sources.layers import laid_over
from escai_nb.workspace.given import taken, taken_section
from escai_nb.workspace.loading.comparing import difference, tokens_as_secrets

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic import BaseModel

    from escai_nb.history.change import Diff
    from escai_nb.keypath import Path
    from escai_nb.origin import Origin
    from escai_nb.sources.layers import Merged
    from escai_nb.validation.live.checking import LiveChecks
    from escai_nb.validation.report import Report
    from escai_nb.workspace.loading.explanation import Explanation
    from escai_nb.workspace.loading.reading import Reading


@dataclass(frozen=True)
class WorkingCopy:
    """
    What was read, and what the environment's own file is to say.

    Attributes:
        reading: What was read.

        own: The own file's values with the unsaved changes; each secret inside
            a `Secret`.
    """

    reading: Reading
    own: dict[str, Any] = field(repr=False)

    @classmethod
    def of(cls, reading: Reading) -> WorkingCopy:
        """Return *reading* without any change over it."""
        return cls(reading, reading.own)

    @property
    def is_changed(self) -> bool:
        """Tell whether there are unsaved changes."""
        return self.own is not self.reading.own

    @property
    def pending(self) -> Diff:
        """The unsaved changes; secrets are told as changed."""
        return difference(self.reading.own, self.own, left="file", right="unsaved changes")

    @cached_property
    def _merged(self) -> Merged:
        """All layers as one tree, which is handed out to nobody."""
        return self.reading.merge(self.own)

    def values(self) -> dict[str, Any]:
        """Return all values in effect, defaults included, each secret concealed."""
        return self.reading.merge(self.own).data

    def masked(self) -> dict[str, Any]:
        """Return all values in effect, with a mask at each secret."""
        return self.reading.masked(self._merged.data)

    def secret_texts(self) -> frozenset[str]:
        """Return what is secret in any layer's value in effect, so that it is not shown."""
        return frozenset(
            str(leaf.open())
            for _, leaf in keypath.leaves(self._merged.data)
            if isinstance(leaf, Secret)
        )

    def value(self, path: str, default: object) -> Any:  # noqa: ANN401
        """
        Return the value in effect at *path*, opened, or *default* where there is none.

        Raises:
            EscaiError: If the configuration may not be used.
        """
        self.reading.require_usable()
        steps, data = keypath.parse(path), self._merged.data
        return reveal(keypath.get(data, steps)) if keypath.has(data, steps) else default

    def model(self) -> BaseModel:
        """
        Return a fresh model object of the values in effect.

        Raises:
            EscaiError: If the configuration may not be used.
            InvalidConfigurationError: If it does not fit the model.
        """
        self.reading.require_usable()
        from escai_nb.workspace.effective import effective_model

        model: BaseModel = effective_model(self.reading, self.own)
        return model

    def comparable(self) -> dict[str, Any]:
        """Return the own values; where a sealed one did not open, its token stands for it."""
        document = self.reading.files.document
        if not self.reading.unreadable or document is None:
            return self.own
        return tokens_as_secrets(document.data)

    def report(
        self,
        *,
        suppressions: bool = True,
        neighbours: bool = False,
        live: LiveChecks | None = None,
    ) -> Report:
        """Judge the values in effect; see `assess`."""
        from escai_nb.workspace.assessment import assess

        return assess(
            self.reading,
            own=self.own,
            suppressions=suppressions,
            neighbours=neighbours,
            live=live,
        )

    def origins(self) -> dict[str, Origin]:
        """Return where each leaf in effect comes from, by key path."""
        merged = self._merged
        return {
            keypath.render(path): merged.origin(path) for path, _ in keypath.leaves(merged.data)
        }

    def explain(self, path: str) -> Explanation:
        """
        Return what is known of *path*.

        Raises:
            FieldUnknownError: If the model has no such field.
        """
        from escai_nb.workspace.loading.explanation import Explanation

        return Explanation.of(self.reading, self.own, self._known(path))

    def is_secret(self, path: str) -> bool:
        """Tell whether the value in effect at *path* is never shown."""
        steps, data = keypath.parse(path), self._merged.data
        value = keypath.get(data, steps) if keypath.has(data, steps) else None
        sealed = steps in self.reading.unreadable
        return sealed or isinstance(value, Secret) or self.reading.is_secret(steps, value)

    def shadowed(self, path: str) -> Origin | None:
        """Return the variable, or its line in a dotenv file, that hides the own file's *path*."""
        steps, merged = keypath.parse(path), self._merged
        origin = merged.origin(steps) if keypath.has(merged.data, steps) else None
        return origin if origin and origin.kind in IN_SURROUNDINGS else None

    def _known(self, path: str) -> Path:
        steps = keypath.parse(path)
        catalog = self.reading.workspace.spec.catalog
        if not any(section.path == steps for section in catalog.sections):
            catalog.require(steps)
        return steps

    @untraced
    def updated(self, updates: Mapping[str, Any], *, validate: bool = True) -> WorkingCopy:
        """Lay nested *updates* over the own values; see `changed`."""
        given = taken_section(updates, self.reading.is_secret)
        return self.changed(laid_over(self._base(), given), validate=validate)

    @untraced
    def with_value(self, path: str, value: object, *, validate: bool = True) -> WorkingCopy:
        """Put *value* at *path* of the own values, from within a `Secret` or not; see `changed`."""
        steps = self._known(path)
        bare = value.open() if isinstance(value, Secret) else value
        given = taken(bare, self.reading.is_secret, steps)
        return self.changed(keypath.replace(self._base(), steps, given), validate=validate)

    def without(self, path: str, *, validate: bool = True) -> WorkingCopy:
        """Take *path* out of the own values, so that a lower layer shows; see `changed`."""
        return self.changed(keypath.without(self._base(), keypath.parse(path)), validate=validate)

    def _base(self) -> dict[str, Any]:
        self.reading.require_usable()
        return self.own

    def changed(self, own: dict[str, Any], *, validate: bool = True) -> WorkingCopy:
        """
        Return a copy whose own file says *own*.

        Raises:
            InvalidConfigurationError: If that breaks the model or brings an
                error that was not there before, and *validate* is on.
            EscaiError: If what was read may not be used, and so not changed.
        """
        own = conceal(own, self.reading.is_secret)
        copy = replace(self, own=own)
        if validate:
            from escai_nb.workspace.assessment import assess, require_acceptable

            require_acceptable(lambda: assess(self.reading), copy.report(), change=copy.pending)
        return copy
