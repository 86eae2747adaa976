"""Files that are whole or not there."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import pytest
from filelock import FileLock
from hypothesis import given
from hypothesis import strategies as st

from escai_nb import locking, safefile
from escai_nb.errors import (
    FileUnavailableError,
    KeyUnsafeError,
    LockedError,
    WriteFailedError,
)

if TYPE_CHECKING:
    from pathlib import Path


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def run(program: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    """Run a program of its own process, which may limit itself."""
    return subprocess.run(
        [sys.executable, "-c", program, *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
    )


@given(st.binary(max_size=200))
def test_what_is_written_is_read(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    """Any bytes, over any other, through folders that are made on the way."""
    path = tmp_path_factory.getbasetemp() / "a/b/file"
    safefile.write_atomic(path, content)
    assert content == safefile.read_bytes(path, limit=200)
    assert ["file"] == [entry.name for entry in path.parent.iterdir()]


def test_a_new_file_is_private_and_an_old_one_keeps_its_mode(tmp_path: Path) -> None:
    """0600 unless said otherwise; what somebody has opened to others stays so."""
    path = tmp_path / "file"
    safefile.write_atomic(path, b"one")
    assert 0o600 == mode_of(path)
    path.chmod(0o644)
    safefile.write_atomic(path, b"two")
    assert 0o644 == mode_of(path)
    safefile.write_atomic(tmp_path / "shared", b"", mode=0o644)
    assert 0o644 == mode_of(tmp_path / "shared")
    safefile.write_atomic(path, b"three", keep_mode=False)
    assert 0o600 == mode_of(path)


def test_links_are_followed_and_kept(tmp_path: Path) -> None:
    """The file that is meant changes, the link stays one; hanging ones too."""
    (tmp_path / "real").write_bytes(b"old")
    (tmp_path / "link").symlink_to("real")
    (tmp_path / "hanging").symlink_to("nowhere")
    for name, real in (("link", "real"), ("hanging", "nowhere")):
        safefile.write_atomic(tmp_path / name, b"new")
        assert (tmp_path / name).is_symlink()
        assert b"new" == (tmp_path / real).read_bytes()


LIMITED = """
import resource, sys
from pathlib import Path
from escai_nb import errors, safefile
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
path = Path(sys.argv[1])
write = getattr(safefile, sys.argv[2])
try:
    write(path, b"CANARY" * 1000)
except errors.WriteFailedError as error:
    print(error.code, error.hint, "CANARY" in repr(error))
