"""A configuration as it lies there: read, checked, opened as far as the keys reach."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from functools import cache, cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from escai_nb import keypath
from escai_nb.digest import sha256_hex
from escai_nb.errors import DocumentError, KeyUnavailableError, SealError
from escai_nb.keypath import SCALARS
from escai_nb.looking import is_there
from escai_nb.masking import mask_leaves
from escai_nb.origin import DEFAULT, OVERRIDE, Origin, OriginKind
from escai_nb.schema.tree import in_own_names
from escai_nb.secret import Secret, conceal
from escai_nb.sources.layers import Layer, Merged, merge

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from escai_nb.encryption.block import Block
    from escai_nb.encryption.keyring import UnlockedKeyring
    from escai_nb.encryption.seal import Opened
    from escai_nb.errors import EscaiError
    from escai_nb.history.version import Version
    from escai_nb.keypath import Path as KeyPath
    from escai_nb.sources.document import Document
    from escai_nb.sources.environment import UnknownVariable
    from escai_nb.sources.placing import Placing
    from escai_nb.sources.recovery import Recovered
    from escai_nb.workspace.layout import Workspace

BLOCK = "_escai"
"""The top-level name that belongs to the seal."""
NEXT = "-next"
"""Ends the name of what a strict seal vouches for besides, while a file is being replaced."""


class Standing(Enum):
    """How a file stands to the head of its history."""

    CURRENT = "as the last version left it"
    EDITED = "edited by hand since the last version"
    AHEAD = "newer than the last version known here"
    UNRECORDED = "not in any history here"


"""A file that is older than its history is no standing but a trouble."""


@dataclass(frozen=True, slots=True)
class Files:
    """
    What was read from disk for one environment.

    Attributes:
        found: Text of the file, where *document* is not it word for word.

        broken: The files that are broken, as far as they could be read; then the
            documents above are what was recovered, which is judged, and never used.
    """

    path: Path
    document: Document | None
    shared: Document | None
    found: str | None = field(default=None, repr=False)
    broken: Mapping[OriginKind, Recovered] = field(default_factory=dict)

    @property
    def lost(self) -> tuple[KeyPath, ...]:
        """Paths at or below which something stands that could not be read."""
        return tuple(path for each in self.broken.values() for path in each.lost)

    def beside(self, faults: Sequence[EscaiError]) -> Files:
        """Return these files with what could not be read of the variables beside them."""
        if not faults:
            return self
        from escai_nb.sources.recovery import Recovered  # only who reports what is broken

        named = tuple(keypath.parse(each.path) for each in faults if each.path)
        found = Recovered(None, tuple(faults), named)
        return replace(self, broken={**self.broken, OriginKind.DOTENV: found})

    @property
    def text(self) -> str | None:
        """Text of the file as it lies there; nothing where it was not read."""
        if self.found is not None or self.document is None:
            return self.found
        return self.document.text

    @property
    def shared_data(self) -> dict[str, Any]:
        """What the shared file says, an empty mapping where there is none."""
        return self.shared.data if self.shared is not None else {}


@dataclass(frozen=True)
class Reading:
    """
    One environment's configuration at one moment.

    Attributes:
        workspace: Where it lies.

        environment: Whose it is.

        files: The documents.

        own: What the environment's own file says, opened, each secret inside a
            `Secret`; a sealed leaf that did not open is absent and named in
            *unreadable*.

        dotenv: For each dotenv file, the strongest last, the path of each leaf that it
            sets, with its value and place.

        overriding: Path of each leaf that an env var sets, with its value and
            the variable.

        unknown_variables: Variables with our prefix that name no field.

        block: The seal's block; nothing for a clear file.

        opened: The opened document with its tokens; nothing for a clear file,
            or one that was not opened.

        keyring: The unlocked keyring, where there is one.

        head: Newest version of this environment, where there is one.

        stands: How the file stands to *head*, or what finds that out.

        is_earlier: Whether the earlier system sealed something in the file; the
            next save seals it anew.

        troubles: Why this may not be used as configuration, worst first; empty
            when all is well. A report lists them, `load_config` raises the first.

        unreadable: Paths of leaves that are sealed and did not open.
    """

    workspace: Workspace
    environment: str
    files: Files
    own: dict[str, Any] = field(repr=False)
    overriding: Mapping[KeyPath, tuple[object, Origin]] = field(repr=False)
    unknown_variables: tuple[UnknownVariable, ...]
    dotenv: tuple[Mapping[KeyPath, tuple[object, Origin]], ...] = field(default=(), repr=False)
    block: Block | None = None
    opened: Opened | None = field(default=None, repr=False)
    keyring: UnlockedKeyring | None = field(default=None, repr=False)
    head: Version | None = None
    stands: Standing | Callable[[], Standing] = field(default=Standing.UNRECORDED, repr=False)
    is_earlier: bool = False
    troubles: tuple[EscaiError, ...] = ()
    unreadable: frozenset[KeyPath] = frozenset()

    @cached_property
    def standing(self) -> Standing:
        """How the file stands to the newest version; found out when somebody asks."""
        return self.stands if isinstance(self.stands, Standing) else self.stands()

    @cached_property
    def clear_secrets(self) -> tuple[KeyPath, ...]:
        """Where a sealed file says a secret in clear, as one that was added by hand."""
        if self.block is None:
            return ()
        sealed = self.opened.tokens if self.opened is not None else self.unreadable
        return tuple(path for path in secret_paths(self.own) if path not in sealed)

    @cached_property
    def merged(self) -> Merged:
        """All layers, model defaults lowest, as one tree with the chain of each leaf."""
        return self.merge(self.own)

    def merge(self, own: dict[str, Any]) -> Merged:
        """Merge all layers as if the environment's own file said *own*."""
        layers = self._layers(own)
        defaults = self.workspace.spec.outline.defaults_beside(merge(layers).data)
        return merge([_default_layer(defaults), *layers])

    def merge_given(self, own: dict[str, Any]) -> Merged:
        """Merge what somebody said as if the environment's own file said *own*."""
        return merge(self._layers(own))

    def merge_for_model(self, own: dict[str, Any]) -> Merged:
        """
        Merge what the model is to be built from, as if the own file said *own*.

        That is what somebody said, and what a default object has beside it.
        """
        given = self.merge_given(own)
        filling = self.workspace.spec.catalog.filling(given.data)
        return merge([_default_layer(filling), *self._layers(own)]) if filling else given

    def _layers(self, own: dict[str, Any]) -> list[Layer]:
        document, shared = self.files.document, self.files.shared
        secret = self.workspace.spec.outline.is_sensitive
        layers: list[Layer] = []
        if shared is not None:
            below = conceal(shared.data, secret)
            layers.append(_file_layer(OriginKind.SHARED, shared, below, secret))
        if document is not None:
            layers.append(_file_layer(OriginKind.FILE, document, own, secret))
        else:
            layers.append(Layer(OriginKind.FILE, own, lambda _: Origin(OriginKind.FILE)))
        layers += (self._variables(OriginKind.DOTENV, each) for each in self.dotenv if each)
        if self.overriding:
            layers.append(self._variables(OriginKind.VARIABLE, self.overriding))
        if overrides := self.workspace.overrides:
            layers.append(Layer(OriginKind.OVERRIDE, overrides, lambda _: OVERRIDE))
        return layers

    @property
    def set_beside(self) -> dict[KeyPath, Origin]:
        """The paths that are set beside the files, each with the strongest that does so."""
        layers = (*self.dotenv, self.overriding)
        found = {path: origin for each in layers for path, (_, origin) in each.items()}
        if overrides := self.workspace.overrides:
            found.update((path, OVERRIDE) for path, _ in keypath.leaves(overrides))
        return found

    def _variables(
        self, kind: OriginKind, set_there: Mapping[KeyPath, tuple[object, Origin]]
    ) -> Layer:
        data: dict[str, Any] = {}
        for path, (value, _) in set_there.items():
            data = keypath.replace(data, path, value)

        def origin_of(path: KeyPath) -> Origin:
            for depth in range(len(path), 0, -1):
                if path[:depth] in set_there:
                    return set_there[path[:depth]][1]
            below = (set_there[each][1] for each in set_there if each[: len(path)] == path)
            return next(below, Origin(kind))  # of a section: what sets something in it

        return Layer(kind, conceal(data, self.workspace.spec.outline.is_sensitive), origin_of)

    def file_origin(self, path: KeyPath) -> Origin:
        """Return the place of *path* in the environment's own file."""
        document = self.files.document
        if document is None:
            return Origin(OriginKind.FILE, self.files.path.name)
        mark = document.mark_of(path)
        return Origin(OriginKind.FILE, self.files.path.name, mark.line, mark.column)

    def file_values(self, own: dict[str, Any] | None = None) -> dict[str, Any]:
        """Return the effective values of the files alone, without env vars or defaults."""
        shared = self.files.shared_data
        layers = [
            Layer(OriginKind.SHARED, shared, lambda _: Origin(OriginKind.SHARED)),
            Layer(
                OriginKind.FILE, self.own if own is None else own, lambda _: Origin(OriginKind.FILE)
            ),
        ]
        return merge(layers).data

    def is_secret(self, path: KeyPath, value: object = None) -> bool:
        """Tell whether the value at *path* is never shown."""
        return self.workspace.spec.outline.is_sensitive(path, value)

    def masked(self, data: dict[str, Any] | None = None) -> dict[str, Any]:
        """Return the effective values, or *data*, with a mask at each secret."""
        tree = self.merged.data if data is None else data
        secret = self.workspace.spec.outline.is_sensitive
        shown: dict[str, Any] = mask_leaves(conceal(tree, secret), lambda _: False)
        return shown

    def require_usable(self) -> None:
        """
        Make sure that this may be used as configuration; a broken seal is audited.

        Raises:
            EscaiError: The first of the troubles.
        """
        if self.troubles:
            if isinstance(self.troubles[0], SealError):
                from escai_nb.workspace.access.auditing import record_refusal  # only who is refused

                record_refusal(self.workspace, self.environment, self.troubles[0])
            raise self.troubles[0]

    @property
    def is_only_locked(self) -> bool:
        """Tell whether nothing is wrong but that the master key is not here."""
        # a keyring lies beside the file: where it is gone, somebody has taken it away
        has_keyring = is_there(self.workspace.keyring_file(self.environment))
        codes = {trouble.code for trouble in self.troubles}
        return has_keyring and codes <= {KeyUnavailableError.code}

    def require_readable(self, at: KeyPath = ()) -> None:
        """
        Make sure that what the file says at and below *at* may be shown.

        What is not sealed needs no key, though nothing vouches for it without one.

        Raises:
            EscaiError: As `require_usable` does, unless nothing but the master key is
                missing, and nothing at *at* is sealed.
        """
        own_names = partial(in_own_names, self.workspace.spec.outline.root)
        shown, unreadable = own_names(at), map(own_names, self.unreadable)
        if not self.is_only_locked or any(
            sealed[: len(shown)] == shown[: len(sealed)] for sealed in unreadable
        ):
            self.require_usable()


