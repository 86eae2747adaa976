"""A guess at what is secret, by name and by the shape of a value."""

from __future__ import annotations

import re

from escai_nb.masking import has_uri_password


def name_is_secret(name: str) -> bool:
    """Tell whether a setting of this *name* holds a secret, by its head noun."""
    words = re.findall(r"[a-z]+", name.lower())
    return bool(words) and words[-1] in {"password", "secret", "token", "key"}


_PRIVATE_KEY = re.compile(r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----")


def value_is_secret(value: object) -> bool:
    """Tell whether *value* is secret by its shape, whatever its name."""
    return isinstance(value, str) and (
        has_uri_password(value) or _PRIVATE_KEY.search(value) is not None
    )
