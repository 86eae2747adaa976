"""How old keys and secrets are, as far as keyring and history tell."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from escai_nb import keypath
from escai_nb.encryption.keyring import peek
from escai_nb.errors import EscaiError, VersionUnknownError
from escai_nb.looking import is_there
from escai_nb.safefile import read_bytes
from escai_nb.secret import Secret
from escai_nb.validation.state_rules import OLD_KEY, OLD_SECRET, finding_of
from escai_nb.workspace.access.unlocking import LARGEST_KEYRING
from escai_nb.workspace.loading.comparing import tokens_as_secrets
from escai_nb.workspace.loading.reading import secret_paths
from escai_nb.workspace.past.past import find_version
from escai_nb.workspace.writing.saving import version_values

if TYPE_CHECKING:
    from collections.abc import Iterator

    from escai_nb.validation.finding import Finding
    from escai_nb.validation.policy import Policy
    from escai_nb.workspace.loading.reading import Reading


def aged(reading: Reading, policy: Policy, now: dt.datetime) -> Iterator[Finding]:
    """Say which key and which secrets are older than *policy* allows."""
    if policy.max_key_age_days is not None:
        yield from _old_key(reading, policy.max_key_age_days, now)
    if policy.max_secret_age_days is not None:
        yield from _old_secrets(reading, policy.max_secret_age_days, now)


def _old_key(reading: Reading, most: int, now: dt.datetime) -> Iterator[Finding]:
    path = reading.workspace.keyring_file(reading.environment)
    if not is_there(path):
        return
    ring = reading.keyring or peek(read_bytes(path, limit=LARGEST_KEYRING))
    entry = ring.primary_entry
    age = (now - dt.datetime.fromisoformat(entry.created)).days
    if age > most:
        tier = reading.workspace.spec.tier(reading.environment)
        message = f"key {entry.kid[:8]} is {age} days old, and may become {most}"
        yield finding_of(OLD_KEY, tier, message, origin=reading.file_origin(()))


def _old_secrets(reading: Reading, most: int, now: dt.datetime) -> Iterator[Finding]:
    """
    Compare today's secrets with those of the day before which none may come from.

    One look back suffices; that a secret went and came again in between is not seen.
    """
    document = reading.files.document
    if document is None:
        return
    moment = now - dt.timedelta(days=most)
    workspace, environment = reading.workspace, reading.environment
    try:
        version = find_version(workspace, environment, f"@{moment.isoformat()}")
        then = version_values(reading, version)
    except (VersionUnknownError, EscaiError):
        return
    own = reading.own if reading.keyring is not None else tokens_as_secrets(document.data)
    tier = workspace.spec.tier(environment)
    for path in secret_paths(own):
        value = keypath.get(own, path)
        same = keypath.has(then, path) and keypath.get(then, path) == value
        if same and value != Secret(""):
            yield finding_of(
                OLD_SECRET,
                tier,
                f"is the same as {most} days ago, in version {version.short}",
                path=keypath.render(path),
                origin=reading.file_origin(path),
            )
