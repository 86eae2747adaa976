"""What all tests share: profiles of hypothesis, a home of their own, what the machine lacks."""

from __future__ import annotations

import gc
import os
import shutil
import signal
import subprocess
from functools import partial
from pathlib import Path

import pytest
from hypothesis import settings

BROWSER = "tests/browser/"
CHROMIUMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")

# The same examples on every machine; HYPOTHESIS_PROFILE=deep looks for new ones.
settings.register_profile("quick", max_examples=50, deadline=None, derandomize=True, database=None)
settings.register_profile("deep", max_examples=2_000, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # as where a shell runs this in the background; programs that are interrupted would inherit it
    signal.signal(signal.SIGINT, signal.default_int_handler)


def find_chromium() -> str | None:
    """Return the path of a Chromium of this machine or of playwright, if there is one."""
    for name in CHROMIUMS:
        if path := shutil.which(name):
            return path
    downloads = Path(
        os.environ.get("PLAYWRIGHT_BROWSERS_PATH", Path.home() / ".cache/ms-playwright")
    )
    return next(
        (str(path) for path in sorted(downloads.glob("chromium-*/chrome-linux*/chrome"))), None
    )


def find_postgresql() -> str | None:
    """Return the path of PostgreSQL's programs, if they are here."""
    found = [*map(str, Path("/usr/lib/postgresql").glob("*/bin/initdb"))]
    return max(found, default=None) or shutil.which("initdb")


def find_strace() -> str | None:
    """Return the path of strace, if there is one and it may trace here."""
    path = shutil.which("strace")
    if path is None:
        return None
    done = subprocess.run([path, "-o", os.devnull, "true"], capture_output=True, check=False)
    return path if done.returncode == 0 else None


NEEDS = {
    "browser": ("Chromium", find_chromium),
    "editor": ("vim", partial(shutil.which, "vim")),
    "postgresql": ("PostgreSQL server", find_postgresql),
    "redis": ("Redis server", partial(shutil.which, "redis-server")),
    "influxdb": ("InfluxDB server", partial(shutil.which, "influxd")),
    "strace": ("strace that may trace", find_strace),
}
"""Marker → what its tests need of the machine, and how to find it."""

LEFT_OUT = pytest.StashKey[dict[str, int]]()


def require_all() -> bool:
    """Tell whether a test that cannot run here is a failure."""
    return os.environ.get("REQUIRE_ALL") == "1"


def pytest_collection_modifyitems(config, items):
    """Leave out, and count, tests that need what this machine has not."""
    left_out = config.stash.setdefault(LEFT_OUT, {})
    for marker, (thing, find) in NEEDS.items():
        needing = [item for item in items if item.get_closest_marker(marker)]
        if needing and not require_all() and find() is None:
            left_out[thing] = len(needing)
            config.hook.pytest_deselected(items=needing)
            items[:] = [item for item in items if item not in needing]


def pytest_collection_finish():
    """Let garbage be looked for among what tests make, not among all that was collected."""
    gc.collect()
    gc.freeze()


def pytest_runtest_setup(item):
    """Fail under ``REQUIRE_ALL=1`` what would otherwise be left out."""
    for marker, (thing, find) in NEEDS.items():
        if item.get_closest_marker(marker) and find() is None:
            pytest.fail(f"REQUIRE_ALL=1, but there is no {thing} on this machine", pytrace=False)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """Have one worker do all that is done in a browser, so that one JupyterLab serves it."""
    from xdist.scheduler import LoadFileScheduling

    class ByFileAndBrowser(LoadFileScheduling):
        """Files are not torn apart, and neither is the folder of the browser."""

        def _split_scope(self, nodeid):
            return BROWSER if nodeid.startswith(BROWSER) else super()._split_scope(nodeid)

    return ByFileAndBrowser(config, log) if config.getoption("dist") == "loadfile" else None


def pytest_sessionfinish(session):
    """Tell the controller of xdist what this worker has left out."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["left_out"] = session.config.stash.get(LEFT_OUT, {})


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node):
    """Take over what a worker has left out; every worker leaves out the same."""
    node.config.stash.setdefault(LEFT_OUT, {}).update(
        getattr(node, "workeroutput", {}).get("left_out", {})
    )


def pytest_terminal_summary(terminalreporter, config):
    """Say how many tests were left out, and how to have them run."""
    for thing, count in config.stash.get(LEFT_OUT, {}).items():
        terminalreporter.write_line(
            f"LEFT OUT: {count} tests, as this machine has no {thing}"
            " (REQUIRE_ALL=1 makes that a failure)",
            yellow=True,
        )


@pytest.fixture(scope="session")
def chromium():
    """Path of the browser that tests drive."""
    path = find_chromium()
    assert path is not None
    return path


@pytest.fixture(autouse=True, scope="session")
def own_home(tmp_path_factory):
    """Keys and settings go to a folder of the session; nothing of the user's is read or written."""
    folder = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("ESCAI_")]:
            patch.delenv(name)
        patch.setenv("XDG_DATA_HOME", str(folder / "share"))
        patch.setenv("XDG_CONFIG_HOME", str(folder / "config"))
        patch.setenv("XDG_CACHE_HOME", str(folder / "cache"))
        yield folder
