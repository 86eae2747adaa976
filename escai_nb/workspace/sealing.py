"""Sealing an environment that lies there in clear, and single files beside any workspace."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from escai_nb import keypath
from escai_nb.history.version import VersionKind
from escai_nb.workspace.loading.opening import read_environment
from escai_nb.workspace.loading.reading import secret_paths
from escai_nb.workspace.writing.recovery import writing
from escai_nb.workspace.writing.saving import Entry, Means, save

if TYPE_CHECKING:
    from escai_nb.history.version import Version
    from escai_nb.workspace.layout import Workspace


@dataclass(frozen=True, slots=True)
class SealReceipt:
    """
    What was sealed.

    Attributes:
        sealed: Key paths of the leaves that this seals; of all that are sealed,
            where there was nothing left to seal.

        version: The version that was made; nothing in a dry run, or when the
            file was sealed already.

        already: Whether the file was sealed already, with every secret in it.
    """

    environment: str
    file: str
    sealed: tuple[str, ...]
    version: Version | None
    already: bool = False

    def to_data(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {
            "environment": self.environment,
            "file": self.file,
            "sealed": list(self.sealed),
            "version": self.version.id if self.version is not None else None,
            "already": self.already,
        }


def seal_environment(
    workspace: Workspace,
    environment: str,
    *,
    dry_run: bool = False,
) -> SealReceipt:
    """
    Seal the file of *environment*, or what lies in clear in it, in place and as one version.

    Raises:
        EscaiError: If the environment cannot be read and opened here; nothing
            is written then.
    """
    with writing(workspace):
        reading = read_environment(workspace, environment)
        reading.require_usable()
        already = reading.block is not None and not reading.clear_secrets
        secrets = reading.clear_secrets or secret_paths(reading.own)
        sealed = tuple(map(keypath.render, secrets))
        path = str(reading.files.path)
        if already or dry_run:
            return SealReceipt(environment, path, sealed, None, already)
        entry = Entry(VersionKind.SAVE, "sealed")
        version = save(reading, reading.own, entry, Means(sealed=True))
        return SealReceipt(environment, path, sealed, version)
