"""Where the master key of an environment lies, and the keyring that it opens."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from escai_nb.encryption.keyring import UnlockedKeyring
from escai_nb.encryption.keyring import create as create_keyring
from escai_nb.encryption.keyring import load as load_keyring
from escai_nb.encryption.providers.file import FileProvider, generate
from escai_nb.errors import FileUnavailableError, KeyUnavailableError, KeyUnsafeError
from escai_nb.safefile import read_bytes, write_atomic
from escai_nb.workspace.layout import READABLE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from escai_nb.workspace.layout import Workspace

KEY_FILE_VARIABLE = "ESCAI_MASTER_KEY_FILE"
LARGEST_KEYRING = 1 << 20
"""Bytes; a keyring of a hundred generations has about 60 kB."""


@dataclass(frozen=True, slots=True)
class KeyPlace:
    """
    Where the master key of an environment is looked for.

    Attributes:
        path: The key file.

        strict: Whether it must be the reader's alone, as in the home store; a
            file named by `KEY_FILE_VARIABLE` may be a mount of root's.
    """

    path: Path
    strict: bool


def key_place(workspace: Workspace, environment: str) -> KeyPlace:
    """
    Tell where the master key of *environment* belongs.

    Raises:
        KeyUnsafeError: If that place is inside the workspace, or in a git
            checkout that does not ignore it.
        FileUnavailableError: If the workspace has lost its policy file.
    """
    if named := workspace.environ.get(KEY_FILE_VARIABLE):
        place = KeyPlace(Path(named), strict=False)
    else:
        folder = _store(workspace.environ) / _workspace_id(workspace)
        place = KeyPlace(folder / f"{environment}.key", strict=True)
    require_apart(place.path, workspace.root)
    return place


def require_safe_store(workspace: Workspace) -> None:
    """
    Make sure, before anything is written, that master keys of *workspace* may lie where they would.

    Raises:
        KeyUnsafeError: If not; see `key_place`.
    """
    named = workspace.environ.get(KEY_FILE_VARIABLE)
    require_apart(Path(named) if named else _store(workspace.environ) / "key", workspace.root)


def _workspace_id(workspace: Workspace) -> str:
    policy = workspace.policy()
    if policy is None:
        message = f"{workspace.policy_file} is missing, and with it the name of the workspace"
        raise FileUnavailableError(
            message,
            where=str(workspace.policy_file),
            hint="restore it from version control or a backup",
        )
    return policy.workspace


def _store(environ: Mapping[str, str]) -> Path:
    if home := environ.get("XDG_DATA_HOME"):
        return Path(home) / "escai" / "keys"
    from platformdirs import user_data_path

    return user_data_path("escai") / "keys"


def require_apart(key_file: Path, root: Path) -> None:
    """
    Let *key_file* pass if what it protects cannot take it along.

    Raises:
        KeyUnsafeError: If it is below *root*, or in a git checkout that does
            not ignore it.
    """
    real = Path(os.path.realpath(key_file))
    where = ""
    if real.is_relative_to(os.path.realpath(root)):
        where = "inside the workspace"
    else:
        checkout = next((folder for folder in real.parents if (folder / ".git").exists()), None)
        if checkout is not None and not _git_ignores(checkout, real):
            where = f"in the git checkout {checkout} and not ignored there"
    if where:
        message = f"the master key would lie {where}"
        raise KeyUnsafeError(
            message,
            where=str(key_file),
            hint=f"point {KEY_FILE_VARIABLE} or XDG_DATA_HOME to a place outside of it",
        )


def _git_ignores(checkout: Path, path: Path) -> bool:
    try:
        asked = subprocess.run(  # noqa: S603  # fixed words and a path after --
            ["git", "-C", str(checkout), "check-ignore", "-q", "--", str(path)],  # noqa: S607
            check=False,
            capture_output=True,
        )
    except FileNotFoundError:
        return False
    return asked.returncode == 0


def provider_of(workspace: Workspace, environment: str) -> FileProvider:
    """Return who wraps and unwraps the data keys of *environment*."""
    place = key_place(workspace, environment)
    return FileProvider(place.path, strict=place.strict)


def unlock(workspace: Workspace, environment: str) -> UnlockedKeyring | None:
    """
    Open the keyring of *environment* with its master key.

    Returns nothing where the environment has no keyring, so that nothing of it
    was ever sealed here.

    Raises:
        KeyUnavailableError: If there is no master key, or it is the wrong one.
        KeyUnsafeError: If others could read or replace it.
        SealError: If the keyring is not as it was written.
    """
    path = workspace.keyring_file(environment)
    if not path.exists():
        return None
    place = key_place(workspace, environment)
    if not place.path.exists():
        message = f"the master key of {environment} is not on this machine"
        raise KeyUnavailableError(
            message,
            where=str(place.path),
            hint=f"copy it to {place.path} (mode 600), or set {KEY_FILE_VARIABLE}",
        )
    return load_keyring(
        read_bytes(path, limit=LARGEST_KEYRING),
        FileProvider(place.path, strict=place.strict),
        workspace=_workspace_id(workspace),
        environment=environment,
    )


def make_keyring(
    workspace: Workspace,
    environment: str,
    *,
    seals: str,
) -> UnlockedKeyring:
    """
    Give *environment* its first keyring, and a master key where there is none.

    The master key is durable before the keyring that needs it.
    """
    policy = workspace.set_up()
    place = key_place(workspace, environment)
    if not place.path.exists():
        generate(place.path)
    keyring = create_keyring(
        policy.workspace,
        environment,
        provider_of(workspace, environment),
        seals=seals,
        now=workspace.clock(),
    )
    store_keyring(workspace, keyring)
    return keyring


def store_keyring(workspace: Workspace, keyring: UnlockedKeyring) -> None:
    """Write *keyring* durably."""
    path = workspace.keyring_file(keyring.environment)
    write_atomic(path, keyring.to_bytes(), mode=READABLE)
