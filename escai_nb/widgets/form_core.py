"""A form without a screen: edits, and the way back."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

from escai_nb import keypath
from escai_nb.errors import KeyPathError, UsageError, ValueRefusedError
from escai_nb.schema.catalog import MISSING, Kind
from escai_nb.schema.modelling import check_value
from escai_nb.secret import Secret, reveal
from escai_nb.widgets.form_input import read
from escai_nb.widgets.form_parts import (
    alternative_names,
    as_typed,
    blank,
    chosen,
    free_key,
    renamed,
    scalar_of,
    switched,
    unread_in,
)
from escai_nb.widgets.form_reader import FormReader, steps_of
from escai_nb.widgets.form_state import Base, Start, State
from escai_nb.widgets.form_values import adopted, at, differ, put

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pydantic import BaseModel

    from escai_nb.keypath import Path

MOST_UNDONE = 1_000
"""Edits that can be taken back; each keeps all values as they were before it."""
SECRET_BYTES = 32
"""Randomness of a generated secret; 43 characters of text."""


class FormCore(FormReader):
    """
    The state of one form over one pydantic model, and every edit of it.

    Items of lists, entries of mappings and fields of models among them are
    edited by their own paths, such as ``servers[0].port``.
    """

    def __init__(
        self,
        model: type[BaseModel],
        value: Mapping[str, Any] | BaseModel | Start | None = None,
        *,
        token: Callable[[int], str] = secrets.token_urlsafe,
    ) -> None:
        self._token = token
        super().__init__(model, value)

    def _begin(self, base: Base) -> None:
        super()._begin(base)
        self._past: list[State] = []
        self._future: list[State] = []
        self._typing_at: Path | None = None

    def set(self, path: str | Path, raw: Any, *, typing: bool = False) -> None:  # noqa: ANN401
        """
        Put in what a control gave, or any Python value.

        Text is read by the kind of the field; what does not fit stays, and
        `errors` says so. While *typing*, edits of one place undo as one.

        Raises:
            FieldUnknownError: If the model has no such place.
            ValueRefusedError: If the row is locked.
        """
        steps = steps_of(path)
        if isinstance(raw, str) and raw == self._shown_at(steps):
            value = at(self._state.draft, steps, MISSING)
        else:
            value = self._read(steps, raw, typing=typing)
        self._edit(steps, self._base.conceal_at(steps, value))
        self._typing_at = steps if typing else None

    def _read(self, path: Path, raw: Any, *, typing: bool) -> Any:  # noqa: ANN401
        """Read what was put in at *path*; of a union as the alternative that is there first."""
        current, spec = at(self._state.draft, path), self.spec(path)
        scalar = scalar_of(spec, current) if isinstance(raw, str) else spec
        value = as_typed(scalar, raw, read(scalar, raw, current, self._handles_at(path)))
        if typing or scalar is spec or not check_value(scalar, reveal(value)):
            return value
        other = read(spec, raw, current, self._handles_at(path))
        return value if unread_in(other) or check_value(spec, reveal(other)) else other

    def generate(self, path: str | Path) -> None:
        """
        Put a fresh random secret in; nobody gets to see it.

        Raises:
            ValueRefusedError: If random text is no value of the field.
        """
        spec = self.spec(path)
        text = self._token(max(SECRET_BYTES, spec.min_length or 0))
        text = text[: spec.max_length] if spec.max_length else text
        if misfits := check_value(spec, text):
            message = f"random text does not fit: it {misfits[0].message}"
            raise ValueRefusedError(message, path=keypath.render(steps_of(path)))
        self.set(path, Secret(text))

    def keep(self, path: str | Path) -> None:
        """Go back to the saved secret."""
        self.reset(path)

    def clear(self, path: str | Path) -> None:
        """Take the value away: nothing if the field may be empty, else its default."""
        if self.spec(path).nullable:
            self.set(path, None)
        else:
            self.reset(path, to="default")

    def reset(self, path: str | Path, *, to: str = "saved") -> None:
        """
        Go back to the ``saved`` value, the model's ``default``, or the ``inherited`` one.

        An inherited value is no longer written here: it follows the layers below.

        Raises:
            UsageError: If there are no layers below to inherit from.
        """
        steps = steps_of(path)
        if to == "saved":
            self._edit(steps, at(self._base.saved, steps, MISSING))
        elif to == "inherited":
            value = self.inherited(steps)
            if value is MISSING:
                message = "there is no layer below to inherit from"
                raise UsageError(message, path=keypath.render(steps))
            self._edit(self.find(steps).path, value, release=True)
        else:
            default = self.spec(steps).default
            hidden = default if default is MISSING else self._base.conceal_at(steps, default)
            self._edit(steps, hidden)

    # items, entries, alternatives

    def add(self, path: str | Path, raw: Any = MISSING, *, key: str = "") -> Path:  # noqa: ANN401
        """
        Append an item to a list, or an entry to a mapping; return its path.

        Without *raw* it is a new one with its defaults. What was there and is
        neither list nor mapping makes room for it.

        Raises:
            KeyPathError: If the mapping has the *key*, or there is neither list nor mapping.
        """
        steps = steps_of(path)
        inside = self.raw(steps)
        if chosen(self.spec(steps), inside).kind is Kind.MAPPING:
            entries = inside if isinstance(inside, dict) else {}
            if key and key in entries:
                message = f"{key!r} is there already"
                raise KeyPathError(message, path=keypath.render(steps))
            place: Path = (*steps, key or free_key(entries))
        else:
            place = (*steps, len(inside) if isinstance(inside, list) else 0)
        item = blank(self.spec(place)) if raw is MISSING else self._read(place, raw, typing=False)
        anew = [item] if isinstance(place[-1], int) else {place[-1]: item}
        if inside is None or isinstance(inside, type(anew)):
            self._edit(place, self._base.conceal_at(place, item))
        else:
            self._edit(steps, self._base.conceal_at(steps, anew))
        return place

    def set_up(self, path: str | Path) -> None:
        """Give an empty place the value that a new one begins with."""
        steps = steps_of(path)
        self._edit(steps, self._base.conceal_at(steps, blank(self.spec(steps))))

    def remove(self, path: str | Path) -> None:
        """
        Take an item out of a list, or a key out of a mapping.

        Raises:
            KeyPathError: If nothing lies there.
        """
        steps = steps_of(path)
        keypath.get(self._state.draft, steps)
        if not steps:
            message = "the whole cannot be removed"
            raise KeyPathError(message)
        self._edit(steps, MISSING)

    def move(self, path: str | Path, to: int) -> Path:
        """
        Move a list's item to position *to*; return its path there.

        Raises:
            KeyPathError: If nothing lies at *path*, or *to* is outside of the list.
        """
        steps, item, around = self._within(path)
        if not isinstance(around, list) or not 0 <= to < len(around):
            message = f"there is no position {to} to move to"
            raise KeyPathError(message, path=keypath.render(steps))
        items = list(around)
        del items[int(steps[-1])]
        items.insert(to, item)
        self._edit(steps[:-1], items)
        return (*steps[:-1], to)

    def duplicate(self, path: str | Path) -> Path:
        """
        Put a copy of an item or entry behind it; return the copy's path.

        Raises:
            KeyPathError: If nothing lies at *path*.
        """
        steps, item, around = self._within(path)
        last = steps[-1]
        if isinstance(around, list):
            place: Path = (*steps[:-1], int(last) + 1)
            items = list(around)
            items.insert(int(last) + 1, item)
            self._edit(steps[:-1], items)
            return place
        key = free_key(around, f"{last}-copy")
        entries = list(around.items())
        entries.insert([name for name, _ in entries].index(last) + 1, (key, item))
        self._edit(steps[:-1], dict(entries))
        return (*steps[:-1], key)

    def rename(self, path: str | Path, key: str) -> Path:
        """
        Give an entry of a mapping another *key*, at the same place; return its path.

        Raises:
            KeyPathError: If nothing lies at *path*, or the mapping has the *key* already.
        """
        steps, _, around = self._within(path)
        if not isinstance(around, dict) or not key or (key in around and key != steps[-1]):
            message = f"{key!r} is there already" if key else "a name is needed"
            raise KeyPathError(message, path=keypath.render(steps))
        entries = renamed(around, str(steps[-1]), key)
        self._edit(steps[:-1], self._base.conceal_at(steps[:-1], entries))
        return (*steps[:-1], key)

    def switch(self, path: str | Path, to: int | str) -> None:
        """
        Make another alternative of a union of what is at *path*, keeping what fits.

        Raises:
            UsageError: If there is no alternative of that number or name.
        """
        steps = steps_of(path)
        spec = self.spec(steps)
        names = alternative_names(spec)
        number = names.index(to) if isinstance(to, str) and to in names else to
        if not isinstance(number, int) or not 0 <= number < len(names):
            message = f"there is no alternative {to}"
            hint = f"there are {', '.join(names)}" if names else "it is no union"
            raise UsageError(message, path=keypath.render(steps), hint=hint)
        value = switched(spec, at(self._state.draft, steps), number)
        self._edit(steps, self._base.conceal_at(steps, value))

    def _within(self, path: str | Path) -> tuple[Path, Any, Any]:
        """Return the steps of *path*, what lies there, and the container around it."""
        steps = steps_of(path)
        item = keypath.get(self._state.draft, steps)
        if not steps:
            message = "the whole is no item"
            raise KeyPathError(message)
        return steps, item, keypath.get(self._state.draft, steps[:-1])

    # the way back

    def discard(self) -> None:
        """Give all edits up; this can be undone too."""
        if self.dirty or differ(self._state.draft, self._base.saved):
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
        released = self._state.released
        mine = {path: at(self._state.draft, path, MISSING) for path in self.dirty_paths}
        self._begin(Base(self.model, Start.of(value)))
        after = self._base.saved
        draft = after
        for path, edited in mine.items():
            draft = put(draft, path, edited)
        if released or differ(draft, after):
            self._go(self._base.state(draft, released & mine.keys()))
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
            self._go(self._base.state(draft, self._state.released))
        return kept

    def _edit(self, path: Path, value: object, *, release: bool = False) -> None:
        """Put a concealed *value* at *path*; `MISSING` takes the place away."""
        if self.start.read_only:
            message = "this form is read-only"
            raise ValueRefusedError(message, path=keypath.render(path))
        row = self.tree.owner(path)
        if row is not None and (reason := self.locked(row.path)):
            message = f"{row.key} is {reason}"
            raise ValueRefusedError(message, path=row.key)
        if value is None and path and self._is_nothing(path):
            return
        if not path and row is None:
            message = "the whole is not one value"
            raise ValueRefusedError(message, hint="edit its fields, or discard all edits")
        place = row.path if row is not None else path
        released = self._state.released - {place} | ({place} if release else set())
        if released != self._state.released or differ(at(self._state.draft, path, MISSING), value):
            coalesced = path == self._typing_at
            state = self._base.state(put(self._state.draft, path, value), released)
            self._go(state, push=not coalesced)

    def _is_nothing(self, path: Path) -> bool:
        """Tell that nothing is at *path* already: no section around it, or no value needed."""
        if at(self._state.draft, path[:-1]) is None:
            return True
        return at(self._state.draft, path, MISSING) is MISSING and not self.spec(path).nullable

    def _go(self, state: State, *, push: bool = True) -> None:
        if push:
            self._past.append(self._state)
            del self._past[:-MOST_UNDONE]
        self._future.clear()
        self._state, self._typing_at = state, None
