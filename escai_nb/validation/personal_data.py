"""
Personal data in a text: payment cards, accounts, national ids, addresses, phones.

A pattern meets what may be one, a check decides: check digits for numbers, the
domain for e-mail addresses. What could be something else as well counts at a
higher level, or when the words before it say what it is.
"""

from __future__ import annotations

import ipaddress
import re
from bisect import bisect
from dataclasses import dataclass, field
from enum import StrEnum
from operator import attrgetter
from pkgutil import resolve_name
from typing import TYPE_CHECKING

from escai_nb.errors import ExtraMissingError
from escai_nb.validation.level import Level
from escai_nb.validation.national_ids import COUNTED, forms, is_valid

if TYPE_CHECKING:
    from collections.abc import Iterator

WORDS_BEFORE = 40
"""Characters before a match in which words may say what it is."""


class Kind(StrEnum):
    """What was found."""

    CARD = "payment card number"
    ACCOUNT = "bank account (IBAN)"
    NATIONAL_ID = "national id"
    EMAIL = "e-mail address"
    PHONE = "phone number"
    IP = "IP address"


@dataclass(frozen=True, slots=True)
class Match:
    """
    One piece of personal data.

    Attributes:
        title: What it is, more exactly than its kind where that is known.

        shown: It, masked so that its owner could tell which one it is.

        start: Index of its first character.

        end: Index behind its last.
    """

    kind: Kind
    title: str
    shown: str
    start: int = field(compare=False)
    end: int = field(compare=False)


def personal_data(text: str, level: Level, *, name: str = "") -> list[Match]:
    """
    Return the personal data in *text*, in order; *name* is that of its setting.

    Raises:
        ExtraMissingError: If there may be a phone number, and nothing here that
            could tell; it is raised once the rest has been looked for.
    """
    if level is Level.OFF or not _CANDIDATE.search(text):
        return []
    found = [match for match in _found(text, level, _spoken(name)) if match is not None]
    taken: list[Match] = []
    for match in found:  # the surer kinds come first
        place = bisect(taken, match.start, key=_start)
        is_free = not place or taken[place - 1].end <= match.start
        if is_free and (place == len(taken) or match.end <= taken[place].start):
            taken.insert(place, match)
    return taken


_start = attrgetter("start")


_CANDIDATE = re.compile(
    r"@|\d\.\d+\.\d+\.\d|(?:\d[ ().:/A-Za-z-]{0,2}){6}|::|:[0-9A-Fa-f]+:[0-9A-Fa-f]+:"
)
"""What every kind has a part of; most texts have none, and are looked at no further."""
_DIGIT = re.compile(r"\d(?:[ .-]?\d){5}")


_HUMP = re.compile(r"([a-z])([A-Z])")


def _spoken(name: str) -> str:
    """Return a key path as words."""
    return re.sub(r"[^a-z0-9]+", " ", _HUMP.sub(r"\1 \2", name).lower()) + " "


def _found(text: str, level: Level, name: str) -> Iterator[Match]:
    if _DIGIT.search(text) or re.search(r"\d{2}[A-Z0-9]{4}|\d[A-Z]\d", text, re.IGNORECASE):
        yield from _accounts(text, level)
        yield from _cards(text, level, name)
        yield from _national_ids(text, level, name)
    if "@" in text:
        yield from _emails(text, level)
    if level.covers(Level.MEDIUM):
        yield from _ips(text, level, name)


def _before(text: str, start: int, name: str) -> str:
    return f"{name} {_said(text[max(0, start - WORDS_BEFORE) : start])}"


def _said(text: str) -> str:
    """Return *text* with the words of names apart: ``orderNumber=``, ``card_no:``."""
    return _HUMP.sub(r"\1 \2", text.replace("_", " ")).lower()


# Cards

