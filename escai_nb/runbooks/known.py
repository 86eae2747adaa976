"""Which secrets a workspace holds, as far as its keys are here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from escai_nb import keypath
from escai_nb.errors import EscaiError
from escai_nb.runbooks.parameters import ParameterModel, Parameters, workspace_of
from escai_nb.runbooks.redaction import Redaction
from escai_nb.secret import Secret
from escai_nb.workspace.access.unlocking import key_place
from escai_nb.workspace.loading.opening import read_environment

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from escai_nb.workspace.layout import Workspace


class KnownSecrets:
    """
    The secret values of all environments of a workspace, and its master keys.

    Files are read again only when one of them changed. What cannot be opened
    here is not known here: nobody in this process can have said it either.
    """

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._seen: object = None
        self._values: frozenset[str] = frozenset()

    def __repr__(self) -> str:
        return "KnownSecrets(values hidden)"

    def __call__(self) -> frozenset[str]:
        """Return what is known now."""
        state = self._state()
        if state != self._seen:
            self._seen = state
            self._values = frozenset(self._read())
        return self._values

    def _state(self) -> object:
        """Return something that differs once a file has been written."""
        folders = (self._workspace.root, self._workspace.state)
        files = (path for folder in folders if folder.is_dir() for path in folder.iterdir())
        return {
            path: path.stat().st_mtime_ns
            for path in files
            if path.suffix in {".yaml", ".yml", ".json"} and path.is_file()
        }

    def _read(self) -> Iterator[str]:
        for environment in self._workspace.environments_present():
            try:
                reading = read_environment(self._workspace, environment)
                place = key_place(self._workspace, environment).path
            except EscaiError:
                continue
            for _, value in keypath.leaves(reading.merged.data):
                if isinstance(value, Secret):
                    yield str(value.open())
            if place.is_file():
                yield place.read_bytes().decode("ascii", "replace").strip()


def redaction_for(parameters: ParameterModel, folder: Path) -> Redaction:
    """Return what masks the secrets of the workspace that *parameters* name, if they do."""
    if isinstance(parameters, Parameters):
        return Redaction(KnownSecrets(workspace_of(parameters, folder)))
    return Redaction()
