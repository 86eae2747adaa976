"""The policy file of a workspace: what it is, how it is sealed, and by what it is judged."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from math import isfinite
from typing import TYPE_CHECKING, Any, Literal, cast

from escai_nb.digest import sha256_hex
from escai_nb.errors import DocumentError, NewerFormatError
from escai_nb.validation.level import Level
from escai_nb.validation.suppression import Suppression

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from escai_nb.keypath import Path
    from escai_nb.origin import Origin

FORMAT = 1
"""Version of the policy file that this package writes."""

SealScope = Literal["strict", "secrets"]
_SCOPES = ("strict", "secrets")
OFF = "off"
SEVERITIES = ("error", "warning", "advice", OFF)
"""What a policy may make of a rule."""


KEY_LENGTH = 32
"""Bytes of a public Ed25519 key."""


@dataclass(frozen=True, slots=True)
class Approvals:
    """
    Who has to agree before anything is promoted to an environment.

    Attributes:
        by: Name of a person → the public key of that person, base64.

        needed: How many of them, none of whom may be the one who promotes.
    """

    by: Mapping[str, str]
    needed: int = 1

    def to_data(self) -> dict[str, Any]:
        """Return it as an entry of a policy file."""
        return {"needed": self.needed, "by": dict(self.by)}


@dataclass(frozen=True, slots=True)
class Policy:
    """
    What holds in a workspace.

    Attributes:
        workspace: Random name of the workspace, 32 hexadecimal digits.

        spec: Reference of the ConfigSpec, such as ``escai``.

        scopes: Environment → how much its seal covers.

        severities: Id of a rule → its severity (``off`` is one), everywhere under
            ``""`` or by environment.

        thresholds: Id of a rule → the limit that holds in place of its own.

        suppressions: Findings that are put aside.

        max_key_age_days: How old the key of an environment may become.

        max_secret_age_days: How long a secret may stay the same.

        pii_level: How readily something is taken for personal data or a stray
            secret; None leaves it to the toolkit.

        approvals: Environment → whose approval a promotion to it needs.

        origin_of: Tells where an entry stands.
    """

    workspace: str
    spec: str
    scopes: Mapping[str, SealScope] = field(default_factory=dict)
    format: int = FORMAT
    severities: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    thresholds: Mapping[str, float] = field(default_factory=dict)
    suppressions: tuple[Suppression, ...] = ()
    max_key_age_days: int | None = None
    max_secret_age_days: int | None = None
    pii_level: Level | None = None
    approvals: Mapping[str, Approvals] = field(default_factory=dict)
    origin_of: Callable[[Path], Origin | None] = field(
        default=lambda _: None, compare=False, repr=False
    )

    def environments(self) -> Iterator[tuple[Path, str]]:
        """Yield each environment that is named, with the path of the entry that does."""
        for entry in ("scopes", "approvals"):
            yield from (((entry, name), name) for name in getattr(self, entry))
        for rule, said in self.severities.items():
            yield from ((("severities", rule, name), name) for name in said if name)
        for index, each in enumerate(self.suppressions):
            yield from ((("suppressions", index), name) for name in each.environments)

    def severity(self, rule: str, environment: str) -> str | None:
        """Return what the policy makes of *rule*; None if it says nothing."""
        said = self.severities.get(rule, {})
        return said.get(environment, said.get(""))

    def to_data(self) -> dict[str, Any]:
        """
        Return the content of the policy file.

        What is not set is not written, so that the digest of a policy stays the
        same when there is more that one may set.
        """
        data: dict[str, Any] = {
            "format": self.format,
            "workspace": self.workspace,
            "spec": self.spec,
            "scopes": dict(self.scopes),
        }
        optional: dict[str, Any] = {
            "severities": {rule: _written(said) for rule, said in self.severities.items()},
            "thresholds": dict(self.thresholds),
            "suppressions": [each.to_data() for each in self.suppressions],
            "max_key_age_days": self.max_key_age_days,
            "max_secret_age_days": self.max_secret_age_days,
            "pii_level": self.pii_level.value if self.pii_level else None,
            "approvals": {name: each.to_data() for name, each in self.approvals.items()},
        }
        return data | {name: value for name, value in optional.items() if value}

    def digest(self) -> str:
        """Name the policy by its content, whatever the layout of its file."""
        return sha256_hex(self.to_data())


def _written(said: Mapping[str, str]) -> object:
    return said[""] if set(said) == {""} else dict(said)


def _nowhere(_: Path) -> Origin | None:
    return None


def parse(
    data: object, *, where: str = "", origin_of: Callable[[Path], Origin | None] = _nowhere
) -> Policy:
    """
    Read the content of a policy file; *origin_of* tells where its entries stand.

    Raises:
        NewerFormatError: If a newer package wrote it.
        DocumentError: If it is not a policy (code ``policy-broken``); nothing
            is guessed, as a policy read wrongly would loosen what it holds.
    """
    if not isinstance(data, Mapping):
        raise _broken("is not a mapping", where)
    format_ = data.get("format")
    if type(format_) is not int or format_ < 1:
        raise _broken("names no format", where)
    if format_ > FORMAT:
        message = f"policy format {format_} is newer than this package, which reads {FORMAT}"
        raise NewerFormatError(message, where=where, hint="upgrade escai-nb")
    reading = _Reading(data, origin_of)
    policy = Policy(
        workspace=reading.workspace(),
        spec=reading.spec(),
        scopes=reading.scopes(),
        format=format_,
        severities=reading.severities(),
        thresholds=reading.thresholds(),
        suppressions=tuple(reading.suppressions()),
        max_key_age_days=reading.days("max_key_age_days"),
        max_secret_age_days=reading.days("max_secret_age_days"),
        pii_level=reading.level(),
        approvals=reading.approvals(),
        origin_of=origin_of,
    )
    if reading.faults:
        raise _faulty(reading.faults, where)
    return policy


_ENTRIES = frozenset(
    # those of `Policy`, in the words of its file
    """
    format workspace spec scopes severities thresholds suppressions max_key_age_days
    max_secret_age_days pii_level approvals
    """.split()  # noqa: SIM905
)
_OF_SUPPRESSIONS = frozenset({"rule", "path", "environments", "until", "reason"})
_OF_APPROVALS = frozenset({"needed", "by"})


class _Reading:
    """The entries of one policy file, each read strictly; what is wrong is gathered."""

    def __init__(self, data: Mapping[Any, Any], origin_of: Callable[[Path], Origin | None]) -> None:
        self._data = data
        self._origin_of = origin_of
        self.faults: list[tuple[Origin | None, str]] = []
        for name in data:
            if name not in _ENTRIES:
                self._refuse(f"has an unknown entry: {name}", name)

    def _refuse(self, what: str, *at: Any) -> None:  # noqa: ANN401  # steps of any file
        self.faults.append((self._origin_of(at), what))

    def workspace(self) -> str:
        name = self._data.get("workspace")
        if isinstance(name, str) and re.fullmatch(r"[0-9a-f]{32}", name):
            return name
        self._refuse("names no workspace (32 hexadecimal digits)", "workspace")
        return ""

    def spec(self) -> str:
        spec = self._data.get("spec")
        if isinstance(spec, str) and spec:
            return spec
        self._refuse("names no spec", "spec")
        return ""

    def scopes(self) -> dict[str, SealScope]:
        scopes = self._mapping("scopes", "environments")
        for name, scope in scopes.items():
            if scope not in _SCOPES:
                self._refuse("gives a scope that is neither strict nor secrets", "scopes", name)
        return cast("dict[str, SealScope]", dict(scopes))

    def _mapping(self, name: str, of: str) -> Mapping[str, Any]:
        said = self._data.get(name, {})
        if isinstance(said, Mapping) and all(isinstance(key, str) for key in said):
            return said
        self._refuse(f"has {name} that are no mapping of {of}", name)
        return {}

    def severities(self) -> dict[str, dict[str, str]]:
        read: dict[str, dict[str, str]] = {}
        for rule, said in self._mapping("severities", "rules").items():
            # YAML reads a bare off as false
            by = dict(said) if isinstance(said, Mapping) else {"": said}
            words = {name: OFF if word is False else word for name, word in by.items()}
            if all(isinstance(n, str) and word in SEVERITIES for n, word in words.items()):
                read[rule.upper()] = words
            else:
                message = f"gives {rule} a severity that is none of error … off"
                self._refuse(message, "severities", rule)
        return read

    def thresholds(self) -> dict[str, float]:
        read: dict[str, float] = {}
        for rule, limit in self._mapping("thresholds", "rules").items():
            if type(limit) in {int, float} and isfinite(limit):
                read[rule.upper()] = limit
            else:
                self._refuse("has a threshold that is no number", "thresholds", rule)
        return read

    def days(self, name: str) -> int | None:
        days = self._data.get(name)
        if days is not None and (type(days) is not int or days < 1):
            self._refuse(f"has {name} that is no whole number of days", name)
            return None
        return days

    def level(self) -> Level | None:
        said = self._data.get("pii_level")
        word = OFF if said is False else said
        if word is not None and word not in [*Level]:
            self._refuse("has a pii_level that is none of off, low, medium, high", "pii_level")
            return None
        return Level(word) if word is not None else None

    def approvals(self) -> dict[str, Approvals]:
        read: dict[str, Approvals] = {}
        for name, said in self._mapping("approvals", "environments").items():
            by = said.get("by") if isinstance(said, Mapping) else None
            needed = said.get("needed", 1) if isinstance(said, Mapping) else None
            if not isinstance(by, Mapping) or set(said) - _OF_APPROVALS:
                message = "has approvals that do not say by whom (needed, and by: name: key)"
                self._refuse(message, "approvals", name)
            elif not all(isinstance(who, str) and _is_key(key) for who, key in by.items()):
                message = "names a person without a public key (44 characters of base64)"
                self._refuse(message, "approvals", name, "by")
            elif type(needed) is not int or not 1 <= needed <= len(by):
                message = f"needs approvals that are no number from 1 to {len(by)}"
                self._refuse(message, "approvals", name, "needed")
            else:
                read[name] = Approvals(dict(by), needed)
        return read

    def suppressions(self) -> Iterator[Suppression]:
        listed = self._data.get("suppressions", [])
        if not isinstance(listed, list):
            self._refuse("has suppressions that are no list", "suppressions")
            return
        for index, entry in enumerate(listed):
            trouble = _trouble_of(entry)
            if trouble:
                self._refuse(trouble, "suppressions", index)
            else:
                yield Suppression(
                    rule=entry["rule"].upper(),
                    reason=entry.get("reason", "").strip(),
                    until=_date(entry.get("until")),
                    path=entry.get("path", ""),
                    environments=tuple(entry.get("environments", [])),
                    origin=self._origin_of(("suppressions", index)),
                )


def _trouble_of(entry: object) -> str:
    """Say why *entry* is no suppression; nothing if it is one."""
    if not isinstance(entry, Mapping) or not isinstance(entry.get("rule"), str):
        return "has a suppression that names no rule"
    if extra := sorted(map(str, set(entry) - _OF_SUPPRESSIONS)):
        return "has a suppression with unknown entries: " + ", ".join(extra)
    environments = entry.get("environments", [])
    texts = [entry.get("path", ""), entry.get("reason", "")]
    if not isinstance(environments, list) or not all(
        isinstance(each, str) for each in (*environments, *texts)
    ):
        return "has a suppression with an entry of the wrong type"
    try:
        _date(entry.get("until"))
    except ValueError:
        return "has an until that is no date like 2027-01-31"
    return ""


def _date(said: object) -> date | None:
    return said if said is None or type(said) is date else date.fromisoformat(str(said))


def _is_key(text: object) -> bool:
    try:
        return isinstance(text, str) and len(base64.b64decode(text, validate=True)) == KEY_LENGTH
    except (binascii.Error, ValueError):
        return False


def _faulty(faults: list[tuple[Origin | None, str]], where: str) -> DocumentError:
    """Say all that is wrong in one error, which stands where the first fault does."""
    told = [
        f"{what} (line {origin.line})" if origin and origin.line and len(faults) > 1 else what
        for origin, what in faults
    ]
    first = faults[0][0]
    place = f"{where}:{first.line}:{first.column}" if first and first.line and where else where
    return _broken("; ".join(told), place)


def _broken(what: str, where: str) -> DocumentError:
    return DocumentError(
        f"the policy {what}",
        code="policy-broken",
        where=where,
        hint="mend .escai/policy.yaml, or restore it from version control",
    )
