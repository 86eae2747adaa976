"""A value that is carried and compared, and never shown."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from typing import TYPE_CHECKING, Any, Generic, NoReturn, ParamSpec, TypeVar

from escai_nb.errors import EscaiError
from escai_nb.keypath import SCALARS

if TYPE_CHECKING:
    from escai_nb.keypath import Path

MASK = "********"
"""What stands in place of a secret wherever something is shown."""

T = TypeVar("T")
P = ParamSpec("P")


class Guarded:
    """Mixin of a value that holds secrets: it shows nothing and is not pickled or copied."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} hidden>"

    def __reduce__(self) -> NoReturn:
        message = "a secret cannot be pickled or copied"
        raise TypeError(message)


class Secret(Guarded, Generic[T]):
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
        from hmac import compare_digest  # OpenSSL is large, and most secrets meet no other

        return compare_digest(repr(self._content).encode(), repr(other._content).encode())

    def __hash__(self) -> int:
        return hash((Secret, type(self._content)))

    def __repr__(self) -> str:
        return f"Secret({MASK!r})"

    def __str__(self) -> str:
        return MASK

    def __format__(self, spec: str) -> str:
        return format(MASK, spec)


def untraced(function: Callable[P, T]) -> Callable[P, T]:
    """
    Let the traceback of an error of ours end above *function*.

    What is given clear secrets has them in local variables, and so has all that
    it calls; a traceback that shows locals shows none of these frames.
    """

    @wraps(function)
    def call(*given: P.args, **named: P.kwargs) -> T:
        try:
            return function(*given, **named)
        except EscaiError as error:
            del given, named
            error.__context__ = error.__cause__ = None
            raise error.with_traceback(None) from None

    return call


def conceal(tree: Any, is_secret: Callable[[Path, object], bool], at: Path = ()) -> Any:  # noqa: ANN401
    """
    Return a copy of *tree* with each secret scalar inside a `Secret`.

    Such a tree may stand in a local variable: no traceback shows what it holds.
    ``null`` stays, as it tells that nothing is set.
    """
    if type(tree) in SCALARS:
        return Secret(tree) if tree is not None and is_secret(at, tree) else tree
    if isinstance(tree, Mapping):
        concealed: dict[Any, Any] = {}
        for key, value in tree.items():
            below = (*at, key)
            if type(value) in SCALARS:
                hidden = value is not None and is_secret(below, value)
                concealed[key] = Secret(value) if hidden else value
            else:
                concealed[key] = conceal(value, is_secret, below)
        return concealed
    if isinstance(tree, list | tuple):
        return [conceal(value, is_secret, (*at, index)) for index, value in enumerate(tree)]
    if isinstance(tree, Secret) or not is_secret(at, tree):
        return tree
    return Secret(tree)


def reveal(tree: Any) -> Any:  # noqa: ANN401  # any plain tree
    """Return a copy of *tree* with every `Secret` opened."""
    if type(tree) in SCALARS:
        return tree
    if isinstance(tree, Mapping):
        return {
            key: value if type(value) in SCALARS else reveal(value) for key, value in tree.items()
        }
    if isinstance(tree, list):
        return [reveal(value) for value in tree]
    return tree.open() if isinstance(tree, Secret) else tree
