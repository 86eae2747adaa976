"""Loads notebook libraries without what they load and never need here."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

UNWANTED = "rfc3987_syntax"
"""Compiles a grammar at import, 2.2 s of CPU; jsonschema checks IRIs with it, if it is there."""


@contextmanager
def lean_imports() -> Iterator[None]:
    """Make the block import as if nobody had installed the unwanted library."""
    if UNWANTED in sys.modules:
        yield
        return
    sys.modules[UNWANTED] = None  # type: ignore[assignment]  # documented: makes an import fail
    try:
        yield
    finally:
        del sys.modules[UNWANTED]
