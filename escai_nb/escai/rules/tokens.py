"""Security rules, ESC301–ESC309: signed tokens and sessions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from escai_nb.validation.rule import Facts, Problem, replace_with, rule
from escai_nb.validation.strength import Weakness, weakness

if TYPE_CHECKING:
    from collections.abc import Iterator

SECRET = "security.jwt_secret_key"  # noqa: S105  # a key path
ALGORITHM = "security.jwt_algorithm"
ACCESS = "security.jwt_access_token_expire_minutes"
REFRESH = "security.jwt_refresh_token_expire_days"
SESSION = "security.session_timeout_minutes"

KEY_BYTES = {"HS256": 32, "HS384": 48, "HS512": 64}
"""Bytes of an HMAC key at the least: those of the hash (RFC 7518, 3.2)."""
PUBLIC_KEYS = (
    "-----BEGIN PUBLIC KEY",
    "-----BEGIN RSA PUBLIC KEY",
    "-----BEGIN CERTIFICATE",
    "ssh-",
)
"""What the text of a key begins with that everybody may have."""
LONGEST_ACCESS = 60
"""Minutes of an access token, which nobody can call back."""
LONGEST_REFRESH = 30
"""Days of a refresh token."""
LONGEST_SESSION = 60
"""Minutes of a session without activity."""
MINUTES_A_DAY = 24 * 60
_PUBLIC_KEY = (
    "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE="
)
_PRIVATE_KEY = "-----BEGIN PRIVATE KEY-----\nMC4CAQAw"


@rule(
    "ESC301",
    title="Signing key shorter than its hash",
    severities="E/E/E/E",
    why="A key shorter than the hash is what an attacker guesses offline, from one token.",
    fix="Generate one: python -c 'import secrets; print(secrets.token_urlsafe(64))'.",
    source="RFC 7518 (JSON Web Algorithms), 3.2",
    bad={ALGORITHM: "HS512", SECRET: "pR7v-Kq2_mZ9xLw4Tb1sYd8fHc3nGj6a-Vu5eWo"},
    good={ALGORITHM: "HS256", SECRET: "pR7v-Kq2_mZ9xLw4Tb1sYd8fHc3nGj6a-Vu5eWo"},
    instead_of=("ESC335",),
)
def short_signing_key(facts: Facts) -> Iterator[Problem]:
    """An HMAC key is as long as its hash."""
    algorithm, secret = facts[ALGORITHM], facts[SECRET]
    least = KEY_BYTES.get(algorithm)
    if weakness(secret) in {Weakness.KNOWN, Weakness.PLACEHOLDER}:
        return  # other rules' matter, of whatever length it is
    if least is not None and len(secret.encode("utf-8", "surrogatepass")) < least:
        yield Problem(
            SECRET,
            f"is too short for {algorithm}",
            f"at least {least} bytes",
            related=(ALGORITHM,),
        )


@rule(
    "ESC302",
    title="Asymmetric algorithm without a key pair",
    severities="E/E/E/E",
    why="RS, ES, PS and EdDSA sign with a private key; a shared secret signs nothing there.",
    fix="Put a PEM private key into security.jwt_secret_key, name the certificate and key files, "
    "or use HS256.",
    source="RFC 7518 (JSON Web Algorithms), 3.3–3.5; RFC 8037, 3.1",
    bad={ALGORITHM: "ES256"},
    good={ALGORITHM: "HS256"},
    instead_of=("ESC309",),
)
def no_key_pair(facts: Facts) -> Iterator[Problem]:
    """An asymmetric algorithm has a private key to sign with."""
    algorithm = facts[ALGORITHM]
    if algorithm in KEY_BYTES:
        return
    files = ("security.tls_cert_file", "security.tls_key_file")
    if not all(facts[path] for path in files) and "PRIVATE KEY-----" not in facts[SECRET]:
        yield Problem(
            ALGORITHM, f"{algorithm} needs a private key", "a PEM key", related=(SECRET, *files)
        )


@rule(
    "ESC303",
    title="Long-lived access tokens",
    severities="-/W/W/W",
    why="An access token cannot be called back: a stolen one works until it expires.",
    fix="Let access tokens live for 5 to 60 minutes, and refresh them.",
    source="RFC 6750 (Bearer Token Usage), 5.3 (one hour or less)",
    bad={ACCESS: 240, SESSION: 240},
    good={ACCESS: 15},
    limit=LONGEST_ACCESS,
    unit="min",
    instead_of=("ESC307",),
)
def long_access(facts: Facts, limit: float) -> Iterator[Problem]:
    """Access tokens expire soon."""
    minutes = facts[ACCESS]
    if minutes > limit:
        yield Problem(
            ACCESS,
            f"lets a token live {minutes} min",
            f"≤ {limit} min",
            patch=replace_with(ACCESS, limit),
        )


@rule(
    "ESC304",
    title="Access token that outlives its refresh token",
    severities="E/E/E/E",
    why="It expires before there is anything to refresh, so every user is logged out.",
    fix="Let access tokens live for minutes, and refresh tokens for days.",
    source="RFC 6749 (OAuth 2.0), 1.5",
    bad={ACCESS: 2 * MINUTES_A_DAY, REFRESH: 1, SESSION: 2 * MINUTES_A_DAY},
    good={ACCESS: 60, REFRESH: 1},
    instead_of=("ESC303", "ESC307"),
)
def refresh_first(facts: Facts) -> Iterator[Problem]:
    """A refresh token outlives the access token."""
    access, refresh = facts[ACCESS], facts[REFRESH]
    if refresh * MINUTES_A_DAY <= access:
        yield Problem(
            ACCESS,
            f"{access} min is not shorter than the refresh token's {refresh} d",
            f"< {refresh * MINUTES_A_DAY} min",
            related=(REFRESH,),
        )


@rule(
    "ESC305",
    title="Long-lived refresh tokens",
    severities="A/A/W/W",
    why="A stolen one renews itself for as long, and nobody notices.",
    fix="Let refresh tokens live for 30 days at most.",
    source="RFC 9700 (OAuth 2.0 Security), 4.14.2; OWASP ASVS 5.0, V10",
    bad={REFRESH: 365},
    good={REFRESH: 7},
    limit=LONGEST_REFRESH,
    unit="d",
)
def long_refresh(facts: Facts, limit: float) -> Iterator[Problem]:
    """Refresh tokens expire within a month."""
    days = facts[REFRESH]
    if days > limit:
        yield Problem(
            REFRESH,
            f"lets a token live {days} d",
            f"≤ {limit} d",
            patch=replace_with(REFRESH, limit),
        )


@rule(
    "ESC306",
    title="Long sessions without activity",
    severities="-/-/W/W",
    why="Whoever sits down at an open screen, or steals its cookie, works on as that user.",
    fix="End sessions after 15 to 30 minutes without activity, at most after an hour.",
    source="OWASP Session Management Cheat Sheet (idle timeout)",
    bad={SESSION: 480},
    good={SESSION: 30},
    limit=LONGEST_SESSION,
    unit="min",
)
def long_session(facts: Facts, limit: float) -> Iterator[Problem]:
    """A session without activity ends."""
    minutes = facts[SESSION]
    if minutes > limit:
        yield Problem(
            SESSION,
            f"ends after {minutes} min only",
            f"≤ {limit} min",
            patch=replace_with(SESSION, limit),
        )


@rule(
    "ESC307",
    title="Access token outlives the session",
    severities="W/W/W/W",
    why="After the session has ended the token still opens every door.",
    fix="Make the access token expire no later than the session.",
    source="OWASP ASVS 5.0, V7 (session termination)",
    bad={ACCESS: 30, SESSION: 15},
    good={ACCESS: 15, SESSION: 30},
)
def token_outlives_session(facts: Facts) -> Iterator[Problem]:
    """No token is good for longer than its session."""
    access, session = facts[ACCESS], facts[SESSION]
    if access > session:
        yield Problem(
            ACCESS,
            f"{access} min is longer than the session's {session} min",
            f"≤ {session} min",
            related=(SESSION,),
            patch=replace_with(ACCESS, session),
        )


@rule(
    "ESC308",
    title="Public key as shared secret",
    severities="E/E/E/E",
    why="An HMAC algorithm signs with this text, which is public: anybody can make valid tokens.",
    fix="Use a random secret, or the asymmetric algorithm that the key belongs to.",
    source="RFC 8725 (JSON Web Token Best Current Practices), 2.1 and 3.1; CWE-347",
    bad={ALGORITHM: "HS256", SECRET: _PUBLIC_KEY},
    good={ALGORITHM: "HS256", SECRET: "pR7v-Kq2_mZ9xLw4Tb1sYd8fHc3nGj6a-Vu5eWo"},
)
def public_secret(facts: Facts) -> Iterator[Problem]:
    """What signs by HMAC is known to nobody else."""
    if facts[ALGORITHM] in KEY_BYTES and facts[SECRET].lstrip().startswith(PUBLIC_KEYS):
        yield Problem(SECRET, "is a public key", "a random secret", related=(ALGORITHM,))


@rule(
    "ESC309",
    title="Older kind of RSA signature",
    severities="A/A/A/A",
    why="PKCS #1 v1.5 is kept for what exists; its verification has been got wrong many times.",
    fix="Use PS256, ES256 or EdDSA.",
    source="RFC 8017 (PKCS #1), 8 (RSASSA-PSS is required in new applications)",
    bad={ALGORITHM: "RS256", SECRET: _PRIVATE_KEY},
    good={ALGORITHM: "PS256", SECRET: _PRIVATE_KEY},
)
def older_signature(facts: Facts) -> Iterator[Problem]:
    """New tokens are signed by today's schemes."""
    algorithm = facts[ALGORITHM]
    if algorithm.startswith("RS"):
        yield Problem(ALGORITHM, f"{algorithm} signs by PKCS #1 v1.5", "PS256, ES256 or EdDSA")


RULES = (
    short_signing_key,
    no_key_pair,
    long_access,
    refresh_first,
    long_refresh,
    long_session,
    token_outlives_session,
    public_secret,
    older_signature,
)
