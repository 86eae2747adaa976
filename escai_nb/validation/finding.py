"""One thing that stands against a configuration, with its place and its remedy."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any

from escai_nb.digest import sha256_hex
from escai_nb.masking import mask_leaves
from escai_nb.origin import IN_SURROUNDINGS, OriginKind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from escai_nb.origin import Origin


class Severity(Enum):
    """How bad a finding is."""

    ERROR = "error"
    WARNING = "warning"
    ADVICE = "advice"

    @property
    def rank(self) -> int:
        """3 for an error, 2 for a warning, 1 for advice: higher is worse."""
        return _RANKS[self]


_RANKS = {Severity.ERROR: 3, Severity.WARNING: 2, Severity.ADVICE: 1}


@dataclass(frozen=True, slots=True)
class Finding:
    """
    What one rule, or the model, has to say about one place.

    Attributes:
        code: Id of the rule, such as ``ESC301``.

        path: Key path as written by `keypath.render`; empty for the whole.

        message: What is the case, without the path; never carries a secret.

        expected: What would be right, a few words.

        why: Why it matters, one sentence.

        fix: How to mend it by hand, one sentence.

        title: The rule in a few words, the same for each of its findings.

        layer: ``parse``, ``schema``, ``network`` and so on.

        origin: Where the value comes from; for a missing key its parent.

        related: Key paths of the other values that take part.

        related_origins: Where those come from, one for each.

        patch: RFC 6902 operations that mend it; empty where none is known. A secret
            that they bring is inside a `Secret`.

        safe: The patch cannot hurt: applied without a question.
    """

    code: str
    severity: Severity
    path: str
    message: str
    expected: str = ""
    why: str = ""
    fix: str = ""
    title: str = ""
    layer: str = ""
    origin: Origin | None = None
    related: tuple[str, ...] = ()
    related_origins: tuple[Origin | None, ...] = ()
    patch: tuple[Mapping[str, Any], ...] = ()
    safe: bool = False

    def __str__(self) -> str:
        return f"{self.path}: {self.message} ({self.code})".removeprefix(": ")

    def __contains__(self, text: str) -> bool:
        """Tell whether the finding, read as a string, has *text* in it."""
        return text in str(self)

    @property
    def is_in_reach(self) -> bool:
        """Whether the environment's own file can say what the patch would have it say."""
        if self.origin is None or self.origin.kind not in {*IN_SURROUNDINGS, OriginKind.SHARED}:
            return True
        # the own file hides what the shared one says by another value (of an item, by another
        # list), but it cannot take away or rename what stands there
        is_hidden = all(
            each["op"] in {"add", "replace"} or each["path"].rpartition("/")[2].isdecimal()
            for each in self.patch
        )
        return self.origin.kind is OriginKind.SHARED and is_hidden

    @property
    def fingerprint(self) -> str:
        """Name of the finding by rule and path: the same when lines move."""
        return sha256_hex([self.code, self.path])[:16]

    def to_data(self) -> dict[str, Any]:
        """Return the finding as JSON-able data."""
        return {
            "code": self.code,
            "severity": self.severity.value,
            "path": self.path,
            "message": self.message,
            "expected": self.expected,
            "title": self.title,
            "layer": self.layer,
            "why": self.why,
            "fix": self.fix,
            "origin": _origin_data(self.origin),
            "related": [
                {"path": path, "origin": _origin_data(origin)}
                for path, origin in zip(
                    self.related,
                    self.related_origins or (None,) * len(self.related),
                    strict=True,
                )
            ],
            "patch": mask_leaves([*self.patch], lambda _: False),
            "safe": self.safe,
            "fingerprint": self.fingerprint,
        }


@dataclass(frozen=True, slots=True)
class PutAside:
    """
    A finding that does not count, and why not.

    Attributes:
        by: What put it aside: ``comment``, ``policy`` or ``baseline``.

        until: Last day on which that holds, in ISO form; empty for ever.

        origin: Where that is written.
    """

    finding: Finding
    by: str
    reason: str
    until: str = ""
    origin: Origin | None = None

    def __str__(self) -> str:
        until = f" until {self.until}" if self.until else ""
        return f"{self.finding}: put aside by {self.by}{until}: {self.reason}"

    def to_data(self) -> dict[str, Any]:
        """Return it as JSON-able data."""
        return {
            "finding": self.finding.to_data(),
            "by": self.by,
            "reason": self.reason,
            "until": self.until,
            "origin": _origin_data(self.origin),
        }


def _origin_data(origin: Origin | None) -> dict[str, Any] | None:
    if origin is None:
        return None
    return {
        "kind": origin.kind.value,
        "source": origin.source,
        "line": origin.line,
        "column": origin.column,
    }
