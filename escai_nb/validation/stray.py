"""Secrets known by their shape, wherever they stand."""

from __future__ import annotations

import math
import re
from collections import Counter

from escai_nb.schema.sensitivity import name_is_secret

_PRIVATE_KEY = re.compile(
    r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----|PuTTY-User-Key-File-[0-9]"
    r"|AGE-SECRET-KEY-1[A-Z0-9]{20,}"
)
_TOKENS = re.compile(
    r"""(?<![A-Za-z0-9])(?:
      gh[pousr]_[A-Za-z0-9]{36,} | github_pat_[A-Za-z0-9_]{40,}
    | gl(?:pat|ptt|dt|rt|cbt|ft|oas|agent|soat)-[A-Za-z0-9_-]{20,}
    | (?:AKIA|ASIA)[A-Z0-9]{16}(?![A-Za-z0-9]) | AIza[A-Za-z0-9_-]{35} | ya29\.[A-Za-z0-9_-]{30,}
    | GOCSPX-[A-Za-z0-9_-]{28}
    | xox[abeoprs]-[A-Za-z0-9-]{10,} | xapp-[0-9]-[A-Za-z0-9-]{20,}
    | https://hooks\.slack\.com/services/T[A-Za-z0-9]+/B[A-Za-z0-9]+/[A-Za-z0-9]{20,}
    | https://(?:\w+\.)?discord(?:app)?\.com/api/webhooks/[0-9]{17,20}/[A-Za-z0-9_-]{60,}
    | (?:sk|rk)_(?:live|test)_[A-Za-z0-9]{16,} | whsec_[A-Za-z0-9+/=]{24,}
    | sk-ant-[A-Za-z0-9_-]{20,} | sk-(?:proj-)?[A-Za-z0-9_-]{40,}
    | npm_[A-Za-z0-9]{36} | pypi-[A-Za-z0-9_-]{50,} | rubygems_[a-f0-9]{48}
    | dckr_(?:pat|oat)_[A-Za-z0-9_-]{20,}
    | hf_[A-Za-z0-9]{30,} | hv[sb]\.[A-Za-z0-9_-]{24,} | SG\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}
    | do[opr]_v1_[a-f0-9]{64} | dapi[a-f0-9]{32} | dp\.(?:pt|st|ct)\.[A-Za-z0-9._-]{40,}
    | shp(?:at|ca|pa|ss)_[a-fA-F0-9]{32} | gls[ao]_[A-Za-z0-9_]{32,} | glc_[A-Za-z0-9+/=]{32,}
    | lin_api_[A-Za-z0-9]{40} | fig[do]_[A-Za-z0-9_-]{40,} | PMAK-[a-f0-9]{24}-[a-f0-9]{34}
    | ATATT3[A-Za-z0-9_=-]{60,} | key-[a-f0-9]{32}(?![a-f0-9]) | tfp_[A-Za-z0-9_-]{44}
    | NRAK-[A-Z0-9]{27} | EAA[A-Za-z0-9]{80,} | [0-9]{8,10}:AA[A-Za-z0-9_-]{33}
    | eyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}
    )
    | \bAccountKey=[A-Za-z0-9+/]{40,}={0,2} | \bSharedAccessKey=[A-Za-z0-9+/]{40,}={0,2}
    """,
    re.VERBOSE,
)
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
_RANDOM = re.compile(r"[A-Za-z0-9+/_-]{24,}={0,2}")
_HEX = re.compile(r"(?:0x)?[0-9a-fA-F-]+|sha\d+[-:=].*|[A-Za-z]*-?sha\d+.*")
LEAST_ENTROPY = 4.0
"""Bits a character, by the counts of a text's own characters; words have about 3.5."""
_WORD = re.compile(r"[a-z]{5,}|[A-Z][a-z]{3,}")
LARGEST_WORDS = 0.3
"""Share of characters in what may be words, above which a text is no random one."""


def is_private_key(text: str) -> bool:
    """Tell whether *text* holds a private key in PEM form, or one of PuTTY or age."""
    return _PRIVATE_KEY.search(text) is not None


def is_service_token(text: str) -> bool:
    """Tell whether *text* holds an access token of a known service, or a JWT."""
    return _TOKENS.search(text) is not None


def commented_secret(text: str) -> str:
    """Return the name of the setting that a comment puts out of use, if that is a secret."""
    found = _SETTING.match(text.strip())
    value = _BARE_VALUE.match(found["value"]) if found else None
    if found is None or value is None or not name_is_secret(found["name"]):
        return ""
    said = value["value"]
    if _REFERENCE.match(said) or _SAYS_NOTHING.search(said):
        return ""
    return found["name"]


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
