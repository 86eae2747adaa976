"""On what kind of file system a file lies, and that a database does not lie on one of a network."""

from __future__ import annotations

import os
import re
from pathlib import Path

from escai_nb.errors import UnavailableError

MOUNTS = Path("/proc/self/mounts")
"""What Linux says of each mount, see fstab(5); other systems do not have it."""

OF_A_NETWORK = re.compile(
    r"nfs\d?|cifs|smb\w*|ncpfs|afs|lustre|ceph|beegfs|gpfs|davfs|"
    r"fuse\.(sshfs|glusterfs|ceph(-fuse)?|rclone|s3fs|gcsfuse|davfs2?|smbnetfs|juicefs)"
)
"""File systems whose locks do not hold for all readers, or not in time (sqlite.org/faq, 5)."""


def file_system_of(path: Path, mounts: str) -> str:
    """Return the file system of *path* by the table *mounts*; empty if it is not told."""
    real = Path(os.path.realpath(path))
    kind, depth = "", -1
    for line in mounts.splitlines():
        fields = line.split(" ")
        if len(fields) < 3:  # noqa: PLR2004  # device, place, kind
            continue
        place = Path(re.sub(r"\\([0-7]{3})", lambda code: chr(int(code[1], 8)), fields[1]))
        if real.is_relative_to(place) and len(place.parts) >= depth:  # the later one lies above
            kind, depth = fields[2], len(place.parts)
    return kind


def require_local(path: Path) -> None:
    """
    Make sure that the database at *path* is not one of several machines.

    Raises:
        UnavailableError: Code ``network-file-system``, if it is.
    """
    try:
        mounts = MOUNTS.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return
    kind = file_system_of(path, mounts)
    if OF_A_NETWORK.fullmatch(kind):
        message = f"history {path} would lie on a network file system ({kind})"
        raise UnavailableError(
            message,
            code="network-file-system",
            where=str(path),
            hint="SQLite's locks do not hold there: name a file on a local disk in "
            "ESCAI_HISTORY_FILE, and share the history by escai config history export",
        )
