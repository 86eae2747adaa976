"""A value that is carried and compared, and never shown."""

from __future__ import annotations

import hmac
from typing import Generic, NoReturn, TypeVar

MASK = "********"
"""What stands in place of a secret wherever something is shown."""

T = TypeVar("T")


class Secret(Generic[T]):
    """
    A secret scalar; `open` is the one way to its content.

    It has no telling ``repr`` or ``str``, cannot be pickled, and compares in
    constant time.
    """

    __slots__ = ("_content",)

    def __init__(self, content: T) -> None:
        self._content = content

    def open(self) -> T:
        """Return the content; the caller now answers for it."""
        return self._content

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        if type(self._content) is not type(other._content):
            return False
        return hmac.compare_digest(repr(self._content).encode(), repr(other._content).encode())

    def __hash__(self) -> int:
        return hash((Secret, type(self._content)))

    def __repr__(self) -> str:
        return f"Secret({MASK!r})"

    def __str__(self) -> str:
        return MASK

    def __format__(self, spec: str) -> str:
        return format(MASK, spec)

    def __reduce__(self) -> NoReturn:
        message = "a secret cannot be pickled or copied"
        raise TypeError(message)
