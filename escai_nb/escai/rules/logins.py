"""Database rules, ESC401–ESC405, ESC413 and ESC414: who logs in, and with what."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from escai_nb.validation.rule import Facts, Problem, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

POSTGRES_USER = "database.postgres_username"
SUPERUSERS = {
    POSTGRES_USER: frozenset({"postgres", "root"}),
    "database.mongodb_username": frozenset({"admin", "root"}),
    "database.influxdb_username": frozenset({"admin", "root"}),
}
_ADDS_NOTHING = re.compile(
    r"[\W_]*(?:password|passwort|passwd|pass|pwd|secret)?[\W_]*\d{0,4}[\W_]*"
)


def credentials(name: str) -> tuple[str, str]:
    """Return the key paths of user and password of the database *name*."""
    return f"database.{name}_username", f"database.{name}_password"


@rule(
    "ESC401",
    title="Database without password",
    severities="A/A/E/E",
    why="Everyone who reaches its port may read and change everything.",
    fix="Set a password there and here, or generate one: escai config init.",
    source="OWASP Database Security Cheat Sheet; CIS PostgreSQL Benchmark 5; CWE-258",
    bad={"database.postgres_password": ""},
    good={"database.postgres_password": "Vq7-tR2m_zK9wLx4Pb1s"},
)
def no_password(facts: Facts) -> Iterator[Problem]:
    """PostgreSQL, Redis and Neo4j ask for a password."""
    paths = [f"database.{name}_password" for name in ("postgres", "redis", "neo4j")]
    for path, value in facts.each(*paths):
        if not value:
            yield Problem(path, "no password is set", "a random secret")


@rule(
    "ESC402",
    title="Half a login",
    severities="A/A/E/E",
    why="The driver refuses it, or connects as nobody without saying so.",
    fix="Set user and password, or neither.",
    source="MongoDB Manual, “Connection Strings” (username:password); InfluxDB documentation, "
    "“Authentication and authorization”",
    bad={"database.mongodb_username": "escai_user", "database.mongodb_password": None},
    good={
        "database.mongodb_username": "escai_user",
        "database.mongodb_password": "Vq7-tR2m_zK9wLx4Pb1s",
    },
)
def half_a_login(facts: Facts) -> Iterator[Problem]:
    """User and password come together, or not at all."""
    for name in ("mongodb", "influxdb"):
        user, password = credentials(name)
        if bool(facts[user]) != bool(facts[password]):
            missing, given = (password, user) if facts[user] else (user, password)
            yield Problem(missing, f"is not set, and {given} is", "both", related=(given,))


@rule(
    "ESC403",
    title="Database without login",
    severities="-/-/E/E",
    why="Databases found open on a network are emptied and held to ransom within hours.",
    fix="Turn authentication on there, and set user and password here.",
    source="MongoDB Manual, “Security Checklist” (enable access control); CWE-306",
    bad={"database.mongodb_username": None, "database.mongodb_password": None},
    good={
        "database.mongodb_username": "escai_user",
        "database.mongodb_password": "Vq7-tR2m_zK9wLx4Pb1s",
    },
)
def no_login(facts: Facts) -> Iterator[Problem]:
    """MongoDB and InfluxDB ask who is there."""
    for name in ("mongodb", "influxdb"):
        user, password = credentials(name)
        if not facts[user] and not facts[password]:
            yield Problem(user, "neither user nor password is set", "both", related=(password,))


@rule(
    "ESC404",
    title="Password made of the name of the user",
    severities="E/E/E/E",
    why="It is the first guess, and the default of many images.",
    fix="Generate a password.",
    source="CIS Controls v8, 4.7 (default accounts and passwords); CWE-1393",
    bad={
        "database.postgres_username": "ledger_reader_eu",
        "database.postgres_password": "ledger_reader_eu",
    },
    good={
        "database.postgres_username": "ledger_reader_eu",
        "database.postgres_password": "Vq7-tR2m_zK9wLx4Pb1s",
    },
    instead_of=("ESC331", "ESC332", "ESC333", "ESC335"),
)
def named_password(facts: Facts) -> Iterator[Problem]:
    """No password is the name that it belongs to, alone or with a word that adds nothing."""
    for name in ("postgres", "mongodb", "influxdb", "neo4j"):
        user, password = credentials(name)
        if facts[password] and facts[user] and _is_made_of(facts[user], facts[password]):
            message = "is made of the name of the user"
            yield Problem(password, message, "a random secret", related=(user,))


def _is_made_of(user: str, password: str) -> bool:
    """Tell whether only signs, digits and words for a password lie around *user* or its start."""
    name = user.lower()
    rest = [password.lower().replace(part, "", 1) for part in (name, name.split("_")[0]) if part]
    return any(len(each) < len(password) and _ADDS_NOTHING.fullmatch(each) for each in rest)


@rule(
    "ESC405",
    title="Application works as superuser",
    severities="A/A/W/W",
    why="One injected statement can then drop databases and read files of the server.",
    fix="Create a role that owns only the application's database.",
    source="CIS PostgreSQL Benchmark 4 (roles); OWASP Database Security Cheat Sheet",
    bad={"database.postgres_username": "postgres"},
    good={"database.postgres_username": "escai_user"},
)
def superuser(facts: Facts) -> Iterator[Problem]:
    """The application has a role of its own."""
    for path, user in facts.each(*SUPERUSERS):
        if user and user.lower() in SUPERUSERS[path]:
            yield Problem(path, f"{user} is a superuser", "a role of the application")


@rule(
    "ESC413",
    title="Login without a name",
    severities="W/W/E/E",
    why="The driver then takes the name of the system's user, which differs from host to host.",
    fix="Name the role that the application logs in as.",
    source="PostgreSQL documentation, 34.1.2 (user: the operating system name by default)",
    bad={POSTGRES_USER: ""},
    good={POSTGRES_USER: "escai_user"},
)
def nameless(facts: Facts) -> Iterator[Problem]:
    """Who logs in is written down."""
    for path, user in facts.each(POSTGRES_USER, "database.neo4j_username"):
        if not user.strip():
            yield Problem(path, "is empty", "a role of the application")


@rule(
    "ESC414",
    title="Role that PostgreSQL keeps for itself",
    severities="E/E/E/E",
    why="The server refuses to create it, or it is one of its own with rights over everything.",
    fix="Choose a name that does not begin with pg_.",
    source="PostgreSQL documentation, “CREATE ROLE” and “Predefined Roles”",
    bad={POSTGRES_USER: "pg_escai"},
    good={POSTGRES_USER: "escai_user"},
)
def reserved_role(facts: Facts) -> Iterator[Problem]:
    """The role is one that can be created."""
    user = facts[POSTGRES_USER]
    if user.startswith("pg_") or user in {"none", "public"}:
        yield Problem(POSTGRES_USER, f"{user} is reserved", "a name without pg_")


RULES = (
    no_password,
    half_a_login,
    no_login,
    named_password,
    superuser,
    nameless,
    reserved_role,
)
