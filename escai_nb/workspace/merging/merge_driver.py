"""Merging sealed files for git: over opened values, sealed again, conflicts only where they are."""

from __future__ import annotations

import difflib
import os
import subprocess
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from escai_nb import keypath
from escai_nb.audit.log import Deed
from escai_nb.encryption.block import BLOCK, Block, Scope, read_block
from escai_nb.encryption.seal import Opened, open_document, seal_document
from escai_nb.errors import (
    DocumentError,
    EditRefusedError,
    EscaiError,
    UnavailableError,
)
from escai_nb.safefile import read_bytes
from escai_nb.secret import Secret, conceal, reveal
from escai_nb.sources.document import parse
from escai_nb.sources.edit import apply, edits_between
from escai_nb.sources.refusal import LIMITS
from escai_nb.workspace.access.auditing import record
from escai_nb.workspace.loading.comparing import concealed
from escai_nb.workspace.loading.reading import secret_paths
from escai_nb.workspace.merging.committed import Rings, git_output
from escai_nb.workspace.merging.merging import merge_trees
from escai_nb.workspace.merging.three_way import same

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from escai_nb.encryption.keyring import UnlockedKeyring
    from escai_nb.keypath import Path as KeyPath
    from escai_nb.sources.document import Document
    from escai_nb.workspace.layout import Workspace
    from escai_nb.workspace.merging.merging import Merged


