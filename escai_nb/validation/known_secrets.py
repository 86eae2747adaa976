"""
Secrets that are public: anybody who attacks tries these first.

The long list ships as truncated hashes, so that the package does not hand out
what it warns of, and loads when it is first asked. It comes from
wallarm/jwt-secrets at 99e2360 (MIT): the entries of 31 characters and more.
"""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

PREFIX_LENGTH = 8
"""Bytes of each SHA-256 that are kept; a random secret meets one once in 10^16."""

COMMON = frozenset(
    # one text, as a hundred quoted words could not be read
    """
    000000 00000000 111111 11111111 112233 121212 123123 123123123 123321 1234 12345 123456
    1234567 12345678 123456789 1234567890 123qwe 1q2w3e 1q2w3e4r 1q2w3e4r5t 1qaz2wsx 555555
    654321 666666 696969 777777 888888 987654321 abc123 abcd1234 access admin admin1 admin123
    administrator adminadmin aa123456 asdf1234 asdfgh asdfghjkl batman changeit changeme
    charlie cisco computer database default dragon football foobar freedom guest hello
    helloworld hunter2 iloveyou killer letmein login manager master master123 michael monkey
    mustang mysecret nopassword null oracle p@$$w0rd p@ssw0rd p@ssword pa$$w0rd pa55word pass
    pass1234 passw0rd password password! password1 password12 password123 passwort princess
    public q1w2e3r4 qazwsx qwer1234 qwerty qwerty123 qwertyuiop root root123 rootroot s3cr3t
    sa secret secret123 security service shadow starwars sunshine super superman supersecret
    support sysadmin system temp temp123 tomcat toor trustno1 undefined unknown user vagrant
    welcome welcome1 welcome123 whatever zaq12wsx zxcvbn zxcvbnm
    """.split()  # noqa: SIM905
)
"""Short ones that head every published list of passwords; compared in lower case."""


def is_known(secret: str) -> bool:
    """Tell whether *secret* is publicly listed; blanks around it do not matter."""
    bare = secret.strip()
    return bare.lower() in COMMON or _prefix(bare) in _listed()


def packed(secrets: Iterable[str]) -> bytes:
    """Write *secrets* in the form that ships: sorted hash prefixes, nothing between."""
    return b"".join(sorted({_prefix(secret.strip()) for secret in secrets}))


def _prefix(secret: str) -> bytes:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()[:PREFIX_LENGTH]


@cache
def _listed() -> frozenset[bytes]:
    content = files("escai_nb.validation").joinpath("data/known_secrets.bin").read_bytes()
    steps = range(0, len(content), PREFIX_LENGTH)
    return frozenset(content[at : at + PREFIX_LENGTH] for at in steps)
