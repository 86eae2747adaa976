"""ConfigManager: one environment's configuration, read, changed, saved and gone back in."""

from __future__ import annotations

import getpass
import os
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from escai_nb import keypath
from escai_nb.errors import (
    DocumentError,
    FieldUnknownError,
    HeadMovedError,
)
from escai_nb.history.store import SQLiteStore
from escai_nb.history.version import History, Version, VersionKind
from escai_nb.secret import Secret, conceal, reveal
from escai_nb.workspace.assessment import (
    assess,
    assess_unparsed,
    effective_model,
    require_acceptable,
)
from escai_nb.workspace.explanation import Explanation
from escai_nb.workspace.layout import Workspace
from escai_nb.workspace.opening import empty_reading, read_environment
from escai_nb.workspace.saving import (
    Entry,
    Means,
    difference,
    save,
    settle,
    version_values,
)
from escai_nb.workspace.subscribers import Subscribers

if TYPE_CHECKING:
    from types import TracebackType

    from pydantic import BaseModel

    from escai_nb.history.change import Diff
    from escai_nb.keypath import Path as KeyPath
    from escai_nb.origin import Origin
    from escai_nb.spec import ConfigSpec
    from escai_nb.validation.report import Report
    from escai_nb.workspace.reading import Reading

_ABSENT = object()


