"""One manager used from threads, asyncio and a Jupyter kernel at once."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import nbformat
import pytest
from nbclient import NotebookClient

CHANGES = 6
"""Changes that each writer makes."""
LISTEN = """\
import asyncio
from escai_nb import ConfigManager

manager = ConfigManager(NAMED)
port = manager.load_config().api.port
loop, heard = asyncio.get_running_loop(), asyncio.Queue()


def tell(_old, new, _changes):
    loop.call_soon_threadsafe(heard.put_nowait, new["api"]["port"])


manager.add_change_callback(tell)
"""
ANSWER = """\
told = await asyncio.wait_for(heard.get(), 60)
manager.set_config_value("api.workers", 3)
_ = manager.save_config()
manager.cleanup()
print(port, told)
"""


def is_whole(config):
    """Tell that two values, which are always changed together, fit each other."""
    return config.api.port == 9000 + config.api.workers or config.api.port == 8000


def changing(manager, numbers):
    """Change two values as one, and save, again and again."""
    for number in numbers:
        with manager.transaction():
            manager.update_config({"api": {"port": 9000 + number, "workers": number}})
            manager.save_config()


@pytest.fixture
def manager(open_manager):
    """A manager that watches."""
    manager = open_manager(enable_hot_reload=True)
    manager.load_config()
    yield manager
    manager.cleanup()


def test_readers_never_see_half_of_a_change(manager, open_manager):
    """Threads that read while two managers write; every version is kept."""
    done, torn = threading.Event(), []

    def reading():
        while not done.is_set():
            if not is_whole(manager.get_config()):
                torn.append(manager.get_config())

    readers = [threading.Thread(target=reading) for _ in range(2)]
    numbers = range(1, CHANGES // 2)
    writers = [
        threading.Thread(target=changing, args=(manager, numbers)),
        threading.Thread(target=changing, args=(open_manager(), numbers)),
    ]
    for thread in (*readers, *writers):
        thread.start()
    for thread in writers:
        thread.join()
    done.set()
    for thread in readers:
        thread.join()
    assert torn == []
    assert is_whole(manager.get_config())
    assert manager.load_config() == open_manager().load_config()


def test_a_reader_waits_for_no_writer(manager):
    """While another thread holds the workspace, values are read at once."""
    held, let_go = threading.Event(), threading.Event()

    def hold():
        with manager.transaction():
            held.set()
            assert let_go.wait(30)

    holder = threading.Thread(target=hold)
    holder.start()
    try:
        assert held.wait(30)
        assert manager.get_config_value("api.port") == 8000
        assert manager.get_config().api.port == 8000
        assert holder.is_alive()
    finally:
        let_go.set()
        holder.join()


def test_who_is_told_may_save_while_others_save(manager, caplog):
    """Nobody is told under a lock: callbacks that save and threads that save wait for no one."""
    told = []

    def keep(_old, _new, changes):
        told.append([change.new for change in changes])
        with ThreadPoolExecutor() as others:  # and may wait for a thread that saves
            others.submit(manager.save_config).result()

    manager.add_change_callback(keep, "api.port")

    def save():
        for _ in range(5):
            manager.save_config()

    def change():
        for port in range(9000, 9005):
            manager.set_config_value("api.port", port)

    with ThreadPoolExecutor() as several:
        for done in [several.submit(work) for work in (save, change, save)]:
            done.result()
    assert [[port] for port in range(9000, 9005)] == told
    assert not caplog.records
    assert not manager.has_unsaved_changes()


def test_asyncio_may_write_and_is_told_on_its_loop(manager):
    """Work goes to threads, callbacks come back to the loop; nothing blocks it."""

    async def main():
        loop, heard = asyncio.get_running_loop(), asyncio.Queue()
        manager.add_change_callback(
            lambda _old, new, _changes: loop.call_soon_threadsafe(heard.put_nowait, new["api"]),
            path="api.port",
        )
        await asyncio.gather(
            asyncio.to_thread(changing, manager, range(1, CHANGES, 2)),
            asyncio.to_thread(changing, manager, range(2, CHANGES, 2)),
        )
        return [await heard.get() for _ in range(CHANGES - 1)]

    told = asyncio.run(asyncio.wait_for(main(), 60))
    assert sorted(api["workers"] for api in told) == list(range(1, CHANGES))
    assert all(api["port"] == 9000 + api["workers"] for api in told)


def test_a_kernel_follows_what_others_save(workspace, open_manager):
    """A notebook loads, waits in its loop for a save from outside, and saves itself."""
    open_manager()
    named = f"{str(workspace.root)!r}, 'development', environ={dict(workspace.environ)!r}"
    sources = (LISTEN.replace("NAMED", named), ANSWER)
    notebook = nbformat.v4.new_notebook(cells=list(map(nbformat.v4.new_code_cell, sources)))
    client = NotebookClient(notebook, timeout=120)
    with client.setup_kernel():
        client.execute_cell(notebook.cells[0], 0)
        other = open_manager()
        other.set_config_value("api.port", 9005)
        other.save_config()
        client.execute_cell(notebook.cells[1], 1)
    assert notebook.cells[1].outputs[0]["text"] == "8000 9005\n"
    config = open_manager().load_config()
    assert (config.api.port, config.api.workers) == (9005, 3)


def test_without_libyaml_everything_is_the_same(workspace, open_manager):
    """PyYAML may be built without it: reading, editing and reloading still work."""
    open_manager()
    script = (
        "import sys\n"
        "sys.modules['yaml._yaml'] = sys.modules['_yaml'] = None\n"
        "import yaml\n"
        "assert not yaml.__with_libyaml__\n"
        "from escai_nb import ConfigManager\n"
        "root, keys = sys.argv[1:]\n"
        "manager = ConfigManager(root, 'development', environ={'XDG_DATA_HOME': keys})\n"
        "manager.load_config()\n"
        "manager.set_config_value('api.port', 9007)\n"
        "manager.save_config()\n"
        "manager.cleanup()\n"
        "print(manager.origins()['api.port'])\n"
    )
    keys = workspace.environ["XDG_DATA_HOME"]
    command = [sys.executable, "-c", script, str(workspace.root), keys]
    said = subprocess.run(command, capture_output=True, text=True, check=True)
    manager = open_manager()
    assert manager.load_config().api.port == 9007
    assert said.stdout.strip() == str(manager.origins()["api.port"])


def test_equal_content_is_equal_whoever_read_it(open_manager):
    """Model objects are fresh: one that is changed changes nothing, and equality is by content."""
    one, other = open_manager(), open_manager()
    first, second = one.load_config(), other.load_config()
    assert first == second
    first.api.cors_origins.append("https://mine.example")
    assert one.get_config() == second
