"""Which folders decide what a file says, and whether others may write to them unheard."""

from __future__ import annotations

from pathlib import Path

import pytest

from escai_nb.workspace.noticing.folders import deciding, is_remote

MOUNTS = """\
21 1 259:1 / / rw,relatime shared:1 - ext4 /dev/root rw
30 21 0:45 / /srv rw,relatime shared:12 - nfs4 server:/export rw,vers=4.2
31 30 0:46 / /srv/local rw shared:13 - tmpfs tmpfs rw
32 21 0:47 / /mnt/with\\040blank rw shared:14 - fuse.sshfs host:/x rw
33 21 0:48 / /media/disk rw shared:15 - fuseblk /dev/sdb1 rw
34 21 0:49 / /host rw,relatime - 9p C:\\134 rw
35 21 0:50 / /over rw - ext4 /dev/sdc rw
36 35 0:51 / /over rw - cifs //nas/x rw
broken line
"""


@pytest.mark.parametrize(
    ("folder", "expected"),
    [
        ("/home/ada/config", False),
        ("/srv/app/config", True),
        ("/srv", True),
        ("/srvlocal", False),
        ("/srv/local/config", False),
        ("/mnt/with blank/config", True),
        ("/media/disk/config", False),
        ("/host/c", True),
        ("/over/config", True),
    ],
)
def test_file_systems_of_others_are_known(folder, expected):
    """By the innermost mount, the last of several at one place."""
    assert is_remote(Path(folder), MOUNTS) == expected


def test_what_is_not_told_is_taken_for_local():
    """Systems without a list of mounts have notices."""
    assert not is_remote(Path("/srv"), "")


def test_a_plain_file_is_decided_in_its_folder(tmp_path):
    """Whether it is there or not."""
    assert deciding([tmp_path / "a", tmp_path / "b"]) == {tmp_path: {"a", "b"}}


def test_links_are_decided_where_they_stand_and_where_they_lead(tmp_path):
    """Relative and absolute ones, of folders and of files, one behind the other."""
    (tmp_path / "real" / "deep").mkdir(parents=True)
    (tmp_path / "real" / "deep" / "file").touch()
    (tmp_path / "folder").symlink_to("real")
    (tmp_path / "real" / "link").symlink_to(tmp_path / "folder" / "deep" / ".." / "deep" / "file")
    assert deciding([tmp_path / "folder" / "link"]) == {
        tmp_path: {"folder"},
        tmp_path / "real": {"link"},
        tmp_path / "real" / "deep": {"file"},
    }


def test_what_is_missing_is_decided_where_it_would_be_made(tmp_path):
    """The next step of the way in the last folder that is there."""
    assert deciding([tmp_path / "no" / "such" / "file"]) == {tmp_path: {"no"}}


def test_a_circle_of_links_ends(tmp_path):
    """As the system itself gives up, so do we."""
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")
    assert deciding([tmp_path / "a"]) == {tmp_path: {"a", "b"}}
