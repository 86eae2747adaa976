"""Live reload: every way in which a file can change gives one reload of what settled."""

from __future__ import annotations

import errno
import gc
import itertools
import os
import queue
import re
import shutil
import subprocess
import sys
import threading
import time
import weakref
from pathlib import Path

import pytest
from hypothesis import settings

from escai_nb.errors import ValueRefusedError
from escai_nb.workspace.bootstrap import initialise
from escai_nb.workspace.keys.key_rotation import rotate_keys
from escai_nb.workspace.layout import Workspace
from escai_nb.workspace.manager import ConfigManager
from escai_nb.workspace.noticing import observing, reload

SAVES = 200 if settings.default.max_examples > 100 else 8
"""Saves of each style; all of them with HYPOTHESIS_PROFILE=deep."""
WAIT = 30
"""Seconds after which a test gives up; no test takes as long unless something is wrong."""
PAUSE = 0.1
"""Seconds in which a writer leaves a file half written."""


class Editor:
    """Somebody who saves the file of one environment, again and again, in one style."""

    def __init__(self, file):
        self.file = file
        self.text = file.read_text()

    def saying(self, port):
        """Return the whole text with another port."""
        text, count = re.subn(r"(?m)^  port: \d+", f"  port: {port}", self.text, count=1)
        assert count == 1
        return text

    def save(self, port):
        """Save *port*."""
        raise NotImplementedError


class InPlace(Editor):
    """Truncates and writes at once."""

    def save(self, port):
        self.file.write_text(self.saying(port))


class WithPause(Editor):
    """Truncates, writes a half that is YAML of its own, and the rest later."""

    def save(self, port):
        text = self.saying(port)
        half = text.index("api:")
        with self.file.open("w") as file:
            time.sleep(PAUSE)
            file.write(text[:half])
            file.flush()
            time.sleep(PAUSE)
            file.write(text[half:])


class ByRename(Editor):
    """Writes beside, and renames."""

    def save(self, port):
        beside = self.file.with_name(".new")
        beside.write_text(self.saying(port))
        beside.replace(self.file)


class Vim(Editor):
    """The real one, with its backup and its probing for permissions."""

    def save(self, port):
        subprocess.run(
            ["vim", "-es", "-u", "NONE", "-c", f"%s/^  port: .*/  port: {port}/", "-c", "wq",
             str(self.file)],
            check=True,
            timeout=WAIT,
            stdin=subprocess.DEVNULL,
        )  # fmt: skip


class LikeVim(Editor):
    """What vim does to files, by its system calls."""

    def save(self, port):
        folder, backup = self.file.parent, self.file.with_name(self.file.name + "~")
        (folder / "4913").touch()
        (folder / "4913").unlink()
        self.file.rename(backup)
        self.file.write_text(self.saying(port))
        backup.unlink()


class Kubernetes(Editor):
    """A mounted ConfigMap: the file is a link through ``..data``, which is swapped."""

    def __init__(self, file):
        super().__init__(file)
        self.counts = itertools.count()
        self.old = None
        self._swap(self.text)
        file.unlink()
        file.symlink_to(Path("..data") / file.name)

    def _swap(self, text):
        folder = self.file.parent / f"..2026_{next(self.counts)}"
        folder.mkdir()
        (folder / self.file.name).write_text(text)
        link = self.file.parent / "..data_tmp"
        link.symlink_to(folder.name)
        link.replace(self.file.parent / "..data")
        if self.old is not None:
            (self.old / self.file.name).unlink()
            self.old.rmdir()
        self.old = folder

    def save(self, port):
        self._swap(self.saying(port))


class OtherLink(Editor):
    """The file is a link that comes to mean another file, in a folder elsewhere."""

    def __init__(self, file):
        super().__init__(file)
        self.counts = itertools.count()
        self.elsewhere = file.parent.parent / "elsewhere"
        self.elsewhere.mkdir()

    def save(self, port):
        target = self.elsewhere / f"{next(self.counts)}.yaml"
        target.write_text(self.saying(port))
        link = self.file.with_name(".link")
        link.symlink_to(target)
        link.replace(self.file)


