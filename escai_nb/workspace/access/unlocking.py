"""Where the master key of an environment lies, and the keyring that it opens."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from escai_nb.encryption.keyring import create as create_keyring
from escai_nb.encryption.keyring import load as load_keyring
from escai_nb.encryption.keyring import peek
from escai_nb.encryption.providers.file import FileProvider, generate
from escai_nb.errors import (
    FileUnavailableError,
    KeyUnavailableError,
    KeyUnsafeError,
    SealError,
    TargetExistsError,
)
from escai_nb.history.marks import read_marks, set_marks
from escai_nb.looking import is_there
from escai_nb.masking import may_be_secret
from escai_nb.safefile import read_bytes, remove_leftovers, write_atomic
from escai_nb.workspace.access.key_sources import AtHand, Prompt, given_providers
from escai_nb.workspace.layout import READABLE

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from escai_nb.encryption.keyring import Keyring, UnlockedKeyring
    from escai_nb.encryption.providers.provider import KeyProvider
    from escai_nb.workspace.layout import Workspace

KEY_FILE_VARIABLE = "ESCAI_MASTER_KEY_FILE"
COMING = ".next"
"""Suffix of the key file that is to replace the one beside it."""
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


def key_place(workspace: Workspace, environment: str, *, name: str = "") -> KeyPlace:
    """
    Tell where the master key of *environment* belongs.

    *name* is that of the workspace, for a caller who knows it.

    Raises:
        KeyUnsafeError: If that place is inside the workspace, or in a git
            checkout that does not ignore it.
        FileUnavailableError: If the workspace has lost its policy file.
    """
    place = _place(workspace, environment, name=name)
    require_apart(place.path, workspace.root)
    return place


def _place(workspace: Workspace, environment: str, *, name: str = "") -> KeyPlace:
    if named := workspace.environ.get(KEY_FILE_VARIABLE):
        return KeyPlace(Path(named), strict=False)
    folder = _store(workspace.environ) / (name or workspace_id(workspace))
    return KeyPlace(folder / f"{environment}.key", strict=True)


def remove_leftover_keys(workspace: Workspace) -> None:
    """Remove what a writer that was killed left beside the master keys."""
    if workspace.policy() is None:
        return
    places = [_place(workspace, name).path for name in workspace.spec.environments]
    ours = {name for path in places for name in (path.name, path.with_suffix(COMING).name)}
    for folder in {path.parent for path in places}:
        remove_leftovers(folder, ours.__contains__)


def require_safe_store(workspace: Workspace) -> None:
    """
    Make sure, before anything is written, that master keys of *workspace* may lie where they would.

    Raises:
        KeyUnsafeError: If not; see `key_place`.
    """
    named = workspace.environ.get(KEY_FILE_VARIABLE)
    require_apart(Path(named) if named else _store(workspace.environ) / "key", workspace.root)


def workspace_id(workspace: Workspace) -> str:
    """
    Return the name of *workspace*, which its keyrings and its folder of keys have.

    Raises:
        FileUnavailableError: If it has lost its policy file.
    """
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
        checkout = next((f for f in real.parents if os.path.exists(f"{f}/.git")), None)  # noqa: PTH110  # a path each costs more than the question
        if checkout is not None and not _git_ignores(checkout, real):
            where = f"in the git checkout {checkout} and not ignored there"
    if where:
        message = f"the master key would lie {where}"
        raise KeyUnsafeError(
            message,
            where=KEY_FILE_VARIABLE if may_be_secret(str(key_file)) else str(key_file),
            hint=f"point {KEY_FILE_VARIABLE} or XDG_DATA_HOME to a place outside of it",
        )


def _git_ignores(checkout: Path, path: Path) -> bool:
    import subprocess

    try:
        asked = subprocess.run(  # noqa: S603  # fixed words and a path after --
            ["git", "-C", str(checkout), "check-ignore", "-q", "--", str(path)],  # noqa: S607
            check=False,
            capture_output=True,
        )
    except FileNotFoundError:
        return False
    return asked.returncode == 0


def provider_of(workspace: Workspace, environment: str, *, name: str = "") -> AtHand:
    """
    Return who wraps and unwraps the data keys of *environment*: every master key at hand.

    The key file comes first, then what variables name, then a person on a terminal.
    *name* is that of the workspace, for a caller who knows it.

    Raises:
        KeyUnavailableError: If a variable names what holds no key.
        KeyUnsafeError: If others could read or replace a key.
    """
    place = key_place(workspace, environment, name=name)
    where, hint = str(place.path), f"copy it to {place.path} (mode 600), or set {KEY_FILE_VARIABLE}"
    if workspace.environ.get(KEY_FILE_VARIABLE) and may_be_secret(where):
        where = KEY_FILE_VARIABLE
        hint = f"{where} is to name the file of the key, and names none here (what it says is not"
        hint += " shown, as it may be the key itself)"
    message = f"the master key of {environment} is not on this machine"
    missing = KeyUnavailableError(message, where=where, hint=hint)
    found: list[KeyProvider] = []
    if os.path.exists(place.path):  # noqa: PTH110  # which raises nothing that names it
        found.append(FileProvider(place.path, strict=place.strict))
    found += given_providers(workspace.environ)
    prompt = Prompt(f"{environment} in {workspace.root}")
    return AtHand(
        [*found, prompt], missing=missing, ring=lambda: peeked_keyring(workspace, environment)
    )


def peeked_keyring(workspace: Workspace, environment: str) -> Keyring | None:
    """
    Return what the keyring file of *environment* says, unchecked, or nothing if there is none.

    Raises:
        SealError: If it is no keyring.
    """
    path = workspace.keyring_file(environment)
    return peek(read_bytes(path, limit=LARGEST_KEYRING)) if is_there(path) else None


def environment_of_kid(workspace: Workspace, kids: Collection[str]) -> str:
    """Return the environment whose keyring here has one of *kids*; empty if none has."""
    for environment in workspace.spec.environments:
        with suppress(SealError):
            ring = peeked_keyring(workspace, environment)
            if ring is not None and {entry.kid for entry in ring.entries}.intersection(kids):
                return environment
    return ""


def unlock(
    workspace: Workspace, environment: str, marks: Mapping[str, str] | None = None
) -> UnlockedKeyring | None:
    """
    Open the keyring of *environment* with its master key.

    *marks* are those of the history, for a caller who has read them.

    Returns nothing where the environment has no keyring, so that nothing of it
    was ever sealed here.

    Raises:
        KeyUnavailableError: If there is no master key, or it is the wrong one.
        KeyUnsafeError: If others could read or replace it.
        SealError: If the keyring is not as it was written, or older than one
            that this workspace has worked with.
    """
    path = workspace.keyring_file(environment)
    if not is_there(path):
        return None
    name = workspace_id(workspace)
    return load_keyring(
        read_bytes(path, limit=LARGEST_KEYRING),
        provider_of(workspace, environment, name=name),
        workspace=name,
        environment=environment,
        at_least=generation_seen(workspace, environment, marks),
    )


def unlock_other(
    workspace: Workspace, file: bytes, *, name: str, environment: str
) -> UnlockedKeyring | None:
    """
    Open the keyring of *environment* in the workspace called *name*, if its key is at hand.

    Nobody is asked for a passphrase.

    Raises:
        SealError: If it is not as it was written, or of another place.
    """
    ring = peek(file)
    if (ring.workspace, ring.environment) != (name, environment):
        message = f"the keyring given for {environment} is that of another place"
        raise SealError(message, code="keyring-broken")
    place = _place(workspace, environment, name=name)
    message = f"the master key of {environment} is not on this machine"
    found: list[KeyProvider] = []
    if os.path.exists(place.path):  # noqa: PTH110  # which raises nothing that names it
        found.append(FileProvider(place.path, strict=place.strict))
    found += given_providers(workspace.environ)
    at_hand = AtHand(found, missing=KeyUnavailableError(message), ring=lambda: ring)
    with suppress(KeyUnavailableError):
        return load_keyring(file, at_hand, workspace=name, environment=environment)
    return None


def generation_seen(
    workspace: Workspace, environment: str, marks: Mapping[str, str] | None = None
) -> int:
    """Return the highest generation of a keyring that this workspace has worked with, 0 if none."""
    marks = read_marks(workspace.history_file) if marks is None else marks
    return int(marks.get(f"keyring.{environment}", 0))


def remember_generation(workspace: Workspace, keyring: UnlockedKeyring) -> None:
    """Keep in mind how new *keyring* is, so that an older one is refused from now on."""
    environment = keyring.environment
    if keyring.generation > generation_seen(workspace, environment):
        set_marks(workspace.history_file, {f"keyring.{environment}": str(keyring.generation)})


def make_keyring(
    workspace: Workspace,
    environment: str,
    *,
    seals: str,
    provider: KeyProvider | None = None,
) -> UnlockedKeyring:
    """
    Give *environment* its first keyring, for *provider* or for a key file.

    Where there is no key file, one is made; it is durable before the keyring
    that needs it.
    """
    from escai_nb.audit.log import Deed  # readers do without
    from escai_nb.workspace.access.auditing import record

    policy = workspace.set_up()
    place = key_place(workspace, environment)
    if provider is None:
        # another checkout of the same workspace may be faster
        with suppress(TargetExistsError):
            if not is_there(place.path):
                generate(place.path)
        provider = FileProvider(place.path, strict=place.strict)
    keyring = create_keyring(
        policy.workspace, environment, provider, seals=seals, now=workspace.clock()
    )
    kid, generation = keyring.primary.kid, keyring.generation
    record(workspace, Deed.KEYRING_MADE, environment, kid=kid, generation=generation)
    store_keyring(workspace, keyring)
    return keyring


def store_keyring(workspace: Workspace, keyring: UnlockedKeyring) -> None:
    """Write *keyring* durably, and remember that it was here."""
    path = workspace.keyring_file(keyring.environment)
    write_atomic(path, keyring.to_bytes(), mode=READABLE)
    remember_generation(workspace, keyring)