class ConfigManager:
    """
    The configuration of one environment, joined from its files, keys and history.

    Reading is done by whoever asks and never writes. Changes gather in memory
    until `save_config`, which makes one version of them. A refused change
    leaves memory and disk as they were. Model objects that are handed out are
    fresh: changing one changes nothing here.

    Args:
        config_dir: The workspace.

        environment: Name; ``ESCAI_ENV``, then the first of the spec, by default.

        enable_hot_reload: Watch the folder once something was loaded, and load
            again when a file changes.

        enable_encryption: Seal the file at the next save. ``None`` keeps it as
            the environment has it: sealed, unless it was imported in clear.

        enable_versioning: Record a version at each save.

        spec: What is known of the application; as the workspace says by default.

        environ: Environment variables; those of the process by default.

        author: Who is named in versions; ``ESCAI_AUTHOR`` or the login name by
            default.
    """

    def __init__(
        self,
        config_dir: str | Path = "config",
        environment: str | None = None,
        enable_hot_reload: bool = True,  # noqa: FBT001, FBT002  # the earlier system's signature
        enable_encryption: bool | None = True,  # noqa: FBT001, FBT002
        enable_versioning: bool = True,  # noqa: FBT001, FBT002
        *,
        spec: ConfigSpec | None = None,
        environ: Mapping[str, str] | None = None,
        author: str | None = None,
    ) -> None:
        self._environ = os.environ if environ is None else environ
        self.workspace = Workspace.at(config_dir, spec)
        self.spec = self.workspace.spec
        wanted = environment or self._environ.get("ESCAI_ENV") or self.spec.environments[0]
        self.environment = self.spec.require_environment(getattr(wanted, "value", wanted))
        self.author = author or self._environ.get("ESCAI_AUTHOR") or getpass.getuser()
        self._reloads = enable_hot_reload
        self._seals = enable_encryption
        self._versions = enable_versioning
        self._file: Path | None = None
        self._reading: Reading | None = None
        self._edited: dict[str, Any] | None = None
        self._lock = threading.RLock()
        self._subscribers = Subscribers()
        self._watch: Any = None

    # --- reading -----------------------------------------------------------

    def load_config(self, config_file: str | Path | None = None) -> BaseModel:
        """
        Read the files afresh and return the configuration as a model object.

        Unsaved changes are dropped. *config_file* reads that file in place of
        the environment's own one.

        Raises:
            FileUnavailableError: If there is no file, or it may not be read.
            DocumentError: If a file is not a configuration document.
            KeyUnavailableError: If it is sealed and its key is not here.
            SealError: If it is not as it was sealed.
            InvalidConfigurationError: If it does not fit the model.
        """
        with self._lock:
            if config_file is not None:
                self._file = Path(config_file)
            reading = self._read()
            reading.require_usable()
            model = effective_model(reading, self.spec)
            self._adopt(reading)
            self._start_watching()
        return model  # type: ignore[no-any-return]

    def reload(self) -> None:
        """Read the files afresh, dropping unsaved changes; see `load_config`."""
        self.load_config()

    @property
    def reading(self) -> Reading:
        """What was last read from disk, reading it now if nothing was."""
        with self._lock:
            if self._reading is None:
                self._reading = self._read()
            return self._reading

    def _read(self) -> Reading:
        return read_environment(self.workspace, self.environment, self._environ, file=self._file)

    def _adopt(self, reading: Reading) -> None:
        """Swap the one reference that readers hold; tell who asked to be told."""
        before = self._reading
        self._reading, self._edited = reading, None
        if before is not None:
            self._announce(before.given.data, reading.given.data)

    def _announce(self, old: dict[str, Any], new: dict[str, Any]) -> None:
        changes = difference(old, new)
        if changes and self._subscribers:
            self._subscribers.tell(reveal(old), reveal(new), changes)

    @property
    def _usable(self) -> Reading:
        reading = self.reading
        reading.require_usable()
        return reading

    @property
    def _own(self) -> dict[str, Any]:
        return self.reading.own if self._edited is None else self._edited

    def get_config(self) -> BaseModel:
        """Return the configuration, unsaved changes included, as a fresh model object."""
        with self._lock:
            model: BaseModel = effective_model(self._usable, self.spec, self._own)
            return model

    def _effective(self) -> dict[str, Any]:
        """Return all values in effect, defaults and unsaved changes included, concealed."""
        return self.reading.merge(self._own).data

    def get_config_value(self, path: str, default: object = None) -> Any:  # noqa: ANN401
        """
        Return the value in effect at *path*, or *default* where there is none.

        Raises:
            EscaiError: If the configuration cannot be used, or the leaf is
                sealed and was not opened.
        """
        with self._lock:
            steps = keypath.parse(path)
            self._usable  # noqa: B018  # a leaf that cannot be opened is an error, not a default
            data = self._effective()
            return reveal(keypath.get(data, steps)) if keypath.has(data, steps) else default

    def masked(self) -> dict[str, Any]:
        """Return all values in effect, with a mask at each secret."""
        with self._lock:
            return self.reading.masked(self._effective())

    def origins(self) -> dict[str, Origin]:
        """Return where each leaf in effect comes from, by key path."""
        with self._lock:
            merged = self.reading.merge(self._own)
            return {
                keypath.render(path): merged.origin(path) for path, _ in keypath.leaves(merged.data)
            }

    def explain(self, path: str) -> Explanation:
        """
        Return what is known of *path*: its field, its value, and the chain of layers.

        Raises:
            FieldUnknownError: If the model has no such field.
        """
        with self._lock:
            return Explanation.of(self.reading, self._own, self._known(path))

    def report(self) -> Report:
        """
        Judge the configuration with its unsaved changes; works without a key too.

        Raises:
            FileUnavailableError: If there is no file to judge.
        """
        with self._lock:
            try:
                reading = self.reading
            except DocumentError as error:
                return assess_unparsed(
                    error,
                    environment=self.environment,
                    source=self._file or self.workspace.file(self.environment),
                    timestamp=datetime.now(UTC),
                )
            return assess(reading, own=self._edited)

    def validate_current_config(self) -> Report:
        """Judge the configuration; the earlier system's name for `report`."""
        return self.report()

    # --- changing ----------------------------------------------------------

    def _known(self, path: str) -> KeyPath:
        steps = keypath.parse(path)
        if self.spec.catalog.find(steps) is None and not self._is_section(steps):
            near = self.spec.catalog.suggest(steps)
            message = f"{path} is no field of {self.spec.name}"
            hint = f"did you mean {near}?" if near else "escai config show lists the fields"
            raise FieldUnknownError(message, path=path, hint=hint)
        return steps

    def _is_section(self, steps: KeyPath) -> bool:
        return any(section.path == steps for section in self.spec.catalog.sections)

    def update_config(self, updates: Mapping[str, Any], validate: bool = True) -> None:  # noqa: FBT001, FBT002
        """
        Take over nested *updates*, all or none; nothing is written yet.

        Raises:
            InvalidConfigurationError: If the result breaks the model or brings
                an error that was not there before; with *validate* off this
                waits until `save_config`.
        """
        with self._lock:
            self._change(_merged(self._base(), updates), validate=validate)

    def set_config_value(self, path: str, value: object, validate: bool = True) -> None:  # noqa: FBT001, FBT002
        """
        Put *value* at *path*; nothing is written yet.

        Raises:
            FieldUnknownError: If the model has no such field.
            InvalidConfigurationError: See `update_config`.
        """
        with self._lock:
            steps = self._known(path)
            own = keypath.replace(self._base(), steps, _plain(value))
            self._change(own, validate=validate)

    def unset_config_value(self, path: str, *, validate: bool = True) -> None:
        """
        Take *path* out of the environment's own file; a lower layer shows again.

        Raises:
            KeyPathError: If the file does not say it.
            InvalidConfigurationError: See `update_config`.
        """
        with self._lock:
            own = keypath.without(self._base(), keypath.parse(path))
            self._change(own, validate=validate)

    def _base(self) -> dict[str, Any]:
        self._usable  # noqa: B018  # what cannot be used cannot be changed
        return self._own

    def _change(self, own: dict[str, Any], *, validate: bool) -> None:
        reading = self.reading
        own = conceal(own, reading.is_secret)
        if validate:
            require_acceptable(assess(reading), assess(reading, own=own))
        before, self._edited = self._own, own
        self._announce(reading.merge_given(before).data, reading.merge_given(own).data)

    def discard(self) -> None:
        """Drop all unsaved changes."""
        with self._lock:
            self._edited = None

    @property
    def pending(self) -> Diff:
        """The unsaved changes; secrets are told as changed."""
        with self._lock:
            return difference(self.reading.own, self._own, left="file", right="unsaved changes")

    def preview(self) -> Diff:
        """Return what `save_config` would change; see `pending`."""
        return self.pending

    def shadowed(self, path: str) -> Origin | None:
        """Return what hides the environment's own value of *path*, if anything does."""
        from escai_nb.origin import OriginKind

        with self._lock:
            merged = self.reading.merge(self._own)
            steps = keypath.parse(path)
            origin = merged.origin(steps) if keypath.has(merged.data, steps) else None
            return origin if origin and origin.kind is OriginKind.VARIABLE else None

    # --- saving ------------------------------------------------------------

    @contextmanager
    def transaction(self) -> Iterator[Self]:
        """
        Hold the workspace's lock, starting from what the files say now.

        Between reading and saving nobody else can save, so that a change made
        inside never meets a moved head. Unsaved changes are dropped first.
        """
        with self.workspace.writing(), self._lock:
            self._reading = self._edited = None
            yield self

    def save_config(
        self,
        config_file: str | Path | None = None,
        *,
        message: str = "",
        expected_head: str | None = None,
    ) -> Version | None:
        """
        Write the changes to the file and record them as one version.

        Without changes nothing is written and the newest version is returned.
        With *config_file* that file is written, sealed in the same way, and no
        version recorded, as the history belongs to the environment's own file.

        Raises:
            HeadMovedError: If the file or the head is not the one that was read.
            InvalidConfigurationError: If the result breaks the model or brings
                an error that was not there before.
            WriteFailedError: If the disk refuses; everything is as before.
        """
        with self._lock, self.workspace.writing():
            if config_file is not None and Path(config_file) != self.reading.files.path:
                return self._save_elsewhere(Path(config_file), message)
            base, own = self._usable, self._own
            fresh = self._fresh(expected_head)
            require_acceptable(assess(base), assess(fresh, own=own))
            return self._write(fresh, own, self._entry(VersionKind.SAVE, message))

    def _fresh(self, expected_head: str | None = None) -> Reading:
        """
        Read again under the lock, and make sure that nobody changed it meanwhile.

        Raises:
            HeadMovedError: Otherwise; it names the places that both changed.
        """
        base = self.reading
        fresh = self._read()
        settle(self.workspace, fresh)
        fresh = self._read()
        fresh.require_usable()
        head = fresh.head.id if fresh.head is not None else ""
        if expected_head is not None and not (head and head.startswith(expected_head)):
            moved = f"the head is {head[:12] or 'missing'}, not {expected_head[:12]}"
            raise HeadMovedError(moved, hint="look at escai config history, then repeat")
        if _text(fresh) != _text(base):
            theirs = difference(base.own, fresh.own)
            mine = {change.path for change in self.pending}
            both = sorted(mine & {change.path for change in theirs})
            said = f"; both sides changed {', '.join(both)}" if both else ""
            message = f"{fresh.files.path.name} was saved by somebody else meanwhile{said}"
            raise HeadMovedError(
                message,
                path=both[0] if both else "",
                hint="load it again, then repeat the change",
            )
        return fresh

    def _write(
        self, reading: Reading, own: dict[str, Any], entry: Entry, *, resealed: bool = False
    ) -> Version | None:
        means = Means(self._sealed(reading), self._versions and self._file is None, resealed)
        version = save(reading, own, entry, means, self._environ)
        after = self._read()
        after.require_usable()
        self._adopt(after)
        return version

    def _sealed(self, reading: Reading) -> bool:
        """Decide whether the file is sealed from now on; it never loses its seal."""
        if reading.block is not None or self._seals:
            return True
        if self._seals is None:
            return reading.keyring is None or reading.keyring.seals == "file"
        return False

    def _save_elsewhere(self, path: Path, message: str) -> Version | None:
        entry = self._entry(VersionKind.SAVE, message)
        target = empty_reading(self.workspace, self.environment, self._environ, path)
        means = Means(self._sealed(self.reading), versioned=False)
        return save(target, self._own, entry, means, self._environ)

    def _entry(self, kind: VersionKind, message: str, source: str | None = None) -> Entry:
        return Entry(kind, self.author, datetime.now(UTC), message, source)

    # --- history -----------------------------------------------------------

    @contextmanager
    def _store(self) -> Iterator[SQLiteStore]:
        with closing(SQLiteStore(self.workspace.history_file)) as store:
            yield store

    def history(self, limit: int | None = None, **filters: Any) -> History:  # noqa: ANN401
        """Return the versions of this environment, newest first."""
        with self._store() as store:
            found = store.versions(self.environment, limit=limit, **filters)
        return History(tuple(found), self.environment)

    def get_config_history(self, limit: int = 10) -> list[Version]:
        """Return the newest *limit* versions, newest first."""
        return list(self.history(limit))

    def version(self, address: str) -> Version:
        """
        Return the one version that *address* names.

        Raises:
            VersionUnknownError: If none does, or more than one.
        """
        with self._store() as store:
            return store.resolve(self.environment, address)

    def diff(
        self, a: str = "HEAD", b: str | None = None, *, other_environment: str | None = None
    ) -> Diff:
        """
        Compare version *a* with version *b*, or with the file and its unsaved changes.

        With *other_environment*, compare the values in effect of that one with
        those of this one. Works without a key: sealed values are then compared
        as they lie there.
        """
        if other_environment is not None:
            other = ConfigManager(
                self.workspace.root,
                other_environment,
                enable_hot_reload=False,
                spec=self.spec,
                environ=self._environ,
            )
            return difference(
                other.reading.merged.data,
                self._effective(),
                left=other.environment,
                right=self.environment,
            )
        with self._lock:
            old, left = self._side(a)
            new, right = self._side(b) if b is not None else (self._own, "file")
            return difference(old, new, left=left, right=right)

    def _side(self, address: str) -> tuple[dict[str, Any], str]:
        version = self.version(address)
        return version_values(self.reading, version), version.short

    def tag(self, version: str, name: str) -> Version:
        """Give *version* a name that is unique in this environment; return it."""
        return self._tagging(version, name, remove=False)

    def untag(self, version: str, name: str) -> Version:
        """Take the name away from *version*; return it."""
        return self._tagging(version, name, remove=True)

    def _tagging(self, address: str, name: str, *, remove: bool) -> Version:
        with self.workspace.writing(), self._store() as store:
            version = store.resolve(self.environment, address)
            (store.untag if remove else store.tag)(version.id, name)
            return store.get(version.id)

    def _rolled_back(self, version: Version, *, include_secrets: bool) -> dict[str, Any]:
        """Return what going back to *version* would make of the file."""
        then = version_values(self.reading, version)
        if include_secrets:
            return then
        today = self.reading.own
        own = then
        for path, value in keypath.leaves(then):
            if isinstance(value, Secret) and not keypath.has(today, path):
                own = keypath.without(own, path)
        for path, value in keypath.leaves(today):
            if isinstance(value, Secret):
                own = keypath.replace(own, path, value)
        return own

    def preview_rollback(self, version: str, *, include_secrets: bool = False) -> Diff:
        """Return what `rollback_config` would change."""
        with self._lock:
            named = self.version(version)
            own = self._rolled_back(named, include_secrets=include_secrets)
            return difference(self.reading.own, own, left="file", right=named.short)

    def rollback_config(
        self, version: str, *, include_secrets: bool = False, message: str = ""
    ) -> Version | None:
        """
        Make a new version that says what *version* said; today's secrets stay.

        With *include_secrets* the old secrets come back as well.

        Raises:
            InvalidConfigurationError: If that breaks the model of today, or
                brings an error that is not there now.
        """
        with self.workspace.writing(), self._lock:
            fresh = self._fresh()
            self._reading = fresh
            named = self.version(version)
            own = self._rolled_back(named, include_secrets=include_secrets)
            require_acceptable(assess(fresh), assess(fresh, own=own))
            said = message or f"roll back to {named.short}"
            return self._write(fresh, own, self._entry(VersionKind.ROLLBACK, said, named.id))

    # --- sharing -----------------------------------------------------------

    def export_config(self, path: str | Path, include_sensitive: bool = False) -> Path:  # noqa: FBT001, FBT002
        """
        Write all values in effect to *path*, secrets masked unless asked otherwise.

        Raises:
            TargetExistsError: If *path* is there.
        """
        from escai_nb.errors import TargetExistsError
        from escai_nb.safefile import create_exclusive
        from escai_nb.sources.document import render

        target = Path(path)
        with self._lock:
            data = reveal(self._effective()) if include_sensitive else self.masked()
        if include_sensitive:
            self._usable  # noqa: B018  # an incomplete export is none
        text = render(data, "json" if target.suffix == ".json" else "yaml")
        try:
            create_exclusive(target, text.encode())
        except FileExistsError:
            message = f"{target} is there already"
            raise TargetExistsError(message, hint="name another file, or remove it") from None
        return target

    def add_change_callback(
        self, callback: Callable[..., object], *, path: str | None = None
    ) -> None:
        """
        Call *callback* with (old, new, changes) after each change in effect.

        *old* and *new* are plain data, *changes* a `Diff`. With *path*, only
        changes at or below it count. What a callback raises is logged by type
        and reaches nobody else.
        """
        self._subscribers.add(callback, path)

    def remove_change_callback(self, callback: Callable[..., object]) -> None:
        """Stop calling *callback*."""
        self._subscribers.remove(callback)

    def _start_watching(self) -> None:
        if not self._reloads or self._watch is not None:
            return
        from escai_nb.workspace.reload import Watch

        self._watch = Watch(self)

    def watched_files(self) -> tuple[Path, ...]:
        """List the files whose content this configuration comes from."""
        own = self._file or self.workspace.file(self.environment)
        return (own, self.workspace.shared_file, self.workspace.keyring_file(self.environment))

    def has_unsaved_changes(self) -> bool:
        """Tell whether there are changes that only memory knows."""
        return self._edited is not None

    @property
    def reload_state(self) -> Any:  # noqa: ANN401  # a ReloadState, or nothing
        """How the last reload went; nothing while nobody watches."""
        return self._watch.state if self._watch is not None else None

    def cleanup(self) -> None:
        """Stop every thread; the manager may still be read."""
        if self._watch is not None:
            self._watch.stop()
            self._watch = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.cleanup()

    def __repr__(self) -> str:
        return f"ConfigManager({str(self.workspace.root)!r}, {self.environment!r})"