class BehindLink(Editor):
    """The file is a link that stays, and what it means is written elsewhere."""

    def __init__(self, file):
        super().__init__(file)
        self.target = file.parent.parent / "far" / "away.yaml"
        self.target.parent.mkdir()
        file.rename(self.target)
        file.symlink_to(self.target)

    def save(self, port):
        self.target.write_text(self.saying(port))


class MadeAgain(Editor):
    """Deletes the file, and makes it again later."""

    def save(self, port):
        self.file.unlink()
        time.sleep(PAUSE)
        self.file.write_text(self.saying(port))


class FolderSwap(Editor):
    """The whole folder is another one from now on, as with ``current -> releases/12``."""

    def __init__(self, file):
        super().__init__(file)
        self.counts = itertools.count()
        self.release = None

    def save(self, port):
        root = self.file.parent
        new = root.with_name(f"release{next(self.counts)}")
        subprocess.run(["cp", "-r", f"{root}/.", str(new)], check=True)
        (new / self.file.name).write_text(self.saying(port))
        if root.is_symlink():
            link = root.with_name("next")
            link.symlink_to(new)
            link.replace(root)
        else:
            root.rename(root.with_name("first"))
            root.symlink_to(new)


STYLES = {
    style.__name__: style
    for style in (InPlace, WithPause, ByRename, LikeVim, Kubernetes, OtherLink, BehindLink)
} | {"MadeAgain": MadeAgain, "FolderSwap": FolderSwap}


class Heard:
    """The ports that a manager has told, one after the other."""

    def __init__(self, manager):
        self.manager = manager
        self.queue = queue.Queue()
        self.all = []
        self.states = queue.Queue()
        self.threads = set()
        manager.load_config()
        manager.add_change_callback(self.told, path="api.port", on_reload_state=self.states.put)

    def told(self, _old, new, _changes):
        """Note the new port."""
        self.threads.add(threading.current_thread().name)
        self.queue.put(new["api"]["port"])

    def next(self):
        """Wait for the next port that is told."""
        self.all.append(self.queue.get(timeout=WAIT))
        return self.all[-1]

    def settled(self, editor):
        """Save once more, and return all that was told until then."""
        editor.save(65_000)
        while self.next() != 65_000:
            pass
        assert self.queue.empty()
        return self.all[:-1]


@pytest.fixture
def watched(workspace, request):
    """Make a manager that watches, and stop it at the end."""

    def make(folder=None, environment="development", **options):
        root = workspace.root if folder is None else folder / "config"
        place = Workspace.at(root, workspace.spec, environ=workspace.environ)
        if not place.file(environment).exists():
            initialise(place, environment)
        options.setdefault("environ", workspace.environ)
        manager = ConfigManager(root, environment, spec=workspace.spec, **options)
        request.addfinalizer(manager.cleanup)
        return manager

    return make


def storm(manager, style):
    """Save many times; each save is told once, before the next is made."""
    heard = Heard(manager)
    editor = style(manager.workspace.file(manager.environment))
    ports = list(range(10_000, 10_000 + SAVES))
    for port in ports:
        editor.save(port)
        assert heard.next() == port
    assert heard.settled(editor) == ports
    assert manager.get_config().api.port == 65_000
    assert heard.threads == {"escai-reload"}
    assert manager.reload_state is None or not manager.reload_state.refused


@pytest.mark.parametrize("style", STYLES.values(), ids=STYLES)
def test_each_save_is_one_reload(watched, style):
    """In place, half by half, renamed, swapped, linked, made again: one each, none missed."""
    storm(watched(), style)


@pytest.mark.editor
def test_each_save_of_vim_is_one_reload(watched):
    """The real editor, as it is installed."""
    storm(watched(), Vim)


@pytest.mark.parametrize("style", [InPlace, ByRename, Kubernetes, MadeAgain])
def test_files_of_a_network_are_polled(watched, style, monkeypatch):
    """Without any notice of the system the same holds, a little later."""
    monkeypatch.setitem(globals(), "SAVES", 3)
    manager = watched(poll_interval=0.02)
    storm(manager, style)
    assert manager.reload_state.polling


