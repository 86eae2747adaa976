"""Secrets known by their shape, wherever they stand."""

from __future__ import annotations

import re

_PRIVATE_KEY = re.compile(r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----")
_TOKENS = re.compile(
    r"""(?<![A-Za-z0-9])(?:
      gh[pousr]_[A-Za-z0-9]{36,} | github_pat_[A-Za-z0-9_]{40,} | glpat-[A-Za-z0-9_-]{20,}
    | (?:AKIA|ASIA)[A-Z0-9]{16}(?![A-Za-z0-9]) | AIza[A-Za-z0-9_-]{35}
    | xox[abeoprs]-[A-Za-z0-9-]{10,} | (?:sk|rk)_live_[A-Za-z0-9]{16,} | sk-ant-[A-Za-z0-9_-]{20,}
    | sk-(?:proj-)?[A-Za-z0-9_-]{40,} | npm_[A-Za-z0-9]{36} | pypi-[A-Za-z0-9_-]{50,}
    | hf_[A-Za-z0-9]{30,} | hvs\.[A-Za-z0-9_-]{24,} | SG\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}
    | dop_v1_[a-f0-9]{64} | eyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}
    )""",
    re.VERBOSE,
)


def is_private_key(text: str) -> bool:
    """Tell whether *text* holds a private key in PEM form."""
    return "-----BEGIN" in text and _PRIVATE_KEY.search(text) is not None


def is_service_token(text: str) -> bool:
    """Tell whether *text* holds an access token of a known service, or a JWT."""
    return _TOKENS.search(text) is not None
