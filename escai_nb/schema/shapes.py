"""Secrets known by their shape, wherever they stand."""

from __future__ import annotations

import re
from functools import cache

SHORTEST = 16
"""Characters of a text that can be, or carry, one of these."""

_PRIVATE_KEY = re.compile(
    r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----|PuTTY-User-Key-File-[0-9]"
    r"|AGE-SECRET-KEY-1[A-Z0-9]{20,}"
)
_TOKENS = r"""(?<![A-Za-z0-9])(?:
      gh[pousr]_[A-Za-z0-9]{36,} | github_pat_[A-Za-z0-9_]{40,}
    | gl(?:pat|ptt|dt|rt|cbt|ft|oas|agent|soat)-[A-Za-z0-9_-]{20,}
    | (?:AKIA|ASIA)[A-Z0-9]{16}(?![A-Za-z0-9])
    | AIza[A-Za-z0-9_-]{35} | ya29\.[A-Za-z0-9_-]{30,}
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
    | SK[a-f0-9]{32}(?![a-f0-9]) | AC[a-f0-9]{32}:[a-f0-9]{32} | [a-f0-9]{32}-us[0-9]{1,2}(?![0-9])
    | sntry[su]_[A-Za-z0-9+/=_]{40,} | pat[A-Za-z0-9]{14}\.[a-f0-9]{64}
    | ntn_[A-Za-z0-9]{40,} | secret_[A-Za-z0-9]{43}(?![A-Za-z0-9]) | ATCTT3[A-Za-z0-9_=-]{60,}
    | sq0(?:atp|csp)-[A-Za-z0-9_-]{22,} | EAAA[A-Za-z0-9_-]{60}(?![A-Za-z0-9])
    | xkeysib-[a-f0-9]{64}-[A-Za-z0-9]{16} | sq[apu]_[a-f0-9]{40}(?![a-f0-9])
    | [MNO][A-Za-z0-9_-]{23,25}\.[A-Za-z0-9_-]{6}\.[A-Za-z0-9_-]{27,38}(?![A-Za-z0-9.])
    | https://[\w-]+\.webhook\.office\.com/webhookb2/[a-f0-9@-]{73}/IncomingWebhook/[a-f0-9]{32}
    | [A-Za-z0-9_~.-]{3}[0-9]Q~[A-Za-z0-9_~.-]{31,34}(?![A-Za-z0-9])
    | [A-Za-z0-9]{14}\.atlasv1\.[A-Za-z0-9_-]{60,} | pul-[a-f0-9]{40} | CFPAT-[A-Za-z0-9_-]{43}
    | pscale_(?:tkn|pw|oauth)_[A-Za-z0-9._=-]{32,} | sb[pu]_[a-f0-9]{40} | nfp_[A-Za-z0-9]{36,}
    | gsk_[A-Za-z0-9]{52} | xai-[A-Za-z0-9]{80} | r8_[A-Za-z0-9]{37} | pplx-[A-Za-z0-9]{48}
    | dt0[a-z][0-9]{2}\.[A-Z0-9]{24}\.[A-Z0-9]{64} | AKCp[A-Za-z0-9]{69}
    | tskey-[a-z]+-[A-Za-z0-9-]{20,} | LTAI[A-Za-z0-9]{20}(?![A-Za-z0-9])
    | AKID[A-Za-z0-9]{32}(?![A-Za-z0-9])
    | Authorization:\ *Basic\ [A-Za-z0-9+/]{12,}={0,2}
    | glimt-[A-Za-z0-9_-]{20,} | GR1348941[A-Za-z0-9_-]{20} | CLOJARS_[a-z0-9]{60}
    | HRKU-AA[A-Za-z0-9_-]{58} | CCIP(?:AT|RJ)_[A-Za-z0-9]{22}_[a-f0-9]{40}
    | fm[12][ar]?_[A-Za-z0-9+/=,_-]{100,} | fo1_[A-Za-z0-9_-]{43} | bkua_[a-z0-9]{40}
    | snyk_[a-z]{3}\.[a-f0-9]{8}\.[A-Za-z0-9_.-]{40,} | phx_[A-Za-z0-9_]{43}
    | lsv2_(?:pt|sk)_[a-f0-9]{32}_[a-f0-9]{10} | pn[ub]_[A-Za-z0-9]{36} | ops_eyJ[A-Za-z0-9+/]{200,}
    | vercel_blob_rw_[A-Za-z0-9_]{30,} | v1\.0-[a-f0-9]{24}-[a-f0-9]{146} | sgp_[a-f0-9_]{40,}
    | cio[A-Za-z0-9]{32}(?![A-Za-z0-9]) | oy2[a-z0-9]{43}(?![A-Za-z0-9])
    | pat-(?:na|eu)[0-9]-[a-f0-9]{8}(?:-[a-f0-9]{4}){3}-[a-f0-9]{12} | ABSK[A-Za-z0-9+/]{109,}={0,2}
    | NRAK-[A-Z0-9]{27} | EAA[A-Za-z0-9]{80,} | [0-9]{8,10}:AA[A-Za-z0-9_-]{33}
    | eyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}
    )
    | [?&]sig=(?:[A-Za-z0-9]|%2[BFbf]){41,}%3[Dd]
    | (?: (?i:[?&;](?:(?:api|app|access|auth|subscription|private)[_-]?key
        |(?:access|auth|api|bot|id|oauth|private|refresh)?[_-]?token|(?:client[_-]?)?secret
        |x-amz-(?:signature|security-token))=) | \bBearer\ +(?=\S{20})
        | (?<![\w-])--(?:password|passwd|token|(?:auth|access)-token|api-?key|client-secret)[=\ ]
      ) (?=[^\s&"']{0,99}[0-9])(?=[^\s&"']{0,99}[A-Za-z])
      (?!(?i:[^\s&"']{0,99}(?:change|example|placeholder|password|secret|token|your)))
      [A-Za-z0-9_.~%+/=!@\#^-]{12,}
    | \bAccountKey=[A-Za-z0-9+/]{40,}={0,2} | \bSharedAccessKey=[A-Za-z0-9+/]{40,}={0,2}
    """
