"""What import-linter cannot see: faces as hubs, imports by name, sizes, docstrings."""

from __future__ import annotations

import ast
import graphlib
from pathlib import Path

import escai_nb

PACKAGE = Path(escai_nb.__file__).parent
ROOMS = sorted(PACKAGE.rglob("*.py"))
LONGEST_FILE = 400
"""Lines; a goal of good cuts, and never a reason to split a file in two halves."""
LONGEST_FUNCTION = 60
"""Lines."""
LONGEST_ENCRYPTION = 1_199
"""Lines of all that seals and holds keys: what a reviewer reads in an afternoon."""
BY_NAME = "<by name>"
OFFERING = (PACKAGE / "__init__.py", PACKAGE / "widgets" / "__init__.py")
"""Faces that offer names."""
LATE = (*OFFERING, PACKAGE / "display.py")
"""Who imports by name: faces, and the one late binding of the house."""


def parsed(room):
    """The syntax tree of *room*."""
    return ast.parse(room.read_text(encoding="utf-8"))


def dotted(folder):
    """Name of the package in *folder*."""
    return ".".join(folder.relative_to(PACKAGE.parent).parts)


FACES = {dotted(face.parent): face.parent for face in PACKAGE.rglob("__init__.py")}


def imported(tree):
    """
    Names of all modules that a file imports, and a mark for imports by name.

    ``from escai_nb.schema import tree`` imports the file, not the face.
    """
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            folder = FACES.get(node.module or "")
            for alias in node.names:
                is_file = folder and (folder / f"{alias.name}.py").exists()
                names.add(f"{node.module}.{alias.name}" if is_file else node.module or "")
        elif isinstance(node, ast.Call) and _imports(ast.unparse(node.func)):
            names.add(BY_NAME)
    return names


def _imports(function):
    return function.endswith(("import_module", "__import__"))


def offenders(fault):
    """What *fault* finds in each room; only rooms in which it finds something."""
    found = {str(room.relative_to(PACKAGE)): fault(room) for room in ROOMS}
    return {room: faults for room, faults in found.items() if faults}


def test_rooms_import_files_not_faces():
    """No file imports a package's face, and none but `LATE` imports by name."""

    def fault(room):
        allowed = {BY_NAME} if room in LATE else set()
        return (imported(parsed(room)) & {*FACES, BY_NAME}) - allowed

    assert {} == offenders(fault)


def test_no_file_needs_itself():
    """Imports run one way, also within a room, late ones and those of types counted."""
    modules = {dotted(room.with_suffix("")): room for room in ROOMS}
    below = {name: imported(parsed(room)) & modules.keys() for name, room in modules.items()}
    sorter = graphlib.TopologicalSorter(below)
    sorter.prepare()  # or it names a circle


def test_faces_of_rooms_are_empty():
    """A room's ``__init__.py`` is one docstring; two faces offer names, and load them late."""

    def fault(room):
        if room.name != "__init__.py" or room in OFFERING:
            return []
        return [node for node in parsed(room).body if not isinstance(node, ast.Expr)]

    assert {} == offenders(fault)


def test_files_are_short():
    """A file that grows too long has two ideas in it."""

    def fault(room):
        lines = len(room.read_text(encoding="utf-8").splitlines())
        return lines if lines > LONGEST_FILE else None

    assert {} == offenders(fault)


def test_encryption_is_read_in_an_afternoon():
    """Who has to trust what seals can read all of it."""
    files = (PACKAGE / "encryption").rglob("*.py")
    assert sum(len(file.read_text(encoding="utf-8").splitlines()) for file in files) <= (
        LONGEST_ENCRYPTION
    )


def test_functions_are_short():
    """So has a function."""

    def fault(room):
        return [
            node.name
            for node in ast.walk(parsed(room))
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
            and node.end_lineno - node.lineno > LONGEST_FUNCTION
        ]

    assert {} == offenders(fault)


def test_every_public_name_has_a_docstring():
    """Modules, classes, functions and methods say what is true after them."""

    def fault(room):
        tree = parsed(room)
        silent = [] if ast.get_docstring(tree) else ["the module"]
        return silent + [node.name for node in _public(tree) if not _speaks(node)]

    assert {} == offenders(fault)


def _public(tree):
    """Public classes and functions at the top of *tree*, and the methods of those classes."""
    kinds = (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    for node in tree.body:
        if isinstance(node, kinds) and not node.name.startswith("_"):
            yield node
            if isinstance(node, ast.ClassDef):
                yield from _public(node)


def _speaks(node):
    marks = [ast.unparse(mark) for mark in node.decorator_list]
    is_variant = any(mark.endswith(("overload", ".setter")) for mark in marks)
    return is_variant or ast.get_docstring(node)


def test_no_machine_and_no_outside_host_is_named():
    """No file names a path of somebody's machine or a host to load code from."""

    def fault(room):
        text = room.read_text(encoding="utf-8")
        return [word for word in ("/home/", "/root/", "cdn.", "unpkg.") if word in text]

    assert {} == offenders(fault)
