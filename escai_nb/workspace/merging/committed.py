"""Keyrings of other commits: what git has that does not lie in the checkout yet."""

from __future__ import annotations

import os
import subprocess
from contextlib import suppress
from typing import TYPE_CHECKING

from escai_nb.encryption.keyring import load as load_keyring
from escai_nb.errors import EscaiError, KeyUnavailableError, UnavailableError
from escai_nb.workspace.access.unlocking import provider_of, unlock, workspace_id

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path

    from escai_nb.encryption.derivation import DataKey
    from escai_nb.encryption.keyring import UnlockedKeyring
    from escai_nb.workspace.layout import Workspace

COMMITS = 200
"""Older keyrings that are looked through, newest first, for a key that is not here."""


class Rings:
    """
    The keyrings of an environment, that of this checkout and those of other commits.

    While git merges, the files of the other side do not lie here yet. As a
    `KeySource` it opens whatever any of the keyrings opens, history too.
    """

    def __init__(self, workspace: Workspace, environment: str) -> None:
        self._workspace = workspace
        self._environment = environment
        self._rings: list[UnlockedKeyring] = []
        self._others: Iterator[UnlockedKeyring] = iter(())
        if here := unlock(workspace, environment):
            self._rings.append(here.archive)
            self._others = _committed(workspace, environment)

    @property
    def generation(self) -> int:
        """Of the newest keyring that was needed until now."""
        return max((ring.generation for ring in self._rings), default=0)

    def find(self, kid: str) -> DataKey:
        """Return the key of that name, or raise `KeyUnavailableError`."""
        for ring in self._walk():
            if kid in ring.keys:
                return ring.keys[kid]
        message = f"no keyring of {self._environment} in this repository has the key {kid}"
        raise KeyUnavailableError(
            message, code="key-unknown", hint="fetch all branches, then merge"
        )

    def _walk(self) -> Iterator[UnlockedKeyring]:
        yield from self._rings
        for ring in self._others:
            self._rings.append(ring)
            yield ring

    def newest(self, kids: Collection[str]) -> UnlockedKeyring:
        """
        Return the keyring to seal with: that of this checkout, or a newer one.

        A newer one counts if its primary key is one of *kids*, those of the documents.

        Raises:
            KeyUnavailableError: If this checkout has no keyring.
        """
        if not self._rings:
            message = f"{self._environment} has no keyring in this checkout"
            raise KeyUnavailableError(message, hint="restore it from version control")
        here, *others = self._rings
        theirs = [ring for ring in others if ring.primary.kid in kids]
        return max([here, *theirs], key=lambda ring: ring.generation)


def _committed(workspace: Workspace, environment: str) -> Iterator[UnlockedKeyring]:
    """Yield the genuine keyrings of other commits, newest commit first."""
    path = workspace.keyring_file(environment).relative_to(workspace.root)
    listed = git_output(workspace.root, "rev-list", "--all", f"-n{COMMITS}", "--", str(path))
    provider, name = provider_of(workspace, environment), workspace_id(workspace)
    for commit in listed.decode().split():
        with suppress(EscaiError):
            file = git_output(workspace.root, "show", f"{commit}:./{path}")
            yield load_keyring(file, provider, workspace=name, environment=environment).archive


def git_output(folder: Path, *words: str) -> bytes:
    """
    Return what git says in *folder*; nothing where it fails.

    Raises:
        UnavailableError: If there is no git.
    """
    # a driver is told of places relative to where git was started
    environ = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    try:
        asked = subprocess.run(  # noqa: S603  # fixed words, commits and our own paths
            ["git", *words],  # noqa: S607
            cwd=folder,
            env=environ,
            check=False,
            capture_output=True,
        )
    except OSError:
        message = "git is not to be found"
        raise UnavailableError(message, hint="install git, or put it into PATH") from None
    return asked.stdout if asked.returncode == 0 else b""
