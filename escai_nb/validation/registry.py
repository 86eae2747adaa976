"""
Rules by others: of installed packages, and of modules that are named.

A package offers rules under the entry-point group ``escai_nb.rules``; what is
behind an entry, or behind ``module:NAME``, is one rule or several, or a module
that holds some.
"""

from __future__ import annotations

import errno
import importlib
import os
import sys
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.util import module_from_spec
from operator import attrgetter
from pathlib import Path
from traceback import walk_tb
from types import ModuleType
from typing import TYPE_CHECKING, Any

from escai_nb.display import load
from escai_nb.errors import SpecError
from escai_nb.validation.model_rules import MODEL_RULES
from escai_nb.validation.rule import Rule
from escai_nb.validation.state_rules import RULES_MISSING, STATE_RULES, finding_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from importlib.metadata import EntryPoint

    from escai_nb.validation.finding import Finding
    from escai_nb.validation.tier import Tier

GROUP = "escai_nb.rules"
"""Entry-point group under which other packages offer their rules."""
FILE = ".py"
_NAMED = "a module with rules, as module:NAME a Rule or a tuple of them, or a file such as team.py"
_LOADERS = ("<", str(Path(__file__).parents[1]), *importlib.__path__)
"""Where the files lie that load a module, and are not to blame for what it raises."""


@dataclass(frozen=True, slots=True)
class Judges:
    """
    All rules that there are.

    Attributes:
        failures: What could not be loaded, each in a sentence.
    """

    rules: tuple[Rule, ...]
    failures: tuple[str, ...] = ()

    def findings(self, tier: Tier) -> Iterator[Finding]:
        """Say what is not checked because its rule could not be loaded."""
        for failure in self.failures:
            yield finding_of(RULES_MISSING, tier, failure, origin=None)


def with_installed(own: tuple[Rule, ...]) -> Judges:
    """Return *own* and what installed packages bring; an id that is taken is a failure."""
    found = _installed(tuple((path, _changed(path)) for path in sys.path))
    rules: list[Rule] = []
    failures = list(found.failures)
    taken = {rule.id for rule in (*MODEL_RULES, *STATE_RULES)}
    for whose, brought in (("the spec", own), ("a package", found.rules)):
        for rule in brought:
            if rule.id.upper() in taken:
                failures.append(f"{whose} brings a rule {rule.id}, and there is one already")
            else:
                rules.append(rule)
            taken.add(rule.id.upper())
    return Judges(tuple(rules), tuple(failures))


def load_rules(reference: str) -> tuple[Rule, ...]:
    """
    Return the rules that ``module:NAME`` names, or all that lie in ``module``.

    Instead of the module its file may be named, such as ``rules/team.py``.

    Raises:
        SpecError: If there are none.
    """
    module, _, name = reference.partition(":")
    try:
        found: Any = _module_of_file(Path(module)) if module.endswith(FILE) else load(module)
        if not name:
            return _rules_of(found)
        return _rules_in(attrgetter(name)(found))
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001  # a module of others may raise anything, also to exit
        reason, hint = explained(error, module, named=_NAMED)
        message = f"rules {reference} cannot be loaded: {reason}"
        raise SpecError(message, hint=hint) from None


def _module_of_file(file: Path) -> ModuleType:
    """Return the module in *file*, under a name that no other has; what lies beside it is found."""
    name = os.path.realpath(file)
    if name in sys.modules:
        return sys.modules[name]
    if not file.is_file():  # what never ends, as a pipe and a device, is not to be read
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), name)
    if (beside := str(Path(name).parent)) not in sys.path:
        sys.path.append(beside)
    loader = SourceFileLoader(name, name)
    module = module_from_spec(ModuleSpec(name, loader, origin=name))
    sys.modules[name] = module  # as the classes in it look for their module
    try:
        loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module


def explained(error: BaseException, module: str, *, named: str) -> tuple[str, str]:
    """Say why *module* of others cannot be loaded, and what to do: name *named*, or mend it."""
    if isinstance(error, ModuleNotFoundError) and (error.name or "") in {module, *_above(module)}:
        return f"there is no module {error.name}", f"name {named}"
    if isinstance(error, FileNotFoundError) and error.filename == os.path.realpath(module):
        return "there is no such file", f"name {named}"
    said = f"{type(error).__name__}: {error}"
    frames = [(frame.f_code.co_filename, line) for frame, line in walk_tb(error.__traceback__)]
    own = [each for each in frames if not each[0].startswith(_LOADERS)]
    if own:
        file, line = own[-1]
        return f"{said} ({Path(file).name}:{line})", "mend that line, or name another module"
    return said, f"name {named}"


def _above(module: str) -> list[str]:
    """List the packages that *module* lies in."""
    steps = module.split(".")
    return [".".join(steps[:depth]) for depth in range(1, len(steps))]


def _rules_of(module: ModuleType) -> tuple[Rule, ...]:
    """
    Return the rules that lie in *module*, by themselves or in tuples and lists.

    Raises:
        TypeError: If there are none.
    """
    values = [value for key, value in vars(module).items() if key[:1] != "_"]
    listed = [each if isinstance(each, tuple | list) else (each,) for each in values]
    # a rule has a name of its own and may lie in a list as well
    found = {id(rule): rule for each in listed for rule in each if isinstance(rule, Rule)}
    if not found:
        message = f"there is no rule in {module.__name__}"
        raise TypeError(message)
    return tuple(found.values())


def _changed(path: str) -> int:
    """Return when something was last installed in *path*, or taken away, in ns; 0 if never."""
    try:
        return os.stat(path or ".").st_mtime_ns  # noqa: PTH116  # of every folder, at every report
    except OSError:
        return 0


@lru_cache(maxsize=4)
def _installed(paths: tuple[tuple[str, int], ...]) -> Judges:
    if not any(_is_offering(path) for path, _ in paths):
        return Judges(())
    from importlib.metadata import entry_points  # slow, and seldom needed

    rules: list[Rule] = []
    failures: list[str] = []
    for entry in entry_points(group=GROUP):
        try:
            found = entry.load()
            rules += _rules_of(found) if isinstance(found, ModuleType) else _rules_in(found)
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # noqa: BLE001  # a package of others may raise anything, also to exit
            failures.append(f"rules {entry.name} of {_package(entry)}: {type(error).__name__}")
    return Judges(tuple(rules), tuple(failures))


def _is_offering(folder: str) -> bool:
    """Tell whether a package in *folder* may offer rules; this is what a search costs."""
    return any(map(_names_rules, Path(folder or ".").glob("*.*-info/entry_points.txt")))


def _names_rules(file: Path) -> bool:
    with suppress(OSError):  # nobody else can read its entries either
        return GROUP.encode() in file.read_bytes()
    return False


def _package(entry: EntryPoint) -> str:
    return entry.dist.name if entry.dist is not None else entry.value


def _rules_in(value: object) -> tuple[Rule, ...]:
    """
    Return the rules in *value*.

    Raises:
        TypeError: If there is something else.
    """
    rules = (value,) if isinstance(value, Rule) else value
    if not isinstance(rules, Iterable):
        message = f"a {type(value).__name__} is no rule"
        raise TypeError(message)
    listed = tuple(rules)
    for each in listed:
        if not isinstance(each, Rule):
            message = f"a {type(each).__name__} is no rule"
            raise TypeError(message)
    return listed
