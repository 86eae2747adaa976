"""ConfigVersioning: a history of mappings that are at hand, without any file beside it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from escai_nb.encryption.block import Scope, read_block
from escai_nb.encryption.seal import open_document, seal_document, value_digest
from escai_nb.errors import TargetExistsError, UsageError
from escai_nb.history.address import require_tag_name
from escai_nb.history.retention import Retention
from escai_nb.history.version import Draft, VersionKind
from escai_nb.secret import untraced
from escai_nb.workspace.access.unlocking import make_keyring, unlock
from escai_nb.workspace.given import taken_section
from escai_nb.workspace.layout import Workspace
from escai_nb.workspace.loading.comparing import concealed, difference
from escai_nb.workspace.loading.reading import secret_paths
from escai_nb.workspace.past.bundling import export_history, import_history
from escai_nb.workspace.past.past import history_of
from escai_nb.workspace.past.retaining import clean_up_history
from escai_nb.workspace.past.verification import verify_history
from escai_nb.workspace.writing.recovery import writing
from escai_nb.workspace.writing.saving import opened_version

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from escai_nb.encryption.keyring import UnlockedKeyring
    from escai_nb.history.change import Diff
    from escai_nb.history.inspection import Inspection
    from escai_nb.history.version import Version
    from escai_nb.spec import ConfigSpec
    from escai_nb.workspace.past.bundling import Exported, Imported


class ConfigVersioning:
    """
    Keeps versions of mappings; secrets are sealed, under a key outside of the folder.

    Args:
        versions_dir: Folder of the history; made at the first save.

        spec: Tells what is secret; that of ESCAI by default.

        environ: Environment variables; those of the process by default.
    """

    def __init__(
        self,
        versions_dir: str | Path = "config/versions",
        *,
        spec: ConfigSpec | None = None,
        environ: Mapping[str, str] | None = None,
    ) -> None:
        self.workspace = Workspace.at(Path(versions_dir), spec, environ=environ)
        self._stream = self.workspace.spec.environments[0]

    def _keyring(self) -> UnlockedKeyring | None:
        return unlock(self.workspace, self._stream)

    @untraced
    def save_version(
        self,
        config_data: Mapping[str, Any],
        description: str = "",
        tags: str | Sequence[str] | None = None,
        *,
        author: str | None = None,
    ) -> str:
        """
        Keep *config_data* as the newest version, and return its id.

        What is as the newest version already has it makes no other one.

        Raises:
            ValueRefusedError: If one of *tags* cannot stand as a tag, or what is
                given is no mapping that a file could hold.
            TargetExistsError: If another version has one of them; nothing is kept then.
        """
        tags = _listed(tags or ())
        for tag in tags:
            require_tag_name(tag)
        tree = taken_section(config_data, self.workspace.spec.catalog.is_sensitive)
        with writing(self.workspace):
            keyring = self._keyring() or make_keyring(self.workspace, self._stream, seals="history")
            digest = value_digest(keyring.primary, tree)
            head = self.get_current_version()
            is_known = head is not None and head.value_digest == digest
            self._require_free(tags, head if is_known else None)
            if head is None or not is_known:
                head = self._append(tree, keyring, head, digest, description, author)
            with history_of(self.workspace) as store:
                for tag in tags:
                    store.tag(head.id, tag)
        return head.id

    def _require_free(self, tags: Sequence[str], named: Version | None) -> None:
        """Make sure that none of *tags* stands for a version other than *named*."""
        for tag in tags:
            for found in self.find_versions_by_tag(tag):
                if named is None or found.id != named.id:
                    message = f"tag {tag!r} names version {found.short}"
                    hint = "untag it first, or choose another name"
                    raise TargetExistsError(message, hint=hint)

    def _append(  # the parts of one version
        self,
        tree: dict[str, Any],
        keyring: UnlockedKeyring,
        head: Version | None,
        digest: str,
        message: str,
        author: str | None,
    ) -> Version:
        with history_of(self.workspace) as store:
            previous = opened_version(store, head, keyring)
        content = seal_document(
            tree,
            secrets=secret_paths(tree),
            key=keyring.primary,
            scope=Scope.STRICT,
            revision=(head.revision if head is not None else 0) + 1,
            keyring=keyring.generation,
            previous=previous,
        )
        block = read_block(content)
        draft = Draft(
            environment=self._stream,
            kind=VersionKind.SAVE,
            author=author or self.workspace.author,
            time=self.workspace.clock(),
            message=message,
            revision=block.revision if block is not None else 0,
            value_digest=digest,
            seal=block.seal if block is not None else "",
        )
        with history_of(self.workspace) as store:
            return store.confirm(store.begin(draft, content).id)

    def _values(self, version: Version) -> dict[str, Any]:
        keyring = self._keyring()
        with history_of(self.workspace) as store:
            content = store.content(version.id)
        if keyring is None:
            return content
        return concealed(open_document(content, keyring.archive))

    def _find(self, address: str) -> Version:
        with history_of(self.workspace) as store:
            return store.resolve(self._stream, address)

    def get_version(self, version_id: str) -> dict[str, Any]:
        """
        Return what a version said, each secret inside a `Secret`.

        Raises:
            VersionUnknownError: If no version, or more than one, answers to it.
        """
        return self._values(self._find(version_id))

    def get_version_history(self, limit: int = 10) -> list[Version]:
        """Return the newest *limit* versions, newest first."""
        with history_of(self.workspace) as store:
            return list(store.versions(self._stream, limit=limit))

    def get_current_version(self) -> Version | None:
        """Return the newest version, or nothing."""
        with history_of(self.workspace) as store:
            return store.head(self._stream)

    def compare_versions(self, version1: str, version2: str) -> dict[str, Any]:
        """Return the differences as the earlier system gave them; secrets are masked."""
        diff = self.diff(version1, version2)
        return {
            "version1": diff.left,
            "version2": diff.right,
            "differences": [
                {"key": c.path, "type": c.kind.value, "old_value": c.old, "new_value": c.new}
                for c in diff
            ],
            "total_changes": len(diff),
        }

    def diff(self, version1: str, version2: str) -> Diff:
        """Compare two versions."""
        old, new = self._find(version1), self._find(version2)
        return difference(self._values(old), self._values(new), left=old.id, right=new.id)

    def tag_version(self, version_id: str, tags: str | Sequence[str]) -> None:
        """Give a version names that are unique here."""
        version = self._find(version_id)
        with writing(self.workspace), history_of(self.workspace) as store:
            for tag in _listed(tags):
                store.tag(version.id, tag)

    def untag_version(self, version_id: str, tags: str | Sequence[str]) -> None:
        """Take names away from a version."""
        version = self._find(version_id)
        with writing(self.workspace), history_of(self.workspace) as store:
            for tag in _listed(tags):
                store.untag(version.id, tag)

    def find_versions_by_tag(self, tag: str) -> list[Version]:
        """Return the versions with this tag: one, or none."""
        with history_of(self.workspace) as store:
            return list(store.versions(self._stream, tag=tag))

    def delete_version(self, version_id: str) -> bool:
        """
        Forget what a version said; its entry stays, so that the chain holds.

        Raises:
            RefusedError: If it is tagged, the newest or the one before, or
                another version was made from it.
            VersionUnknownError: If no version, or more than one, answers to it.
        """
        with writing(self.workspace), history_of(self.workspace) as store:
            store.drop_content(store.resolve(self._stream, version_id).id)
        return True

    def cleanup_old_versions(self, keep_count: int = 20) -> int:
        """
        Forget what all but the newest *keep_count* said, never a tagged one; return how many.

        Raises:
            UsageError: If *keep_count* is below 0.
        """
        if keep_count < 0:
            message = f"{keep_count} is no count of versions"
            raise UsageError(message, hint="give how many of the newest are to be kept")
        wanted = Retention(keep=keep_count)
        return len(clean_up_history(self.workspace, wanted).dropped)

    def export_version_history(self, export_path: str | Path) -> Exported:
        """
        Write the whole history to a new file; secrets stay sealed.

        Raises:
            TargetExistsError: If the file is there.
        """
        return export_history(self.workspace, Path(export_path))

    def import_version_history(self, import_path: str | Path) -> Imported:
        """
        Take in what `export_version_history` wrote; twice is as good as once.

        Raises:
            HistoryDamagedError: If the file is not as it was written; the
                message names the version.
        """
        return import_history(self.workspace, Path(import_path))

    def verify(self) -> Inspection:
        """Look for anything that is not as it was written."""
        return verify_history(self.workspace)

    def get_statistics(self) -> dict[str, Any]:
        """Count what is kept."""
        with history_of(self.workspace) as store:
            return store.statistics()


def _listed(tags: str | Sequence[str]) -> Sequence[str]:
    """Take one tag for a list of one, not for its letters."""
    return [tags] if isinstance(tags, str) else tags
