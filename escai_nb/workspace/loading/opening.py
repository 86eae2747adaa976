"""
Reading one environment: files, keys, seal, history, in this order.

A folder that has no state has neither keys nor history, and loads nothing of them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

from escai_nb import keypath
from escai_nb.encryption.token import MARK, is_token
from escai_nb.errors import EscaiError, HistoryDamagedError, KeyUnavailableError, SealError
from escai_nb.looking import is_there
from escai_nb.origin import OriginKind
from escai_nb.secret import conceal
from escai_nb.sources.document import read, refuse_shared, shared_refusals
from escai_nb.workspace.loading.reading import (
    BLOCK,
    Files,
    Reading,
    Standing,
    json_like,
    secret_paths,
    without_block,
)
from escai_nb.workspace.loading.variables import variables_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from escai_nb.encryption.block import Block
    from escai_nb.encryption.keyring import UnlockedKeyring
    from escai_nb.encryption.seal import Opened
    from escai_nb.history.version import Version
    from escai_nb.keypath import Path as KeyPath
    from escai_nb.sources.document import Document
    from escai_nb.workspace.layout import Workspace

EARLIER_MARK = "_encrypted"
"""What every file has in which the earlier system sealed something."""
ATTEMPTS = 20
"""Times that files are read again because somebody is writing them at that moment."""


def read_environment(
    workspace: Workspace,
    environment: str,
    *,
    file: Path | None = None,
    before: Reading | None = None,
) -> Reading:
    """
    Read the configuration of *environment* as far as it can be read here.

    What was read *before* is not parsed again where it is still the same.

    What stands against its use (a missing key, a broken seal, an older
    document) is listed in the reading's troubles, not raised.

    Raises:
        FileUnavailableError: If there is no file, or it may not be read.
        DocumentError: If a file is not a configuration document.
        NewerFormatError: If a newer version of this package wrote it.
    """
    path = file or workspace.require_file(environment)
    reading = _read_once(workspace, environment, path, before)
    for _ in range(ATTEMPTS):
        if not reading.troubles:
            break
        # of several files that one writer replaces, a reader may meet an old and a new one
        again = _read_once(workspace, environment, path, reading)
        if _seen(again) == _seen(reading):
            break
        reading = again
    return reading


def _read_once(
    workspace: Workspace, environment: str, path: Path, before: Reading | None
) -> Reading:
    known = before.files if before is not None else Files(path, None, None)
    files = read_files(workspace, path, read(path, known=known.document), known=known.shared)
    return examine(workspace, environment, files, before=before)


def same_sources(one: Reading, other: Reading) -> bool:
    """Tell that nobody wrote, and no variable changed, between two readings."""
    variables = [(reading.overriding, reading.dotenv) for reading in (one, other)]
    return _seen(one) == _seen(other) and variables[0] == variables[1]


def _seen(reading: Reading) -> tuple[object, ...]:
    """Return what tells whether somebody wrote between two readings."""
    files, ring = reading.files, reading.keyring
    return (
        files.path,
        files.text,
        files.shared.text if files.shared is not None else None,
        reading.head.id if reading.head is not None else None,
        ring.generation if ring is not None else None,
        [trouble.code for trouble in reading.troubles],
    )


def read_files(
    workspace: Workspace,
    path: Path,
    document: Document | None,
    *,
    found: str | None = None,
    known: Document | None = None,
) -> Files:
    """Join *document*, which lies or will lie at *path*, with the shared file."""
    shared = workspace.shared_file
    return Files(path, document, read(shared, known=known) if is_there(shared) else None, found)


def recover_environment(
    workspace: Workspace, environment: str, *, file: Path | None = None
) -> Reading:
    """
    Read the configuration of *environment* for a report, be its files broken or not.

    What stands in a broken file is read as far as it can be understood.

    Raises:
        FileUnavailableError: If there is no file, or it may not be read.
        NewerFormatError: If a newer version of this package wrote it.
    """
    from escai_nb.sources.recovery import recover  # only who reports what is broken

    path = file or workspace.require_file(environment)
    found = {OriginKind.FILE: recover(path)}
    if is_there(workspace.shared_file):
        found[OriginKind.SHARED] = recover(workspace.shared_file)
    shared = found[OriginKind.SHARED].document if OriginKind.SHARED in found else None
    broken = {kind: each for kind, each in found.items() if each.faults}
    files = Files(path, found[OriginKind.FILE].document, shared, broken=broken)
    return examine(workspace, environment, files, report=True)


def examine(
    workspace: Workspace,
    environment: str,
    files: Files,
    *,
    before: Reading | None = None,
    report: bool = False,
) -> Reading:
    """
    Check and open what was read; see `read_environment`.

    For a *report*, what makes a document unusable is a trouble like any other.
    """
    opening = _Opening(workspace, environment, files, before, report)
    opening.run()
    variables = variables_of(workspace, environment, files.shared_data, opening.own, report=report)
    return Reading(
        workspace=workspace,
        environment=environment,
        files=files.beside(variables.faults),
        own=opening.own,
        overriding=variables.process,
        unknown_variables=variables.unknown,
        dotenv=variables.dotenv,
        block=opening.block,
        opened=opening.opened,
        keyring=opening.keyring,
        head=opening.head,
        stands=opening.stands,
        is_earlier=bool(opening.earlier),
        troubles=tuple(opening.troubles),
        unreadable=frozenset(opening.unreadable),
    )


def empty_reading(workspace: Workspace, environment: str, path: Path) -> Reading:
    """Return the reading of an environment that has no file yet."""
    return examine(workspace, environment, read_files(workspace, path, None))


@dataclass
class _Opening:
    """The working state of one `examine`; nothing of it is kept."""

    workspace: Workspace
    environment: str
    files: Files
    before: Reading | None
    report: bool = False
    own: dict[str, Any] = field(default_factory=dict, repr=False)
    block: Block | None = None
    opened: Opened | None = None
    keyring: UnlockedKeyring | None = None
    head: Version | None = None
    stands: Standing | Callable[[], Standing] = field(default=Standing.UNRECORDED, repr=False)
    troubles: list[EscaiError] = field(default_factory=list)
    unreadable: tuple[KeyPath, ...] = ()

    @cached_property
    def has_state(self) -> bool:
        """Whether there may be keys and a history."""
        return is_there(self.workspace.state)

    @property
    def data(self) -> Mapping[str, Any]:
        """What the file says; never a local variable, as it may hold clear secrets."""
        return self.files.document.data if self.files.document is not None else {}

    def run(self) -> None:
        where = str(self.files.path)
        is_shared = self.files.document is not None and bool(self.files.document.shared)
        if is_shared or BLOCK not in self.data:
            self.own = self._own()
        if self.files.document is not None and is_shared:
            if self.report:
                self.troubles += shared_refusals(self.files.document, secret_paths(self.own))
            else:
                refuse_shared(self.files.document, secret_paths(self.own))
        self._refuse_shared_secrets()
        if self.has_state:
            self._look_into_state()
        try:
            self.block = self._read_block()
            if self.block is None:
                self._clear(where)
            else:
                self._sealed(self.block)
        except (SealError, KeyUnavailableError) as error:
            error.where = error.where or where
            self.troubles.append(error)
        if self.opened is None and BLOCK in self.data:
            self.own = self._own()  # as far as no key is needed
        if self.opened is None and (self.block is not None or self.troubles):
            self._leave_out((*self._tokens(), *self.earlier))

    def _look_into_state(self) -> None:
        """Find the newest version, and open the keyring."""
        from escai_nb.history.reading import HistoryReader
        from escai_nb.workspace.access.unlocking import unlock

        reader, marks = HistoryReader(self.workspace.history_file), dict[str, str]()
        try:
            self.head, marks = reader.head_and_marks(self.environment)
        except HistoryDamagedError as error:
            if not self.report:
                raise
            self.troubles.append(error)
        try:
            self.keyring = unlock(self.workspace, self.environment, marks)
        except EscaiError as error:
            self.troubles.append(error)

    def _read_block(self) -> Block | None:
        if BLOCK not in self.data:
            return None
        from escai_nb.encryption.block import read_block

        return read_block(self.data)

    def _tokens(self) -> tuple[KeyPath, ...]:
        """List where the file holds tokens; without their mark, or an escape, it holds none."""
        document = self.files.document
        if document is None or not any(sign in document.text for sign in (MARK, "\\")):
            return ()
        found = keypath.leaves(without_block(self.data))
        return tuple(path for path, value in found if is_token(value))

    @cached_property
    def earlier(self) -> tuple[KeyPath, ...]:
        """Where the file holds leaves that the earlier system sealed."""
        if self.files.text is None or EARLIER_MARK not in self.files.text:
            return ()
        from escai_nb.workspace.loading.earlier_leaves import earlier_paths

        return earlier_paths(self.data)

    def _own(self) -> dict[str, Any]:
        """Return what the file says, before any token is opened."""
        before = self.before
        is_known = before is not None and before.files.document is self.files.document
        if before is not None and is_known and before.block is None and not before.unreadable:
            return before.own
        is_sensitive = self.workspace.spec.outline.is_sensitive
        return dict(conceal(json_like(without_block(self.data)), is_sensitive))

    def _is_secret(self, path: KeyPath, value: object) -> bool:
        """Tell what is hidden: what was sealed, and what the model says."""
        sealed = self.opened is not None and path in self.opened.tokens
        return sealed or self.workspace.spec.outline.is_sensitive(path, value)

    def _refuse_shared_secrets(self) -> None:
        """The shared file has no key, so a secret has no place in it."""
        is_sensitive = self.workspace.spec.outline.is_sensitive
        where = f"{self.files.shared.source}" if self.files.shared else ""
        code, hint = "secret-in-shared-file", "move it to the file of each environment"
        for path, value in keypath.leaves(self.files.shared_data):
            if value is not None and is_sensitive(path, value):
                name = keypath.render(path)
                message = f"{name} is a secret, and the shared file has no key"
                error = SealError(message, code=code, path=name, where=where, hint=hint)
                self.troubles.append(error)

    def _leave_out(self, sealed: tuple[KeyPath, ...]) -> None:
        """Take the leaves that did not open out of what the file says."""
        self.unreadable = sealed
        for path in reversed(sealed):
            self.own = keypath.without(self.own, path)

    def _clear(self, where: str) -> None:
        if self.files.document is None:
            return
        if self._must_be_sealed():
            from escai_nb.workspace.loading.hand_edits import ACCEPT

            message = f"{self.files.path.name} has no seal, though {self.environment} is sealed"
            raise SealError(
                message,
                code="seal-missing",
                where=where,
                hint=ACCEPT.format(environment=self.environment)
                + "; if you did not edit the file, move it away and: escai config rollback HEAD",
            )
        if sealed := self._tokens():
            message = f"{keypath.render(sealed[0])} is sealed, but the file has lost its seal"
            raise SealError(message, code="seal-missing", path=keypath.render(sealed[0]))
        if self.earlier:
            from escai_nb.workspace.loading.earlier_leaves import open_in_place

            folder = self.files.path.parent
            self.own = open_in_place(self.workspace, folder, self.data, self.earlier)
        if self.head is not None and self.keyring is not None:
            from escai_nb.workspace.loading.hand_edits import stands_clear

            self.stands = partial(stands_clear, self.keyring, self.own, self.head)

    def _must_be_sealed(self) -> bool:
        if self.keyring is not None:
            return self.keyring.seals == "file"
        if not self.has_state or not is_there(self.workspace.keyring_file(self.environment)):
            return False
        from escai_nb.workspace.access.unlocking import peeked_keyring

        ring = peeked_keyring(self.workspace, self.environment)
        return ring is not None and ring.seals == "file"

    def _sealed(self, block: Block) -> None:
        if self.keyring is None:
            if not self.troubles:
                message = f"{self.environment} has no keyring here, and its file is sealed"
                raise KeyUnavailableError(
                    message,
                    where=str(self.workspace.keyring_file(self.environment)),
                    hint="restore the keyring file from version control or a backup",
                )
            return
        from escai_nb.encryption.seal import open_document, open_edited

        self._stand(block)
        try:
            self.opened = open_document(self.data, self.keyring)
        except SealError as error:
            if error.code != "seal-broken":
                raise
            self.opened = open_edited(self.data, self.keyring)
        self.own = conceal(json_like(self.opened.data), self._is_secret)
        from escai_nb.workspace.loading.hand_edits import edited_file, held_to_policy

        place = (self.workspace, self.environment, self.files)
        if self.opened.is_edited:
            about = (*place, self.own, self.opened)
            self.troubles.append(edited_file(*about, keyring=self.keyring, head=self.head))
        self.troubles += held_to_policy(*place, block, self.head)

    def _stand(self, block: Block) -> None:
        """Find out how the sealed file stands to its history."""
        if self.head is None:
            return
        from escai_nb.workspace.loading.hand_edits import ACCEPT, stands_sealed

        if block.seal == self.head.seal:
            self.stands = partial(stands_sealed, self.data, self.head)
        elif block.revision > self.head.revision:
            self.stands = Standing.AHEAD
        else:
            message = (
                f"{self.files.path.name} is at revision {block.revision}, "
                f"older than version {self.head.id[:8]} at {self.head.revision}"
            )
            raise SealError(
                message,
                code="older-document",
                hint=f"escai config rollback goes back on purpose; "
                f"{ACCEPT.format(environment=self.environment)}",
            )
