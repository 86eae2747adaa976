"""
Configuration of a system, edited, checked, sealed, versioned and promoted.

The names below are the package's face. They load on first use, so that
``import escai_nb`` costs nothing but itself.
"""

from __future__ import annotations

from importlib import import_module

TYPE_CHECKING = False  # as type checkers know it; typing itself would be most of this import
if TYPE_CHECKING:
    from typing import Any

__version__ = "0.1.0"

_HOMES = {
    "ConfigEncryption": "escai_nb.workspace.standalone.value_encryption",
    "ConfigManager": "escai_nb.workspace.manager",
    "ConfigSchema": "escai_nb.escai.models",
    "ConfigSpec": "escai_nb.spec",
    "ConfigTemplates": "escai_nb.workspace.facade",
    "ConfigValidator": "escai_nb.workspace.facade",
    "ConfigVersioning": "escai_nb.workspace.past.versioning",
    "Environment": "escai_nb.escai.models",
    "EscaiConfig": "escai_nb.escai.models",
    "EscaiError": "escai_nb.errors",
    "open": "escai_nb.widgets.workbench",
}

__all__ = sorted(_HOMES)  # noqa: PLE0605  # one list, and the face cannot drift from it


def __getattr__(name: str) -> Any:  # noqa: ANN401  # what a module attribute is
    """Load *name* from the room that owns it."""
    try:
        home = _HOMES[name]
    except KeyError:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message) from None
    return getattr(import_module(home), name)


def __dir__() -> list[str]:
    """List what the package offers."""
    return [*__all__, "__version__"]