def _default_layer(data: dict[str, Any]) -> Layer:
    return Layer(OriginKind.DEFAULT, data, lambda _: DEFAULT)


def _file_layer(
    kind: OriginKind,
    document: Document,
    data: Mapping[str, Any],
    secret: Callable[[KeyPath, object], bool],
) -> Layer:
    @cache
    def places() -> Placing:
        from escai_nb.sources.placing import Placing  # only who asks where something stands

        return Placing(document, kind, Path(document.source).name, hidden=secret)

    return Layer(
        kind, data, lambda path: places().of_value(path), lambda path: places().of_key(path)
    )


def without_block(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return *data* without what belongs to the seal."""
    return {key: value for key, value in data.items() if key != BLOCK}


def json_like(tree: Any) -> Any:  # noqa: ANN401  # any plain tree
    """
    Return *tree* with dates as text, as models read them and history keeps them.

    Raises:
        DocumentError: If it holds something that configuration cannot say.
    """
    if type(tree) in SCALARS:
        return tree
    if isinstance(tree, Mapping):
        named = {
            str(key): value if type(value) in SCALARS else json_like(value)
            for key, value in tree.items()
        }
        if len(named) != len(tree):
            _refuse_twins(tree)
        return named
    if isinstance(tree, list):
        return [json_like(value) for value in tree]
    if isinstance(tree, dt.date | dt.time):
        return tree.isoformat()
    if isinstance(tree, str | int | float | Secret):
        return tree
    message = f"a {type(tree).__name__} is no configuration value"
    raise DocumentError(message, code="tag-refused", hint="write it as text")


def _refuse_twins(tree: Mapping[object, object]) -> NoReturn:
    """Say which key of YAML and which text are one name of a configuration."""
    text = next(
        key
        for key in tree
        if isinstance(key, str)
        and any(key == str(other) for other in tree if not isinstance(other, str))
    )
    message = (
        f"the key {keypath.render((text,))} stands twice in one mapping, once as text and once not"
    )
    raise DocumentError(message, code="duplicate-key", hint="give one of them another name")


def secret_paths(tree: Mapping[str, Any]) -> tuple[KeyPath, ...]:
    """List the leaves of a concealed *tree* that are to be sealed."""
    return tuple(path for path, value in keypath.leaves(tree) if isinstance(value, Secret))


def vouched(workspace: Workspace, shared: Mapping[str, Any]) -> dict[str, str]:
    """Return the digests that a strict seal takes responsibility for."""
    policy = workspace.policy()
    return {
        "policy": policy.digest() if policy is not None else "",
        "shared": sha256_hex(shared),
    }
