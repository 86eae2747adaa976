"""
ConfigManager: one environment's configuration, read, changed, saved and gone back in.

What writes, judges and goes back is loaded by the methods that do so: most who
make a manager only read.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from escai_nb.history.version import History, VersionKind
from escai_nb.secret import Secret
from escai_nb.workspace.loading.comparing import difference
from escai_nb.workspace.loading.opening import empty_reading, read_environment
from escai_nb.workspace.reader import ConfigReader
from escai_nb.workspace.working_copy import WorkingCopy

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from escai_nb.advance import Advance
    from escai_nb.history.change import Diff
    from escai_nb.history.version import Version
    from escai_nb.spec import ConfigSpec
    from escai_nb.workspace.acceptance import Acceptance
    from escai_nb.workspace.loading.reading import Reading
    from escai_nb.workspace.writing.saving import Entry


class ConfigManager(ConfigReader):
    """
    The configuration of one environment, joined from its files, keys and history.

    Changes gather in memory until `save_config`, which makes one version of them; a
    refused change leaves memory and disk as they were. All else is as with a `ConfigReader`.

    Args:
        enable_encryption: Seal the file at the next save. ``None`` keeps it as
            the environment has it: sealed, unless it was imported in clear.

        enable_versioning: Record a version at each save.

    The other arguments are those of `ConfigReader`.
    """

    def __init__(  # noqa: PLR0913  # the earlier system's five, and five of ours
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
        poll_interval: float | None = None,
        env_file: str | Path | None = None,
        store: str | Path | None = None,
        overrides: Mapping[str, Any] | None = None,
    ) -> None:
        given = Secret(overrides)
        del overrides  # a traceback with local variables shows none of it
        super().__init__(
            config_dir,
            environment,
            enable_hot_reload=enable_hot_reload,
            spec=spec,
            environ=environ,
            author=author,
            poll_interval=poll_interval,
            env_file=env_file,
            store=store,
            overrides=given.open(),
        )
        self._seals = enable_encryption
        self._versions = enable_versioning

    # --- changing ----------------------------------------------------------

    def update_config(self, updates: Mapping[str, Any], validate: bool = True) -> None:  # noqa: FBT001, FBT002
        """
        Take over nested *updates*, all or none; nothing is written yet.

        Raises:
            InvalidConfigurationError: If the result breaks the model or brings
                an error that was not there before; with *validate* off this
                waits until `save_config`.
        """
        given = Secret(updates)
        del updates  # a traceback with local variables shows none of it
        with self._changing():
            self._swap(self.copy.updated(given.open(), validate=validate))

    def set_config_value(self, path: str, value: object, validate: bool = True) -> None:  # noqa: FBT001, FBT002
        """
        Put *value* at *path*; nothing is written yet.

        Raises:
            FieldUnknownError: If the model has no such field.
            InvalidConfigurationError: See `update_config`.
        """
        given = Secret(value)
        del value  # a traceback with local variables shows none of it
        with self._changing():
            self._swap(self.copy.with_value(path, given, validate=validate))

    def unset_config_value(self, path: str, *, validate: bool = True) -> None:
        """
        Take *path* out of the environment's own file; a lower layer shows again.

        Raises:
            KeyPathError: If the file does not say it.
            InvalidConfigurationError: See `update_config`.
        """
        with self._changing():
            self._swap(self.copy.without(path, validate=validate))

    def take(self, copy: WorkingCopy) -> None:
        """Go on with *copy*, which was made from `copy`; nothing is written yet."""
        with self._changing():
            self._swap(copy)

    def discard(self) -> None:
        """Drop all unsaved changes."""
        with self._changing():
            if self._copy is not None:
                self._swap(WorkingCopy.of(self._copy.reading))

    @property
    def pending(self) -> Diff:
        """The unsaved changes; secrets are told as changed."""
        return self.copy.pending

    # --- saving ------------------------------------------------------------

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """Hold the workspace's lock and, always after it, this manager's; see `_changing`."""
        from escai_nb.workspace.writing.recovery import writing

        with self._outbox.sent_after(), writing(self.workspace), self._lock:
            yield

    @contextmanager
    def transaction(self) -> Iterator[Self]:
        """
        Hold the workspace's lock, starting from what the files say now.

        Between reading and saving nobody else can save, so that a change made
        inside never meets a moved head. Unsaved changes are dropped first.
        """
        with self._writing():
            fresh = WorkingCopy.of(self._read())
            fresh.reading.require_usable()
            self._swap(fresh)
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
        from escai_nb.workspace.assessment import assess, require_acceptable
        from escai_nb.workspace.writing.saving import Entry, Means, save

        with self._writing():
            copy = self.copy
            if config_file is not None and Path(config_file) != copy.reading.files.path:
                target = empty_reading(self.workspace, self.environment, Path(config_file))
                means = Means(self._sealed(copy.reading), versioned=False)
                return save(target, copy.own, Entry(VersionKind.SAVE, message), means)
            fresh = self._read_again(expected_head)
            after = assess(fresh, own=copy.own)
            require_acceptable(lambda: assess(copy.reading), after, change=copy.pending)
            return self._write(fresh, copy.own, Entry(VersionKind.SAVE, message))

    def _read_again(self, head: str | None = None, copy: WorkingCopy | None = None) -> Reading:
        from escai_nb.workspace.writing.meeting import read_again

        copy = copy or self.copy
        copy.reading.require_usable()
        return read_again(copy.reading, copy.pending, file=self._file, expected_head=head)

    def _write(self, reading: Reading, own: dict[str, Any], entry: Entry) -> Version | None:
        from escai_nb.workspace.writing.saving import Means, save

        means = Means(self._sealed(reading), self._versions and self._file is None)
        version = save(reading, own, entry, means)
        after = self._read()
        after.require_usable()
        self._swap(WorkingCopy.of(after))
        return version

    def _sealed(self, reading: Reading) -> bool:
        """Decide whether the file is sealed from now on; it never loses its seal."""
        from escai_nb.workspace.writing.saving import Means

        if self._seals is None:
            return Means.kept(reading).sealed
        return self._seals or reading.block is not None

    def accept(self, message: str = "", *, dry_run: bool = False) -> Acceptance:
        """
        Take over what was edited outside: validate, seal, record; see `accept`.

        Raises:
            SealError: If a token was moved, broken, or comes from elsewhere.
            InvalidConfigurationError: If the file breaks the model, or brings
                an error that the last version did not have.
        """
        from escai_nb.workspace.acceptance import accept

        taken = accept(self.workspace, self.environment, message=message, dry_run=dry_run)
        if not dry_run:
            with self._changing():
                self._swap(WorkingCopy.of(self._read()))
        return taken

    # --- history -----------------------------------------------------------

    def history(self, limit: int | None = None, **filters: Any) -> History:  # noqa: ANN401
        """Return the versions of this environment, newest first."""
        from escai_nb.workspace.past.past import history_of

        with history_of(self.workspace) as store:
            found = store.versions(self.environment, limit=limit, **filters)
        return History(found, self.environment)

    def get_config_history(self, limit: int = 10) -> list[Version]:
        """Return the newest *limit* versions, newest first."""
        return list(self.history(limit))

    def version(self, address: str) -> Version:
        """
        Return the one version that *address* names.

        Raises:
            VersionUnknownError: If none does, or more than one.
        """
        from escai_nb.workspace.past.past import find_version

        return find_version(self.workspace, self.environment, address)

    def diff(
        self, a: str = "HEAD", b: str | None = None, *, other_environment: str | None = None
    ) -> Diff:
        """
        Compare version *a* with version *b*, or with the file and its unsaved changes.

        With *other_environment*, compare that one's values in effect with this
        one's. Works without a key: sealed values are then compared as they are.
        """
        from escai_nb.workspace.writing.saving import version_values

        copy = self.copy
        if other_environment is not None:
            name = self.spec.require_environment(other_environment)
            other = read_environment(replace(self.workspace, overrides={}), name)
            return difference(other.merged.data, copy.values(), left=name, right=self.environment)
        old, new = self.version(a), self.version(b) if b is not None else None
        said = version_values(copy.reading, new) if new is not None else copy.comparable()
        right = new.short if new is not None else "file"
        return difference(version_values(copy.reading, old), said, left=old.short, right=right)

    def tag(self, version: str, name: str) -> Version:
        """Give *version* a name that is unique in this environment; return it."""
        from escai_nb.workspace.past.past import change_tag

        return change_tag(self.workspace, self.environment, version, name, remove=False)

    def untag(self, version: str, name: str) -> Version:
        """Take the name away from *version*; return it."""
        from escai_nb.workspace.past.past import change_tag

        return change_tag(self.workspace, self.environment, version, name, remove=True)

    def preview_rollback(self, version: str, *, include_secrets: bool = False) -> Diff:
        """Return what `rollback_config` would change; a file that is gone comes back whole."""
        from escai_nb.workspace.past.past import lost_reading, rolled_back

        reading = lost_reading(self.workspace, self.environment) or self.reading
        reading.require_usable()
        named = self.version(version)
        own = rolled_back(reading, named, include_secrets=include_secrets)
        return difference(reading.own, own, left="file", right=named.short)

    def rollback_config(
        self,
        version: str,
        *,
        include_secrets: bool = False,
        message: str = "",
        advance: Advance | None = None,
    ) -> Version | None:
        """
        Make a new version that says what *version* said; today's secrets stay.

        With *include_secrets* the old secrets come back as well. Unsaved changes are
        dropped once it is made. *advance* is told of each step before the writing.

        Raises:
            InvalidConfigurationError: If that breaks the model of today, or
                brings an error that is not there now.
        """
        from escai_nb.workspace.past.past import lost_reading
        from escai_nb.workspace.rollback import values_of_rollback
        from escai_nb.workspace.writing.saving import Entry

        with self._writing():
            lost = lost_reading(self.workspace, self.environment)
            fresh = lost or self._read_again(copy=WorkingCopy.of(self.copy.reading))
            named = self.version(version)
            own = values_of_rollback(
                fresh, named, lost=bool(lost), include_secrets=include_secrets, advance=advance
            )
            said = message or f"roll back to {named.short}"
            return self._write(fresh, own, Entry(VersionKind.ROLLBACK, said, named.id))

    # --- sharing -----------------------------------------------------------
    def export_config(self, path: str | Path, include_sensitive: bool = False) -> Path:  # noqa: FBT001, FBT002
        """
        Write all values in effect to the new file *path*, secrets masked unless asked otherwise.

        Raises:
            TargetExistsError: If *path* is there.
            EscaiError: If secrets are asked for, and not all can be opened.
        """
        from escai_nb.workspace.access.auditing import record_reveal
        from escai_nb.workspace.exchange import export_values

        copy = self.copy
        if not include_sensitive:
            return export_values(copy.masked(), Path(path), self.spec)
        copy.reading.require_usable()
        record_reveal(copy.reading, f"export to {Path(path).name}")
        return export_values(copy.values(), Path(path), self.spec)

    def preview_import(self, path: str | Path) -> Diff:
        """Return what `import_config` would change in the environment's own file."""
        from escai_nb.workspace.exchange import read_values, taken_over

        copy = self.copy
        copy.reading.require_usable()
        own = taken_over(
            copy.reading.own, copy.reading.merged.data, read_values(Path(path), self.spec)
        )
        return difference(copy.reading.own, own, left="file", right=Path(path).name)

    def import_config(self, path: str | Path, *, message: str = "") -> Version | None:
        """
        Lay the values in the file *path* over the environment's own, as one version.

        YAML, JSON or variables, by its name. A mask stands for the value that
        is in effect, a list is taken as a whole, what the file does not name
        stays. Without anything new the newest version is returned. Where the
        environment has no file, this one becomes it; see `import_file`. Unsaved changes
        are dropped once it is done.

        Raises:
            ValueRefusedError: If a mask stands where there is no value.
            RefusedError: If *path* is sealed.
            InvalidConfigurationError: If the result breaks the model or brings
                an error that was not there before.
        """
        from escai_nb.workspace.assessment import assess, require_acceptable
        from escai_nb.workspace.exchange import read_values, taken_over
        from escai_nb.workspace.writing.saving import Entry

        if self._file is None and not self.workspace.has_file(self.environment):
            from escai_nb.workspace.bootstrap import import_file

            return import_file(self.workspace, self.environment, path).version
        given = read_values(Path(path), self.spec)
        with self._writing():
            fresh = self._read_again(copy=WorkingCopy.of(self.copy.reading))
            fresh.require_usable()
            own = taken_over(fresh.own, fresh.merged.data, given)
            require_acceptable(assess(fresh), assess(fresh, own=own))
            said = message or f"imported from {Path(path).name}"
            return self._write(fresh, own, Entry(VersionKind.IMPORT, said))
