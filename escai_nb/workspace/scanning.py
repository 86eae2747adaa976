"""Files that are about to be committed: whether a clear secret or a key is in them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from escai_nb import keypath
from escai_nb.encryption.providers.file import decode_master_key
from escai_nb.encryption.token import is_token
from escai_nb.safefile import read_bytes
from escai_nb.secret import MASK, untraced
from escai_nb.sources import dotenv
from escai_nb.sources.document import parse
from escai_nb.sources.environment import overrides
from escai_nb.sources.refusal import LIMITS
from escai_nb.workspace.exchange import format_of
from escai_nb.workspace.layout import SUFFIXES
from escai_nb.workspace.loading.plain_tokens import is_legacy
from escai_nb.workspace.loading.reading import json_like, without_block

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from escai_nb.keypath import Path as KeyPath
    from escai_nb.spec import ConfigSpec

A_KEY = "a master key"


@dataclass(frozen=True, slots=True)
class Exposure:
    """
    One secret that everybody could read.

    Attributes:
        where: ``file:line:column``, or the file.

        what: Key path of the secret, or that it is a key.
    """

    where: str
    what: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what} is in clear"

    def to_data(self) -> dict[str, str]:
        """Return it as plain data."""
        return {"where": self.where, "what": self.what}


@untraced
def exposures(path: Path, spec: ConfigSpec) -> tuple[Exposure, ...]:
    """
    List the clear secrets in the file at *path*: YAML, JSON, variables, or a key.

    What is sealed, masked or null is none. A file of another kind is looked at
    for keys alone.

    Raises:
        FileUnavailableError: If it cannot be read.
        DocumentError: If it is broken, by position.
    """
    content = read_bytes(path, limit=LIMITS.size)
    if decode_master_key(content) is not None:
        return (Exposure(str(path), A_KEY),)
    if format_of(path) == "env":
        return tuple(_in_variables(path, spec))
    return tuple(_in_document(path, spec)) if path.suffix in SUFFIXES else ()


def _in_document(path: Path, spec: ConfigSpec) -> Iterator[Exposure]:
    form = "json" if path.suffix == ".json" else "yaml"
    document = parse(read_bytes(path, limit=LIMITS.size), source=str(path), format=form)
    for at, value in _leaves(without_block(document.data)):
        if _is_clear(value) and spec.catalog.is_sensitive(at, json_like(value)):
            yield Exposure(document.where(at), keypath.render(at))


def _leaves(tree: Any, at: KeyPath = ()) -> Iterator[tuple[KeyPath, Any]]:  # noqa: ANN401
    """Walk to the leaves; what the earlier system sealed is none."""
    if is_legacy(tree):
        return
    if isinstance(tree, dict | list):
        for step, value in tree.items() if isinstance(tree, dict) else enumerate(tree):
            yield from _leaves(value, (*at, step))
    else:
        yield at, tree


def _is_clear(value: object) -> bool:
    return value is not None and value not in {"", MASK} and not is_token(value)


def _in_variables(path: Path, spec: ConfigSpec) -> Iterator[Exposure]:
    lines = dotenv.read(path)
    environ = {name: line.value for name, line in lines.items()}
    # files that others name hold secrets of their own, and are not read here
    named = {name: text for name, text in environ.items() if not name.endswith("_FILE")}
    for override in overrides(spec.catalog, named, prefix=spec.env_prefix)[0]:
        for at, value in _leaves(override.value, override.path):
            if _is_clear(value) and spec.catalog.is_sensitive(at, value):
                where = f"{path}:{lines[override.variable].line}"
                yield Exposure(where, keypath.render(at))
