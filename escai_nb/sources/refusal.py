"""How a document is refused: by position and reason, never with its text."""

from __future__ import annotations

from dataclasses import dataclass

from escai_nb.errors import DocumentError


@dataclass(frozen=True, slots=True)
class Limits:
    """
    How much of a document is taken in.

    Attributes:
        size: Bytes of UTF-8 text.

        depth: Collections inside each other, also through aliases.

        aliased: Values that a document may gain by its aliases, a count.
    """

    size: int = 4 * 1024 * 1024
    depth: int = 64
    aliased: int = 100_000


LIMITS = Limits()
TOO_DEEP = f"more than {LIMITS.depth} collections lie inside each other"


def refusal(
    source: str, line: int, column: int, reason: str, *, hint: str = "", code: str = ""
) -> DocumentError:
    """Make the error that says where *source* is wrong, and why."""
    where = f"{source}:{line}:{column}" if line else source
    hint = hint or "mend the file there, or move it away and: escai config rollback HEAD"
    return DocumentError(f"{where}: {reason}", where=where, hint=hint, code=code)


def without_traces(error: DocumentError) -> DocumentError:
    """Cut off the frames and errors behind *error*; they hold the document."""
    error.__context__ = error.__cause__ = None
    return error.with_traceback(None)


def too_large(source: str) -> DocumentError:
    """Make the error for a document beyond the limit of size."""
    return refusal(
        source,
        0,
        0,
        f"the document is larger than {LIMITS.size // 1024**2} MiB",
        code="document-too-large",
        hint="split it, or move data out of the configuration",
    )