@pytest.mark.parametrize("style", [InPlace, ByRename, MadeAgain])
def test_notices_of_other_systems_will_do(watched, style, monkeypatch):
    """Where inotify is not there, watchdog knows what is."""
    monkeypatch.setattr(observing, "InotifyObserver", observing.PortableObserver)
    monkeypatch.setitem(globals(), "SAVES", 3)
    storm(watched(), style)


@pytest.mark.parametrize("pause", [0.005, 0.05])
def test_of_two_quick_saves_the_newer_wins(watched, pause):
    """5 and 50 ms apart: the newer is told last, and nothing is told twice."""
    heard = Heard(watched())
    editor = InPlace(heard.manager.workspace.file("development"))
    newest = []
    for port in range(10_000, 10_000 + 2 * SAVES, 2):
        editor.save(port)
        time.sleep(pause)
        editor.save(port + 1)
        newest.append(port + 1)
        while heard.next() != port + 1:
            pass
    told = heard.settled(editor)
    assert len(told) == len(set(told))
    assert told == sorted(told)
    assert set(newest) <= set(told)


def test_a_storm_over_all_styles_at_once(watched, tmp_path):
    """Many managers share one observer, and none hears less or more for it."""
    managers = {name: watched(tmp_path / name) for name in STYLES}
    failed = queue.Queue()

    def run(name):
        try:
            storm(managers[name], STYLES[name])
        except BaseException as error:  # noqa: BLE001  # told in the main thread
            failed.put((name, error))

    threads = [threading.Thread(target=run, args=(name,)) for name in managers]
    for thread in threads:
        thread.start()
    observers = [t for t in threading.enumerate() if type(t).__name__ == "InotifyFD"]
    for thread in threads:
        thread.join()
    assert list(failed.queue) == []
    assert len(observers) == 1


def test_a_refused_content_keeps_the_last_good_and_is_announced(watched, workspace):
    """Broken, then invalid, then mended: told each time, with the values of before."""
    manager = watched()
    heard = Heard(manager)
    file = workspace.file("development")
    good = file.read_text()

    file.write_text("api: [\n")
    broken = heard.states.get(timeout=WAIT)
    assert broken.refused
    assert "config.development.yaml:2:1" in broken.why
    assert manager.reload_state == broken
    file.write_text(good.replace("port: 8000", "port: 70000"))
    invalid = heard.states.get(timeout=WAIT)
    assert "api.port" in invalid.why
    assert invalid.since > broken.since
    assert manager.get_config().api.port == 8000
    file.write_text(good)
    mended = heard.states.get(timeout=WAIT)
    assert (mended.refused, mended.why) == (False, "")
    assert heard.queue.empty()
    assert heard.states.empty()


def test_a_file_that_is_gone_is_refused_and_comes_back(watched, workspace):
    """Deleting the file takes no value away."""
    manager = watched()
    heard = Heard(manager)
    file = workspace.file("development")
    good = file.read_text()
    file.unlink()
    assert "no configuration for development" in heard.states.get(timeout=WAIT).why
    assert manager.get_config().api.port == 8000
    file.write_text(good.replace("port: 8000", "port: 8002"))
    assert heard.next() == 8002
    assert not heard.states.get(timeout=WAIT).refused


@pytest.mark.parametrize("name", [".escai/policy.yaml", ".env"])
@pytest.mark.parametrize("content", [b"a: [\n", b"\xff\xfe", b"", b'ESCAI_TOKEN_FILE="a\0b"\n'])
def test_no_file_that_cannot_be_used_ends_the_watch(watched, workspace, name, content):
    """A policy or dotenv file as an editor left it; the save after it is told as ever."""
    manager = watched()
    heard = Heard(manager)
    file = workspace.root / name
    good = file.read_bytes() if file.exists() else None
    file.write_bytes(content)
    assert heard.manager.reload_state is not None
    time.sleep(3 * reload.QUIET)
    if good is None:
        file.unlink()
    else:
        file.write_bytes(good)
    InPlace(workspace.file("development")).save(8002)
    assert heard.next() == 8002


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_watch_that_ends_by_a_fault_says_so(watched, monkeypatch):
    """Nobody takes silence for there being no change."""
    manager = watched()
    heard = Heard(manager)

    def fail():
        raise RuntimeError

    monkeypatch.setattr(manager, "watched_files", fail)
    InPlace(manager.workspace.file("development")).save(8002)
    state = heard.states.get(timeout=WAIT)
    assert state.refused
    assert "RuntimeError ended the watch" in state.why
    assert manager.reload_state == state


