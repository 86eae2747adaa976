"""
A guess at what is secret, by name and by the shape of a value.

It is the fallback for free-form settings, about which a model says nothing. A
name is split into words and judged by its head noun, which comes last in
English: ``password_min_length`` is a length, ``monkey`` is no key.
"""

from __future__ import annotations

import re
import unicodedata

from escai_nb.masking import has_uri_password
from escai_nb.schema.shapes import (
    SHORTEST,
    begins_with_token,
    has_connection_password,
    is_private_key,
)

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")


def _words(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


_SECRETS = _words(
    "authorization bearer credential cred cvc cvv dek dsn jwt kek mnemonic otp pass passcode "
    "passkey passphrase passwd password pepper pin psk pw pwd salt secret token totp "
    "adgangskode contrasena geheimnis haslo heslo jeton kennwort motdepasse losenord parola parole "
    "passord passwort salasana senha sifre wachtwoord"
)
"""Nouns that are secrets whatever stands before them, and those of the neighbours' languages."""

_RUN_TOGETHER = re.compile(
    r".*(?:passwo?r?d|passphrase|passcode|passwd|pwd|pw|secret|token|credential"
    r"|(?:api|access|auth|encryption|fernet|master|private|secret|shared|signing)key)"
    r"|(?!(?:by|com|encom|over|sur|tres|under)pass).+pass"
)
"""Secrets written as one word, such as ``apikey``, ``dbpassword`` and ``keypass``."""

_CARRIERS = _words(
    "b base blob bytes content current data encoded fallback hex json material new "
    "next old pem plain plaintext prev previous primary raw secondary str string text val "
    "value dev prod production staging test v"
)
"""Words after a secret that say how or which, so that the noun before them counts."""

_PLAIN_KEYS = _words(
    "arrow by cache claim column composite correlation dedup dict dictionary env event feature "
    "field flag foreign group hash header hot idempotency index item label lookup map message meta "
    "metadata metric modifier natural object option ordering partition primary public "
    "publishable range routing row search setting shard shortcut site sort surrogate tag "
    "theme translation unique"
)
"""What makes a key a name of something instead of a secret."""

_PLAIN_TOKENS = _words(
    "bos budget cls completion continuation cursor design eos input limit next output pad page "
    "pagination prompt sep special stop unk"
)
"""What makes a token a piece of text or a mark of a place."""

_SWITCHES = _words(
    "allow count detect disable display enable exclude filter force generate has hide "
    "ignore include is mask max min no num number obfuscate print redact require reveal "
    "rotate sanitize scan should show skip strip total use validate warn with"
)
"""Words in settings that tell what to do with secrets, or how many."""

_DEEDS = _words("cache change encrypt hash log reset save store verify")
"""First words that do so before a plural: ``encrypt_secrets``, not ``store_password``."""

_SERVICES = _words(
    "amqp broker celery clickhouse connection database db jdbc mongo mongodb mssql mysql pg "
    "postgres postgresql rabbitmq redis sas signed presigned sqlalchemy webhook"
)
"""What makes a URL one that usually carries a password or is a secret itself."""

_PHRASES = frozenset(
    {
        ("access", "signature"),
        ("account", "json"),
        ("account", "info"),
        ("application", "credential"),
        ("basic", "auth"),
        ("community", "string"),
        ("conn", "str"),
        ("connection", "str"),
        ("connection", "string"),
        ("de", "passe"),
        ("discord", "webhook"),
        ("github", "pat"),
        ("gitlab", "pat"),
        ("http", "auth"),
        ("private", "jwk"),
        ("proxy", "auth"),
        ("seed", "phrase"),
        ("slack", "webhook"),
        ("snmp", "community"),
        ("source", "name"),
    }
)
_CODES = _words("access auth backup door entry gate mfa otp pin recovery security totp unlock")
_SEEDS = _words("master mfa otp private totp wallet")


def name_is_secret(name: str) -> bool:
    """Guess whether a setting of this *name* holds a secret."""
    return secret_noun(name) != ""


def secret_noun(name: str) -> str:
    """Return the word or phrase by which *name* is guessed to be that of a secret, if it is."""
    spoken = [word.lower() for word in _WORD.findall(_bare(name))]
    if not spoken or _is_switch(spoken):
        return ""
    words = [_singular(word) for word in spoken]
    if tuple(words[-2:]) in _PHRASES:
        return " ".join(words[-2:])
    while len(words) > 1 and words[-1] in _CARRIERS:
        words.pop()
    return words[-1] if _is_secret_noun(words[-1], words[:-1]) else ""


def value_is_secret(value: object) -> bool:
    """Tell whether *value* is secret by its shape, whatever its name."""
    if not isinstance(value, str) or (len(value) < SHORTEST and "://" not in value):
        return False  # as nearly always
    return secret_shape(value) != ""


def secret_shape(value: object) -> str:
    """Say what *value* looks like that makes it secret whatever its name; nothing if it is not."""
    if not isinstance(value, str):
        return ""
    if has_uri_password(value):
        return "a URI with a password"
    if len(value) < SHORTEST:
        return ""
    if is_private_key(value):
        return "a private key"
    if has_connection_password(value):
        return "a connection string with a password"
    return "a token of a known kind" if begins_with_token(value) else ""


def _bare(name: str) -> str:
    """Return *name* without accents: ``contraseña``, ``clé``, ``hasło``."""
    if name.isascii():
        return name
    name = name.translate(_STROKES)
    return "".join(c for c in unicodedata.normalize("NFKD", name) if not unicodedata.combining(c))


_STROKES = str.maketrans("łŁøØđĐ", "lLoOdD")
"""Letters that Unicode does not take apart."""


def _singular(word: str) -> str:
    is_plural = word.endswith("s") and not word.endswith(("as", "is", "os", "ss", "us"))
    return word[:-1] if is_plural else word


def _is_switch(words: list[str]) -> bool:
    *before, last = words
    if any(_singular(word) in _SWITCHES for word in before):
        return True
    return bool(before) and before[0] in _DEEDS and _singular(last) != last


def _is_secret_noun(noun: str, before: list[str]) -> bool:
    """Judge a head noun by the words before it."""
    nearest = before[-1] if before else ""
    if noun in {"key", "cle", "schluessel", "schlussel"}:
        return bool(before) and _PLAIN_KEYS.isdisjoint({nearest, *_PUBLIC.intersection(before)})
    if noun in {"url", "uri"}:
        return nearest in _SERVICES
    if noun == "code":
        return nearest in _CODES
    if noun == "seed":
        return nearest in _SEEDS
    if noun == "token":
        return nearest not in _PLAIN_TOKENS
    return noun in _SECRETS or _RUN_TOGETHER.fullmatch(noun) is not None


_PUBLIC = frozenset({"public", "publishable"})