_CARD = re.compile(
    r"(?<![\w.@/+-])(?<![^A-Za-z\"'\s][:=])(?<!\d )(?:\d{4}([ -])\d{4}\1\d{4}\1\d{4}(?:\1\d{1,3})?"
    r"|\d{4}([ -])\d{6}\2\d{4,5}|\d{13,19})(?![\w@=]|[./+:-]\w| \d)"
)
_ISSUERS = (
    (re.compile(r"4"), "Visa", {13, 16, 19}),
    (re.compile(r"5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720"), "Mastercard", {16}),
    (re.compile(r"3[47]"), "American Express", {15}),
    (re.compile(r"6011|64[4-9]|65"), "Discover", {16, 19}),
    (re.compile(r"30[0-5]|3095|36|3[89]"), "Diners Club", {14, 16}),
    (re.compile(r"35(?:2[89]|[3-8])"), "JCB", {16, 17, 18, 19}),
    (re.compile(r"62"), "UnionPay", {16, 17, 18, 19}),
    (re.compile(r"50[0-9]|5[6-9]|6[0-9]"), "Maestro", {16, 18, 19}),
    (re.compile(r"220[0-4]"), "Mir", {16}),
    (re.compile(r"60|81|82|508"), "RuPay", {16}),
)
"""First digits and lengths by which issuers are known (ISO/IEC 7812)."""
_CARD_WORDS = re.compile(r"\b(?:card|cards|cc|pan|visa|mastercard|amex|credit|debit|payment)\b")
_RARE_ISSUERS = {"Maestro", "RuPay", "Mir", "Diners Club", "UnionPay", "JCB"}
"""Those with so many first digits, for so few cards, that numbers of other things have them too."""


def _cards(text: str, level: Level, name: str) -> Iterator[Match]:
    for met in _CARD.finditer(text):
        digits = re.sub(r"\D", "", met.group())
        issuer = _issuer(digits)
        if not issuer or len(set(digits)) == 1 or not is_valid("luhn", digits):
            continue
        around = _before(text, met.start(), name)
        is_grouped = digits != met.group()
        is_spoken = _CARD_WORDS.search(around) is not None
        is_counted = COUNTED.search(around) is not None
        if not is_spoken and not is_grouped:
            if level is Level.LOW or (level is Level.MEDIUM and is_counted):
                continue
            if level is Level.MEDIUM and issuer in _RARE_ISSUERS:
                continue
        yield Match(Kind.CARD, f"{issuer} card number", f"**** {digits[-4:]}", *met.span())


def _issuer(digits: str) -> str:
    for first, issuer, lengths in _ISSUERS:
        if len(digits) in lengths and first.match(digits):
            return issuer
    return ""


# Accounts

_IBAN = re.compile(
    r"(?<![A-Za-z0-9_/+-])(?<![^A-Za-z\"'\s]=)"
    r"[A-Z]{2}\d{2}(?:[ -]?[A-Z0-9]{4}){2,7}(?:[ -]?[A-Z0-9]{1,4})?"
    r"(?![A-Za-z0-9_=]|[/+-]\w)",
    re.IGNORECASE,
)


def _accounts(text: str, level: Level) -> Iterator[Match]:
    for met in _IBAN.finditer(text):
        found = _longest_iban(met.group())
        if found and (found.isupper() or level is not Level.LOW):
            start = met.start()
            shown = f"{found[:2].upper()}** **** {re.sub('[ -]', '', found)[-4:]}"
            yield Match(Kind.ACCOUNT, Kind.ACCOUNT.value, shown, start, start + len(found))


def _longest_iban(text: str) -> str:
    """Return the longest beginning of *text* that is one; words may follow it."""
    ends = [len(text), *(met.start() for met in re.finditer(r"[ -]", text))]
    for end in sorted(ends, reverse=True):
        if is_valid("iban", text[:end]):
            return text[:end]
    return ""


# National ids


