"""The one way back: seal, write, version, in this order and under the lock."""

from __future__ import annotations

from contextlib import closing, suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from escai_nb.digest import sha256_hex
from escai_nb.encryption.block import Scope, read_block
from escai_nb.encryption.keyring import KeyState
from escai_nb.encryption.seal import open_document, seal_document, value_digest
from escai_nb.errors import EscaiError, HeadMovedError
from escai_nb.history.store import SQLiteStore
from escai_nb.history.version import Draft, VersionKind
from escai_nb.keypath import leaves
from escai_nb.looking import is_there
from escai_nb.safefile import PRIVATE, read_bytes, write_atomic
from escai_nb.secret import Secret, reveal
from escai_nb.sources.edit import apply, edits_between
from escai_nb.sources.refusal import LIMITS
from escai_nb.sources.writing import render
from escai_nb.workspace.access.unlocking import make_keyring, remember_generation, store_keyring
from escai_nb.workspace.layout import READABLE
from escai_nb.workspace.loading.comparing import concealed, difference, tokens_as_secrets
from escai_nb.workspace.loading.reading import (
    NEXT,
    Standing,
    json_like,
    secret_paths,
    vouched,
    without_block,
)
from escai_nb.workspace.writing.batch import together

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from escai_nb.encryption.keyring import UnlockedKeyring
    from escai_nb.encryption.seal import Opened
    from escai_nb.history.version import Version
    from escai_nb.sources.document import Document
    from escai_nb.workspace.loading.reading import Reading
    from escai_nb.workspace.writing.batch import Batch


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
        sealed: Whether the file is sealed, as it always is where the keyring
            demands it; its history is sealed in any case.

        versioned: Whether a version is recorded.

        resealed: Whether to seal anew though no value differs.

        shared_next: Digest of what the shared file is about to say, which the
            seal vouches for as well.

        layout: What the file is to look like: its comments, its order; as it
            does now by default.
    """

    sealed: bool = True
    versioned: bool = True
    resealed: bool = False
    shared_next: str = ""
    layout: Document | None = None

    @classmethod
    def kept(cls, reading: Reading, **more: Any) -> Means:  # noqa: ANN401
        """Keep the file sealed or clear, as the environment has it."""
        ring = reading.keyring
        is_sealed = reading.block is not None or ring is None or ring.seals == "file"
        return cls(sealed=is_sealed, **more)


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
    with closing(SQLiteStore(reading.workspace.history_file)) as store:
        writing = Writing.of(reading, store, entry, means)
        head = writing.adopt()
        if writing.is_settled(own):
            writing.keep_sealed()
            writing.lay_out()
            return head
        with together(store) as batch:
            version = writing.put(batch, own, head)
        writing.keep_in_mind()
        return version


@dataclass(frozen=True)
class Writing:
    """One environment's save under way."""

    reading: Reading
    keyring: UnlockedKeyring
    store: SQLiteStore
    entry: Entry
    means: Means

    @classmethod
    def of(cls, reading: Reading, store: SQLiteStore, entry: Entry, means: Means) -> Writing:
        """Prepare to save; an environment without a keyring is given one."""
        workspace, environment = reading.workspace, reading.environment
        # a clear file beside a keyring that demands a seal is refused
        seals = "file" if means.sealed and not is_there(reading.files.path) else "history"
        keyring = reading.keyring or make_keyring(workspace, environment, seals=seals)
        must_seal = keyring.seals == "file" or reading.is_earlier
        means = replace(means, sealed=means.sealed or must_seal)
        return cls(replace(reading, keyring=keyring), keyring, store, entry, means)

    def adopt(self) -> Version | None:
        """
        Record the file as it lies there, where the history does not know it.

        Not with a secret that lies in clear in it: that goes sealed into the
        version which is about to be made.
        """
        reading = self.reading
        settled = reading.standing is Standing.CURRENT or reading.files.document is None
        if not self.means.versioned or settled or reading.troubles or reading.clear_secrets:
            return reading.head
        if reading.block is not None and reading.files.document is not None:
            content = json_like(reading.files.document.data)
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
            and not reading.clear_secrets
            and self.means.sealed == (reading.block is not None)
            and sha256_hex(_typed(own)) == sha256_hex(_typed(reading.own))
        )

    def keep_sealed(self) -> None:
        """Let the keyring demand a seal of the file that has one."""
        if self._is_first_seal():
            store_keyring(self.reading.workspace, self.keyring.with_seals("file"))

    def lay_out(self) -> None:
        """Take over the comments and the order of another layout that says the same."""
        files, layout = self.reading.files, self.means.layout
        if layout is None or files.document is None:
            return
        text = Secret(apply(layout, edits_between(layout.data, files.document.data)))
        if text.open() != files.text:
            content = Secret(text.open().encode())
            require_untouched(files.path, files.text)
            write_atomic(files.path, content.open())

    def keep_in_mind(self) -> None:
        """Remember how new the keyring is; the save is done, so it may also fail."""
        ring = self.keyring.with_seals("file") if self._is_first_seal() else self.keyring
        with suppress(EscaiError):
            remember_generation(self.reading.workspace, ring)

    def _is_first_seal(self) -> bool:
        reading = self.reading
        is_own = reading.files.path == reading.workspace.file(reading.environment)
        return is_own and self.means.sealed and self.keyring.seals != "file"

    def put(self, batch: Batch, own: dict[str, Any], head: Version | None) -> Version | None:
        """Seal, record as pending, replace the file, and let the keyring demand the seal."""
        reading = self.reading
        content = self._sealed(own, sealed=self.means.sealed)
        text = self._text(own, content)
        version = None
        if self.means.versioned:
            before = reading.own if head is not None and reading.files.document is not None else {}
            before = self._opened_head() if reading.clear_secrets else before
            draft = self._draft(content, own, before, self.entry, head)
            version = batch.begin(draft, content)
        mode, files = READABLE if self.means.sealed else PRIVATE, reading.files
        batch.put(
            files.path, text, mode=mode, last_look=lambda: require_untouched(files.path, files.text)
        )
        if self._is_first_seal():
            ring = Secret(self.keyring.with_seals("file").to_bytes())
            batch.put(reading.workspace.keyring_file(reading.environment), ring, mode=READABLE)
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
            vouches=self._vouched() if strict else {},
            previous=reading.opened or opened_version(self.store, reading.head, self.keyring),
        )

    def _vouched(self) -> dict[str, str]:
        now = vouched(self.reading.workspace, self.reading.files.shared_data)
        return {**now, f"shared{NEXT}": self.means.shared_next} if self.means.shared_next else now

    def _text(self, own: dict[str, Any], content: dict[str, Any]) -> Secret[bytes]:
        """Return the new text of the file, the old one with the fewest edits."""
        path = self.reading.files.path
        document = self.means.layout or self.reading.files.document
        said = Secret(content if self.means.sealed else reveal(own))
        if document is None:
            kind = "json" if path.suffix == ".json" else "yaml"
            return Secret(render(said.open(), kind).encode())
        # a sealed text says dates as text, as its history does; a clear one keeps its own
        now = document.data if self.means.sealed else json_like(document.data)
        return Secret(apply(document, edits_between(now, said.open())).encode())

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


