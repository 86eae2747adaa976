"""The file under every environment: changed once, vouched for by each strict one."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from escai_nb import keypath
from escai_nb.digest import sha256_hex
from escai_nb.encryption.block import Scope
from escai_nb.errors import UsageError
from escai_nb.history.store import SQLiteStore
from escai_nb.history.version import SHARED, Draft, VersionKind
from escai_nb.secret import Secret
from escai_nb.sources.document import parse
from escai_nb.sources.edit import apply, edits_between
from escai_nb.sources.writing import render
from escai_nb.workspace.assessment import assess, require_acceptable
from escai_nb.workspace.layout import READABLE
from escai_nb.workspace.loading.comparing import difference
from escai_nb.workspace.loading.opening import read_environment
from escai_nb.workspace.loading.reading import json_like
from escai_nb.workspace.writing.batch import together
from escai_nb.workspace.writing.recovery import known, writing
from escai_nb.workspace.writing.saving import Entry, Means, Writing, require_untouched

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from escai_nb.history.change import Diff
    from escai_nb.history.version import Version
    from escai_nb.keypath import Path as KeyPath
    from escai_nb.sources.document import Document
    from escai_nb.workspace.layout import Workspace
    from escai_nb.workspace.loading.reading import Reading


@dataclass(frozen=True, slots=True)
class SharedChange:
    """
    What a change of the shared file did.

    Attributes:
        diff: What it says differently.

        version: Its own version; nothing in a dry run, or when nothing differs.

        resealed: Environments that vouch for it and were sealed anew.
    """

    diff: Diff
    version: Version | None
    resealed: tuple[str, ...]


def set_shared(
    workspace: Workspace,
    updates: Mapping[KeyPath, object],
    *,
    message: str = "",
    dry_run: bool = False,
) -> SharedChange:
    """
    Put *updates* into the shared file, and seal anew what vouches for it.

    A value may come inside a `Secret`, as it may turn out to be one.

    Every environment that has a file is judged with the change before anything
    is written, and every key that is needed must be here.

    Raises:
        UsageError: If one of *updates* is a secret: that file has no key.
        FieldUnknownError: If the model has no such field.
        InvalidConfigurationError: If an environment would break by it.
        EscaiError: If an environment that vouches cannot be opened here.
    """
    given = {path: v if isinstance(v, Secret) else Secret(v) for path, v in updates.items()}
    del updates  # a traceback with local variables shows none of it
    _require_shareable(workspace, given)
    with writing(workspace):
        path = workspace.shared_file
        readings = [_usable(workspace, name) for name in workspace.environments_present()]
        old = readings[0].files.shared if readings else None
        before = json_like(old.data) if old is not None else {}
        after = before
        for key, value in given.items():
            after = keypath.replace(after, key, value.open())
        diff = difference(before, after, left=path.name, right="change")
        if dry_run or not diff:
            return SharedChange(diff, None, ())
        text = (
            apply(old, edits_between(before, after)) if old is not None else render(after, "yaml")
        )
        shared = parse(text, source=str(path))
        for reading in readings:
            _judge(reading, shared)
        entry = Entry(VersionKind.SAVE, message)
        vouching = [r for r in readings if r.block is not None and r.block.scope is Scope.STRICT]
        with closing(SQLiteStore(workspace.history_file)) as store:
            version = _write(store, shared, old, vouching, _draft(workspace, after, entry, diff))
        return SharedChange(diff, version, tuple(r.environment for r in vouching))


def _write(
    store: SQLiteStore,
    shared: Document,
    old: Document | None,
    vouching: Sequence[Reading],
    draft: Draft,
) -> Version:
    """Replace the shared file; after each step there is a seal for what it says."""
    path = Path(shared.source)
    said = Entry(VersionKind.RESEAL, f"vouches for {path.name}")
    means = Means(versioned=False, resealed=True, shared_next=sha256_hex(shared.data))
    for reading in vouching:
        Writing.of(reading, store, said, Means()).adopt()
    with together(store) as batch:
        version = batch.begin(draft, json_like(shared.data))
        for reading in vouching:
            Writing.of(reading, store, said, means).put(batch, reading.own, reading.head)
        batch.put(
            path,
            Secret(shared.text.encode()),
            mode=READABLE,
            last_look=lambda: require_untouched(path, old.text if old is not None else None),
        )
        said = replace(said, source=version.id)
        for reading in vouching:
            now = known(read_environment(reading.workspace, reading.environment))
            Writing.of(now, store, said, Means()).put(batch, now.own, now.head)
    return version


def _require_shareable(workspace: Workspace, given: Mapping[KeyPath, Secret[object]]) -> None:
    catalog = workspace.spec.catalog
    for path, value in given.items():
        name = keypath.render(path)
        catalog.require(path)
        if catalog.is_sensitive(path, value.open()):
            message = f"{name} is a secret, and the shared file has no key"
            raise UsageError(
                message, path=name, hint="set it for each environment, without --shared"
            )


def _usable(workspace: Workspace, environment: str) -> Reading:
    reading = read_environment(workspace, environment)
    reading.require_usable()
    return reading


def _judge(reading: Reading, shared: Document) -> None:
    changed = replace(reading, files=replace(reading.files, shared=shared))
    require_acceptable(assess(reading), assess(changed))


def _draft(workspace: Workspace, data: dict[str, Any], entry: Entry, diff: Diff) -> Draft:
    return Draft(
        environment=SHARED,
        kind=entry.kind,
        author=workspace.author,
        time=workspace.clock(),
        message=entry.message,
        value_digest=sha256_hex(data),
        changes=len(diff),
    )