def _national_ids(text: str, level: Level, name: str) -> Iterator[Match]:
    for form in forms(level):
        for met in form.pattern.finditer(text):
            if form.counts(met.group(), _before(text, met.start(), name), level):
                yield Match(Kind.NATIONAL_ID, form.kind.title, "****", *met.span())


# E-mail addresses

_EMAIL = re.compile(
    r"(?:(?<![\w.+/:@%-])|(?<=mailto:))(?P<local>[A-Za-z0-9](?:[\w.+'%-]{0,62}[\w+])?)"
    r"@(?P<domain>(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,24})"
    r"(?![\w@]|[.-]\w|[:/]\S)"
)
_NOBODYS = re.compile(
    r"(?:^|\.)(?:example\.(?:com|org|net|edu)|(?:example|test|invalid|localhost|local|internal"
    r"|lan|home|corp|svc|intranet|localdomain)|gserviceaccount\.com|noreply\.github\.com"
    r"|(?:your|my)?(?:domain|company|org|mail|email)\.(?:com|org|net|tld))$"
    r"|\.(?:png|jpe?g|gif|svg|webp|ico|ya?ml|json|toml|ini|conf|cfg|txt|log|py|sh|js|ts|css|html?"
    r"|md|sql|csv|xml|zip|gz|service|socket|timer|target|mount|path|slice|scope)$",
    re.IGNORECASE,
)
"""Domains that are reserved, of machines, stand for any other, or are names of files (RFC 2606)."""
_ROLES = re.compile(
    r"(?:no-?reply|do-?not-?reply|postmaster|hostmaster|webmaster|mailer-daemon|root|abuse|admins?"
    r"|administrator|info|support|security|ops|devops|sre|alerts?|alerting|notify|notifications?"
    r"|team|help|helpdesk|contact|sales|billing|office|hello|git|dev|developers?|service|services"
    r"|system|monitoring|oncall|on-call|bot|ci|cd|deploy|build|test|user|username|you|your-?name"
    r"|name|email|mail|someone|nobody|daemon|cron|backup|infra|platform|data|legal|privacy|press"
    r"|jobs|careers|hr|it|noc|soc|dba|reports?|feedback|marketing)(?:[-_.+].*)?",
    re.IGNORECASE,
)
"""What comes before the @ of an address that belongs to an office, not to a person (RFC 2142)."""


def _emails(text: str, level: Level) -> Iterator[Match]:
    if not level.covers(Level.MEDIUM):
        return
    for met in _EMAIL.finditer(text):
        local, domain = met["local"], met["domain"]
        if _NOBODYS.search(domain):
            continue
        if level is not Level.HIGH and _ROLES.fullmatch(local):
            continue
        yield Match(Kind.EMAIL, Kind.EMAIL.value, f"{local[0]}***@{domain}", *met.span())


# IP addresses

_IP = re.compile(
    r"(?<![\w.:/-])(?:(?:\d{1,3}\.){3}\d{1,3}(?![\w/]|\.\w|-\w|:(?!\d))"
    r"|(?=[0-9A-Fa-f:]*::|(?:[0-9A-Fa-f]+:){7})[0-9A-Fa-f:]{6,39}(?![\w.:/-]*[\w/]))"
)
_OF_PEOPLE = re.compile(
    r"\b(?:clients?|users?|visitors?|customers?|callers?|person|persons|people|home|laptop|employee"
    r"|remote addr|guest|subscriber|patient|member|owner)\b"
)
_RESOLVERS = frozenset(
    {
        *("1.1.1.1", "1.0.0.1", "8.8.8.8", "8.8.4.4", "9.9.9.9", "149.112.112.112"),
        *("208.67.222.222", "208.67.220.220", "2606:4700:4700::1111", "2001:4860:4860::8888"),
    }
)
"""Public name servers, which are nobody's."""


