"""What rules are told beside the values: comments, other environments, the policy's level."""

from __future__ import annotations

import hmac
import secrets
from functools import cache
from typing import TYPE_CHECKING, Any

from escai_nb import keypath
from escai_nb.errors import DocumentError, EscaiError
from escai_nb.masking import uri_passwords
from escai_nb.origin import Origin, OriginKind
from escai_nb.secret import Secret
from escai_nb.sources.comments import remarks
from escai_nb.sources.layers import laid_over
from escai_nb.validation.facts import Comment, Neighbour, Surroundings
from escai_nb.validation.level import Level
from escai_nb.validation.suppression import of_comment, speaks_to_us

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from escai_nb.keypath import Path
    from escai_nb.sources.document import Document
    from escai_nb.validation.live.checking import LiveChecks
    from escai_nb.validation.policy import Policy
    from escai_nb.validation.suppression import Suppression
    from escai_nb.workspace.loading.reading import Reading

UNREAD = "cannot be read"


def surroundings_of(
    reading: Reading,
    policy: Policy | None,
    *,
    neighbours: bool = True,
    live: LiveChecks | None = None,
) -> Surroundings:
    """Return what lies around the values of *reading*, each part read when it is asked for."""
    level = policy.pii_level if policy is not None else None

    def comments(matters: Callable[[str], bool]) -> tuple[Comment, ...]:
        return tuple(_comments(reading, matters))

    @cache
    def others() -> tuple[Neighbour, ...]:
        return tuple(_neighbours(reading)) if neighbours else ()

    asking = live.asking(reading.workspace.spec.live_targets) if live is not None else None
    return Surroundings(comments, others, level or Level.MEDIUM, asking)


def suppressions_of(reading: Reading, policy: Policy | None) -> Iterator[Suppression]:
    """Yield what the files and the policy put aside."""
    for comment in _comments(reading, speaks_to_us):
        yield from of_comment(comment)
    if policy is not None:
        yield from policy.suppressions


def _comments(reading: Reading, matters: Callable[[str], bool]) -> Iterator[Comment]:
    files = reading.files
    for kind, document in (
        (OriginKind.SHARED, files.shared),
        (OriginKind.FILE, files.document),
    ):
        if document is not None:
            name = files.path.name if kind is OriginKind.FILE else document.source
            try:
                yield from comments_of(document, kind, name, matters)
            except DocumentError:
                if kind not in files.broken:
                    raise


def comments_of(
    document: Document, kind: OriginKind, name: str, matters: Callable[[str], bool]
) -> Iterator[Comment]:
    """Yield the comments of *document*, a file called *name*, whose text *matters*."""
    for remark in remarks(document, matters):
        origin = Origin(kind, name, remark.line, remark.column)
        yield Comment(remark.text, keypath.render(remark.path), origin)


def _neighbours(reading: Reading) -> Iterator[Neighbour]:
    """Read the other environments of the workspace, each secret only as a keyed hash."""
    from escai_nb.workspace.loading.opening import read_environment  # which reads what is judged

    key = secrets.token_bytes(32)

    def mark(secret: str) -> bytes:
        return hmac.digest(key, secret.encode("utf-8", "surrogatepass"), "sha256")

    workspace = reading.workspace
    for name in workspace.environments_present():
        if name == reading.environment or workspace.file(name) == reading.files.path:
            continue
        try:
            other = read_environment(workspace, name)
        except EscaiError:
            yield Neighbour(name, data={}, problem=UNREAD)
            continue
        yield _neighbour(other, mark)


def _neighbour(reading: Reading, mark: Callable[[str], bytes]) -> Neighbour:
    spec = reading.workspace.spec
    marks: dict[bytes, Path] = {}
    # its files alone: variables are set for the environment that runs here
    values = laid_over(spec.catalog.defaults(), reading.file_values())
    for path, value in list(keypath.leaves(values)):
        bare = value.open() if isinstance(value, Secret) else value
        if isinstance(value, Secret) or spec.catalog.is_sensitive(path, bare):
            for text in _secret_texts(bare):
                marks.setdefault(mark(text), path)
            values = keypath.replace(values, path, None)
    return Neighbour(
        reading.environment,
        data=values,
        unreadable=sorted(reading.unreadable, key=keypath.render),
        marks=marks,
        mark=mark,
        origin_of=reading.file_origin,
    )


def _secret_texts(value: Any) -> list[str]:  # noqa: ANN401  # any scalar
    """List what is secret in *value*: itself or, inside a URI, its password."""
    if isinstance(value, bool) or not isinstance(value, str | int) or value == "":
        return []
    return uri_passwords(str(value)) or [str(value)]
