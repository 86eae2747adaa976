"""Rules ESC805, ESC806 and ESC811–816: personal data, and secrets in comments."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from escai_nb import keypath
from escai_nb.errors import ExtraMissingError
from escai_nb.masking import uri_passwords
from escai_nb.schema.catalog import Kind as FieldKind
from escai_nb.schema.shapes import connection_passwords, is_private_key, is_service_token
from escai_nb.validation.facts import ABSENT, SEALED, Comment, Facts, Unreadable
from escai_nb.validation.level import Level
from escai_nb.validation.personal_data import Kind, Match, personal_data, phones
from escai_nb.validation.rule import Check, Problem, Rule, rule
from escai_nb.validation.stray import commented_secret, is_example, is_random_text, says_nothing
from escai_nb.validation.suppression import before_call

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from escai_nb.keypath import Path
    from escai_nb.schema.catalog import Catalog

_MAY_MATTER = re.compile(
    r"@|\d[ .()/-]{0,2}\d.{4}|PRIVATE KEY|AGE-SECRET|PuTTY|://|\S{16}|[:=]\s*\S{8}|::|[A-Z]{6}\d"
)
_FREE_ONLY = {Kind.PHONE, Kind.IP}
"""What is no surprise in a field that the model knows, such as the address of a server."""


class _Search:
    """The search for personal data; its rules share one walk over texts and comments."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._known = {
            field.path: None if field.sensitive else field.kind for field in catalog.fields
        }

    def texts(self, facts: Facts) -> list[tuple[Path, str, bool]]:
        """List the texts that people write freely: path, text, whether no field is behind it."""
        found = []
        for path, value in facts.leaves():
            if isinstance(value, bool) or not isinstance(value, str | int):
                continue
            kind = self._known.get(path, FieldKind.ANY)
            if path not in self._known:
                kind = self._kind(path, value)
            if kind is FieldKind.ANY or (kind is FieldKind.TEXT and isinstance(value, str)):
                found.append((path, str(value), kind is FieldKind.ANY))
        return found

    def _kind(self, path: Path, value: Any) -> FieldKind | None:  # noqa: ANN401
        if self._catalog.is_sensitive(path, value):
            return None
        field = self._catalog.find(path)
        return FieldKind.ANY if field is None else field.kind

    def in_values(self, facts: Facts) -> list[tuple[str, Match]]:
        """Return what is found in values, each with its key path."""
        return [
            (keypath.render(path), match)
            for path, text, is_free in facts.once(self.texts)
            for match in personal_data(text, facts.level, name=keypath.render(path))
            if is_free or match.kind not in _FREE_ONLY
        ]

    def comments(self, facts: Facts) -> list[Comment]:
        """List the comments that may hold something, without what they say to us."""
        found = facts.comments(_may_matter)
        return [replace(each, text=before_call(each.text)) for each in found]

    def in_comments(self, facts: Facts) -> list[tuple[Comment, Match]]:
        """Return what is found in comments."""
        return [
            (comment, match)
            for comment in facts.once(self.comments)
            for match in personal_data(comment.text, facts.level)
        ]

    def check(self, kind: Kind) -> Check:
        """Make the check of one kind."""

        def found(facts: Facts) -> Iterator[Problem]:
            if facts.level is Level.OFF:
                return
            for path, match in facts.once(self.in_values):
                if match.kind is kind:
                    yield Problem(path, f"holds {_told(match)}", "no personal data")
            for comment, match in facts.once(self.in_comments):
                if match.kind is kind:
                    yield _in_comment(comment, _told(match))
            self._own_up(facts)

        return found

    def phones(self, facts: Facts) -> Iterator[Problem]:
        """Find phone numbers, which needs a library that not everybody has."""
        if facts.level is Level.OFF:
            return
        try:
            for path, text, is_free in facts.once(self.texts):
                for match in phones(text, facts.level, name=keypath.render(path)):
                    if is_free:
                        name = keypath.render(path)
                        yield Problem(name, f"holds {_told(match)}", "no personal data")
            for comment in facts.once(self.comments):
                for match in phones(comment.text, facts.level):
                    yield _in_comment(comment, _told(match))
        except ExtraMissingError as error:
            raise Unreadable(
                "a possible phone number", f"needs the extra pii ({error.hint})"
            ) from None
        self._own_up(facts)

    def _own_up(self, facts: Facts) -> None:
        """
        Say which text could not be searched; a sealed one is secret, and so none of these.

        Raises:
            Unreadable: If there is one.
        """
        for path, reason in facts.gaps().items():
            if reason not in {ABSENT, SEALED} and self._known.get(path, FieldKind.ANY) in {
                FieldKind.ANY,
                FieldKind.TEXT,
            }:
                raise Unreadable(keypath.render(path), reason)

    def secrets_in_comments(self, facts: Facts) -> Iterator[Problem]:
        """Find secrets that stand in comments, where nothing masks or seals them."""
        if facts.level is Level.OFF:
            return
        for comment in facts.once(self.comments):
            what = _secret_in(comment.text, facts.level)
            if what:
                yield _in_comment(comment, what, "no secret")

    def random_texts(self, facts: Facts) -> Iterator[Problem]:
        """Find texts that look as if they had been drawn at random, as secrets are."""
        if facts.level is not Level.HIGH:
            return
        for path, text, is_free in facts.once(self.texts):
            if is_free and is_random_text(text):
                yield Problem(
                    keypath.render(path), "looks like a random secret", "a field declared as secret"
                )
        self._own_up(facts)


