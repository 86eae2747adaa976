"""Who is told when values change, each apart from the others."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from escai_nb import keypath
from escai_nb.secret import reveal

if TYPE_CHECKING:
    from collections.abc import Callable

    from escai_nb.history.change import Diff
    from escai_nb.workspace.noticing.reload import ReloadState


class Subscribers:
    """Callbacks in the order in which they came."""

    def __init__(self) -> None:
        self._all: tuple[_Subscription, ...] = ()

    def __bool__(self) -> bool:
        return bool(self._all)

    def add(
        self,
        call: Callable[..., object],
        path: str | None,
        on_reload_state: Callable[[ReloadState], object] | None = None,
    ) -> None:
        """Tell *call* from now on; with *path* only of changes at or below it."""
        at = keypath.parse(path) if path else ()
        self._all = (*self._all, _Subscription(call, at, on_reload_state))

    def remove(self, call: Callable[..., object]) -> None:
        """Tell *call* no more, nor what came with it."""
        self._all = tuple(each for each in self._all if each.call != call)

    def tell(self, old: dict[str, Any], new: dict[str, Any], changes: Diff) -> None:
        """
        Call everybody concerned, with *old* and *new* revealed.

        Each gets data of its own, and none keeps the others from being told.
        """
        for each in self._all:
            if mine := _at_or_below(each.path, changes):
                _call(each.call, reveal(old), reveal(new), mine)

    def tell_state(self, state: ReloadState) -> None:
        """Call everybody who asked how reloads go."""
        for each in self._all:
            if each.on_reload_state is not None:
                _call(each.on_reload_state, state)


@dataclass(frozen=True, slots=True)
class _Subscription:
    call: Callable[..., object]
    path: keypath.Path
    on_reload_state: Callable[[ReloadState], object] | None


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
            _call(call)


def _call(call: Callable[..., object], *told: object) -> None:
    """Call others' code, which may raise anything, or want to end the thread that it runs on."""
    try:
        call(*told)
    except (Exception, SystemExit) as error:  # noqa: BLE001
        _note(call, error)


def _at_or_below(path: keypath.Path, changes: Diff) -> Diff:
    if not path:
        return changes
    depth = len(path)
    mine = tuple(c for c in changes if keypath.parse(c.path)[:depth] == path)
    return replace(changes, changes=mine)


def _note(failed: Callable[..., object], error: BaseException) -> None:
    """Log the failure by its type; its text may hold a secret that the callback was told."""
    import logging

    logging.getLogger(__name__).error(
        "a change callback failed with %s: %r", type(error).__name__, failed
    )
