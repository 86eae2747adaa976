"""
Every error that this package raises on purpose, in one tree.

The second level says whose turn it is, and with it the exit code of a command:

- `UsageError` (2): the request itself is wrong; say it differently.
    - `KeyPathError`, `FieldUnknownError`, `ValueRefusedError`
    - `EnvironmentUnknownError`, `SpecError`, `VersionUnknownError`
    - `TargetExistsError`, `ParameterError`
- `RefusedError` (1): the request is fine, what it would do is not.
    - `InvalidConfigurationError`, `HeadMovedError`, `PlanRefusedError`
- `UnavailableError` (3): it could not be found out or carried out here.
    - `FileUnavailableError`, `DocumentError`, `EditRefusedError`
    - `NewerFormatError`, `LockedError`, `WriteFailedError`
    - `KeyUnavailableError`, `KeyUnsafeError`, `SealError`
    - `HistoryDamagedError`, `ExtraMissingError`
- `RunFailedError` (4): a step of a runbook failed.
- `RunTimedOutError` (5): a run or its kernel did not come to an end.

No message, argument or cause of these errors carries a secret value.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from collections.abc import Sequence


class EscaiError(Exception):
    """
    Root of the tree.

    Attributes:
        code: Stable word for scripts, such as ``"key-unknown"``. Some classes
            cover several codes; the instance then says which.

        exit_code: What a command that ends with this error returns.

        hint: What the reader can do next, one sentence; may be empty.

        path: Key path that the error is about, or an empty string.

        where: ``file``, ``file:line`` or ``file:line:column``, or empty.
    """

    code: str = "escai"
    exit_code: ClassVar[int] = 3

    def __init__(
        self,
        message: str,
        *,
        hint: str = "",
        path: str = "",
        where: str = "",
        code: str = "",
    ) -> None:
        super().__init__(message)
        self.hint = hint
        self.path = path
        self.where = where
        if code:
            self.code = code

    def _render_traceback_(self) -> list[str]:
        """Tell IPython to show what happened and the next step, not our insides."""
        lines = [f"{type(self).__name__}: {self}"]
        if self.where and self.where not in str(self):
            lines.append(f"  at {self.where}")
        if self.hint:
            lines.append(f"  hint: {self.hint}")
        return lines


class UsageError(EscaiError):
    """The request itself is wrong."""

    code = "usage"
    exit_code = 2


class KeyPathError(UsageError):
    """A key path cannot be read, or leads nowhere."""

    code = "key-path"


class FieldUnknownError(UsageError):
    """The model has no such field; the hint names the nearest one."""

    code = "field-unknown"


class ValueRefusedError(UsageError):
    """A value does not fit the type or the bounds of its field."""

    code = "value-refused"


class EnvironmentUnknownError(UsageError):
    """The spec has no such environment."""

    code = "environment-unknown"


class SpecError(UsageError):
    """A ConfigSpec is not to be found, or is not one."""

    code = "spec"


class VersionUnknownError(UsageError):
    """No version, or more than one, answers to an address."""

    code = "version-unknown"


class TargetExistsError(UsageError):
    """What would be created is there already."""

    code = "target-exists"


class ParameterError(UsageError):
    """A runbook is given parameters that it does not take."""

    code = "parameter-refused"


class RefusedError(EscaiError):
    """The request is fine, what it would do is not."""

    code = "refused"
    exit_code = 1


class InvalidConfigurationError(RefusedError):
    """
    A configuration breaks its model or introduces error findings.

    Attributes:
        findings: What stands against it, most severe first; they read as
            strings and carry no secret.
    """

    code = "invalid-configuration"

    def __init__(self, message: str, *, findings: Sequence[object] = (), hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.findings = tuple(findings)


class HeadMovedError(RefusedError):
    """
    Somebody else saved, or edited the file, since it was read.

    Attributes:
        theirs: What they changed, secrets told as changed; empty where it is not known.

        mine: What the caller was about to save, in the same form.
    """

    code = "head-moved"

    def __init__(
        self,
        message: str,
        *,
        hint: str = "",
        path: str = "",
        theirs: Sequence[object] = (),
        mine: Sequence[object] = (),
    ) -> None:
        super().__init__(message, hint=hint, path=path)
        self.theirs = theirs
        self.mine = mine


class PlanRefusedError(RefusedError):
    """A plan has open conflicts, or the world is no longer the planned one."""

    code = "plan-refused"


class UnavailableError(EscaiError):
    """Something could not be found out or carried out here."""

    code = "unavailable"


class FileUnavailableError(UnavailableError):
    """A file is missing, or may not be read."""

    code = "file-unavailable"


class DocumentError(UnavailableError):
    """
    A document cannot be read as configuration.

    Codes: ``document-broken``, ``document-empty``, ``document-not-mapping``,
    ``document-too-large``, ``duplicate-key``, ``tag-refused``,
    ``anchor-refused``, ``policy-broken``, ``baseline-broken``. The text of the
    document is never in the message.
    """

    code = "document-broken"


class EditRefusedError(UnavailableError):
    """An edit cannot be made on the text without harm to the rest of it."""

    code = "edit-refused"


class NewerFormatError(UnavailableError):
    """A stored format is newer than this package."""

    code = "newer-format"


class LockedError(UnavailableError):
    """Another writer holds the workspace."""

    code = "locked"


class WriteFailedError(UnavailableError):
    """The disk is full or refuses the write; the old state is untouched."""

    code = "write-failed"


class KeyUnavailableError(UnavailableError):
    """
    The key that is needed is not here.

    Codes: ``key-missing`` (no master key), ``key-wrong`` (it opens nothing
    here), ``key-unknown`` (the keyring has no such kid), ``key-retired`` (it
    opens history, and no present file).
    """

    code = "key-missing"


class KeyUnsafeError(UnavailableError):
    """A key lies where others can read or replace it, or inside the workspace."""

    code = "key-unsafe"


class SealError(UnavailableError):
    """
    A sealed document is not as it was sealed.

    Codes: ``seal-broken``, ``seal-missing``, ``seal-malformed``,
    ``token-moved``, ``token-broken``, ``older-document``,
    ``keyring-rolled-back``, ``keyring-broken``, ``wrap-broken``, ``edited-by-hand``,
    ``scope-loosened``, ``policy-edited``, ``policy-loosened``,
    ``secret-in-shared-file``.
    """

    code = "seal-broken"


class HistoryDamagedError(UnavailableError):
    """The history database, or a row of it, is not as it was written."""

    code = "history-damaged"


class ExtraMissingError(UnavailableError):
    """An optional library is needed; the hint names what to install."""

    code = "extra-missing"


class RunFailedError(EscaiError):
    """A step of a runbook failed; its evidence is kept."""

    code = "run-failed"
    exit_code = 4


class RunTimedOutError(EscaiError):
    """A run reached its deadline, or its kernel died."""

    code = "run-timed-out"
    exit_code = 5
