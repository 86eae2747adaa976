"""Several files and their versions, written together: all of them, or none."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from escai_nb.errors import EscaiError
from escai_nb.safefile import replaced

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from escai_nb.history.store import VersionStore
    from escai_nb.history.version import Draft, Version
    from escai_nb.secret import Secret


@dataclass(frozen=True)
class Batch:
    """What one writer writes under one lock; see `together`."""

    store: VersionStore
    files: ExitStack
    versions: list[str] = field(default_factory=list)

    def begin(self, draft: Draft, content: Mapping[str, Any]) -> Version:
        """Keep *content* as a pending version, to be confirmed with the others."""
        version = self.store.begin(draft, content)
        self.versions.append(version.id)
        return version

    def put(
        self,
        path: Path,
        content: Secret[bytes],
        *,
        mode: int,
        last_look: Callable[[], None] = lambda: None,
    ) -> None:
        """Make *path* hold *content*; it is put back if anything after it fails."""
        self.files.enter_context(
            replaced(path, content.open(), mode=mode, last_look=last_look),
        )


@contextmanager
def together(store: VersionStore) -> Iterator[Batch]:
    """
    Write files and begin versions in the block; all versions are confirmed at its end.

    Whatever fails, each file is as it was, put back in reverse order, and no
    version is left. A kill leaves versions pending, by which the next writer
    knows how far this one came. So files are put in an order that can be read
    after each step.
    """
    versions: list[str] = []
    try:
        with ExitStack() as files:
            yield Batch(store, files, versions)
            if versions:
                store.confirm(*versions)
    except (EscaiError, OSError):
        with suppress(EscaiError):
            if versions:
                store.drop(*versions)
        raise
