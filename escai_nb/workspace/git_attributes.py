"""What git is told of a workspace: which files are merged and shown by our own commands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from escai_nb.looking import is_there
from escai_nb.safefile import read_bytes, write_atomic
from escai_nb.workspace.layout import READABLE, SUFFIXES

if TYPE_CHECKING:
    from pathlib import Path

    from escai_nb.workspace.layout import Workspace

INSTALL = (
    'git config merge.escai.driver "escai config merge %O %A %B %P"',
    'git config diff.escai.textconv "escai config textconv"',
)
"""What each clone is told once; git takes no commands from a repository."""

_MARK = "merge=escai"
_LINES = (
    "# Sealed files are merged value by value and shown masked, once a clone has been told so:",
    *(f"#   {line}" for line in INSTALL),
    *(f"config.*{suffix} {_MARK} diff=escai" for suffix in SUFFIXES),
    "# Of two keyrings that were both changed, one is chosen as a whole.",
    ".escai/keyring.*.json merge=binary",
)
_LARGEST = 1 << 20


def write_attributes(workspace: Workspace) -> Path:
    """Let the workspace's ``.gitattributes`` name our drivers; other lines in it stay."""
    path = workspace.root / ".gitattributes"
    before = read_bytes(path, limit=_LARGEST) if is_there(path) else b""
    if _MARK.encode() not in before:
        gap = b"" if not before or before.endswith(b"\n") else b"\n"
        text = "\n".join((*_LINES, ""))
        write_atomic(path, before + gap + text.encode(), mode=READABLE)
    return path