"""


@pytest.mark.parametrize("function", ["write_atomic", "create_exclusive"])
def test_a_full_disk_leaves_all_as_it_was(tmp_path: Path, function: str) -> None:
    """The old content, no temporary file, an error that says what to do."""
    old, new = tmp_path / "old", tmp_path / "new"
    old.write_bytes(b"old")
    target = old if function == "write_atomic" else new
    done = run(LIMITED, target, function)
    assert done.stdout.startswith("write-failed ")
    assert done.stdout.endswith(" False\n")
    assert b"old" == old.read_bytes()
    assert ["old"] == [entry.name for entry in tmp_path.iterdir()]


@pytest.mark.parametrize("name", ["old", "new"])
@pytest.mark.parametrize("error", [WriteFailedError("refused"), OSError("failed")])
def test_a_block_that_fails_takes_the_new_file_back(
    tmp_path: Path, name: str, error: Exception
) -> None:
    """The old file is there again, with its mode, or none if there was none."""
    (tmp_path / "old").write_bytes(b"old")
    (tmp_path / "old").chmod(0o640)
    with pytest.raises(type(error)), safefile.replaced(tmp_path / name, b"new"):
        raise error
    assert b"old" == (tmp_path / "old").read_bytes()
    assert 0o640 == mode_of(tmp_path / "old")
    assert ["old"] == [entry.name for entry in tmp_path.iterdir()]


def test_an_interrupt_takes_nothing_back(tmp_path: Path) -> None:
    """As after a kill, the new file is there: whoever comes next goes on from it."""
    with pytest.raises(KeyboardInterrupt), safefile.replaced(tmp_path / "file", b"new"):
        raise KeyboardInterrupt
    assert b"new" == (tmp_path / "file").read_bytes()
    assert ["file"] == [entry.name for entry in tmp_path.iterdir()]


def test_the_last_look_may_refuse(tmp_path: Path) -> None:
    """It comes when the new file is finished, and before it takes the place of the old."""
    path = tmp_path / "file"
    path.write_bytes(b"old")

    def look() -> None:
        assert b"old" == path.read_bytes()
        raise LockedError("somebody was faster")

    with pytest.raises(LockedError), safefile.replaced(path, b"new", last_look=look):
        pytest.fail("the look was not asked")
    assert b"old" == path.read_bytes()
    assert [path] == list(tmp_path.iterdir())


def test_leftovers_of_our_own_files_are_removed_and_no_others(tmp_path: Path) -> None:
    """Only names as we give them, only beside files that are ours."""
    ours = [".config.yaml.0123456789ab.tmp", ".config.yaml.ffffffffffff.tmp"]
    others = ["config.yaml", ".config.yaml.tmp", ".config.yaml.0123456789AB.tmp", ".a.0123456789ab"]
    others += [".other.yaml.0123456789ab.tmp", "x.config.yaml.0123456789ab.tmp"]
    for name in (*ours, *others):
        (tmp_path / name).touch()
    safefile.remove_leftovers(tmp_path, lambda name: name == "config.yaml")
    safefile.remove_leftovers(tmp_path / "none", lambda _: True)
    assert set(others) == {entry.name for entry in tmp_path.iterdir()}


def test_a_second_attempt_cleans_up_after_the_first(tmp_path: Path) -> None:
    """Whether it makes the file or finds it made."""
    (tmp_path / ".key.0123456789ab.tmp").write_bytes(b"half a k")
    safefile.create_exclusive(tmp_path / "key", b"key")
    assert ["key"] == [entry.name for entry in tmp_path.iterdir()]
    (tmp_path / ".key.0123456789ab.tmp").write_bytes(b"key")
    with pytest.raises(FileExistsError):
        safefile.create_exclusive(tmp_path / "key", b"other")
    assert ["key"] == [entry.name for entry in tmp_path.iterdir()]


@pytest.mark.parametrize("function", [safefile.write_atomic, safefile.create_exclusive])
def test_a_target_that_cannot_be_is_an_error(tmp_path: Path, function: object) -> None:
    """Below a file, over a folder, under too long a name, or under none that there can be."""
    (tmp_path / "file").write_bytes(b"")
    (tmp_path / "folder").mkdir()
    for name in ("file/below", "n" * 300, "a\0b", "half \ud800"):
        with pytest.raises(WriteFailedError):
            function(tmp_path / name, b"x")  # type: ignore[operator]
    with pytest.raises(WriteFailedError):
        safefile.write_atomic(tmp_path / "folder", b"x")
    assert {"file", "folder"} == {entry.name for entry in tmp_path.iterdir()}


def test_readers_never_see_half(tmp_path: Path) -> None:
    """While one writes again and again, others read one whole content or the other."""
    path = tmp_path / "file"
    contents = [bytes([letter]) * 200_000 for letter in b"ab"]
    safefile.write_atomic(path, contents[0])
    is_over = threading.Event()
    seen: set[bytes] = set()
    torn: list[int] = []

    def read() -> None:
        while not is_over.is_set():
            content = path.read_bytes()
            if content not in contents:
                torn.append(len(content))
            seen.add(content[:1])

    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    for turn in range(60):
        safefile.write_atomic(path, contents[turn % 2])
    is_over.set()
    for reader in readers:
        reader.join()
    assert [] == torn
    assert seen


def test_a_new_file_never_replaces_one(tmp_path: Path) -> None:
    """Of many who create the same file exactly one succeeds."""
    path = tmp_path / "key"
    made: list[bytes] = []

    def create(content: bytes) -> None:
        try:
            safefile.create_exclusive(path, content)
        except FileExistsError:
            return
        made.append(content)

    threads = [threading.Thread(target=create, args=(bytes([n]) * 50,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [path.read_bytes()] == made
    assert 0o600 == mode_of(path)
    assert [path] == list(tmp_path.iterdir())


def test_reading_tells_why_it_cannot(tmp_path: Path) -> None:
    """Missing, a folder, too large, no name of a file: a code, and a next step."""
    (tmp_path / "large").write_bytes(b"12345")
    assert b"12345" == safefile.read_bytes(tmp_path / "large", limit=5)
    for name, limit, code in (
        ("none", 5, "file-missing"),
        (".", 5, "file-unreadable"),
        ("large", 4, "file-too-large"),
        ("a\0b", 5, "file-unreadable"),
        ("half \ud800", 5, "file-unreadable"),
    ):
        for read in (safefile.read_bytes, safefile.read_private):
            with pytest.raises(FileUnavailableError) as caught:
                read(tmp_path / name, limit=limit)
            assert code == caught.value.code
            assert caught.value.hint


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    """A key as ``init`` leaves it, below folders that nobody else may change."""
    path = tmp_path / "keys/dev.key"
    safefile.make_folder(path.parent, mode=safefile.PRIVATE_FOLDER)
    safefile.create_exclusive(path, b"key")
    return path


def test_a_key_that_is_ones_own_is_read(key_file: Path) -> None:
    """Through a link, too."""
    link = key_file.with_name("link")
    link.symlink_to(key_file)
    assert b"key" == safefile.read_private(key_file)
    assert b"key" == safefile.read_private(link)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o602])
def test_a_key_that_others_can_touch_is_refused(key_file: Path, mode: int) -> None:
    """The message says how to close it; on a mount, reading by the group is allowed."""
    key_file.chmod(mode)
    with pytest.raises(KeyUnsafeError) as caught:
        safefile.read_private(key_file)
    assert "chmod 600" in caught.value.hint
    if mode & 0o022:
        with pytest.raises(KeyUnsafeError):
            safefile.read_private(key_file, strict=False)
    else:
        assert b"key" == safefile.read_private(key_file, strict=False)


def test_a_key_below_an_open_folder_is_refused(key_file: Path) -> None:
    """Who can rename the file can replace it; a sticky folder as /tmp is no danger."""
    key_file.parent.chmod(0o777)
    with pytest.raises(KeyUnsafeError) as caught:
        safefile.read_private(key_file)
    assert "chmod go-w" in caught.value.hint
    key_file.parent.chmod(0o1777)
    assert b"key" == safefile.read_private(key_file)


GREEDY = """
import sys, time
from pathlib import Path
from escai_nb.locking import exclusive
while True:
    with exclusive(Path(sys.argv[1])):
        print("held", flush=True)
        time.sleep(0.03)
