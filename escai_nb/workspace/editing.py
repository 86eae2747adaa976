"""An environment's file as opened text, for a person to edit, and its way back."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from escai_nb import keypath
from escai_nb.encryption.block import BLOCK, Scope
from escai_nb.encryption.seal import open_document, seal_document
from escai_nb.errors import DocumentError, EscaiError, HeadMovedError, KeyUnavailableError
from escai_nb.history.version import VersionKind
from escai_nb.looking import is_there
from escai_nb.safefile import read_bytes, remove_durably, write_atomic
from escai_nb.secret import Secret, conceal, untraced
from escai_nb.sources.document import parse, refuse_shared
from escai_nb.sources.edit import apply, edits_between
from escai_nb.sources.refusal import LIMITS
from escai_nb.workspace.assessment import assess, require_acceptable
from escai_nb.workspace.loading.comparing import difference
from escai_nb.workspace.loading.opening import read_environment
from escai_nb.workspace.loading.reading import json_like, secret_paths
from escai_nb.workspace.merging.merging import merge_trees
from escai_nb.workspace.standalone.single_file import opened_environment
from escai_nb.workspace.writing.meeting import read_again
from escai_nb.workspace.writing.recovery import writing
from escai_nb.workspace.writing.saving import Entry, Means, save

if TYPE_CHECKING:
    from pathlib import Path

    from escai_nb.history.change import Diff
    from escai_nb.history.version import Version
    from escai_nb.keypath import Path as KeyPath
    from escai_nb.sources.document import Document
    from escai_nb.workspace.layout import Workspace
    from escai_nb.workspace.loading.reading import Reading

LARGEST_KEPT = 4 * LIMITS.size
"""Bytes of a kept edit: two texts, sealed, in base64."""


@dataclass(frozen=True, slots=True)
class Edit:
    """
    A file that is being edited.

    Attributes:
        reading: As it was read.

        base: The opened text that the edit began with.

        text: The opened text as it was left last.

        conflicts: Key paths where somebody else's save and a kept edit differ;
            the text says what the kept one did.
    """

    reading: Reading
    base: Secret[str]
    text: Secret[str]
    conflicts: tuple[str, ...] = ()

    @property
    def is_changed(self) -> bool:
        """Whether there is anything to save."""
        return self.text != self.base


@dataclass(frozen=True, slots=True)
class Edited:
    """
    What saving an edit did.

    Attributes:
        version: The version that was made; the newest one where no value differs.
    """

    diff: Diff
    version: Version | None = field(repr=False)


def begin(workspace: Workspace, environment: str) -> Edit:
    """
    Open the file of *environment*; an edit that was kept goes on from where it was.

    Where others have saved since, their changes are merged into it.

    Raises:
        EscaiError: If the file may not be used as configuration, or what was
            kept cannot be opened any more.
    """
    reading = read_environment(workspace, environment)
    now = opened_environment(reading)
    kept = _kept(reading)
    if kept is None:
        return Edit(reading, now, now)
    base, text = kept
    if base == now:
        return Edit(reading, base, text)
    try:
        return _merged(reading, base, text, now)
    except DocumentError:
        return Edit(reading, base, text)  # not to be saved yet, as it is no document


@untraced
def _merged(reading: Reading, base: Secret[str], text: Secret[str], now: Secret[str]) -> Edit:
    """Lay what a kept edit changed over what the file says now."""
    trees = [json_like(_parsed(reading, each).data) for each in (base, text, now)]
    merged = merge_trees(*trees)
    document = _parsed(reading, now)
    joined = apply(document, edits_between(json_like(document.data), merged.ours))
    return Edit(reading, now, Secret(joined), tuple(map(keypath.render, merged.conflicts)))


def finish(edit: Edit, *, message: str = "") -> Edited:
    """
    Validate what the text says, seal it, and record one version; comments are as in the text.

    Raises:
        DocumentError: If it is no configuration document.
        HeadMovedError: If the file is not as the edit began with it.
        InvalidConfigurationError: If it breaks the model, or brings an error
            that was not there before.
        EscaiError: If it cannot be sealed or written; the file is as it was.
    """
    reading = edit.reading
    document = _parsed(reading, edit.text)
    own = _own(reading, document)
    refuse_shared(document, secret_paths(own))
    with writing(reading.workspace):
        fresh = read_again(reading, difference(reading.own, own), file=None)
        if opened_environment(fresh) != edit.base:
            message = f"{fresh.files.path.name} was edited meanwhile"
            raise HeadMovedError(message, hint="edit it again; what both changed is merged")
        files = replace(fresh.files, document=document, found=fresh.files.text)
        require_acceptable(assess(fresh), assess(replace(fresh, files=files), own=own))
        entry = Entry(VersionKind.SAVE, message or "edited")
        version = save(fresh, own, entry, Means.kept(fresh, layout=document))
        drop(fresh.workspace, fresh.environment)
        return Edited(difference(fresh.own, own, left="file", right="edited"), version)


@untraced
def _parsed(reading: Reading, text: Secret[str]) -> Document:
    """
    Read *text* as the file of *reading*.

    Raises:
        DocumentError: If it is none, or speaks of the seal, which is not in it.
    """
    path = reading.files.path
    kind = "json" if path.suffix == ".json" else "yaml"
    document = parse(text.open(), source=path.name, format=kind)
    if BLOCK in document.data:
        message = f"{BLOCK} is reserved for the seal"
        raise DocumentError(message, path=BLOCK, where=document.where((BLOCK,)))
    return document


def _own(reading: Reading, document: Document) -> dict[str, Any]:
    tokens = reading.opened.tokens if reading.opened is not None else {}

    def is_secret(path: KeyPath, value: object) -> bool:
        return path in tokens or reading.is_secret(path, value)

    own: dict[str, Any] = conceal(json_like(document.data), is_secret)
    return own


# --- keeping -----------------------------------------------------------------


def keep(edit: Edit) -> Path:
    """
    Put *edit* aside for another try, sealed under the environment's key.

    Where there is no key, it is as clear as the file that it was made from, and
    only its owner can read it.

    Raises:
        EscaiError: If it cannot be sealed or written.
    """
    path = kept_file(edit.reading.workspace, edit.reading.environment)
    write_atomic(path, _packed(edit).open())
    return path


@untraced
def _packed(edit: Edit) -> Secret[bytes]:
    data: dict[str, Any] = {"base": edit.base.open(), "text": edit.text.open()}
    ring = edit.reading.keyring
    if ring is not None:
        secrets = [(name,) for name in data]
        data = seal_document(
            data,
            secrets=secrets,
            key=ring.primary,
            scope=Scope.STRICT,
            revision=1,
            keyring=ring.generation,
        )
    return Secret(json.dumps(data).encode())


def _kept(reading: Reading) -> tuple[Secret[str], Secret[str]] | None:
    """Return the texts of an edit that was kept: what it began with, and how it was left."""
    path = kept_file(reading.workspace, reading.environment)
    if not is_there(path):
        return None
    try:
        return _unpacked(reading, path)
    except EscaiError as error:
        error.where = str(path)
        error.hint = "escai config edit --discard drops it and begins afresh"
        raise


@untraced
def _unpacked(reading: Reading, path: Path) -> tuple[Secret[str], Secret[str]]:
    data = parse(read_bytes(path, limit=LARGEST_KEPT), source=str(path), format="json").data
    if BLOCK in data:
        if reading.keyring is None:
            message = "the edit that was kept is sealed, and its key is not here"
            raise KeyUnavailableError(message)
        data = open_document(data, reading.keyring.archive).data
    if data.keys() != {"base", "text"}:
        message = f"{path.name} is no edit that was kept"
        raise DocumentError(message)
    return Secret(data["base"]), Secret(data["text"])


def drop(workspace: Workspace, environment: str) -> None:
    """Let nothing be left of an edit that was kept."""
    if is_there(path := kept_file(workspace, environment)):
        remove_durably(path)


def kept_file(workspace: Workspace, environment: str) -> Path:
    """Return where an edit of *environment* is kept for another try."""
    return workspace.state / f"edit.{environment}.json"
