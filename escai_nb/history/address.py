"""How people name a version: ``HEAD~2``, ``1f3a…``, a tag, ``@2026-11-01``."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

from escai_nb.errors import ValueRefusedError, VersionUnknownError

SHORTEST_PREFIX = 4
"""Digits; a shorter beginning of an id names nothing."""

_HEAD = re.compile(r"HEAD(?:~(?P<back>\d{0,9}))?")
_PREFIX = re.compile(rf"[0-9a-f]{{{SHORTEST_PREFIX},64}}")
_TAG = re.compile(r"\w[\w./+-]{0,99}")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")


@dataclass(frozen=True, slots=True)
class Back:
    """The head, or the version so many steps before it."""

    steps: int


@dataclass(frozen=True, slots=True)
class Moment:
    """The last version at or before a time."""

    time: dt.datetime


@dataclass(frozen=True, slots=True)
class Name:
    """A tag, or the beginning of an id."""

    text: str
    prefix: str


Address = Back | Moment | Name


def parse_address(text: str) -> Address:
    """
    Read how a version is named.

    A day means its end, UTC; a time without a zone is UTC.

    Raises:
        VersionUnknownError: If nothing can be named like that.
    """
    if head := _HEAD.fullmatch(text):
        steps = head["back"]
        return Back(0 if steps is None else int(steps or 1))
    if text.startswith("@"):
        return Moment(parse_moment(text[1:]))
    prefix = text.lower() if _PREFIX.fullmatch(text.lower()) else ""
    if not prefix and not _TAG.fullmatch(text):
        message = f"{text!r} names no version"
        raise VersionUnknownError(
            message, hint="write HEAD, HEAD~2, a tag, @2026-11-01, or 4 and more digits of an id"
        )
    return Name(text, prefix)


def parse_moment(text: str) -> dt.datetime:
    """
    Read a day as its last moment, or a full ISO 8601 time, in UTC.

    Raises:
        VersionUnknownError: If *text* is neither.
    """
    try:
        time = dt.datetime.fromisoformat(text)
    except ValueError:
        message = f"{text!r} is neither a day nor a time"
        raise VersionUnknownError(
            message, hint="write @2026-11-01 or @2026-11-01T14:30:00+00:00"
        ) from None
    if time.tzinfo is None:
        time = time.replace(tzinfo=dt.UTC)
    if _DAY.fullmatch(text):
        time += dt.timedelta(days=1, microseconds=-1)
    return time.astimezone(dt.UTC)


def is_tag_name(name: str) -> bool:
    """Tell whether *name* can stand as a tag beside the other ways to name a version."""
    reads_otherwise = _HEAD.fullmatch(name) or _PREFIX.fullmatch(name.lower())
    return _TAG.fullmatch(name) is not None and not reads_otherwise


def require_tag_name(name: str) -> str:
    """
    Return *name* if it can stand as a tag beside the other ways to name a version.

    Raises:
        ValueRefusedError: If it is malformed, or reads as another address.
    """
    if not is_tag_name(name):
        message = f"{name!r} cannot be a tag"
        raise ValueRefusedError(
            message,
            hint="use letters, digits and . _ / + -, and nothing that reads as HEAD or as an id",
        )
    return name
