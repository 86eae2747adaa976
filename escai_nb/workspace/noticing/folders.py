"""The folders in which something decides what a file says: links, mounts, missing parents."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

MOUNTS = Path("/proc/self/mountinfo")
"""Where Linux lists what is mounted; see proc(5)."""
MOST_LINKS = 40
"""Links that Linux follows on one way before it gives up; see path_resolution(7)."""

_REMOTE = frozenset(
    {
        *("9p", "afs", "beegfs", "ceph", "cifs", "coda", "davfs", "gfs2", "glusterfs", "gpfs"),
        *("lustre", "ncpfs", "nfs", "nfs4", "ocfs2", "orangefs", "prl_fs", "smb3", "smbfs"),
        *("vboxsf", "virtiofs", "vmhgfs", "fuse"),
    }
)
"""File systems that others may write to without this kernel's knowing."""
_ESCAPED = re.compile(r"\\([0-7]{3})")


def deciding(paths: Iterable[Path]) -> dict[Path, frozenset[str]]:
    """
    List the folders to watch for *paths*, each with the names in it that matter.

    Those are where a file lies, where each link on the way to it lies and, where
    something is missing, the folder in which it would have to be made.
    """
    found: dict[Path, set[str]] = {}
    seen: dict[Path, str | None] = {}
    for path in paths:
        _walk(path.absolute(), found, seen)
    return {folder: frozenset(names) for folder, names in found.items()}


def _walk(path: Path, found: dict[Path, set[str]], links: dict[Path, str | None]) -> None:
    here, rest, followed = Path(path.anchor), list(path.parts[1:]), 0
    while rest and followed <= MOST_LINKS:
        name = rest.pop(0)
        if name == "..":
            here = here.parent
            continue
        step = here / name
        if step not in links:
            links[step] = _target(step)
        target = links[step]
        if target is not None:
            found.setdefault(here, set()).add(name)
            followed += 1
            way = Path(target)
            here = Path(way.anchor) if way.is_absolute() else here
            rest = [*(way.parts[1:] if way.is_absolute() else way.parts), *rest]
        elif not rest or not os.path.isdir(step):  # noqa: PTH112  # which raises nothing
            found.setdefault(here, set()).add(name)
            return
        else:
            here = step


def _target(step: Path) -> str | None:
    try:
        return str(step.readlink())
    except (OSError, ValueError):  # the latter for a NUL, which no file's name has
        return None


def is_remote(folder: Path, mounts: str) -> bool:
    """Tell whether *folder* lies on a file system of others, by the text of `MOUNTS`."""
    kind, length = "", -1
    for line in mounts.splitlines():
        before, _, after = line.partition(" - ")
        fields = before.split(" ")
        if len(fields) < 5 or not after:  # noqa: PLR2004  # the mount point is the fifth
            continue
        point = Path(_ESCAPED.sub(lambda found: chr(int(found.group(1), 8)), fields[4]))
        # of several at one place, the last one lies over the others
        if folder.is_relative_to(point) and len(point.parts) >= length:
            kind, length = after.split(" ", 1)[0], len(point.parts)
    return kind in _REMOTE or kind.startswith("fuse.")


def mounts() -> str:
    """Return what is mounted, or nothing where the system does not say."""
    try:
        return os.fsdecode(MOUNTS.read_bytes())
    except OSError:
        return ""
