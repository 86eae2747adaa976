"""The one way back: seal, write, version, in this order and under the lock."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from escai_nb.digest import sha256_hex
from escai_nb.encryption.seal import Scope, open_document, read_block, seal_document, value_digest
from escai_nb.encryption.token import is_token
from escai_nb.history.change import Diff
from escai_nb.history.store import SQLiteStore
from escai_nb.history.version import Draft, VersionKind
from escai_nb.keypath import leaves
from escai_nb.safefile import PRIVATE, write_atomic
from escai_nb.secret import Secret, conceal, reveal
from escai_nb.sources.edit import apply, edits_between
from escai_nb.sources.writing import render
from escai_nb.workspace.layout import READABLE
from escai_nb.workspace.reading import (
    Standing,
    json_like,
    secret_paths,
    vouched,
    without_block,
)
from escai_nb.workspace.unlocking import make_keyring, store_keyring

if TYPE_CHECKING:
    from collections.abc import Mapping

    from escai_nb.encryption.keyring import UnlockedKeyring
    from escai_nb.encryption.seal import Opened
    from escai_nb.history.version import Version
    from escai_nb.keypath import Path as KeyPath
    from escai_nb.workspace.layout import Workspace
    from escai_nb.workspace.reading import Reading


@dataclass(frozen=True, slots=True)
class Entry:
    """
    What a version says of itself.

    Attributes:
        source: Id of the version that it was promoted from or goes back to.
    """

    kind: VersionKind
    message: str = ""
    source: str | None = None


@dataclass(frozen=True, slots=True)
class Means:
    """
    How a configuration is kept.

    Attributes:
        sealed: Whether the file is sealed; its history always is.

        versioned: Whether a version is recorded.

        resealed: Whether to seal anew though no value differs.
    """

    sealed: bool = True
    versioned: bool = True
    resealed: bool = False


def save(reading: Reading, own: dict[str, Any], entry: Entry, means: Means) -> Version | None:
    """
    Make *own* the content of the environment's file, and record it as a version.

    The caller holds the workspace's lock, and *reading* was read under it. A
    file that the history does not know is first recorded as adopted. When
    nothing differs, nothing is written and the head is returned.

    Raises:
        WriteFailedError: If the disk refuses; file and history are as before.
        EditRefusedError: If the change cannot be made without harm to the text.
    """
    keyring = reading.keyring or make_keyring(
        reading.workspace,
        reading.environment,
        seals="file" if means.sealed else "history",
    )
    with closing(SQLiteStore(reading.workspace.history_file)) as store:
        writing = _Writing(replace(reading, keyring=keyring), keyring, store, entry, means)
        head = writing.adopt()
        if writing.is_settled(own):
            return head
        version = writing.write(own, head)
    if means.sealed and keyring.seals != "file":
        store_keyring(reading.workspace, keyring.with_seals("file"))
    return version


@dataclass(frozen=True)
class _Writing:
    """One save under way."""

    reading: Reading
    keyring: UnlockedKeyring
    store: SQLiteStore
    entry: Entry
    means: Means

    def adopt(self) -> Version | None:
        """Record the file as it lies there, where the history does not know it."""
        reading = self.reading
        settled = reading.standing is Standing.CURRENT or reading.files.document is None
        if not self.means.versioned or settled or reading.troubles:
            return reading.head
        if reading.block is not None and reading.files.document is not None:
            content = reading.files.document.data
        else:
            content = self._sealed(reading.own, sealed=False)
        entry = Entry(VersionKind.ADOPTED, "found in the file")
        before = self._opened_head()
        draft = self._draft(content, reading.own, before, entry, reading.head)
        version = self.store.begin(draft, content)
        self.store.confirm(version.id)
        return version

    def is_settled(self, own: dict[str, Any]) -> bool:
        """Tell that the file says *own* already, in the form that is asked for."""
        reading = self.reading
        return (
            reading.files.document is not None
            and not self.means.resealed
            and not reading.troubles
            and self.means.sealed == (reading.block is not None)
            and sha256_hex(_typed(own)) == sha256_hex(_typed(reading.own))
        )

    def write(self, own: dict[str, Any], head: Version | None) -> Version | None:
        """Seal, record as pending, replace the file, confirm."""
        reading = self.reading
        content = self._sealed(own, sealed=self.means.sealed)
        text = self._text(own, content)
        version = None
        if self.means.versioned:
            before = reading.own if reading.files.document is not None else {}
            draft = self._draft(content, own, before, self.entry, head)
            version = self.store.begin(draft, content)
        try:
            mode = READABLE if self.means.sealed else PRIVATE
            write_atomic(reading.files.path, text.open().encode(), mode=mode)
        except BaseException:
            if version is not None:
                self.store.drop(version.id)
            raise
        if version is not None:
            self.store.confirm(version.id)
        return version

    def _sealed(self, own: dict[str, Any], *, sealed: bool) -> dict[str, Any]:
        """Seal *own* for the file or, with *sealed* off, for the history alone."""
        reading, block = self.reading, self.reading.block
        policy = reading.workspace.policy()
        scope = Scope(policy.scopes.get(reading.environment, "strict") if policy else "strict")
        strict = scope is Scope.STRICT and sealed
        last = max(
            block.revision if block is not None else 0,
            reading.head.revision if reading.head is not None else 0,
        )
        return seal_document(
            own,
            secrets=secret_paths(own),
            key=self.keyring.primary,
            scope=scope,
            revision=last + 1,
            document=block.document if block is not None else "",
            keyring=self.keyring.generation,
            vouches=vouched(reading.workspace, reading.files.shared_data) if strict else {},
            previous=reading.opened,
        )

    def _text(self, own: dict[str, Any], content: dict[str, Any]) -> Secret[str]:
        """Return the new text of the file, the old one with the fewest edits."""
        document, path = self.reading.files.document, self.reading.files.path
        said = Secret(content if self.means.sealed else reveal(own))
        if document is None:
            return Secret(render(said.open(), "json" if path.suffix == ".json" else "yaml"))
        # a sealed text says dates as text, as its history does; a clear one keeps its own
        now = document.data if self.means.sealed else json_like(document.data)
        return Secret(apply(document, edits_between(now, said.open())))

    def _draft(
        self,
        content: dict[str, Any],
        own: dict[str, Any],
        before: dict[str, Any],
        entry: Entry,
        head: Version | None,
    ) -> Draft:
        block = read_block(content)
        return Draft(
            environment=self.reading.environment,
            kind=entry.kind,
            author=self.reading.workspace.author,
            time=self.reading.workspace.clock(),
            message=entry.message,
            revision=block.revision if block is not None else 0,
            value_digest=value_digest(self.keyring.primary, own),
            seal=block.seal if block is not None else "",
            source=entry.source,
            changes=len(difference(before, own)),
            expected_head=head.id if head is not None else "",
        )

    def _opened_head(self) -> dict[str, Any]:
        head = self.reading.head
        if head is None:
            return {}
        return version_values(self.reading, head)


def _typed(own: Mapping[str, Any]) -> list[Any]:
    """Lay a tree out so that equal digests mean equal values of equal types."""
    return [
        [list(path), type(value).__name__, value if not isinstance(value, dict | list) else ""]
        for path, value in leaves(reveal(own))
    ]


def version_values(reading: Reading, version: Version) -> dict[str, Any]:
    """
    Return what *version* says, with each sealed leaf inside a `Secret`.

    Without a key the token itself stands for the value, so that "the same" and
    "another" can still be told.

    Raises:
        SealError: If the version is not as it was sealed.
        KeyUnavailableError: If its key was destroyed.
    """
    content = SQLiteStore(reading.workspace.history_file).content(version.id)
    if read_block(content) is None:
        return without_block(content)
    if reading.keyring is None:
        return tokens_as_secrets(content)
    return concealed(open_document(content, reading.keyring.archive))


def concealed(opened: Opened) -> dict[str, Any]:
    """Return the opened values with each one that was sealed inside a `Secret`."""
    tokens = opened.tokens
    tree: dict[str, Any] = conceal(opened.data, lambda path, _: path in tokens)
    return tree


def tokens_as_secrets(content: Mapping[str, Any]) -> dict[str, Any]:
    """Return a sealed document's values with its tokens in place of what they hold."""
    tree: dict[str, Any] = conceal(without_block(content), lambda _, value: is_token(value))
    return tree


def difference(
    old: Mapping[str, Any], new: Mapping[str, Any], *, left: str = "", right: str = ""
) -> Diff:
    """Compare two concealed trees; secrets are told as changed, never shown."""
    hidden: set[KeyPath] = {*secret_paths(old), *secret_paths(new)}
    return Diff.between(old, new, left=left, right=right, is_hidden=hidden.__contains__)


def settle(workspace: Workspace, reading: Reading) -> None:
    """Finish or drop what a writer that died left pending; the caller holds the lock."""
    if not workspace.history_file.exists():
        return
    with closing(SQLiteStore(workspace.history_file)) as store:
        _settle(store, reading)


def _settle(store: SQLiteStore, reading: Reading) -> None:
    for version in store.pending():
        if version.environment != reading.environment:
            continue
        document = reading.files.document
        sealed_same = document is not None and sha256_hex(document.data) == version.digest
        clear_same = (
            reading.block is None
            and reading.keyring is not None
            and value_digest(reading.keyring.primary, reading.own) == version.value_digest
        )
        if sealed_same or clear_same:
            store.confirm(version.id)
        else:
            store.drop(version.id)
