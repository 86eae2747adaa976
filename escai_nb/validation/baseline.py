"""What was found on the day that a baseline was written, so that only the new counts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from escai_nb.errors import DocumentError, NewerFormatError
from escai_nb.validation.finding import Finding, PutAside
from escai_nb.validation.report import Report, in_order
from escai_nb.validation.state_rules import GONE_FROM_BASELINE, finding_of, is_firm

if TYPE_CHECKING:
    from collections.abc import Iterable

    from escai_nb.validation.tier import Tier

FORMAT = 1
"""Version of the baseline file that this package writes."""
REMEDY = "write it anew: escai config validate --write-baseline FILE"
"""What to do about a baseline that is none."""
KIND = "escai-baseline"


@dataclass(frozen=True, slots=True)
class Known:
    """A finding as a baseline remembers it: by rule and path, not by line."""

    rule: str
    path: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Baseline:
    """
    The findings that are known.

    Attributes:
        known: Environment → its findings by fingerprint.
    """

    known: Mapping[str, Mapping[str, Known]]

    @classmethod
    def of(cls, reports: Iterable[Report]) -> Baseline:
        """Remember what counts in *reports*; what is firm is never known."""
        return cls(
            {
                report.environment: {
                    f.fingerprint: Known(f.code, f.path, f.fingerprint)
                    for f in report.findings
                    if not is_firm(f.code, f.layer)
                }
                for report in reports
            }
        )

    def to_data(self) -> dict[str, Any]:
        """Return the content of the baseline file, in an order that does not change."""
        return {
            "kind": KIND,
            "format": FORMAT,
            "environments": {
                environment: [
                    {"rule": each.rule, "path": each.path, "fingerprint": each.fingerprint}
                    for each in sorted(known.values(), key=lambda each: (each.rule, each.path))
                ]
                for environment, known in sorted(self.known.items())
            },
        }


def parse(data: object, *, where: str = "") -> Baseline:
    """
    Read the content of a baseline file.

    Raises:
        NewerFormatError: If a newer package wrote it.
        DocumentError: If it is no baseline (code ``baseline-broken``).
    """
    if not isinstance(data, Mapping) or data.get("kind") != KIND:
        raise _broken("this is no baseline", where)
    if type(format_ := data.get("format")) is not int or format_ < 1:
        raise _broken("the baseline names no format", where)
    if format_ > FORMAT:
        message = f"baseline format {format_} is newer than this package, which reads {FORMAT}"
        raise NewerFormatError(message, where=where, hint="upgrade escai-nb")
    environments = data.get("environments")
    if not isinstance(environments, Mapping):
        raise _broken("the baseline has no environments", where)
    return Baseline({str(name): _entries(listed, where) for name, listed in environments.items()})


def _entries(listed: object, where: str) -> dict[str, Known]:
    entries: dict[str, Known] = {}
    for entry in listed if isinstance(listed, list) else [None]:
        if not isinstance(entry, Mapping) or not all(
            isinstance(entry.get(name), str) for name in ("rule", "path", "fingerprint")
        ):
            raise _broken("an entry of the baseline is not rule, path and fingerprint", where)
        known = Known(entry["rule"], entry["path"], entry["fingerprint"])
        entries[known.fingerprint] = known
    return entries


def _broken(what: str, where: str) -> DocumentError:
    return DocumentError(what, code="baseline-broken", where=where, hint=REMEDY)


def without_known(report: Report, baseline: Baseline, *, tier: Tier) -> Report:
    """
    Put aside what *baseline* knows; what it knows and is gone is one finding.

    A finding whose rule could not run is not gone.
    """
    known = baseline.known.get(report.environment, {})
    kept: list[Finding] = []
    aside: list[PutAside] = []
    for finding in report.findings:
        if finding.fingerprint in known and not is_firm(finding.code, finding.layer):
            aside.append(PutAside(finding, "baseline", "known when the baseline was written"))
        else:
            kept.append(finding)
    seen = {finding.fingerprint for finding in report.findings}
    seen |= {each.finding.fingerprint for each in report.put_aside}
    gone = [
        f"{each.rule} {each.path}".strip()
        for each in known.values()
        if each.fingerprint not in seen and not report.could_not_say(each.rule)
    ]
    if gone:
        what = "known finding is" if len(gone) == 1 else "known findings are"
        message = f"{len(gone)} {what} gone: {', '.join(sorted(gone))}"
        kept.append(finding_of(GONE_FROM_BASELINE, tier, message, origin=None))
    return replace(report, findings=in_order(kept), put_aside=(*report.put_aside, *aside))
