"""Secrets that stand where nobody looks for them: in comments, under harmless names."""

from __future__ import annotations

import math
import re
from collections import Counter

from escai_nb.schema.sensitivity import name_is_secret

_SETTING = re.compile(
    r"""^(?:-\s*|export\s+)?["']?(?P<name>[A-Za-z_][\w.-]*)["']?\s*[:=]\s*(?P<value>\S.*)$"""
)
_BARE_VALUE = re.compile(r"""^["']?(?P<value>[^\s"'#]{8,})["']?\s*(?:#.*)?$""")
_REFERENCE = re.compile(r"^(?:\$|<|\{|%|/|~|\.\.?/|\*{3}|vault:|env:|file:|ref\+|arn:|https?://)")
_SAYS_NOTHING = re.compile(
    r"required|optional|change|example|placeholder|secret|password|none|null|true|false|your|todo"
    r"|generate|random|string|value|\.\.\.|…|see[-_ ]|set[-_ ]|same[-_ ]|default",
    re.IGNORECASE,
)
_EXAMPLE = re.compile(r"pass(?:word|wd)?|pwd?|secret|changeme|guest|(.)\1*", re.IGNORECASE)
"""What stands for a password where somebody explains how one is written."""
_RANDOM = re.compile(r"[A-Za-z0-9+/_-]{24,}={0,2}")
_HEX = re.compile(r"(?:0x)?[0-9a-fA-F-]+|sha\d+[-:=].*|[A-Za-z]*-?sha\d+.*")
LEAST_ENTROPY = 4.0
"""Bits a character, by the counts of a text's own characters; words have about 3.5."""
_WORD = re.compile(r"[a-z]{5,}|[A-Z][a-z]{3,}")
LARGEST_WORDS = 0.45
"""Share of characters in what may be words, above which a text is no random one."""


def commented_secret(text: str) -> str:
    """Return the name of the setting that a comment puts out of use, if that is a secret."""
    found = _SETTING.match(text.strip())
    value = _BARE_VALUE.match(found["value"]) if found else None
    if found is None or value is None or not name_is_secret(found["name"]):
        return ""
    return "" if says_nothing(value["value"]) else found["name"]


def says_nothing(said: str) -> bool:
    """Tell whether *said* is no secret but a word about one."""
    return bool(_SAYS_NOTHING.search(said)) or is_example(said)


def is_example(said: str) -> bool:
    """Tell whether *said* names the place of a password, or is the word itself."""
    return bool(_REFERENCE.match(said) or _EXAMPLE.fullmatch(said))


def is_random_text(text: str) -> bool:
    """
    Tell whether *text* looks drawn at random: long, of all kinds of characters, without words.

    Hexadecimal digits are left out: they are the digests, commits and UUIDs that
    a configuration is full of.
    """
    if not _RANDOM.fullmatch(text) or _HEX.fullmatch(text):
        return False
    kinds = (str.islower, str.isupper, str.isdigit)
    if not all(any(map(kind, text)) for kind in kinds):
        return False
    in_words = sum(len(word) for word in _WORD.findall(text))
    return in_words <= LARGEST_WORDS * len(text) and _entropy(text) >= LEAST_ENTROPY


def _entropy(text: str) -> float:
    counts = Counter(text).values()
    return -sum(n / len(text) * math.log2(n / len(text)) for n in counts)
