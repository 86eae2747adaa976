"""The history of a workspace as one file, and such a file taken into a workspace."""

from __future__ import annotations

import hmac
import itertools
import re
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from escai_nb.encryption.block import read_block
from escai_nb.encryption.keyring import peek
from escai_nb.errors import (
    EscaiError,
    HistoryDamagedError,
    KeyUnavailableError,
    SealError,
    SpecError,
    TargetExistsError,
    UnavailableError,
)
from escai_nb.history.bundle import Origin, read_bundle, write_bundle
from escai_nb.history.retention import Retention, plan_retention
from escai_nb.history.version import SHARED
from escai_nb.looking import is_there
from escai_nb.safefile import creating, read_bytes, write_atomic
from escai_nb.workspace.access.unlocking import (
    LARGEST_KEYRING,
    make_keyring,
    provider_of,
    store_keyring,
    unlock,
    unlock_other,
    workspace_id,
)
from escai_nb.workspace.layout import READABLE
from escai_nb.workspace.past.past import history_of
from escai_nb.workspace.writing.recovery import writing

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from escai_nb.advance import Advance
    from escai_nb.encryption.keyring import UnlockedKeyring
    from escai_nb.history.bundle import Bundle, Macs
    from escai_nb.history.version import Version
    from escai_nb.workspace.layout import Workspace

