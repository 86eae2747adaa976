"""The policy file of a workspace: what it is, how it is sealed, and by what it is judged."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any, Literal, NoReturn, cast

from escai_nb.digest import sha256_hex
from escai_nb.errors import DocumentError, NewerFormatError
from escai_nb.validation.level import Level
from escai_nb.validation.suppression import Suppression

if TYPE_CHECKING:
    from collections.abc import Callable

    from escai_nb.keypath import Path
    from escai_nb.origin import Origin

FORMAT = 1
"""Version of the policy file that this package writes."""

SealScope = Literal["strict", "secrets"]
_SCOPES = ("strict", "secrets")
OFF = "off"
SEVERITIES = ("error", "warning", "advice", OFF)
"""What a policy may make of a rule."""


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
    reading = _Reading(data, where)
    return Policy(
        workspace=reading.workspace(),
        spec=reading.spec(),
        scopes=reading.scopes(),
        format=format_,
        severities=reading.severities(),
        thresholds=reading.thresholds(),
        suppressions=tuple(reading.suppressions(origin_of)),
        max_key_age_days=reading.days("max_key_age_days"),
        max_secret_age_days=reading.days("max_secret_age_days"),
        pii_level=reading.level(),
    )


_ENTRIES = frozenset(
    # those of `Policy`, in the words of its file
    """
    format workspace spec scopes severities thresholds suppressions max_key_age_days
    max_secret_age_days pii_level
    """.split()  # noqa: SIM905
)
_OF_SUPPRESSIONS = frozenset({"rule", "path", "environments", "until", "reason"})


class _Reading:
    """The entries of one policy file, each read strictly."""

    def __init__(self, data: Mapping[Any, Any], where: str) -> None:
        self._data = data
        self._where = where
        if extra := sorted(map(str, set(data) - _ENTRIES)):
            self._refuse("has unknown entries: " + ", ".join(extra))

    def _refuse(self, what: str) -> NoReturn:
        raise _broken(what, self._where) from None

    def workspace(self) -> str:
        name = self._data.get("workspace")
        if not isinstance(name, str) or not re.fullmatch(r"[0-9a-f]{32}", name):
            self._refuse("names no workspace (32 hexadecimal digits)")
        return name

    def spec(self) -> str:
        spec = self._data.get("spec")
        if not isinstance(spec, str) or not spec:
            self._refuse("names no spec")
        return spec

    def scopes(self) -> dict[str, SealScope]:
        scopes = self._data.get("scopes", {})
        if not isinstance(scopes, Mapping) or not all(
            isinstance(name, str) and scope in _SCOPES for name, scope in scopes.items()
        ):
            self._refuse("gives a scope that is neither strict nor secrets")
        return cast("dict[str, SealScope]", dict(scopes))

    def _mapping(self, name: str) -> Mapping[str, Any]:
        said = self._data.get(name, {})
        if not isinstance(said, Mapping) or not all(isinstance(key, str) for key in said):
            self._refuse(f"has {name} that are no mapping of rules")
        return said

    def severities(self) -> dict[str, dict[str, str]]:
        read: dict[str, dict[str, str]] = {}
        for rule, said in self._mapping("severities").items():
            # YAML reads a bare off as false
            by = dict(said) if isinstance(said, Mapping) else {"": said}
            words = {name: OFF if word is False else word for name, word in by.items()}
            if not all(isinstance(n, str) and word in SEVERITIES for n, word in words.items()):
                self._refuse(f"gives {rule} a severity that is none of error … off")
            read[rule.upper()] = words
        return read

    def thresholds(self) -> dict[str, float]:
        said = self._mapping("thresholds")
        if not all(type(limit) in {int, float} for limit in said.values()):
            self._refuse("has a threshold that is no number")
        return {rule.upper(): limit for rule, limit in said.items()}

    def days(self, name: str) -> int | None:
        days = self._data.get(name)
        if days is not None and (type(days) is not int or days < 1):
            self._refuse(f"has {name} that is no whole number of days")
        return days

    def level(self) -> Level | None:
        said = self._data.get("pii_level")
        word = OFF if said is False else said
        if word is not None and word not in set(Level):
            self._refuse("has a pii_level that is none of off, low, medium, high")
        return Level(word) if word is not None else None

    def suppressions(self, origin_of: Callable[[Path], Origin | None]) -> list[Suppression]:
        listed = self._data.get("suppressions", [])
        if not isinstance(listed, list):
            self._refuse("has suppressions that are no list")
        return [
            self._suppression(entry, origin_of(("suppressions", index)))
            for index, entry in enumerate(listed)
        ]

    def _suppression(self, entry: object, origin: Origin | None) -> Suppression:
        if not isinstance(entry, Mapping) or not isinstance(entry.get("rule"), str):
            self._refuse("has a suppression that names no rule")
        if extra := sorted(map(str, set(entry) - _OF_SUPPRESSIONS)):
            self._refuse("has a suppression with unknown entries: " + ", ".join(extra))
        environments = entry.get("environments", [])
        texts = [entry.get("path", ""), entry.get("reason", "")]
        if not isinstance(environments, list) or not all(
            isinstance(each, str) for each in (*environments, *texts)
        ):
            self._refuse("has a suppression with an entry of the wrong type")
        return Suppression(
            rule=entry["rule"].upper(),
            reason=entry.get("reason", "").strip(),
            until=self._date(entry.get("until")),
            path=entry.get("path", ""),
            environments=tuple(environments),
            origin=origin,
        )

    def _date(self, said: object) -> date | None:
        try:
            if said is None or type(said) is date:
                return said
            return date.fromisoformat(str(said))
        except ValueError:
            self._refuse("has an until that is no date like 2027-01-31")


def _broken(what: str, where: str) -> DocumentError:
    return DocumentError(
        f"the policy {what}",
        code="policy-broken",
        where=where,
        hint="mend .escai/policy.yaml, or restore it from version control",
    )