@dataclass(frozen=True, slots=True)
class MergeReceipt:
    """
    What a merge did.

    Attributes:
        conflicts: Key paths that both sides changed; marked in the file, with
            our side's value first.

        note: What a person should know, such as why it was merged as text.
    """

    conflicts: tuple[str, ...] = ()
    note: str = ""
    is_clean: bool = True

    def to_data(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {"conflicts": list(self.conflicts), "note": self.note, "clean": self.is_clean}


@dataclass(frozen=True)
class _Side:
    """One of the three documents."""

    document: Document
    block: Block | None
    opened: Opened | None = None
    own: dict[str, Any] = field(default_factory=dict, repr=False)


def merge_files(
    workspace: Workspace, environment: str, files: tuple[Path, Path, Path], *, form: str
) -> MergeReceipt:
    """
    Merge the last of *files*, base, ours and theirs, into ours.

    Where it cannot be done over opened values, as without a key, the texts are
    merged, and what git would mark is marked; nothing is sealed anew then.

    Raises:
        UnavailableError: If a file cannot be read or written, or git is not here.
    """
    base, ours, theirs = (Path(os.path.realpath(path)) for path in files)
    files = (base, ours, theirs)
    try:
        sides = [_side(path, form) for path in files]
        rings = Rings(workspace, environment)
        secret = workspace.spec.catalog.is_sensitive if any(s.block for s in sides) else None
        opened = [_opened(side, rings, secret) for side in sides]
        merged = merge_trees(*(side.own for side in opened))
        text = _text(workspace, merged, opened, rings, _start(files, form, opened[1]))
    except EscaiError as error:
        clashes = _merge_text(files)
        note = f"merged as text: {error}"
        return MergeReceipt(note=note, is_clean=clashes == 0 and not _is_sealed(files))
    files[1].write_bytes(text.open().encode())
    conflicts = tuple(map(keypath.render, merged.conflicts))
    return MergeReceipt(conflicts, _note(opened), is_clean=not conflicts)


def _side(path: Path, form: str) -> _Side:
    # what both sides added has no base
    text = read_bytes(path, limit=LIMITS.size) or b"{}"
    document = parse(text, source=path.name, format=form)
    return _Side(document, read_block(document.data))


def _opened(
    side: _Side, rings: Rings, is_secret: Callable[[KeyPath, object], bool] | None
) -> _Side:
    """Open *side*; where another one is sealed, a clear one's secrets are hidden too."""
    if side.block is None:
        own = conceal(side.document.data, is_secret) if is_secret else dict(side.document.data)
        return replace(side, own=own)
    opened = open_document(side.document.data, rings)
    return replace(side, opened=opened, own=concealed(opened))


def _note(sides: Sequence[_Side]) -> str:
    """Say that a key was rotated meanwhile, which is nobody's conflict."""
    kids = [side.block.kid for side in sides if side.block is not None]
    return "the key was rotated meanwhile" if len(set(kids)) > 1 else ""


def _start(files: tuple[Path, Path, Path], form: str, ours: _Side) -> Document:
    """Return the text to edit: both sides' comments in it, or ours where that does not read."""
    base, mine, theirs = map(str, files)
    text = git_output(files[1].parent, "merge-file", "-p", "-q", "--ours", mine, base, theirs)
    if text:
        with suppress(DocumentError):
            return parse(text, source=files[1].name, format=form)
    return ours.document


def _text(
    workspace: Workspace,
    merged: Merged,
    sides: Sequence[_Side],
    rings: Rings,
    start: Document,
) -> Secret[str]:
    """Write the merged tree, sealed if a side was, with marks around what both changed."""
    base, ours, theirs = sides
    blocks = [side.block for side in (ours, theirs) if side.block is not None]
    mine, other = Secret(merged.ours), Secret(merged.theirs)
    if blocks:
        kids = {block.kid for block in blocks}
        ring = rings.newest(kids)
        facts = _facts(base.block, ours.block, theirs.block)
        mine = Secret(_sealed(mine, ring, facts, [side.opened for side in (theirs, ours)]))
        opened = open_document(mine.open(), ring)
        sealed = _sealed(other, ring, facts, [opened])
        other = Secret({**sealed, BLOCK: mine.open()[BLOCK]})
        record(
            workspace,
            Deed.MERGE,
            ring.environment,
            paths=map(keypath.render, merged.conflicts),
            kid=ring.primary.kid,
            generation=ring.generation,
        )
    texts = [_edited(start, ours.document, each) for each in (mine, other)]
    return Secret(marked(*(text.open() for text in texts)))


def _edited(start: Document, ours: Document, said: Secret[Any]) -> Secret[str]:
    plain = Secret(reveal(said.open()))
    try:
        return Secret(apply(start, edits_between(start.data, plain.open())))
    except EditRefusedError:
        return Secret(apply(ours, edits_between(ours.data, plain.open())))


def _facts(base: Block | None, ours: Block | None, theirs: Block | None) -> dict[str, Any]:
    """Return what the new block says: each fact as the one side has it that changed it."""
    blocks = [block for block in (ours, theirs) if block is not None]
    is_strict = any(block.scope is Scope.STRICT for block in blocks)
    before = dict(base.vouches) if base is not None else {}
    vouches = merge_trees(before, dict(blocks[0].vouches), dict(blocks[-1].vouches)).ours
    return {
        "scope": Scope.STRICT if is_strict else Scope.SECRETS,
        "revision": max(block.revision for block in blocks) + 1,
        "document": blocks[0].document,
        "vouches": vouches,
    }


def _sealed(
    values: Secret[dict[str, Any]],
    ring: UnlockedKeyring,
    facts: Mapping[str, Any],
    known: Sequence[Opened | None],
) -> dict[str, Any]:
    """Seal *values*; a secret that has the value of one *known* keeps its token, if it may."""
    place = (ring.primary.kid, facts["document"])
    kept: Opened | None = None
    for opened in known:
        if opened is not None and (opened.block.kid, opened.block.document) == place:
            tokens = {
                path: token
                for path, token in opened.tokens.items()
                if _has(values, path, Secret(keypath.get(opened.data, path)))
            }
            before = kept.tokens if kept is not None else {}
            kept = Opened(reveal(values.open()), opened.block, {**before, **tokens})
    return seal_document(
        values.open(),
        secrets=secret_paths(values.open()),
        key=ring.primary,
        keyring=ring.generation,
        previous=kept,
        **facts,
    )


def _has(values: Secret[dict[str, Any]], path: KeyPath, value: Secret[Any]) -> bool:
    return keypath.has(values.open(), path) and same(keypath.get(values.open(), path), value)


def marked(ours: str, theirs: str) -> str:
    """Lay two texts over each other, with git's marks around the lines that differ."""
    mine, other = ours.splitlines(keepends=True), theirs.splitlines(keepends=True)
    lines: list[str] = []
    for kind, a, b, c, d in difflib.SequenceMatcher(
        None, mine, other, autojunk=False
    ).get_opcodes():
        if kind == "equal":
            lines += mine[a:b]
        else:
            lines += ["<<<<<<< ours\n", *mine[a:b], "=======\n", *other[c:d], ">>>>>>> theirs\n"]
    return "".join(lines)


def _merge_text(files: tuple[Path, Path, Path]) -> int:
    """Merge as git does without a driver, into ours; return how many conflicts there are."""
    base, ours, theirs = map(str, files)
    names = ("-L", "ours", "-L", "base", "-L", "theirs")
    try:
        done = subprocess.run(  # noqa: S603  # fixed words, and files that git named
            ["git", "merge-file", "-q", *names, ours, base, theirs],  # noqa: S607
            check=False,
            capture_output=True,
        )
    except OSError:
        message = "git is not to be found"
        raise UnavailableError(message, hint="install git, or put it into PATH") from None
    if not 0 <= done.returncode < 128:  # noqa: PLR2004  # as git merge-file counts
        message = "the files could not be merged as text"
        raise UnavailableError(message, hint="merge them by hand, then escai config accept")
    return done.returncode


def _is_sealed(files: Sequence[Path]) -> bool:
    """Tell whether one of *files* says that it is sealed, so that a merge of texts breaks it."""
    return any(f"{BLOCK}" in path.read_text(errors="replace") for path in files)