PURPOSE = "bundle"
"""Of the MAC over a bundle's digest."""
_NAME = re.compile("[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class Exported:
    """
    What was written.

    Attributes:
        versions: How many are in the file.

        contents: How many of them with their content.

        vouched: Environments under whose key the file has a MAC.

        notes: What is missing for others, and why.
    """

    file: Path
    versions: int
    contents: int
    digest: str
    vouched: tuple[str, ...]
    notes: tuple[str, ...]

    def to_data(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {
            "file": str(self.file),
            "versions": self.versions,
            "contents": self.contents,
            "sha256": self.digest,
            "vouched": list(self.vouched),
            "notes": list(self.notes),
        }


@dataclass(frozen=True, slots=True)
class Imported:
    """
    What came in.

    Attributes:
        versions: Ids of the versions that were new here, oldest first.

        refilled: Ids of those that have their content again.

        known: How many were here already.

        verified: Environments whose key vouched for the file.

        unopened: Environment, name of a data key, and how many versions are
            sealed under it that cannot be opened here.

        notes: What else there is to know.
    """

    versions: tuple[str, ...]
    refilled: tuple[str, ...]
    known: int
    verified: tuple[str, ...]
    unopened: tuple[tuple[str, str, int], ...]
    notes: tuple[str, ...]

    def to_data(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {
            "versions": list(self.versions),
            "refilled": list(self.refilled),
            "known": self.known,
            "verified": list(self.verified),
            "unopened": [
                {"environment": environment, "kid": kid, "versions": count}
                for environment, kid, count in self.unopened
            ],
            "notes": list(self.notes),
        }


def export_history(
    workspace: Workspace,
    target: Path,
    *,
    environment: str | None = None,
    keep: int | None = None,
    advance: Advance | None = None,
) -> Exported:
    """
    Write the history to the new file *target*; sealed contents stay sealed.

    All streams, or that of one *environment*. With *keep*, contents come along
    for so many newest versions of each stream, those that are tagged, and those
    that others were made from; every version's own line comes in any case, as
    the chain is not cut. Where a key is at hand, the file has a MAC under it.
    *advance* is told of each content: its version, how many were written before, of how many.

    Raises:
        TargetExistsError: If *target* is there.
        HistoryDamagedError: If a version is not as it was written.
        UnavailableError: If the history cannot be read, or the disk refuses.
    """
    rings: dict[str, UnlockedKeyring] = {}
    notes = []
    with history_of(workspace) as store:
        versions = list(reversed(store.versions(environment)))
        dropped = _dropped(workspace, versions, keep)
        for name in dict.fromkeys(version.environment for version in versions):
            ring, note = _at_hand(workspace, name)
            rings |= {name: ring} if ring is not None else {}
            notes += [note] if note else []
        contents = 0

        written = itertools.count()

        def content_of(version: Version) -> Mapping[str, Any]:
            if advance is not None:
                advance(version.short, next(written), contents)
            return store.content(version.id)

        def macs_of(digest: str) -> Macs:
            return {name: _mac(ring, digest) for name, ring in rings.items()}

        chosen = [_without_content(v) if v.id in dropped else v for v in versions]
        contents = sum(version.kept for version in chosen)
        try:
            with creating(target) as file:
                digest = write_bundle(
                    file,
                    _origin(workspace, environment),
                    chosen,
                    content_of=content_of,
                    macs_of=macs_of,
                )
        except FileExistsError:
            message = f"{target} is there already"
            raise TargetExistsError(message, hint="name another file, or remove it") from None
    return Exported(target, len(chosen), contents, digest, tuple(rings), tuple(notes))


def _dropped(workspace: Workspace, versions: list[Version], keep: int | None) -> set[str]:
    """Choose the contents that stay behind, as a clean-up would."""
    if keep is None:
        return set()
    plan = plan_retention(versions[::-1], Retention(keep=keep), now=workspace.clock())
    return {version.id for version in plan.dropped}


def _without_content(version: Version) -> Version:
    return replace(version, kept=False)


def _at_hand(workspace: Workspace, environment: str) -> tuple[UnlockedKeyring | None, str]:
    """Return the keyring of a stream if it opens, else why it does not."""
    if environment == SHARED:
        return None, ""
    try:
        ring = unlock(workspace, environment)
    except (KeyUnavailableError, UnavailableError) as error:
        return None, f"no key vouches for {environment}: {error}"
    return ring, "" if ring is not None else f"no key vouches for {environment}: it has no keyring"


def _origin(workspace: Workspace, only: str | None) -> Origin:
    keyrings = {}
    for name in (only,) if only is not None else workspace.spec.environments:
        path = workspace.keyring_file(name)
        if is_there(path):
            content = read_bytes(path, limit=LARGEST_KEYRING)
            peek(content)  # which refuses what is no keyring
            keyrings[name] = content.decode()
    named = workspace_id(workspace) if workspace.policy() is not None else ""
    created = workspace.clock().isoformat(timespec="seconds")
    return Origin(named, workspace.spec.name, created, keyrings)


def _mac(ring: UnlockedKeyring, digest: str) -> dict[str, str]:
    key = ring.primary
    return {"kid": key.kid, "mac": key.mac(digest.encode(), purpose=PURPOSE)}


def import_history(workspace: Workspace, source: Path, *, unsigned: bool = False) -> Imported:
    """
    Take the versions in the bundle *source* into the history; twice is as good as once.

    A fresh folder becomes the workspace that the bundle was made in. In another
    one, keys that are at hand are added to the keyring, for history alone. No
    configuration file is written.

    Raises:
        HistoryDamagedError: If the bundle is not as it was written, or went
            another way than the history here; see `read_bundle`. Codes of its
            own: ``mac-broken``, and ``mac-missing`` where a key is here that
            should have vouched, unless *unsigned*.
        SpecError: If it was made for another spec.
        SealError: If a keyring in it is not as it was written.
    """
    bundle = read_bundle(source)
    origin = bundle.origin
    if origin.spec != workspace.spec.name:
        message = f"{source} was made for the spec {origin.spec!r}, not {workspace.spec.name!r}"
        raise SpecError(message, hint="import it into a workspace of that spec")
    theirs = _their_keyrings(workspace, bundle)
    is_fresh = workspace.policy() is None
    if not is_fresh:
        ours = {name: _at_hand(workspace, name)[0] for name in _streams(bundle)}
        rings = {name: [r for r in (ours[name], theirs.get(name)) if r] for name in ours}
    else:
        rings = {name: [theirs[name]] if name in theirs else [] for name in _streams(bundle)}
    is_ours = not is_fresh and origin.workspace == workspace_id(workspace)
    bound = frozenset(name for name in rings if name in theirs or (is_ours and rings[name]))
    verified = _require_vouched(bundle, rings, bound=bound, unsigned=unsigned)
    notes = [f"no key here vouches for {name}" for name in rings if name not in verified]
    if is_fresh:
        workspace.set_up(origin.workspace if _NAME.fullmatch(origin.workspace) else "")
    with writing(workspace):
        with history_of(workspace) as store:
            taken = store.take_in(bundle.versions, bundle.contents())
        if origin.workspace == workspace_id(workspace):
            _place_keyrings(workspace, bundle)
        else:
            notes += _archive_keys(workspace, theirs)
    notes += [
        f"{name} has no file here: escai config rollback HEAD -e {name} writes it"
        for name in rings
        if name in workspace.spec.environments and not workspace.has_file(name)
    ]
    notes += [f"the tag {name} stands for another version here, and stays" for name in taken.tags]
    return Imported(
        tuple(version.id for version in taken.versions),
        tuple(version.id for version in taken.refilled),
        len(taken.known),
        verified,
        _unopened(workspace, bundle),
        tuple(notes),
    )


def _streams(bundle: Bundle) -> list[str]:
    """List the streams of a bundle that have keys of their own."""
    found = dict.fromkeys(version.environment for version in bundle.versions)
    return [name for name in found if name != SHARED]


def _their_keyrings(workspace: Workspace, bundle: Bundle) -> dict[str, UnlockedKeyring]:
    """Open the keyrings in *bundle* whose keys are at hand."""
    found = {}
    name = bundle.origin.workspace
    for environment, text in bundle.origin.keyrings.items():
        if environment not in workspace.spec.environments or not _NAME.fullmatch(name):
            message = f"{bundle.path} has a keyring that belongs to no environment"
            raise SealError(message, code="keyring-broken")
        ring = unlock_other(workspace, text.encode(), name=name, environment=environment)
        if ring is not None:
            found[environment] = ring
    return found


def _require_vouched(
    bundle: Bundle,
    rings: Mapping[str, list[UnlockedKeyring]],
    *,
    bound: frozenset[str],
    unsigned: bool,
) -> tuple[str, ...]:
    """
    Return the environments whose key vouches for *bundle*.

    The keys of the *bound* ones are all here: one that is not is no key of theirs.
    """
    verified = []
    hint = "nothing was taken from it; get it once more from where it was made"
    for environment, held in rings.items():
        said = bundle.macs.get(environment)
        key = None
        if said is not None:
            key = next((ring.keys[said["kid"]] for ring in held if said["kid"] in ring.keys), None)
        if said is None or key is None:
            if (held if said is None else environment in bound) and not unsigned:
                message = f"bundle {bundle.path}: no key vouches for {environment}"
                hint = "export it where the key is, or take it all the same with --unsigned"
                raise HistoryDamagedError(message, code="mac-missing", hint=hint)
            continue
        due = key.mac(bundle.digest.encode(), purpose=PURPOSE)
        if not hmac.compare_digest(due, str(said["mac"])):
            message = f"bundle {bundle.path}: it is not what the key of {environment} vouches for"
            raise HistoryDamagedError(message, code="mac-broken", hint=hint)
        verified.append(environment)
    return tuple(verified)


def _place_keyrings(workspace: Workspace, bundle: Bundle) -> None:
    """Let the workspace have its keyrings again, where they were lost."""
    for environment, text in bundle.origin.keyrings.items():
        path = workspace.keyring_file(environment)
        if not is_there(path):
            write_atomic(path, text.encode(), mode=READABLE)


def _archive_keys(workspace: Workspace, theirs: Mapping[str, UnlockedKeyring]) -> list[str]:
    """Add the keys of another workspace to the keyrings here, so that its versions open."""
    notes = []
    for environment, ring in theirs.items():
        try:
            own = unlock(workspace, environment) or make_keyring(
                workspace, environment, seals="history"
            )
            provider = provider_of(workspace, environment)
            larger = own
            for key in ring.keys.values():
                larger = larger.with_archived(key, provider, workspace.clock())
            if larger is not own:
                store_keyring(workspace, larger)
        except EscaiError as error:
            notes.append(f"the keys of {environment} were not taken over: {error}")
    return notes


def _unopened(workspace: Workspace, bundle: Bundle) -> tuple[tuple[str, str, int], ...]:
    """Count the versions that no key here opens."""
    kids = {}
    for digest, content in bundle.contents():
        block = read_block(content)
        kids[digest] = block.kid if block is not None else ""
    here = {}
    for name in _streams(bundle):
        ring, _ = _at_hand(workspace, name)
        here[name] = ring.keys.keys() if ring is not None else ()
    counts = Counter(
        (version.environment, kids[version.digest])
        for version in bundle.versions
        if version.kept and kids[version.digest]
        if kids[version.digest] not in here.get(version.environment, ())
    )
    return tuple((environment, kid, n) for (environment, kid), n in sorted(counts.items()))