def _may_matter(text: str) -> bool:
    """Tell, cheaply, whether a comment may hold personal data or a secret."""
    return _MAY_MATTER.search(text) is not None


def _told(match: Match) -> str:
    article = "an" if match.title[0] in "AEIOUaeio" else "a"
    return f"{article} {match.title}, {match.shown}"


def _in_comment(comment: Comment, what: str, expected: str = "no personal data") -> Problem:
    return Problem(comment.path, f"a comment holds {what}", expected, origin=comment.origin)


def _secret_in(text: str, level: Level) -> str:
    if is_private_key(text):
        return "a private key"
    if is_service_token(text):
        return "an access token"
    if not all(map(is_example, uri_passwords(text))):
        return "a password inside a URI"
    if level.covers(Level.MEDIUM) and not all(map(says_nothing, connection_passwords(text))):
        return "a connection string with a password"
    name = commented_secret(text) if level.covers(Level.MEDIUM) else ""
    return f"what looks like the secret {name}" if name else ""


_IN_COMMENT = rule(
    "ESC805",
    title="Secret in a comment",
    severities="W/W/E/E",
    why="Comments are never sealed or masked, and go wherever the file goes.",
    fix="Take it out of the comment and make a new secret; this one has been seen.",
    source="CWE-615 (sensitive information in comments); OWASP Secrets Management Cheat Sheet",
    remark="sync with ghp_" + "a1B2c3D4e5" * 4,
    good={"settings": {"sync": "nightly"}},
)
_RANDOM = rule(
    "ESC806",
    title="Random text in a free setting",
    severities="A/A/W/W",
    why="Only secrets and digests look like this, and nothing here says that it is a digest; "
    "looked for at the level high.",
    fix="Give it a field that the model declares secret; leave it if it is public.",
    source="OWASP Secrets Management Cheat Sheet (detection by entropy)",
    bad={"settings": {"blob": "pR7v-Kq2_mZ9xLw4Tb1sYd8fHc3nGj6a-Vu5eWo"}},
    good={"settings": {"blob": "nightly batch of the second shift"}},
)
_CARD = rule(
    "ESC811",
    title="Payment card number",
    severities="W/W/E/E",
    why="Whoever reads the file can pay with it, and PCI DSS then holds for everything it touches.",
    fix="Remove it; use the test numbers of the payment provider in tests alone.",
    source="PCI DSS 4.0, 3.5 (PAN is unreadable wherever it is stored)",
    bad={"settings": {"note": "card 4111 1111 1111 1111"}},
    good={"settings": {"note": "card 4111 1111 1111 1112"}},
)
_ACCOUNT = rule(
    "ESC812",
    title="Bank account number",
    severities="W/W/E/E",
    why="It names a person or firm, and is all that a direct debit asks for.",
    fix="Keep it in the system that pays, and name it here by a reference of your own.",
    source="GDPR, Art. 4(1) and 5(1)(c); ISO 13616 (IBAN)",
    bad={"settings": {"refund": "DE89 3704 0044 0532 0130 00"}},
    good={"settings": {"refund": "DE88 3704 0044 0532 0130 00"}},
)
_NATIONAL_ID = rule(
    "ESC813",
    title="National id of a person",
    severities="W/W/E/E",
    why="It names one person for life and opens accounts in that person's name.",
    fix="Remove it; a configuration needs no real person.",
    source="GDPR, Art. 87 (national identification number); NIST SP 800-122, 2.2",
    bad={"settings": {"pesel": "44051401359"}},
    good={"settings": {"pesel": "44051401358"}},
)
_EMAIL = rule(
    "ESC814",
    title="E-mail address of a person",
    severities="A/A/W/W",
    why="It names a person, stays in every copy and version, and outlives the job.",
    fix="Use the address of an office, such as ops@ or support@.",
    source="GDPR, Art. 4(1); RFC 2142 (addresses of offices)",
    bad={"settings": {"owner": "ada.lovelace@analytical.io"}},
    good={"settings": {"owner": "ops@analytical.io"}},
)
_PHONE = rule(
    "ESC815",
    title="Phone number",
    severities="A/A/W/W",
    why="People keep their number for years, and it lets anybody reach or impersonate them.",
    fix="Use the number of an office, or the name of a rota.",
    source="GDPR, Art. 4(1); NIST SP 800-122, 2.2",
    bad={"settings": {"on_call": "+49 30 901820"}},
    good={"settings": {"on_call": "+49 0"}},
)
_IP = rule(
    "ESC816",
    title="IP address of a person",
    severities="A/A/W/W",
    why="The address of a person's connection is personal data, too.",
    fix="Use the address of a network, or keep the list in the firewall.",
    source="CJEU C-582/14 (Breyer); GDPR, recital 30",
    bad={"settings": {"client": "81.2.69.142"}},
    good={"settings": {"client": "10.2.69.142"}},
)


def pii_rules(catalog: Catalog) -> tuple[Rule, ...]:
    """
    Make the rules ESC805, ESC806 and ESC811–816 for the fields of *catalog*.

    Their examples speak of a free-form mapping ``settings``.
    """
    search = _Search(catalog)
    return (
        _IN_COMMENT(search.secrets_in_comments),
        _RANDOM(search.random_texts),
        _CARD(search.check(Kind.CARD)),
        _ACCOUNT(search.check(Kind.ACCOUNT)),
        _NATIONAL_ID(search.check(Kind.NATIONAL_ID)),
        _EMAIL(search.check(Kind.EMAIL)),
        _PHONE(search.phones),
        _IP(search.check(Kind.IP)),
    )
