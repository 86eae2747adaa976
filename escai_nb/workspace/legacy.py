"""A folder of the earlier system taken over: its configuration, its versions, its tags."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from escai_nb.digest import sha256_hex
from escai_nb.encryption.block import Scope, read_block
from escai_nb.encryption.seal import seal_document, value_digest
from escai_nb.errors import (
    FileUnavailableError,
    InvalidConfigurationError,
    TargetExistsError,
)
from escai_nb.history.address import is_tag_name
from escai_nb.history.rows import drafted
from escai_nb.history.version import Draft, VersionKind
from escai_nb.looking import is_there
from escai_nb.secret import reveal, untraced
from escai_nb.workspace.access.unlocking import make_keyring, require_safe_store
from escai_nb.workspace.assessment import assess, require_valid_model
from escai_nb.workspace.git_attributes import write_attributes
from escai_nb.workspace.legacy_folder import EarlierVersion, LegacyFolder
from escai_nb.workspace.loading.comparing import difference
from escai_nb.workspace.loading.opening import examine
from escai_nb.workspace.loading.reading import Standing, secret_paths
from escai_nb.workspace.past.past import history_of
from escai_nb.workspace.writing.recovery import writing
from escai_nb.workspace.writing.saving import Entry, Means, save

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from escai_nb.encryption.keyring import UnlockedKeyring
    from escai_nb.history.version import Version
    from escai_nb.workspace.layout import Workspace
    from escai_nb.workspace.loading.reading import Files


@dataclass(frozen=True, slots=True)
class TakenOver:
    """
    What came of a folder of the earlier system.

    Attributes:
        environments: Those that have a file now.

        versions: How many versions of the earlier system are in the history.

        clear: File → key paths of the secrets that were in clear in it.

        lost: Versions that are named there, and cannot be read or opened.

        notes: What was not taken as it was, and what is to be done.
    """

    environments: tuple[str, ...]
    versions: int
    clear: Mapping[str, tuple[str, ...]]
    lost: tuple[str, ...]
    notes: tuple[str, ...]

    def to_data(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {
            "environments": list(self.environments),
            "versions": self.versions,
            "clear": {file: list(paths) for file, paths in self.clear.items()},
            "lost": list(self.lost),
            "notes": list(self.notes),
        }


@untraced
def import_legacy(
    workspace: Workspace,
    folder: Path,
    *,
    environment: str | None = None,
    key_file: Path | None = None,
) -> TakenOver:
    """
    Take over the files of *folder*: each version into the chain, secrets sealed on the way.

    Times, descriptions and tags stay; a version's earlier id stands at the end
    of its message. Nothing in *folder* is changed, unless it is the workspace
    itself: then its configuration files are sealed where they lie. Only
    *environment* is taken over where one is named.

    Raises:
        FileUnavailableError: If *folder* has nothing of the earlier system.
        KeyUnavailableError: If something is sealed, and its key is not here.
        SealError: If a sealed value of a configuration file does not open with the
            key, or none of any version.
        TargetExistsError: If an environment has a file or a history already.
        InvalidConfigurationError: If a configuration does not fit the model.
    """
    opening = LegacyFolder(workspace, folder, key_file)
    files = opening.files(environment)
    earlier = opening.versions(environment, next(iter(files), None))
    if not files and not earlier:
        message = f"{folder} holds no configuration and no version of the earlier system"
        raise FileUnavailableError(message, code="file-missing", where=str(folder))
    present = [*dict.fromkeys([*files, *(version.environment for version in earlier)])]
    for name in present:
        _require_free(workspace, name, files.get(name))
        if name in files:
            _require_fit(workspace, name, files[name])
    require_safe_store(workspace)
    with writing(workspace):
        workspace.set_up()
        write_attributes(workspace)
        for name in present:
            keyring = make_keyring(workspace, name, seals="history")
            own = [version for version in earlier if version.environment == name]
            _keep(workspace, keyring, own, opening)
            if name in files:
                _seal(workspace, name, files[name])
    opening.notes += [
        f"{name} has versions and no file: escai config rollback HEAD -e {name} writes the newest"
        for name in present
        if name not in files
    ]
    if opening.clear:
        opening.notes.append("what was in clear has been readable to others: set new secrets")
    return TakenOver(
        tuple(files), len(earlier), opening.clear, tuple(opening.lost), tuple(opening.notes)
    )


def _require_fit(workspace: Workspace, environment: str, files: Files) -> None:
    try:
        require_valid_model(assess(examine(workspace, environment, files)))
    except InvalidConfigurationError as error:
        file = error.where = files.path.name
        error.hint = f"mend {file} there, or take over another environment alone: -e NAME"
        raise


def _require_free(workspace: Workspace, environment: str, files: Files | None) -> None:
    with history_of(workspace) as store:
        is_known = store.head(environment) is not None
    path = workspace.file(environment)
    is_itself = files is not None and files.found is not None and path == files.path
    if (
        is_known
        or is_there(workspace.keyring_file(environment))
        or (is_there(path) and not is_itself)
    ):
        message = f"{environment} has a configuration or a history here already"
        hint = "take it over into a folder of its own: -d FOLDER"
        raise TargetExistsError(message, where=str(path), hint=hint)


def _keep(
    workspace: Workspace,
    keyring: UnlockedKeyring,
    earlier: list[EarlierVersion],
    opening: LegacyFolder,
) -> None:
    """Put *earlier* versions into the chain, all or none."""
    made: list[Version] = []
    contents: dict[str, dict[str, Any]] = {}
    before: dict[str, Any] = {}
    named: dict[str, int] = {}
    for each in earlier:
        content = seal_document(
            each.values,
            secrets=secret_paths(each.values),
            key=keyring.primary,
            scope=Scope.STRICT,
            revision=len(made) + 1,
            keyring=keyring.generation,
        )
        block = read_block(content)
        draft = Draft(
            environment=each.environment,
            kind=VersionKind.IMPORT,
            author=workspace.author,
            time=each.time,
            message=f"{each.description} [{each.name}]".strip(),
            revision=len(made) + 1,
            value_digest=value_digest(keyring.primary, reveal(each.values)),
            seal=block.seal if block is not None else "",
            changes=len(difference(before, each.values)),
        )
        digest = sha256_hex(content)
        made.append(drafted(draft, made[-1].id if made else None, digest))
        contents[digest], before = content, each.values
        for tag in each.tags:
            if not is_tag_name(tag):
                opening.notes.append(f"the tag {tag!r} of {each.name} cannot be a tag here")
            elif named.setdefault(tag, len(made) - 1) != len(made) - 1:
                named[tag] = len(made) - 1
                opening.notes.append(
                    f"the tag {tag!r} stood at several versions; the newest has it"
                )
    tagged = [
        replace(version, tags=tuple(sorted(tag for tag, place in named.items() if place == at)))
        for at, version in enumerate(made)
    ]
    with history_of(workspace) as store:
        store.take_in(tagged, contents.items())


def _seal(workspace: Workspace, environment: str, files: Files) -> None:
    reading = replace(examine(workspace, environment, files), stands=Standing.CURRENT)
    entry = Entry(VersionKind.IMPORT, f"taken over from the earlier {files.path.name}")
    save(reading, reading.own, entry, Means(resealed=True))
