"""Edits that a seal does not allow: which they are, as far as history knows what was there."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from escai_nb import keypath
from escai_nb.digest import sha256_hex
from escai_nb.encryption.block import Scope
from escai_nb.encryption.seal import open_document, value_digest
from escai_nb.errors import EscaiError, SealError
from escai_nb.history.reading import HistoryReader
from escai_nb.workspace.loading.comparing import concealed, difference
from escai_nb.workspace.loading.reading import NEXT, Standing, json_like, secret_paths, vouched

if TYPE_CHECKING:
    from collections.abc import Mapping

    from escai_nb.encryption.block import Block
    from escai_nb.encryption.keyring import UnlockedKeyring
    from escai_nb.encryption.seal import Opened
    from escai_nb.history.version import Version
    from escai_nb.keypath import Path as KeyPath
    from escai_nb.workspace.layout import Workspace
    from escai_nb.workspace.loading.reading import Files

MOST_PLACES = 3
"""Key paths that an error names one by one."""
ACCEPT = "escai config accept -e {environment} shows what changed, validates and seals it"


def stands_clear(keyring: UnlockedKeyring, own: Mapping[str, Any], head: Version) -> Standing:
    """Compare what a clear file says with what the newest version said."""
    same = value_digest(keyring.primary, own) == head.value_digest
    return Standing.CURRENT if same else Standing.EDITED


def stands_sealed(data: Mapping[str, Any], head: Version) -> Standing:
    """Compare a file of the newest version's seal with that version."""
    is_same = head.digest == sha256_hex(data) or head.digest == sha256_hex(json_like(data))
    return Standing.CURRENT if is_same else Standing.EDITED


def edited(
    subject: str,
    environment: str,
    head: Version | None,
    *,
    where: str,
    code: str = "edited-by-hand",
    what: str = "",
) -> SealError:
    """Make the error for *subject*, which is not as the last seal vouches for it."""
    since = f"version {head.id[:8]}" if head is not None else "it was sealed"
    message = f"{subject} was edited outside since {since}" + (f": {what}" if what else "")
    return SealError(message, code=code, where=where, hint=ACCEPT.format(environment=environment))


def edited_file(  # the facts of a reading under way
    workspace: Workspace,
    environment: str,
    files: Files,
    own: Mapping[str, Any],
    opened: Opened,
    *,
    keyring: UnlockedKeyring,
    head: Version | None,
) -> SealError:
    """Make the error for a file that was edited itself; clear text for secrets comes first."""
    clear = [path for path in secret_paths(own) if path not in opened.tokens]
    changed = _changed(workspace, own, keyring, head) or clear
    places = sorted(changed, key=lambda path: path not in clear)
    told = [keypath.render(path) + (" in clear" if path in clear else "") for path in places]
    more = f" and {len(told) - MOST_PLACES} more" if len(told) > MOST_PLACES else ""
    what = ", ".join(told[:MOST_PLACES]) + more
    at = f":{files.document.mark_of(places[0])}" if places and files.document is not None else ""
    error = edited(files.path.name, environment, head, where=f"{files.path}{at}", what=what)
    error.path = keypath.render(places[0]) if places else ""
    return error


def held_to_policy(
    workspace: Workspace,
    environment: str,
    files: Files,
    block: Block,
    head: Version | None,
) -> list[SealError]:
    """
    List what the policy, or a change of it, says against a sealed file.

    Raises:
        SealError: If the file is sealed more loosely than the policy asks for.
    """
    policy = workspace.policy()
    wanted = policy.scopes.get(environment, "strict") if policy else "strict"
    if wanted == "strict" and block.scope is not Scope.STRICT:
        message = f"{files.path.name} is sealed more loosely than the policy asks for"
        hint = ACCEPT.format(environment=environment)
        raise SealError(message, code="scope-loosened", hint=hint)
    if block.scope is not Scope.STRICT:
        return []
    now = vouched(workspace, files.shared_data)
    changed = [
        name
        for name in ("policy", "shared")
        if now[name] not in {block.vouches.get(name), block.vouches.get(f"{name}{NEXT}")}
    ]
    if "policy" in changed:
        code = "policy-edited" if wanted == "strict" else "policy-loosened"
        where = str(workspace.policy_file)
        return [edited("the policy", environment, head, code=code, where=where)]
    if changed:
        shared = workspace.shared_file
        return [edited(shared.name, environment, head, where=str(shared))]
    return []


def _changed(
    workspace: Workspace,
    own: Mapping[str, Any],
    keyring: UnlockedKeyring,
    head: Version | None,
) -> list[KeyPath]:
    """List where *own* differs from the last version, if that is here and opens."""
    if head is not None:
        with suppress(EscaiError):
            content = HistoryReader(workspace.history_file).content(head.id)
            last = concealed(open_document(content, keyring.archive))
            return [keypath.parse(change.path) for change in difference(last, own)]
    return []
