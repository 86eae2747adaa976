"""What came out when a target was asked."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, StrEnum
from typing import Any


class Verdict(StrEnum):
    """One word on a target."""

    OK = "ok"
    REFUSED = "refused"
    TIMEOUT = "timeout"
    TLS = "tls"
    AUTH = "auth"
    WRONG_DATABASE = "wrong database"
    UNEXPECTED = "unexpected"
    UNCHECKED = "not checked"


class Fault(Enum):
    """What can be the case with a target; each has a rule of its own, and a verdict."""

    UNCHECKED = Verdict.UNCHECKED, 0
    UNREACHABLE = Verdict.REFUSED, 1
    SILENT = Verdict.TIMEOUT, 2
    STRANGE = Verdict.UNEXPECTED, 3
    TLS_MISMATCH = Verdict.TLS, 4
    CERTIFICATE = Verdict.TLS, 5
    LOGIN = Verdict.AUTH, 6
    DATABASE = Verdict.WRONG_DATABASE, 7
    UNENCRYPTED = Verdict.OK, 8
    UNPROVEN = Verdict.OK, 9
    OPEN = Verdict.OK, 10
    FILE = Verdict.TLS, 11
    KEY_MISMATCH = Verdict.TLS, 12
    KEY_OPEN = Verdict.OK, 13
    SERVED_OTHER = Verdict.TLS, 14

    @property
    def verdict(self) -> Verdict:
        """What the target is called that has it."""
        return self.value[0]


@dataclass(frozen=True, slots=True)
class Trouble:
    """
    One thing that is the case with a target.

    Attributes:
        path: Key path of what is to blame.

        message: What is the case, without the path; never carries a secret.

        related: Key paths of the other values that take part.
    """

    fault: Fault
    path: str
    message: str
    expected: str = ""
    related: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Validity:
    """How long the certificate that the value at *path* leads to is valid, in whole days."""

    path: str
    days: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """
    What is known of one target after it was asked.

    Attributes:
        name: What people call it.

        path: Key path of its address.

        passed: What was found to be in order, such as ``connection`` and ``login``.

        troubles: Everything else, in the order in which it showed.
    """

    name: str
    path: str
    passed: tuple[str, ...] = ()
    troubles: tuple[Trouble, ...] = ()
    validities: tuple[Validity, ...] = ()

    @property
    def verdict(self) -> Verdict:
        """The first verdict that is not ok; one on what was checked before one on what was not."""
        verdicts = [trouble.fault.verdict for trouble in self.troubles]
        bad = [each for each in verdicts if each not in {Verdict.OK, Verdict.UNCHECKED}]
        if bad:
            return bad[0]
        return Verdict.UNCHECKED if Verdict.UNCHECKED in verdicts else Verdict.OK

    def __str__(self) -> str:
        passed = f" ({', '.join(self.passed)})" if self.passed else ""
        return f"{self.name} at {self.path}: {self.verdict}{passed}"

    def to_data(self) -> dict[str, Any]:
        """Return it as JSON-able data; what is wrong stands among the findings."""
        return {
            "target": self.name,
            "path": self.path,
            "verdict": self.verdict.value,
            "passed": list(self.passed),
        }
