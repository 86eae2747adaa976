"""Who is told when values change, each apart from the others."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from escai_nb import keypath

if TYPE_CHECKING:
    from collections.abc import Callable

    from escai_nb.history.change import Diff


class Subscribers:
    """Callbacks in the order in which they came."""

    def __init__(self) -> None:
        self._all: tuple[tuple[Callable[..., object], keypath.Path], ...] = ()

    def __bool__(self) -> bool:
        return bool(self._all)

    def add(self, call: Callable[..., object], path: str | None) -> None:
        """Tell *call* from now on; with *path* only of changes at or below it."""
        self._all = (*self._all, (call, keypath.parse(path) if path else ()))

    def remove(self, call: Callable[..., object]) -> None:
        """Tell *call* no more."""
        self._all = tuple(each for each in self._all if each[0] != call)

    def tell(self, old: dict[str, Any], new: dict[str, Any], changes: Diff) -> None:
        """Call everybody concerned; one that raises does not keep the others from it."""
        for call, path in self._all:
            mine = _at_or_below(path, changes)
            if not mine:
                continue
            try:
                call(old, new, mine)
            except Exception as error:  # noqa: BLE001  # others' code may raise anything
                _note(call, error)


class Followers:
    """Callbacks that are told that something happened, and look for themselves what."""

    def __init__(self) -> None:
        self._all: tuple[Callable[[], object], ...] = ()

    def add(self, call: Callable[[], object]) -> None:
        """Tell *call* from now on."""
        self._all = (*self._all, call)

    def remove(self, call: Callable[[], object]) -> None:
        """Tell *call* no more."""
        self._all = tuple(each for each in self._all if each != call)

    def tell(self) -> None:
        """Call everybody; one that raises does not keep the others from it."""
        for call in self._all:
            try:
                call()
            except Exception as error:  # noqa: BLE001  # others' code may raise anything
                _note(call, error)


def _at_or_below(path: keypath.Path, changes: Diff) -> Diff:
    if not path:
        return changes
    depth = len(path)
    mine = tuple(c for c in changes if keypath.parse(c.path)[:depth] == path)
    return replace(changes, changes=mine)


def _note(failed: Callable[..., object], error: Exception) -> None:
    """Log the failure by its type; its text may hold a secret that the callback was told."""
    import logging

    logging.getLogger(__name__).error(
        "a change callback failed with %s: %r", type(error).__name__, failed
    )
