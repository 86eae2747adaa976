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

    UNCHECKED = "could not be checked"
    UNREACHABLE = "cannot be reached"
    SILENT = "does not answer"
    STRANGE = "is something else"
    TLS_MISMATCH = "one side speaks TLS, the other does not"
    CERTIFICATE = "the certificate is refused"
    LOGIN = "the login is refused"
    DATABASE = "the database is not there"
    UNENCRYPTED = "the line is open to others"
    UNPROVEN = "the certificate proves nothing"
    OPEN = "everybody is let in"
    FILE = "a certificate file cannot be used"
    KEY_MISMATCH = "the key is another certificate's"
    KEY_OPEN = "everybody may read the key"
    SERVED_OTHER = "another certificate is served"

    @property
    def verdict(self) -> Verdict:
        """What a target is called that has it; some things are told of one that is ok."""
        return _VERDICTS.get(self, Verdict.OK)


_VERDICTS = {
    Fault.UNCHECKED: Verdict.UNCHECKED,
    Fault.UNREACHABLE: Verdict.REFUSED,
    Fault.SILENT: Verdict.TIMEOUT,
    Fault.STRANGE: Verdict.UNEXPECTED,
    Fault.TLS_MISMATCH: Verdict.TLS,
    Fault.CERTIFICATE: Verdict.TLS,
    Fault.LOGIN: Verdict.AUTH,
    Fault.DATABASE: Verdict.WRONG_DATABASE,
    Fault.FILE: Verdict.TLS,
    Fault.KEY_MISMATCH: Verdict.TLS,
    Fault.SERVED_OTHER: Verdict.TLS,
}


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