def test_unsaved_changes_are_not_dropped_by_a_reload(watched, workspace):
    """The state says so; discarding them lets the files in."""
    manager = watched()
    heard = Heard(manager)
    manager.set_config_value("log_level", "INFO")
    InPlace(workspace.file("development")).save(8002)
    assert "unsaved changes" in heard.states.get(timeout=WAIT).why
    assert manager.get_config_value("log_level") == "INFO"
    manager.load_config()
    assert heard.next() == 8002
    assert not heard.states.get(timeout=WAIT).refused


def test_its_own_save_is_no_change_to_a_manager(watched):
    """Not even with new changes right after it."""
    manager = watched()
    heard = Heard(manager)
    for port in range(9000, 9004):
        manager.set_config_value("api.port", port)
        manager.save_config()
        manager.set_config_value("api.port", port + 100)
        manager.set_config_value("api.port", port)
        manager.save_config()
    InPlace(manager.workspace.file("development")).save(65_000)
    while heard.next() != 65_000:
        pass
    assert heard.states.empty()
    assert heard.all[:-1] == [p for port in range(9000, 9004) for p in (port, port + 100, port)]


def test_a_rotation_elsewhere_is_followed(watched, workspace):
    """A sealed file under a key that was not known when the service started."""
    manager = watched(environment="production")
    heard = Heard(manager)
    other = watched(environment="production", enable_hot_reload=False)
    before = manager.get_config().database.postgres_password
    rotate_keys(workspace, "production")
    other.set_config_value("api.port", 8443)
    other.save_config()
    assert heard.next() == 8443
    assert manager.get_config().database.postgres_password == before
    assert manager.reading.keyring.generation == other.reading.keyring.generation


@pytest.mark.parametrize("place", ["environment", "dotenv"])
def test_a_file_of_a_secret_is_watched(watched, workspace, tmp_path, place):
    """Whoever names it: a variable of the process, or a line of a dotenv file."""
    initialise(workspace, "development")
    secret = tmp_path / "password"
    secret.write_text("the-first-secret\n")
    named = {"ESCAI_DATABASE__POSTGRES_PASSWORD_FILE": str(secret)}
    environ = {**workspace.environ, **(named if place == "environment" else {})}
    if place == "dotenv":
        lines = (f"{name}={value}\n" for name, value in named.items())
        (workspace.root / ".env").write_text("".join(lines))
    manager = watched(environ=environ)
    manager.load_config()
    told = queue.Queue()
    manager.add_change_callback(
        lambda _old, new, _changes: told.put(new["database"]["postgres_password"])
    )
    secret.write_text("the-second-secret\n")
    assert told.get(timeout=WAIT) == "the-second-secret"


def test_a_sealed_file_that_does_not_open_keeps_the_last_good(watched, workspace):
    """An edit under a strict seal; put back, it is taken again."""
    manager = watched(environment="production")
    heard = Heard(manager)
    file = workspace.file("production")
    sealed = file.read_text()
    good = manager.get_config().api.port
    file.write_text(sealed.replace(f"port: {good}", "port: 8999"))
    assert "edited outside" in heard.states.get(timeout=WAIT).why
    assert manager.get_config().api.port == good
    file.write_text(sealed)
    assert not heard.states.get(timeout=WAIT).refused


def test_an_unknown_key_is_waited_for(watched, workspace, tmp_path):
    """A pull that brings the file before the keyring that opens it."""
    manager = watched(environment="production")
    manager.load_config()
    manager.cleanup()
    clone = tmp_path / "clone"
    shutil.copytree(workspace.root, clone / "config")
    service = watched(clone, "production")
    heard = Heard(service)

    rotate_keys(workspace, "production")
    manager.load_config()
    manager.set_config_value("api.port", 8443)
    manager.save_config()
    there = Workspace.at(clone / "config", workspace.spec, environ=workspace.environ)
    shutil.copyfile(workspace.file("production"), there.file("production"))
    assert heard.states.get(timeout=WAIT).refused
    assert service.get_config_value("api.port") != 8443
    shutil.copyfile(workspace.keyring_file("production"), there.keyring_file("production"))
    assert heard.next() == 8443
    assert not heard.states.get(timeout=WAIT).refused


