"""Rules ESC650–ESC665: what live checks find; without ``--live`` they find nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from escai_nb.validation.live.outcome import Fault
from escai_nb.validation.rule import Facts, Problem, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from escai_nb.validation.rule import Check, Rule

POSTGRESQL_CODES = "PostgreSQL documentation, Appendix A (error codes)"


def _of(fault: Fault) -> Check:
    """Return what finds *fault* in the outcomes of live checks."""

    def check(facts: Facts) -> Iterator[Problem]:
        for outcome in facts.live() or ():
            for each in outcome.troubles:
                if each.fault is fault:
                    message = f"{outcome.name}: {each.message}"
                    yield Problem(each.path, message, each.expected, each.related)

    return check


UNCHECKED = rule(
    "ESC650",
    title="Live check that could not be made",
    severities="W/W/W/W",
    why="Somebody asked whether it works, and this was not found out.",
    fix="Install what is named, or check where the key is at hand.",
    source="NIST SP 800-53 CA-2 (control assessments tell what was not assessed)",
)(_of(Fault.UNCHECKED))
UNREACHABLE = rule(
    "ESC651",
    title="Service that cannot be reached",
    severities="E/E/E/E",
    why="Whatever needs it fails with the first request, or does not start.",
    fix="Correct host and port, start the service, or open the way to it.",
    source="RFC 9293, 3.10.7 (a reset answers a connection that nobody listens for)",
)(_of(Fault.UNREACHABLE))
SILENT = rule(
    "ESC652",
    title="Service that does not answer in time",
    severities="E/E/E/E",
    why="Every request that needs it waits as long, until nobody else is served either.",
    fix="Look for a firewall that drops packets, or for what keeps the service busy; "
    "give it longer by --timeout, in Python by timeout=.",
    source="AWS Builders’ Library, “Timeouts, retries, and backoff with jitter”",
)(_of(Fault.SILENT))
STRANGE = rule(
    "ESC653",
    title="Another service answers",
    severities="E/E/E/E",
    why="The port belongs to something else, which gets what was meant for the service.",
    fix="Correct the port or the host.",
    source="RFC 6335 (service names and port numbers)",
)(_of(Fault.STRANGE))
TLS_MISMATCH = rule(
    "ESC654",
    title="One side speaks TLS and the other does not",
    severities="E/E/E/E",
    why="No connection comes about; or it would, and anyone on the way could read it.",
    fix="Switch TLS on at both ends, with a version in common.",
    source="RFC 8446 (TLS 1.3); RFC 9325, 3.1.1 (versions)",
)(_of(Fault.TLS_MISMATCH))
CERTIFICATE = rule(
    "ESC655",
    title="Certificate that clients refuse",
    severities="E/E/E/E",
    why="A client that checks it breaks off, and one that does not may talk to anybody.",
    fix="Have one issued for this name by an authority that clients trust.",
    source="RFC 5280, 6.1 (path validation); RFC 9525 (service identity)",
)(_of(Fault.CERTIFICATE))
LOGIN = rule(
    "ESC656",
    title="Login that the service refuses",
    severities="E/E/E/E",
    why="Nothing can be read or written, and repeated attempts may lock the account.",
    fix="Set the user and the password that the service has, by escai config set.",
    source=f"{POSTGRESQL_CODES}: 28P01; Redis documentation, AUTH",
)(_of(Fault.LOGIN))
DATABASE = rule(
    "ESC657",
    title="Database that is not there",
    severities="E/E/E/E",
    why="The login works and the first statement fails.",
    fix="Create it and grant it to the user, or correct its name.",
    source=f"{POSTGRESQL_CODES}: 3D000; Redis documentation, SELECT",
)(_of(Fault.DATABASE))
UNENCRYPTED = rule(
    "ESC658",
    title="Login over an open line",
    severities="A/A/W/W",
    why="The password and all data can be read by everyone on the way.",
    fix="Switch TLS on at the service, or reach it through a tunnel.",
    source="CIS PostgreSQL Benchmark, 6.8 (TLS is on); CWE-319",
)(_of(Fault.UNENCRYPTED))
UNPROVEN = rule(
    "ESC659",
    title="Certificate that proves nothing",
    severities="A/A/W/W",
    why="The line is encrypted, and whoever answers at its end may be anybody.",
    fix="Have one issued for this name by an authority that clients trust.",
    source="PostgreSQL documentation, 34.19 (protection in different modes); CWE-297",
)(_of(Fault.UNPROVEN))
OPEN = rule(
    "ESC661",
    title="Service that asks for no login",
    severities="A/A/W/E",
    why="A password is set, so somebody believes that there is one; anyone may come in.",
    fix="Switch on at the service that it asks for a login.",
    source="Redis documentation, “Redis security”; CWE-306",
)(_of(Fault.OPEN))
FILE = rule(
    "ESC662",
    title="Certificate file that cannot be used",
    severities="W/W/E/E",
    why="The service reads it when it starts, and does not start without it.",
    fix="Put the PEM file there, readable for whom the service runs as.",
    source="NGINX documentation, “Configuring HTTPS servers”",
)(_of(Fault.FILE))
KEY_MISMATCH = rule(
    "ESC663",
    title="Key of another certificate",
    severities="E/E/E/E",
    why="No handshake comes about, so no client is served.",
    fix="Name the key that the certificate was requested with.",
    source="RFC 8446, 4.4.3 (certificate verify)",
)(_of(Fault.KEY_MISMATCH))
KEY_OPEN = rule(
    "ESC664",
    title="Private key that everybody may read",
    severities="W/W/E/E",
    why="Whoever logs in to the machine can pass for the service.",
    fix="Take the rights of others away: chmod o= FILE.",
    source="CIS NGINX Benchmark, 4.1.3 (permissions of private keys); CWE-732",
)(_of(Fault.KEY_OPEN))
SERVED_OTHER = rule(
    "ESC665",
    title="Another certificate is served than configured",
    severities="W/W/W/W",
    why="The service was not restarted since the file was replaced, or another one answers.",
    fix="Restart or reload the service, or correct its port.",
    source="NIST SP 1800-16 (TLS server certificate management), rapid replacement",
)(_of(Fault.SERVED_OTHER))


@rule(
    "ESC660",
    title="Certificate that runs out soon",
    severities="W/W/W/W",
    why="On that day every client breaks off at the same moment.",
    fix="Have it renewed, and see to it that this happens by itself.",
    source="NIST SP 1800-16 (TLS server certificate management), expiry within 30 days",
    limit=30,
    unit="days",
)
def expiring(facts: Facts, limit: float) -> Iterator[Problem]:
    """Say which certificates are valid for fewer days than *limit*."""
    for outcome in facts.live() or ():
        for each in outcome.validities:
            if 0 <= each.days < limit:
                message = f"{outcome.name}: the certificate runs out in {each.days} days"
                yield Problem(each.path, message, f"at least {limit:g} days")


LIVE_RULES: tuple[Rule, ...] = (
    UNCHECKED,
    UNREACHABLE,
    SILENT,
    STRANGE,
    TLS_MISMATCH,
    CERTIFICATE,
    LOGIN,
    DATABASE,
    UNENCRYPTED,
    UNPROVEN,
    expiring,
    OPEN,
    FILE,
    KEY_MISMATCH,
    KEY_OPEN,
    SERVED_OTHER,
)
LIVE_IDS = frozenset(each.id for each in LIVE_RULES)
"""Rules that say nothing where nothing outside was asked."""