def require_untouched(path: Path, text: str | None) -> None:
    """
    Make sure that nobody has edited the file at *path* since it said *text*.

    Raises:
        HeadMovedError: If somebody has.
    """
    if text is None or not is_there(path):
        return
    is_same = read_bytes(path, limit=LIMITS.size) == text.encode()
    del text  # a traceback that shows locals shows nothing of it
    if not is_same:
        message = f"{path.name} was edited while it was being saved"
        raise HeadMovedError(message, hint="load it again, then repeat the change")


def _typed(own: Mapping[str, Any]) -> list[Any]:
    """Lay a tree out so that equal digests mean equal values of equal types."""
    return [
        [list(path), type(value).__name__, value if not isinstance(value, dict | list) else ""]
        for path, value in leaves(reveal(own))
    ]


def opened_version(
    store: SQLiteStore, version: Version | None, keyring: UnlockedKeyring
) -> Opened | None:
    """Return what *version* holds, so that its tokens can stay; nothing if it does not open."""
    if version is None:
        return None
    try:
        return open_document(store.content(version.id), keyring.archive)
    except EscaiError:
        return None


def version_values(reading: Reading, version: Version) -> dict[str, Any]:
    """
    Return what *version* says, with each sealed leaf inside a `Secret`.

    Without a key, or where it was destroyed, the token itself stands for the
    value, so that "the same" and "another" can still be told.

    Raises:
        SealError: If the version is not as it was sealed.
        KeyUnavailableError: If the keyring does not have its key.
    """
    content = SQLiteStore(reading.workspace.history_file).content(version.id)
    block, ring = read_block(content), reading.keyring
    if block is None:
        return dict(json_like(without_block(content)))
    entries = ring.entries if ring is not None else ()
    if ring is None or (block.kid, KeyState.DESTROYED) in {(e.kid, e.state) for e in entries}:
        return tokens_as_secrets(content)
    return dict(json_like(concealed(open_document(content, ring.archive))))