_NO_TOKEN = re.compile(r"/|(?!https:)[a-z][a-z0-9+.-]{0,9}://")
"""What a path and most URIs begin with, and none of the tokens, whose pattern is large."""
_CONNECTION = re.compile(
    # what names a password, such as ${DB_PASSWORD}, is none
    r"(?i)\b(?:password|pwd|account ?key|shared ?access ?key)\s*=\s*(?!\*|\$[{(A-Z_]|\{\{|<|%\()"
    r"(?P<password>[^\s;&]+)"
)
"""Part of ``Server=db;Password=…``, ``host=db password=…`` and ``jdbc:…://db/?password=…``."""


@cache  # to read this pattern takes a tenth of a short command
def _tokens() -> re.Pattern[str]:
    return re.compile(_TOKENS, re.VERBOSE)


def is_private_key(text: str) -> bool:
    """Tell whether *text* holds a private key in PEM form, or one of PuTTY or age."""
    return ("KEY" in text or "PuTTY" in text) and _PRIVATE_KEY.search(text) is not None


def is_service_token(text: str) -> bool:
    """Tell whether *text* holds an access token of a known service, or a JWT."""
    return _tokens().search(text) is not None


def begins_with_token(text: str) -> bool:
    """Tell whether *text* is such a token from its first character on, or a header with one."""
    bare = text.removeprefix("Bearer ")
    return _NO_TOKEN.match(bare) is None and _tokens().match(bare) is not None


def has_connection_password(text: str) -> bool:
    """Tell whether *text* is a URI, or a string of at least two settings, with a password."""
    return bool(connection_passwords(text))


def connection_passwords(text: str) -> list[str]:
    """Return the passwords among the settings of a connection string or of a URI, in order."""
    if text.count("=") < 2 and "://" not in text:  # noqa: PLR2004  # one setting is no string of them
        return []
    return _CONNECTION.findall(text)
