"""Security rules, ESC311–ESC320: TLS of the API."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from escai_nb.validation.rule import Facts, Problem, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

ENABLED = "security.tls_enabled"
CERTIFICATE = "security.tls_cert_file"
KEY = "security.tls_key_file"
AUTHORITY = "security.tls_ca_file"
FILES = (CERTIFICATE, KEY, AUTHORITY)
SHARED_FOLDERS = ("/tmp", "/var/tmp", "/dev/shm")  # noqa: S108  # what the rule looks for

WEB_ROOTS = ("/var/www", "/srv/www", "/srv/http", "/usr/share/nginx/html", "/usr/local/www")
WEB_FOLDERS = frozenset({"htdocs", "public_html", "wwwroot"})
CERTIFICATE_SUFFIXES = frozenset({".cer", ".cert", ".crt", ".csr"})
OTHER_FORMS = frozenset({".der", ".jks", ".keystore", ".p12", ".p7b", ".pfx"})
"""Suffixes of files that hold no PEM text."""


@rule(
    "ESC311",
    title="TLS is off",
    severities="-/-/W/E",
    why="Passwords, tokens and data of users cross the network in clear.",
    fix="Set security.tls_enabled and name certificate and key.",
    source="OWASP Transport Layer Security Cheat Sheet; CWE-319",
    bad={ENABLED: False},
    good={ENABLED: True},
)
def tls_off(facts: Facts) -> Iterator[Problem]:
    """Staging and production speak TLS."""
    if not facts[ENABLED]:
        yield Problem(ENABLED, "TLS is off", "true")


@rule(
    "ESC312",
    title="TLS without certificate or key",
    severities="A/A/E/E",
    why="The service does not start, or starts without TLS.",
    fix="Name the file of the certificate and that of its key.",
    source="Uvicorn documentation, “Settings: HTTPS”",
    bad={ENABLED: True, CERTIFICATE: "/etc/escai/tls/tls.crt"},
    good={
        ENABLED: True,
        CERTIFICATE: "/etc/escai/tls/tls.crt",
        KEY: "/etc/escai/tls/tls.key",
    },
)
def tls_without_files(facts: Facts) -> Iterator[Problem]:
    """TLS has what it needs."""
    if not facts[ENABLED]:
        return
    for path, file in facts.each(CERTIFICATE, KEY):
        if not file:
            what = "certificate" if path == CERTIFICATE else "key"
            yield Problem(
                path, f"TLS is on, and no {what} is named", "path of a file", related=(ENABLED,)
            )


@rule(
    "ESC313",
    title="Certificate files, but TLS is off",
    severities="A/A/-/-",
    why="Who reads the file believes that the connection is encrypted.",
    fix="Set security.tls_enabled, or remove the files.",
    source="OWASP Top 10 2021, A05 (security misconfiguration)",
    bad={ENABLED: False, CERTIFICATE: "/etc/escai/tls/tls.crt"},
    good={ENABLED: False, CERTIFICATE: None},
)
def idle_files(facts: Facts) -> Iterator[Problem]:
    """Files are named where they are used."""
    if facts[ENABLED]:
        return
    for path, file in facts.each(*FILES):
        if file:
            yield Problem(path, "is named, and TLS is off", related=(ENABLED,))


@rule(
    "ESC314",
    title="Certificate and key in one file",
    severities="A/A/A/A",
    why="Everyone who may read the certificate may then read the key.",
    fix="Split the file; give the key mode 0600.",
    source="CIS NGINX Benchmark, 4.1.3 (private key permissions)",
    bad={
        ENABLED: True,
        CERTIFICATE: "/etc/escai/tls/both.pem",
        KEY: "/etc/escai/tls/both.pem",
    },
    good={
        ENABLED: True,
        CERTIFICATE: "/etc/escai/tls/tls.crt",
        KEY: "/etc/escai/tls/tls.key",
    },
)
def one_file(facts: Facts) -> Iterator[Problem]:
    """The key has a file of its own."""
    if facts[ENABLED] and facts[KEY] and facts[KEY] == facts[CERTIFICATE]:
        yield Problem(KEY, "is the file of the certificate", "a file of its own", (CERTIFICATE,))


@rule(
    "ESC315",
    title="Relative path of a certificate file",
    severities="-/-/W/W",
    why="It depends on the folder that the service happens to be started in.",
    fix="Write the path from the root.",
    source="systemd.exec(5), WorkingDirectory=",
    bad={KEY: "tls/tls.key"},
    good={KEY: "/etc/escai/tls/tls.key"},
    instead_of=("ESC313",),
)
def relative_file(facts: Facts) -> Iterator[Problem]:
    """Files are found from anywhere."""
    for path, file in facts.each(*FILES):
        if file and not PurePosixPath(file).is_absolute():
            yield Problem(path, "is a relative path", "a path from the root")


@rule(
    "ESC316",
    title="Certificate file in a shared folder",
    severities="W/W/E/E",
    why="Every user of the machine may put files there, and a clean-up removes them.",
    fix="Keep them in a folder of the service, such as /etc/escai/tls.",
    source="CWE-379 (file in a directory with insecure permissions)",
    bad={
        ENABLED: True,
        CERTIFICATE: "/etc/escai/tls/tls.crt",
        KEY: "/tmp/tls.key",  # noqa: S108
    },
    good={
        ENABLED: True,
        CERTIFICATE: "/etc/escai/tls/tls.crt",
        KEY: "/etc/escai/tls/tls.key",
    },
    instead_of=("ESC313",),
)
def shared_folder(facts: Facts) -> Iterator[Problem]:
    """Key and certificates lie where only the service writes."""
    for path, file in facts.each(*FILES):
        if file and any(PurePosixPath(file).is_relative_to(folder) for folder in SHARED_FOLDERS):
            yield Problem(path, "lies in a folder that everyone may write to", "a private folder")


@rule(
    "ESC317",
    title="Certificate and key interchanged",
    severities="W/W/E/E",
    why="The service does not start; and where the certificate is handed out, so is the key.",
    fix="Exchange the two paths.",
    source="NGINX documentation, “Configuring HTTPS servers” (ssl_certificate is public)",
    bad={
        ENABLED: True,
        CERTIFICATE: "/etc/escai/tls/tls.key",
        KEY: "/etc/escai/tls/tls.crt",
    },
    good={
        ENABLED: True,
        CERTIFICATE: "/etc/escai/tls/tls.crt",
        KEY: "/etc/escai/tls/tls.key",
    },
    instead_of=("ESC313",),
)
def interchanged(facts: Facts) -> Iterator[Problem]:
    """Each path leads to what its field is for, as far as names tell."""
    certificate, key = facts[CERTIFICATE], facts[KEY]
    if certificate == key:
        return  # one file for both is another rule's
    if certificate and PurePosixPath(certificate).suffix == ".key":
        yield Problem(CERTIFICATE, "is a key by its name", "the certificate", related=(KEY,))
    elif key and PurePosixPath(key).suffix in CERTIFICATE_SUFFIXES:
        yield Problem(KEY, "is a certificate by its name", "the key", related=(CERTIFICATE,))


@rule(
    "ESC318",
    title="Private key where a web server looks",
    severities="W/W/E/E",
    why="One mistake in the web server's settings, and anybody downloads the key.",
    fix="Keep it outside of every folder that is served, such as in /etc/escai/tls.",
    source="CWE-219 (sensitive data under web root); OWASP Key Management Cheat Sheet",
    bad={
        ENABLED: True,
        CERTIFICATE: "/etc/escai/tls/tls.crt",
        KEY: "/var/www/tls/tls.key",
    },
    good={
        ENABLED: True,
        CERTIFICATE: "/etc/escai/tls/tls.crt",
        KEY: "/etc/escai/tls/tls.key",
    },
    instead_of=("ESC313",),
)
def served_key(facts: Facts) -> Iterator[Problem]:
    """The key lies in no folder that is served."""
    if not facts[KEY]:
        return
    path = PurePosixPath(facts[KEY])
    if any(map(path.is_relative_to, WEB_ROOTS)) or WEB_FOLDERS.intersection(path.parts):
        yield Problem(KEY, "lies in a folder that web servers serve", "a private folder")


@rule(
    "ESC319",
    title="The server's certificate as authority",
    severities="A/A/W/W",
    why="It certifies no client; and whoever holds the server's key could make certificates "
    "that the server itself accepts.",
    fix="Name the certificate of the authority that issues to clients.",
    source="RFC 5280, 4.2.1.9 (basic constraints: who may certify others)",
    bad={
        ENABLED: True,
        CERTIFICATE: "/etc/escai/tls/tls.crt",
        KEY: "/etc/escai/tls/tls.key",
        AUTHORITY: "/etc/escai/tls/tls.crt",
    },
    good={
        ENABLED: True,
        CERTIFICATE: "/etc/escai/tls/tls.crt",
        KEY: "/etc/escai/tls/tls.key",
        AUTHORITY: "/etc/escai/tls/clients-ca.crt",
    },
)
def own_authority(facts: Facts) -> Iterator[Problem]:
    """Clients are certified by somebody else than the server."""
    if facts[AUTHORITY] and facts[AUTHORITY] == facts[CERTIFICATE]:
        yield Problem(
            AUTHORITY, "is the server's own certificate", "an authority", related=(CERTIFICATE,)
        )


@rule(
    "ESC320",
    title="Certificate file that is not PEM",
    severities="W/W/E/E",
    why="The server reads PEM text; a binary container is refused when it starts.",
    fix="Convert it, for example by openssl pkcs12 -in tls.p12 -out tls.pem.",
    source="Python documentation, “ssl” (certificates are PEM files)",
    bad={
        ENABLED: True,
        CERTIFICATE: "/etc/escai/tls/tls.p12",
        KEY: "/etc/escai/tls/tls.key",
    },
    good={
        ENABLED: True,
        CERTIFICATE: "/etc/escai/tls/tls.pem",
        KEY: "/etc/escai/tls/tls.key",
    },
    instead_of=("ESC313",),
)
def not_pem(facts: Facts) -> Iterator[Problem]:
    """Files have the form that the server reads."""
    for path, file in facts.each(*FILES):
        suffix = PurePosixPath(file or "").suffix.lower()
        if suffix in OTHER_FORMS:
            yield Problem(path, f"a {suffix} file is no PEM text", "a PEM file")


RULES = (
    tls_off,
    tls_without_files,
    idle_files,
    one_file,
    relative_file,
    shared_folder,
    interchanged,
    served_key,
    own_authority,
    not_pem,
)