def _ips(text: str, level: Level, name: str) -> Iterator[Match]:
    for met in _IP.finditer(text):
        if not _is_public(met.group()) or met.group() in _RESOLVERS:
            continue
        around = _before(text, met.start(), name)
        if level is not Level.HIGH and not _OF_PEOPLE.search(around):
            continue
        if re.search(r"\b(?:version|release|build)\b[^\w]*$|\bv$", around.strip()):
            continue
        sign = ":" if ":" in met.group() else "."
        shown = sign.join([*met.group().split(sign)[:2], "***"])
        yield Match(Kind.IP, Kind.IP.value, shown, *met.span())


def _is_public(text: str) -> bool:
    try:
        return ipaddress.ip_address(text).is_global
    except ValueError:
        return False


# Phone numbers, by the library of those who keep the numbering plans

_SEVEN = re.compile(r"(?:\d[ ().\u00a0/-]{0,2}){7}")
_MAY_BE_PHONE = re.compile(r"(?<![\w.@/+-])\+\d(?:[ ().\u00a0/-]{0,2}\d){6,14}(?![\w@])")
_LOCAL = re.compile(
    r"(?<![\w.@/+-])(?<![^A-Za-z\"'\s][:=])\(?\d(?:[ ().\u00a0/-]{0,2}\d){8,15}(?![\w@]|[.:/-]\w)"
)
_PHONE_WORDS = re.compile(
    r"\b(?:phone|phones|telephone|tel|mobile|cell|fax|call|sms|whatsapp|pager|handy|telefon)\b"
)
_ALSO_OTHERS = re.compile(r"\b(?:cell|call|handy)\b")
"""Those of them that also stand before numbers of other things."""
_WHOLE_NUMBER = 10
"""Digits of a number with its area, from which on words are enough to tell it."""
_REGIONS = ("US", "GB", "DE", "FR", "IN", "BR")
"""Whose local numbers are known without their prefix, where words say that it is one."""


def phones(text: str, level: Level, *, name: str = "") -> list[Match]:
    """
    Return the phone numbers in *text*; *name* is that of its setting.

    Raises:
        ExtraMissingError: If there may be one, and phonenumbers is not installed.
    """
    if not level.covers(Level.MEDIUM) or not _SEVEN.search(text):
        return []
    words = _PHONE_WORDS.findall(f"{_spoken(name)} {_said(text)}")
    if not words:
        return [*_phones(_MAY_BE_PHONE, text, (None,))]
    is_said = any(not _ALSO_OTHERS.match(word) for word in words)
    found = [*_phones(_MAY_BE_PHONE, text, (None,), is_spoken=True)]
    return found or [*_phones(_LOCAL, text, _REGIONS, is_spoken=is_said)]


def _phones(
    pattern: re.Pattern[str],
    text: str,
    regions: tuple[str | None, ...],
    *,
    is_spoken: bool = False,
) -> Iterator[Match]:
    for met in pattern.finditer(text):
        number = re.sub(r"^00", "+", met.group())
        digits = re.sub(r"\D", "", number)
        is_long = is_spoken and len(digits) >= _WHOLE_NUMBER
        if any(_is_phone(number, region, is_enough=is_long) for region in regions):
            yield Match(Kind.PHONE, Kind.PHONE.value, f"*** {digits[-2:]}", *met.span())


def _is_phone(number: str, region: str | None, *, is_enough: bool) -> bool:
    """Tell a phone number; where words call it one, a possible length *is_enough*."""
    try:
        phonenumbers = resolve_name("phonenumbers")
    except ImportError:
        message = "phonenumbers is not installed, which knows phone numbers"
        hint = "pip install 'escai-nb[pii]'"
        raise ExtraMissingError(message, hint=hint) from None
    try:
        parsed = phonenumbers.parse(number, region)
        return bool(
            phonenumbers.is_valid_number(parsed)
            or (is_enough and phonenumbers.is_possible_number(parsed))
        )
    except phonenumbers.NumberParseException:
        return False