"""
HOLDING = """
import sys
from pathlib import Path
from escai_nb import locking
with locking.exclusive(Path(sys.argv[1]), holder="ada, since noon"):
    print("held", flush=True)
    sys.stdin.readline()
"""


def test_a_second_writer_waits_and_is_told(tmp_path: Path) -> None:
    """As long as another process holds the lock; then it may."""
    path = tmp_path / "state/lock"
    other = subprocess.Popen(
        [sys.executable, "-c", HOLDING, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with other:
        assert other.stdout is not None
        assert "held\n" == other.stdout.readline()
        with pytest.raises(LockedError) as caught, locking.exclusive(path, patience=0.05):
            pytest.fail("two writers at once")
        assert str(caught.value).endswith("lock: ada, since noon")
        other.communicate("\n")
    with locking.exclusive(path, patience=5):
        assert {"lock", "turn.lock"} == {entry.name for entry in path.parent.iterdir()}


def test_who_waits_goes_before_who_lets_go(tmp_path: Path) -> None:
    """A process that takes the lock again at once, for ever, keeps nobody out."""
    path = tmp_path / "lock"
    other = subprocess.Popen(
        [sys.executable, "-c", GREEDY, str(path)], stdout=subprocess.PIPE, text=True
    )
    with other:
        assert other.stdout is not None
        assert "held\n" == other.stdout.readline()
        for _ in range(3):
            with locking.exclusive(path, patience=5):
                pass
        other.kill()


def test_a_writer_does_not_wait_for_itself(tmp_path: Path) -> None:
    """A block inside a block, with another patience and by another name of the file."""
    path = tmp_path / "lock"
    (tmp_path / "same").symlink_to(tmp_path)
    same = tmp_path / "same/lock"
    with locking.exclusive(path) as outer, locking.exclusive(same, patience=0.01) as inner:
        assert (True, False) == (outer, inner)
    with locking.exclusive(path, patience=0.01) as again:
        assert again


def test_threads_write_one_after_the_other(tmp_path: Path) -> None:
    """No count is lost among threads of one process."""
    counter = tmp_path / "count"
    counter.write_text("0")

    def count() -> None:
        for _ in range(5):
            with locking.exclusive(tmp_path / "lock"):
                counter.write_text(str(int(counter.read_text()) + 1))

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert "20" == counter.read_text()


def test_a_lock_that_cannot_be_made_is_an_error(tmp_path: Path) -> None:
    """Of our own, with a next step."""
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(WriteFailedError), locking.exclusive(tmp_path / "file/lock"):
        pytest.fail("there is no such folder")


def test_an_error_inside_the_block_is_its_own(tmp_path: Path) -> None:
    """The lock is given back, and the error is not taken for a lock's."""
    with pytest.raises(TimeoutError, match="mine"), locking.exclusive(tmp_path / "lock"):
        raise TimeoutError("mine")
    with locking.exclusive(tmp_path / "lock", patience=0.01):
        pass


def test_who_waits_is_patient_while_others_take_turns(tmp_path):
    """Many who save one after the other are no writer that hangs."""
    path = tmp_path / "lock"
    held = FileLock(path, thread_local=False)
    held.acquire()

    def take_turns():
        for number in range(25):
            path.with_name("lock.holder").write_text(f"writer {number}", encoding="utf-8")
            threading.Event().wait(0.1)
        held.release()

    others = threading.Thread(target=take_turns)
    others.start()
    with locking.exclusive(path, patience=2) as is_outermost:
        assert is_outermost
    others.join()


def test_what_is_no_file_is_not_replaced(tmp_path):
    """A pipe or a device, also behind a link, stays; the error says so."""
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to("pipe")
    for name in ("pipe", "link"):
        with pytest.raises(WriteFailedError, match="no file"):
            safefile.write_atomic(tmp_path / name, b"x")
    assert stat.S_ISFIFO((tmp_path / "pipe").stat().st_mode)
    assert {"pipe", "link"} == {path.name for path in tmp_path.iterdir()}
