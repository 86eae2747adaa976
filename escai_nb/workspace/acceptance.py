"""Taking over what was edited by hand, merged by git, or put back on purpose."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from escai_nb.audit.log import Deed
from escai_nb.encryption.block import read_block
from escai_nb.encryption.seal import open_edited
from escai_nb.errors import SealError
from escai_nb.history.store import SQLiteStore
from escai_nb.history.version import VersionKind
from escai_nb.safefile import read_bytes
from escai_nb.secret import conceal
from escai_nb.sources.document import parse
from escai_nb.sources.refusal import LIMITS
from escai_nb.workspace.access.auditing import record_at
from escai_nb.workspace.assessment import assess, require_acceptable
from escai_nb.workspace.loading.comparing import concealed, difference
from escai_nb.workspace.loading.opening import examine, read_environment, read_files
from escai_nb.workspace.loading.reading import BLOCK, Standing, json_like
from escai_nb.workspace.writing.recovery import writing
from escai_nb.workspace.writing.saving import (
    Entry,
    Means,
    save,
    version_values,
)

if TYPE_CHECKING:
    from pathlib import Path

    from escai_nb.encryption.block import Block
    from escai_nb.history.change import Diff
    from escai_nb.history.version import Version
    from escai_nb.sources.document import Document
    from escai_nb.workspace.layout import Workspace
    from escai_nb.workspace.loading.reading import Reading

MENDABLE = frozenset(
    {
        "edited-by-hand",
        "older-document",
        "policy-edited",
        "policy-loosened",
        "scope-loosened",
        "seal-missing",
    }
)
"""Troubles that a person may decide to take over; the others are none of theirs."""

_CONFLICT = re.compile(
    r"^<{7}[^\n]*\n(?P<ours>.*?)(?:^\|{7}[^\n]*\n.*?)?^={7}[^\n]*\n.*?^>{7}[^\n]*(?:\n|\Z)",
    re.MULTILINE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Acceptance:
    """
    What accepting does, or did.

    Attributes:
        diff: What differs from the last version; secrets are told as changed.

        version: The version that was made; nothing in a dry run, or if all was as recorded.
    """

    environment: str
    diff: Diff
    version: Version | None = None

    def to_data(self) -> dict[str, Any]:
        """Return it as plain data, secrets masked."""
        return {
            "environment": self.environment,
            "diff": self.diff.to_data(),
            "version": self.version.id if self.version is not None else None,
        }


def accept(
    workspace: Workspace,
    environment: str,
    *,
    message: str = "",
    dry_run: bool = False,
) -> Acceptance:
    """
    Take over the file as it lies there: validate, seal, record one version.

    Plain changes, additions and removals are taken, never a token that does not
    open at its path. Conflict markers are tolerated inside ``_escai`` alone.

    Raises:
        SealError: If a token was moved, broken, or comes from somewhere else.
        KeyUnavailableError: If the key is not here.
        InvalidConfigurationError: If the file breaks the model, or brings an
            error that the last version did not have.
    """
    with writing(workspace):
        reading = _mendable(_read(workspace, environment))
        last = version_values(reading, reading.head) if reading.head is not None else None
        left = reading.head.short if reading.head is not None else "nothing"
        diff = difference(last or {}, reading.own, left=left, right="file")
        before = assess(reading, own=last) if last is not None else None
        require_acceptable(before, assess(reading))
        if dry_run:
            return Acceptance(environment, diff)
        entry = Entry(VersionKind.ACCEPTED, message or "accepted by hand")
        mended = reading.troubles or reading.standing is not Standing.CURRENT
        sealed = reading.keyring is None or reading.keyring.seals == "file"
        if not mended:
            return Acceptance(environment, diff)
        record_at(
            reading,
            Deed.ACCEPT,
            paths=[change.path for change in diff],
            note=", ".join(trouble.code for trouble in reading.troubles),
        )
        # it is recorded as accepted, not first as adopted, and counts what differs from then
        known = replace(reading, own=last or {}, stands=Standing.CURRENT)
        version = save(known, reading.own, entry, Means(sealed, resealed=True))
        return Acceptance(environment, diff, version)


def _read(workspace: Workspace, environment: str) -> Reading:
    path = workspace.require_file(environment)
    found = read_bytes(path, limit=LIMITS.size).decode("utf-8", "replace")
    document = _without_seal_conflicts(path, found)
    if document is None:
        return read_environment(workspace, environment)
    return examine(workspace, environment, read_files(workspace, path, document, found=found))


def _without_seal_conflicts(path: Path, text: str) -> Document | None:
    """Parse *text* with conflicts inside the block settled, if it has any such."""
    start = re.search(rf"^{BLOCK}:", text, re.MULTILINE)
    conflicts = list(_CONFLICT.finditer(text))
    if start is None or not conflicts or any(c.start() < start.start() for c in conflicts):
        return None
    if any(re.search(r"^\S", c["ours"], re.MULTILINE) for c in conflicts):
        return None
    return parse(_CONFLICT.sub(lambda c: c["ours"], text), source=str(path))


def _mendable(reading: Reading) -> Reading:
    """
    Open every token at its path, though the seal does not hold.

    Where the whole block is gone, that of the last version says whose the
    tokens are; no token is ever taken for a value that was removed.

    Raises:
        EscaiError: The first trouble that is nobody's to accept.
    """
    for trouble in reading.troubles:
        if trouble.code not in MENDABLE:
            raise trouble
    document = reading.files.document
    block = reading.block or (_last_block(reading) if reading.unreadable else None)
    if block is None and reading.unreadable:
        raise reading.troubles[0]
    if block is None or reading.keyring is None or document is None:
        return reading
    if reading.opened is None and not reading.troubles:
        msg = f"{reading.files.path.name} was not opened"
        raise SealError(msg, where=str(reading.files.path))
    opened = open_edited(document.data, reading.keyring, block=block)
    own = conceal(json_like(concealed(opened)), reading.is_secret)
    return replace(reading, block=block, opened=opened, own=own, unreadable=frozenset())


def _last_block(reading: Reading) -> Block | None:
    if reading.head is None:
        return None
    return read_block(SQLiteStore(reading.workspace.history_file).content(reading.head.id))
