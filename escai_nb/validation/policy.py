"""The policy file of a workspace: what it is, and how its environments are sealed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, cast

from escai_nb.digest import sha256_hex
from escai_nb.errors import DocumentError, NewerFormatError

FORMAT = 1
"""Version of the policy file that this package writes."""

SealScope = Literal["strict", "secrets"]
_SCOPES = ("strict", "secrets")


@dataclass(frozen=True, slots=True)
class Policy:
    """
    What holds in a workspace.

    Attributes:
        workspace: Random name of the workspace, 32 hexadecimal digits.

        spec: Reference of the ConfigSpec, such as ``escai``.

        scopes: Environment → how much its seal covers.
    """

    workspace: str
    spec: str
    scopes: Mapping[str, SealScope] = field(default_factory=dict)
    format: int = FORMAT

    def to_data(self) -> dict[str, Any]:
        """Return the content of the policy file."""
        return {
            "format": self.format,
            "workspace": self.workspace,
            "spec": self.spec,
            "scopes": dict(self.scopes),
        }

    def digest(self) -> str:
        """Name the policy by its content, whatever the layout of its file."""
        return sha256_hex(self.to_data())


def parse(data: object, *, where: str = "") -> Policy:
    """
    Read the content of a policy file.

    Raises:
        NewerFormatError: If a newer package wrote it.
        DocumentError: If it is not a policy (code ``policy-broken``); nothing
            is guessed, as a policy read wrongly would loosen what it holds.
    """
    if not isinstance(data, Mapping):
        raise _broken("is not a mapping", where)
    format_ = data.get("format")
    if type(format_) is not int or format_ < 1:
        raise _broken("names no format", where)
    if format_ > FORMAT:
        message = f"policy format {format_} is newer than this package, which reads {FORMAT}"
        raise NewerFormatError(message, where=where, hint="upgrade escai-nb")
    extra = sorted(map(str, set(data) - {"format", "workspace", "spec", "scopes"}))
    if extra:
        names = ", ".join(extra)
        raise _broken("has unknown entries: " + names, where)
    workspace, spec, scopes = data.get("workspace"), data.get("spec"), data.get("scopes", {})
    if not isinstance(workspace, str) or not re.fullmatch(r"[0-9a-f]{32}", workspace):
        raise _broken("names no workspace (32 hexadecimal digits)", where)
    if not isinstance(spec, str) or not spec:
        raise _broken("names no spec", where)
    if not isinstance(scopes, Mapping) or not all(
        isinstance(name, str) and scope in _SCOPES for name, scope in scopes.items()
    ):
        raise _broken("gives a scope that is neither strict nor secrets", where)
    return Policy(
        workspace=workspace,
        spec=spec,
        scopes=cast("dict[str, SealScope]", dict(scopes)),
        format=format_,
    )


def _broken(what: str, where: str) -> DocumentError:
    return DocumentError(
        f"the policy {what}",
        code="policy-broken",
        where=where,
        hint="restore .escai/policy.yaml from version control",
    )
