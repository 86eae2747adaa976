"""Failures as other tools show them: with local variables, in logs, in other processes."""

from __future__ import annotations

import faulthandler
import io
import logging
import multiprocessing
import sys
import traceback
import warnings
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from canary.registry import surface
from canary.search import canary
from escai_nb.cli.exec import _environment
from escai_nb.encryption.derivation import DataKey
from escai_nb.encryption.seal import open_document, seal_document
from escai_nb.errors import EscaiError
from escai_nb.secret import Secret
from escai_nb.sources.document import parse
from escai_nb.workspace import editing
from escai_nb.workspace.manager import ConfigManager
from escai_nb.workspace.reader import ConfigReader

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import TracebackType

    from canary.planting import Planted
    from canary.registry import Collector

SECRET = "database.postgres_password"
HERE = str(Path(__file__).parent.parent)


def failures(planted: Planted) -> Iterator[tuple[str, Callable[[], object]]]:
    """What fails with a secret at hand; each says so by an error of the program's own."""
    typed = canary("typed")
    manager = ConfigManager(planted.root, "staging", enable_hot_reload=False)
    opened = editing.begin(planted.workspace, "staging")
    for name, text in (("misfit", "workers: x "), ("broken", "workers: [ ")):
        wrong = Secret(opened.text.open().replace("workers: ", text))
        edit = editing.Edit(opened.reading, opened.base, wrong)
        yield f"edit {name}", partial(editing.finish, edit)
    yield "update", partial(manager.update_config, {"database": {"postgres_password": [typed]}})
    yield "value", partial(manager.set_config_value, SECRET, [typed])
    yield "unknown", partial(manager.set_config_value, "database.postgres_passwort", typed)
    key = DataKey.generate()
    data = {"password": Secret(typed), "escai": "escai:1:fernet:x"}
    yield (
        "seal",
        partial(seal_document, data, secrets=[("password",)], key=key, scope="strict", revision=1),
    )
    sealed = seal_document(
        {"password": Secret(typed)}, secrets=[("password",)], key=key, scope="strict", revision=1
    )
    yield "open", partial(open_document, {**sealed, "more": 1}, key)
    yield "parse", partial(parse, f"password: {typed}\npassword: {typed}\n", source="a.yaml")
    plain = ConfigManager(planted.root, "development", enable_hot_reload=False)
    plain.update_config({"custom_settings": {"password": f"{typed}\0"}})
    plain.save_config()
    yield "exec", partial(_environment, ConfigReader(planted.root, enable_hot_reload=False))
    path = planted.workspace.file("staging")
    path.write_text(path.read_text().replace("workers: ", "workers: 1"))
    yield "load", ConfigManager(planted.root, "staging", enable_hot_reload=False).load_config


def ours(trace: TracebackType | None) -> TracebackType | None:
    """Leave out the frames of the tests, which know the canaries."""
    while trace is not None and trace.tb_frame.f_code.co_filename.startswith(HERE):
        trace = trace.tb_next
    return trace


def failed(call: Callable[[], object]) -> EscaiError:
    """Return what *call* raises, with the program's frames alone."""
    try:
        call()
    except EscaiError as error:
        return error.with_traceback(ours(error.__traceback__))
    raise AssertionError


@surface("crashes with local variables")
def shown(planted: Planted, say: Collector) -> None:
    """Rich, IPython in its verbose mode, the standard library, the hook of last resort."""
    from IPython.core.ultratb import VerboseTB
    from rich.console import Console
    from rich.traceback import Traceback

    for name, call in failures(planted):
        error = failed(call)
        facts = (type(error), error, error.__traceback__)
        screen = io.StringIO()
        Console(file=screen, width=400).print(
            Traceback.from_exception(*facts, show_locals=True, locals_max_string=None)
        )
        say.add(f"rich of {name}", screen.getvalue())
        if error.__traceback__ is not None:
            verbose = VerboseTB(theme_name="nocolor", include_vars=True)
            say.add(f"IPython of {name}", verbose.text(*facts))
        whole = traceback.TracebackException.from_exception(error, capture_locals=True)
        say.add(f"traceback of {name}", "".join(whole.format()))
        say.call(sys.__excepthook__, *facts)
        say.error(name, error)


@surface("crashes in logs and warnings")
def logged(planted: Planted, say: Collector) -> None:
    """What a service writes about a failure at the level DEBUG, and what it is warned of."""
    log = logging.getLogger("service")
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        for name, call in failures(planted):
            error = failed(call)
            say.call(log.debug, "%s failed: %r %s", name, error, error.args, exc_info=error)
            warnings.warn(str(error), stacklevel=1)
    for each in heard:
        say.add("warning", f"{each.message!r} {each.source!r} {each.line!r}")


def _in_a_child(root: str, environment: str) -> str:
    """Fail in another process, whose error travels back as a pickle."""
    reader = ConfigReader(root, environment, enable_hot_reload=False)
    reader.load_config()
    return repr(reader)


@surface("crashes in other processes")
def elsewhere(planted: Planted, say: Collector) -> None:
    """What a pool hands back; a value that is a secret cannot travel at all."""
    path = planted.workspace.file("staging")
    path.write_text(path.read_text().replace("workers: ", "workers: x"))
    with multiprocessing.get_context("fork").Pool(1) as pool:
        for environment in ("development", "staging", "testing"):
            say.call(pool.apply, _in_a_child, (str(planted.root), environment))
        reader = ConfigReader(planted.root, enable_hot_reload=False)
        for what in (Secret(canary("typed")), reader.reading.keyring, reader.copy.values()):
            try:
                pool.apply(repr, (what,))
            except TypeError as error:
                say.add("what refuses to travel", f"{error!r} {error}")
            else:
                raise AssertionError
    say.files(planted.base)


@surface("crash dumps")
def dumped(planted: Planted, say: Collector) -> None:
    """The stacks that `faulthandler` writes when a process dies."""
    dump = planted.base / "dump.txt"
    with dump.open("wb") as file:
        for _, call in failures(planted):
            failed(call)
            faulthandler.dump_traceback(file)
    say.files(planted.base)
