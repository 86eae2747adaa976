"""A history is a file of one machine."""

from __future__ import annotations

import pytest

from escai_nb.errors import UnavailableError
from escai_nb.history import mount
from escai_nb.history.marks import set_marks
from escai_nb.history.mount import OF_A_NETWORK, file_system_of

TABLE = """\
/dev/sda1 / ext4 rw 0 0
proc /proc proc rw 0 0
server:/export /mnt/team nfs4 rw 0 0
/dev/sdb1 /mnt/team/local xfs rw 0 0
//host/share /mnt/two\\040words cifs rw 0 0
tmpfs /mnt/team/local tmpfs rw 0 0
"""


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/srv/config", "ext4"),
        ("/mnt/team/config/history.db", "nfs4"),
        ("/mnt/teams/config", "ext4"),
        ("/mnt/team/local/config", "tmpfs"),
        ("/mnt/two words/config", "cifs"),
    ],
)
def test_the_nearest_mount_tells_the_file_system(path, kind, tmp_path):
    """Of two at one place the later one lies above."""
    assert kind == file_system_of(tmp_path.__class__(path), TABLE)


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        *((kind, True) for kind in ("nfs", "nfs4", "cifs", "smb3", "fuse.sshfs", "ceph")),
        *((kind, False) for kind in ("ext4", "tmpfs", "overlay", "btrfs", "zfs", "fuse.mergerfs")),
    ],
)
def test_file_systems_of_a_network_are_known(kind, expected):
    """Those whose locks do not hold."""
    assert expected is (OF_A_NETWORK.fullmatch(kind) is not None)


def test_nothing_is_written_on_a_network(tmp_path, monkeypatch):
    """Neither a new history nor one that is there; the remedy is told."""
    history = tmp_path / "config" / "history.db"
    set_marks(history, {"a": "b"})
    before = history.read_bytes()
    table = tmp_path / "mounts"
    table.write_text(f"/dev/sda1 / ext4 rw 0 0\nserver:/x {tmp_path / 'config'} nfs4 rw 0 0\n")
    monkeypatch.setattr(mount, "MOUNTS", table)

    for path in (history, history.with_name("new.db")):
        with pytest.raises(UnavailableError, match=r"network file system \(nfs4\)") as refused:
            set_marks(path, {"a": "c"})
        assert "local disk" in refused.value.hint
    assert before == history.read_bytes()
    assert not history.with_name("new.db").exists()
