"""Values that leave for a file of their own, and such a file that comes back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from escai_nb import keypath
from escai_nb.digest import canonical_bytes
from escai_nb.errors import (
    DocumentError,
    EditRefusedError,
    FieldUnknownError,
    RefusedError,
    TargetExistsError,
    ValueRefusedError,
)
from escai_nb.safefile import create_exclusive, read_bytes
from escai_nb.secret import MASK, Secret, conceal, reveal, untraced
from escai_nb.sources.document import parse
from escai_nb.sources.dotenv import parse_dotenv, write_dotenv
from escai_nb.sources.environment import overrides
from escai_nb.sources.refusal import LIMITS
from escai_nb.sources.variables import variables
from escai_nb.sources.writing import render
from escai_nb.workspace.loading.plain_tokens import is_legacy
from escai_nb.workspace.loading.reading import BLOCK, json_like
from escai_nb.workspace.unmasking import NOTHING, unmasked

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from escai_nb.keypath import Path as KeyPath
    from escai_nb.spec import ConfigSpec

Format = Literal["yaml", "json", "env"]


def format_of(path: Path) -> Format:
    """Tell by its name what a file is: JSON, variables (``.env``), or else YAML."""
    if path.suffix == ".json":
        return "json"
    return "env" if path.suffix == ".env" or path.name.startswith(".env") else "yaml"


@untraced
def written(tree: dict[str, Any], spec: ConfigSpec, format: Format) -> Secret[str]:  # noqa: A002
    """
    Write *tree*, masked or concealed, as text that `read_values` reads back.

    Raises:
        EditRefusedError: If a value has no form in *format*.
    """
    if format == "env":
        return Secret(write_dotenv(_variables(tree, spec)))
    return Secret(render(reveal(tree), format))


def _variables(tree: Mapping[str, Any], spec: ConfigSpec) -> dict[str, str]:
    found = {}
    for path, name, text in variables(
        spec.catalog, reveal(tree), prefix=spec.env_prefix, nulls=True
    ):
        said = Secret(reveal(keypath.get(tree, path)))
        if isinstance(said.open(), str) and MASK not in said.open():
            _require_readable(spec, path, text, said)
        found[name] = text.open()
    return found


def _require_readable(
    spec: ConfigSpec, path: KeyPath, text: Secret[str], said: Secret[str]
) -> None:
    try:
        read_back = spec.catalog.parse_text(path, text.open())
    except ValueRefusedError:  # it does not fit its field, and is taken as it is
        read_back = text.open()
    if not _same(read_back, said.open()):
        read_back = None  # a traceback that shows locals shows nothing of it
        message = f"a variable cannot say the value of {keypath.render(path)}"
        raise EditRefusedError(message, hint="export as YAML or JSON")


def export_values(tree: dict[str, Any], target: Path, spec: ConfigSpec) -> Path:
    """
    Write *tree* to the new file *target*, in the format that its name tells.

    The file can be read by its owner alone, as *tree* may hold clear secrets.

    Raises:
        TargetExistsError: If *target* is there.
        WriteFailedError: If the disk refuses.
    """
    return write_new(target, written(tree, spec, format_of(target)))


def write_new(target: Path, text: Secret[str]) -> Path:
    """Write *text* to the new file *target*, its owner's alone; see `export_values`."""
    try:
        create_exclusive(target, text.open().encode())
    except FileExistsError:
        message = f"{target} is there already"
        raise TargetExistsError(message, hint="name another file, or remove it") from None
    return target


@untraced
def read_values(source: Path, spec: ConfigSpec, format: Format | None = None) -> dict[str, Any]:  # noqa: A002
    """
    Read the values in the file *source*, each secret inside a `Secret`.

    Raises:
        FileUnavailableError: If it cannot be read.
        DocumentError: If it is not in its format, by position.
        FieldUnknownError: If a variable with our prefix names no field.
        RefusedError: If it is sealed.
    """
    form = format or format_of(source)
    if form == "env":
        return _from_variables(source, spec)
    content = Secret(read_bytes(source, limit=LIMITS.size))
    data = parse(content.open(), source=str(source), format=form).data
    require_clear(data, str(source))
    tree: dict[str, Any] = conceal(json_like(data), spec.catalog.is_sensitive)
    return tree


def require_clear(data: Mapping[str, Any], source: str) -> None:
    """
    Let values pass that are not sealed.

    Raises:
        RefusedError: If they are, by this system or the earlier one.
    """
    if BLOCK in data:
        message = f"{source} is sealed"
        hint = "copy it with its keyring, or decrypt it first"
        raise RefusedError(message, where=source, hint=hint)
    if any(_legacy_leaves(data)):
        message = f"{source} is sealed by the earlier system"
        hint = "escai config history import --legacy FOLDER takes it over with its key"
        raise RefusedError(message, where=source, hint=hint)


def _legacy_leaves(node: object) -> Iterator[bool]:
    if is_legacy(node):
        yield True
    elif isinstance(node, dict):
        for value in node.values():
            yield from _legacy_leaves(value)
    elif isinstance(node, list):
        for value in node:
            yield from _legacy_leaves(value)


def _from_variables(source: Path, spec: ConfigSpec) -> dict[str, Any]:
    text = Secret(read_bytes(source, limit=LIMITS.size))
    try:
        environ = Secret(parse_dotenv(text.open().decode(), source=str(source)))
    except UnicodeDecodeError:
        environ = Secret({})
        message = f"{source} is not UTF-8"
        raise DocumentError(message, where=str(source)) from None
    found, unknown = overrides(spec.catalog, environ.open(), prefix=spec.env_prefix)
    if unknown:
        message = f"{source}: {unknown[0].name} names no field"
        raise FieldUnknownError(message, where=str(source), hint=unknown[0].hint)
    tree: dict[str, Any] = {}
    for override in found:
        value = Secret(override.value)
        concealed = conceal(value.open(), spec.catalog.is_sensitive, override.path)
        tree = keypath.replace(tree, override.path, concealed)
    return tree


@untraced
def taken_over(
    own: dict[str, Any], effective: Mapping[str, Any], given: Mapping[str, Any]
) -> dict[str, Any]:
    """
    Lay *given* over *own*, leaving out what is in effect already.

    All three are concealed. A mask stands for the value that is in effect; a
    list is taken as a whole, what *given* does not name stays.

    Raises:
        ValueRefusedError: If a mask stands where there is no value, or where it
            could mean more than one, by path.
    """
    for path, value in _units(given):
        present = keypath.get(effective, path) if keypath.has(effective, path) else NOTHING
        if value == {} and isinstance(present, dict):
            continue
        meant = unmasked(value, present, path)
        if present is NOTHING or not _same(reveal(meant), reveal(present)):
            own = keypath.replace(own, path, meant)
    return own


def require_no_mask(tree: Mapping[str, Any]) -> None:
    """Make sure that *tree*, which is laid over nothing, has no mask; see `taken_over`."""
    taken_over({}, {}, tree)


def _units(tree: Mapping[str, Any], at: KeyPath = ()) -> Iterator[tuple[KeyPath, Any]]:
    """Walk to what is replaced as a whole: scalars, lists, empty mappings."""
    for key, value in tree.items():
        if isinstance(value, dict) and value:
            yield from _units(value, (*at, key))
        else:
            yield (*at, key), value


def _same(one: Any, other: Any) -> bool:  # noqa: ANN401  # any plain trees
    return canonical_bytes(one) == canonical_bytes(other)