def test_lost_notices_lead_to_a_look(watched, workspace, tmp_path, monkeypatch):
    """The kernel's queue runs over while the observer is held up, and the save is in none."""
    monkeypatch.setattr(reload, "BACKSTOP", 3600.0)
    heard = Heard(watched())
    held, let_go = threading.Event(), threading.Event()

    class Slow:
        def on_change(self, name, *, is_open):  # noqa: ARG002  # a listener's signature
            held.set()
            let_go.wait(WAIT)

        def on_loss(self):
            pass

    busy = tmp_path / "busy"
    busy.mkdir()
    shared = observing.SHARED.enter()
    forget = shared.add(busy, Slow())
    try:
        (busy / "first").touch()
        assert held.wait(WAIT)
        limit = int(Path("/proc/sys/fs/inotify/max_queued_events").read_text())
        for count in range(limit // 2 + 1000):
            os.close(os.open(busy / f"{count % 7}", os.O_CREAT | os.O_WRONLY))
            (busy / f"{count % 7}").unlink()
        InPlace(workspace.file("development")).save(8002)
        time.sleep(3 * reload.QUIET)
        assert heard.queue.empty()
        let_go.set()
        assert heard.next() == 8002
    finally:
        let_go.set()
        forget()
        observing.SHARED.leave()


def test_where_the_system_watches_no_more_files_are_polled(watched, workspace, monkeypatch):
    """No notice is to be had: the manager looks itself, and says so."""
    monkeypatch.setattr(reload, "POLL", 0.02)

    def full(self, folder, listener):  # noqa: ARG001  # an observer's signature
        raise OSError(errno.ENOSPC, "inotify watch limit reached")

    monkeypatch.setattr(observing.InotifyObserver, "add", full)
    manager = watched()
    heard = Heard(manager)
    InPlace(workspace.file("development")).save(8002)
    assert heard.next() == 8002
    assert manager.reload_state.polling


def test_a_busy_neighbour_does_not_hold_a_reload_up(watched, workspace):
    """Notices of other files in the folder are none of ours."""
    heard = Heard(watched())
    done = threading.Event()

    def log():
        with (workspace.root / "service.log").open("w") as file:
            while not done.wait(0.001):
                file.write("line\n")
                file.flush()

    neighbour = threading.Thread(target=log)
    neighbour.start()
    try:
        InPlace(workspace.file("development")).save(8002)
        assert heard.next() == 8002
    finally:
        done.set()
        neighbour.join()


def test_what_changes_while_it_is_being_loaded_is_not_missed(watched, workspace):
    """From the first load on there is no moment in which a save goes unheard."""
    editor = None
    for port in range(8100, 8100 + SAVES):
        manager = watched()
        editor = editor or ByRename(workspace.file("development"))
        seen = queue.Queue()
        manager.add_change_callback(lambda _old, new, _c, put=seen.put: put(new["api"]["port"]))
        saving = threading.Thread(target=editor.save, args=(port,))
        saving.start()
        loaded = manager.load_config().api.port
        saving.join()
        assert loaded == port or seen.get(timeout=WAIT) == port
        manager.cleanup()


def test_callbacks_are_ordered_and_apart_from_each_other(watched, workspace):
    """One that raises, wants to end the thread, or changes what it is told harms no other."""
    manager = watched()
    manager.load_config()
    order, done = [], threading.Event()

    def leaves(*_):
        order.append("leaves")
        raise SystemExit

    def fails(*_):
        order.append("fails")
        raise ValueError

    def spoils(old, new, _):
        order.append("spoils")
        old.clear()
        new["api"]["port"] = 1

    def last(old, new, changes):
        order.append((old["api"]["port"], new["api"]["port"], [c.path for c in changes]))
        done.set()

    for call in (leaves, fails, spoils, last):
        manager.add_change_callback(call, path="api")
    manager.add_change_callback(lambda *_: order.append("never"), path="logging")
    InPlace(workspace.file("development")).save(8002)
    assert done.wait(WAIT)
    assert order == ["leaves", "fails", "spoils", (8000, 8002, ["api.port"])]
    done.clear()
    InPlace(workspace.file("development")).save(8003)
    assert done.wait(WAIT)
    assert manager.get_config().api.port == 8003


def test_a_callback_may_save_and_clean_up(watched, workspace):
    """It runs where the manager can be used."""
    manager = watched()
    manager.load_config()
    done = threading.Event()

    def call(_old, new, _changes):
        if new["api"]["workers"] == 1:
            manager.set_config_value("api.workers", 2)
            manager.save_config()
            manager.cleanup()
            done.set()

    manager.add_change_callback(call, path="api.port")
    InPlace(workspace.file("development")).save(8002)
    assert done.wait(WAIT)
    assert (manager.get_config().api.port, manager.get_config().api.workers) == (8002, 2)


def test_who_waits_for_changes_need_not_hold_the_manager(watched, workspace):
    """A callback goes on until it is removed; then a forgotten manager ends."""
    told = queue.Queue()

    def listen():
        manager = ConfigManager(workspace.root, "development", environ=workspace.environ)
        manager.load_config()
        manager.add_change_callback(tell)
        return weakref.ref(manager)

    def tell(_old, new, _changes):
        told.put(new["api"]["port"])

    watched()
    manager = listen()
    gc.collect()
    InPlace(workspace.file("development")).save(8002)
    assert told.get(timeout=WAIT) == 8002
    manager().remove_change_callback(tell)
    gc.collect()
    assert manager() is None


A_HUNDRED_MANAGERS = """
import gc, sys, threading
from escai_nb import ConfigManager

def ours():
    names = ("escai-reload", "InotifyFD")
    return [t for t in threading.enumerate() if t.name in names or type(t).__name__ in names]

def watching():
    manager = ConfigManager(sys.argv[1], "development")
    manager.load_config()
    return manager

kept = []
for number in range(100):
    kept.append(watching())
    if number % 2:
        kept[-1].cleanup()
print("fifty and the one that watches:", len(ours()))
forgotten = watching()
print("one more:", len(ours()))
del forgotten
gc.collect()
print("forgotten:", len(ours()))
for manager in kept:
    manager.cleanup()
print("all cleaned up:", len(ours()))
"""
"""Run in a process of its own: other tests' threads end when they end."""


def test_a_hundred_managers_leave_no_thread(workspace):
    """Neither those that are cleaned up nor those that are forgotten."""
    initialise(workspace, "development")
    done = subprocess.run(
        [sys.executable, "-c", A_HUNDRED_MANAGERS, str(workspace.root)],
        env={**os.environ, **workspace.environ},
        capture_output=True,
        text=True,
        check=True,
    )
    assert [
        "fifty and the one that watches: 51",
        "one more: 52",
        "forgotten: 51",
        "all cleaned up: 0",
    ] == done.stdout.splitlines()


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_forked_process_watches_anew(watched, workspace):
    """What a child does to its managers takes nothing from its parent's."""
    heard = Heard(watched())
    child = os.fork()
    if not child:
        code = 1
        try:
            heard.manager.cleanup()
            mine = ConfigManager(workspace.root, "development", environ=workspace.environ)
            again = Heard(mine)
            InPlace(workspace.file("development")).save(8002)
            code = again.next() != 8002
            mine.cleanup()
        finally:
            os._exit(code)
    assert os.waitpid(child, 0)[1] == 0
    assert heard.next() == 8002
    InPlace(workspace.file("development")).save(8003)
    assert heard.next() == 8003


def test_the_interval_of_looks_is_a_number_of_seconds(watched, workspace):
    """By parameter or variable; nonsense is refused before anything is read."""
    environ = {**workspace.environ, "ESCAI_POLL_INTERVAL": "often"}
    with pytest.raises(ValueRefusedError, match="ESCAI_POLL_INTERVAL"):
        watched(environ=environ).load_config()
    with pytest.raises(ValueRefusedError, match="poll_interval"):
        watched(poll_interval=0).load_config()
    manager = watched(environ={**workspace.environ, "ESCAI_POLL_INTERVAL": "0.02"})
    heard = Heard(manager)
    InPlace(workspace.file("development")).save(8002)
    assert heard.next() == 8002
    assert manager.reload_state.polling
