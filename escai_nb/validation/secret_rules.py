"""Rules about secrets that hold for any schema, built from its field catalogue."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from escai_nb import keypath
from escai_nb.masking import has_uri_password, uri_passwords
from escai_nb.schema.catalog import Kind
from escai_nb.schema.sensitivity import secret_shape
from escai_nb.schema.shapes import connection_passwords, is_private_key, is_service_token
from escai_nb.validation.facts import ABSENT, SEALED, Facts, Unreadable
from escai_nb.validation.level import Level
from escai_nb.validation.placeholders import is_slot
from escai_nb.validation.rule import Problem, Rule, rule
from escai_nb.validation.strength import SHORTEST, Weakness, weakness

if TYPE_CHECKING:
    from collections.abc import Iterator

    from escai_nb.keypath import Path
    from escai_nb.schema.catalog import Catalog

_TEXTLESS = {Kind.BOOLEAN, Kind.INTEGER, Kind.NUMBER, Kind.CHOICE}
_OPENS_NOTHING = "Vq7-tR2m_zK9wLx4Pb1s"
"""The good example of the pages below."""


@dataclass(frozen=True, slots=True)
class _Leaf:
    """A text or number of the configuration, and what makes it a secret, if anything."""

    path: Path
    text: str
    is_declared: bool
    is_secret: bool

    @property
    def name(self) -> str:
        return keypath.render(self.path)

    @property
    def secret(self) -> str:
        """The secret itself: inside a URI or a connection string, its password."""
        return (uri_passwords(self.text) or connection_passwords(self.text) or [self.text])[0]


class _Judge:
    """The checks; they share one walk over the configuration."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        # the walk up the model is the dear part, and most leaves are fields
        self._known = {f.path: catalog.is_sensitive(f.path) for f in catalog.fields}

    def _leaves(self, facts: Facts) -> list[_Leaf]:
        return [
            _Leaf(
                path, str(value), self._is_declared(path), self._catalog.is_sensitive(path, value)
            )
            for path, value in facts.leaves()
            if isinstance(value, str | int) and not isinstance(value, bool) and value != ""
        ]

    def _is_declared(self, path: Path) -> bool:
        known = self._known.get(path)
        return self._catalog.is_declared(path) if known is None else known

    def _judged(self, facts: Facts) -> list[tuple[_Leaf, Weakness | None]]:
        return [
            (leaf, found)
            for leaf in facts.once(self._leaves)
            if leaf.is_secret and not is_private_key(leaf.text)
            for found in (weakness(leaf.secret),)
            # what a service made is random, whatever its prefix looks like, but may be listed
            if leaf.is_declared or found is Weakness.KNOWN or not is_service_token(leaf.text)
        ]

    def _weak(self, facts: Facts, kind: Weakness, message: str, expected: str) -> Iterator[Problem]:
        for leaf, found in facts.once(self._judged):
            if found is kind:
                yield Problem(leaf.name, message, expected)
        self._own_up(facts)

    def _own_up(self, facts: Facts) -> None:
        """
        Say which secret could not be judged, once all others are.

        Raises:
            Unreadable: If there is one.
        """
        for path, reason in facts.gaps().items():
            if reason != ABSENT and self._may_hold_secret(path):
                raise Unreadable(keypath.render(path), reason)

    def _may_hold_secret(self, path: Path) -> bool:
        return self._catalog.is_sensitive(path) or any(
            below[: len(path)] == path for below, is_secret in self._known.items() if is_secret
        )

    def _own_up_texts(self, facts: Facts) -> None:
        """
        Say which text could not be searched for stray secrets; a sealed one is none.

        Raises:
            Unreadable: If there is one.
        """
        for path, reason in facts.gaps().items():
            field = self._catalog.find(path)
            if reason not in {ABSENT, SEALED} and (field is None or field.kind not in _TEXTLESS):
                raise Unreadable(keypath.render(path), reason)

    def known(self, facts: Facts) -> Iterator[Problem]:
        return self._weak(facts, Weakness.KNOWN, "is a publicly listed secret", "a random secret")

    def placeholder(self, facts: Facts) -> Iterator[Problem]:
        return self._weak(
            facts, Weakness.PLACEHOLDER, "is a placeholder, not a secret", "a random secret"
        )

    def low_variety(self, facts: Facts) -> Iterator[Problem]:
        return self._weak(
            facts,
            Weakness.LOW_VARIETY,
            "repeats itself, follows the keyboard, or is one word and a number",
            "a random secret",
        )

    def short(self, facts: Facts) -> Iterator[Problem]:
        return self._weak(
            facts,
            Weakness.SHORT,
            f"has fewer than {SHORTEST} characters",
            f"at least {SHORTEST} characters",
        )

    def reused(self, facts: Facts) -> Iterator[Problem]:
        first: dict[str, str] = {}
        for leaf, found in facts.once(self._judged):
            # one placeholder in many places is many placeholders, not a reuse
            if found in {Weakness.KNOWN, Weakness.PLACEHOLDER}:
                continue
            if leaf.secret in first:
                other = first[leaf.secret]
                yield Problem(
                    leaf.name, f"is the same secret as {other}", "its own secret", related=(other,)
                )
            else:
                first[leaf.secret] = leaf.name
        self._own_up(facts)

    def reused_elsewhere(self, facts: Facts) -> Iterator[Problem]:
        gaps: list[Unreadable] = []
        for leaf, found in facts.once(self._judged):
            if found in {Weakness.KNOWN, Weakness.PLACEHOLDER}:
                continue
            held = [(other, other.holder_of(leaf.secret)) for other in facts.neighbours()]
            same = {other.named(path): other.origin(path) for other, path in held if path}
            if same:
                yield Problem(
                    leaf.name,
                    f"is the same secret as {' and '.join(same)}",
                    "a secret of its own",
                    related=tuple(same),
                    related_origins=tuple(same.values()),
                )
        for other in facts.neighbours():
            try:
                other.require_secrets()
            except Unreadable as gap:
                gaps.append(gap)
        if facts.neighbours():
            self._own_up(facts)
        if gaps:
            raise gaps[0]

    def blank_edged(self, facts: Facts) -> Iterator[Problem]:
        for leaf, _ in facts.once(self._judged):
            if leaf.text != leaf.text.strip():
                yield Problem(
                    leaf.name, "begins or ends with a blank or a line break", "no blanks around it"
                )
        self._own_up(facts)

    def in_uri(self, facts: Facts) -> Iterator[Problem]:
        if facts.level is Level.OFF:
            return
        for leaf in facts.once(self._leaves):
            if not leaf.is_declared and _is_uri_with_password(leaf.text):
                yield Problem(
                    leaf.name, "carries a password inside a URI", "a URI without password"
                )
        self._own_up_texts(facts)

    def private_key(self, facts: Facts) -> Iterator[Problem]:
        if facts.level is Level.OFF:
            return
        for leaf in facts.once(self._leaves):
            if not leaf.is_declared and is_private_key(leaf.text):
                yield Problem(leaf.name, "holds a private key", "the path of a key file")
        self._own_up_texts(facts)

    def service_token(self, facts: Facts) -> Iterator[Problem]:
        if facts.level is Level.OFF:
            return
        for leaf in facts.once(self._leaves):
            if not leaf.is_declared and is_service_token(leaf.text):
                yield Problem(leaf.name, "holds an access token", "a field declared as secret")
        self._own_up_texts(facts)

    def undeclared(self, facts: Facts) -> Iterator[Problem]:
        for leaf in facts.once(self._leaves):
            told_otherwise = (
                leaf.is_declared
                or has_uri_password(leaf.text)
                or _is_uri_with_password(leaf.text)
                or is_private_key(leaf.text)
                or is_service_token(leaf.text)
            )
            if leaf.is_secret and not told_otherwise:
                shape = secret_shape(leaf.text)
                what = f"is {shape}" if shape else "looks like a secret by its name"
                yield Problem(leaf.name, what, "a field declared as secret")
        self._own_up_texts(facts)


def _is_uri_with_password(text: str) -> bool:
    """Tell a URI with a password from one with a slot for it, which is a placeholder."""
    if "://" not in text:
        return False
    return not all(map(is_slot, uri_passwords(text))) or bool(connection_passwords(text))


_KNOWN = rule(
    "ESC331",
    title="Publicly listed secret",
    severities="E/E/E/E",
    why="Lists of known secrets are what attackers try first, so it protects nothing.",
    fix="Generate a new one, for example with python -c 'import secrets; "
    "print(secrets.token_urlsafe(32))'.",
    source="CWE-521; OWASP Web Security Testing Guide, “Testing JSON Web Tokens”",
    bad={"password": "password123"},
    good={"password": _OPENS_NOTHING},
)

_PLACEHOLDER = rule(
    "ESC332",
    title="Placeholder instead of a secret",
    severities="E/E/E/E",
    why="Whoever has read the documentation knows it.",
    fix="Generate a secret of its own and set it with escai config set.",
    source="CWE-1188 (insecure default); OWASP Secrets Management Cheat Sheet",
    bad={"password": "please_change_me_in_production"},
    good={"password": _OPENS_NOTHING},
)

_LOW_VARIETY = rule(
    "ESC333",
    title="Secret of low variety",
    severities="W/W/E/E",
    why="Repetitions, rows of keys and a name with a year are guessed early.",
    fix="Generate a random secret.",
    source="NIST SP 800-63B, 5.1.1.2 (repetitive or sequential characters)",
    bad={"password": "abcdefghijklmnopqrstuvwx"},
    good={"password": _OPENS_NOTHING},
)

_REUSED = rule(
    "ESC334",
    title="Same secret in two fields",
    severities="E/E/E/E",
    why="One leak then opens both, and neither can be changed alone.",
    fix="Give each field a secret of its own.",
    source="OWASP Secrets Management Cheat Sheet; NIST SP 800-57 Part 1, 5.2 (one purpose)",
    bad={"password": _OPENS_NOTHING, "token": _OPENS_NOTHING},
    good={"password": _OPENS_NOTHING, "token": _OPENS_NOTHING[::-1]},
)

_SHORT = rule(
    "ESC335",
    title="Short secret",
    severities="A/A/W/E",
    why="No person has to type it, so there is no reason for it to be guessable.",
    fix=f"Use at least {SHORTEST} characters; escai config init generates 43.",
    source="CIS Password Policy Guide (14 characters where a password stands alone)",
    bad={"password": "tR2m-zK9w"},
    good={"password": _OPENS_NOTHING},
)

_BLANK_EDGED = rule(
    "ESC336",
    title="Blanks around a secret",
    severities="W/W/W/W",
    why="They come from copying or from echo, and the login fails for no visible reason.",
    fix="Set it again without the blank or line break.",
    source="Kubernetes documentation, “Managing Secrets using kubectl” (echo -n)",
    bad={"password": f"{_OPENS_NOTHING}\n"},
    good={"password": _OPENS_NOTHING},
)

_REUSED_ELSEWHERE = rule(
    "ESC337",
    title="Same secret in two environments",
    severities="E/E/E/E",
    why="Who may read the laxer environment can then open the stricter one.",
    fix="Give each environment secrets of its own: escai config set.",
    source="OWASP Secrets Management Cheat Sheet; NIST SP 800-57 Part 1, 5.2 (one purpose)",
    bad={"password": _OPENS_NOTHING},
    good={"password": _OPENS_NOTHING[::-1]},
    beside={"password": _OPENS_NOTHING},
)

_UNDECLARED = rule(
    "ESC801",
    title="Secret in a setting that is not declared secret",
    severities="A/A/W/W",
    why="It is sealed and masked on a guess by its name, which a rename would end.",
    fix="Give it a field that the model declares secret, or keep it in a secret store.",
    source="OWASP Secrets Management Cheat Sheet; CWE-522",
    bad={"settings": {"smtp_password": _OPENS_NOTHING}},
    good={"settings": {"smtp_host": "mail.example.com"}},
)

_IN_URI = rule(
    "ESC802",
    title="Password inside a URI",
    severities="W/W/E/E",
    why="URIs are logged, shown in errors and passed on by every library that takes them.",
    fix="Take user and password out of the URI, into fields of their own.",
    source="RFC 3986, 3.2.1 (user:password is deprecated); CWE-522",
    bad={"address": f"https://app:{_OPENS_NOTHING}@db.example.com/"},
    good={"address": "https://db.example.com/"},
)

_PRIVATE_KEY = rule(
    "ESC803",
    title="Private key in a setting",
    severities="E/E/E/E",
    why="A configuration is copied, compared and reviewed; a private key must not be.",
    fix="Keep the key in a file of its own with mode 0600 and name its path here.",
    source="CWE-321; OWASP Cryptographic Storage Cheat Sheet",
    bad={"settings": {"pem": "-----BEGIN PRIVATE KEY-----\nMC4CAQAw"}},
    good={"settings": {"pem": "/etc/app/tls.key"}},
)

_SERVICE_TOKEN = rule(
    "ESC804",
    title="Access token in a setting",
    severities="W/W/E/E",
    why="Its prefix says that it is a credential of a service, and nobody guards it here.",
    fix="Revoke it at the service, then keep the new one in a field declared secret.",
    source="GitHub documentation, “Supported secret scanning patterns”; CWE-798",
    bad={"settings": {"sync": "ghp_" + "a1B2c3D4e5" * 4}},
    good={"settings": {"sync": "nightly"}},
)


def secret_rules(catalog: Catalog) -> tuple[Rule, ...]:
    """
    Make the rules ESC331–337 and ESC801–804 for the fields of *catalog*.

    Their examples speak of a field ``password`` that is declared secret, another
    one ``token``, an undeclared ``address`` and a free-form mapping ``settings``.
    """
    judge = _Judge(catalog)
    return (
        _KNOWN(judge.known),
        _PLACEHOLDER(judge.placeholder),
        _LOW_VARIETY(judge.low_variety),
        _REUSED(judge.reused),
        _SHORT(judge.short),
        _BLANK_EDGED(judge.blank_edged),
        _REUSED_ELSEWHERE(judge.reused_elsewhere),
        _UNDECLARED(judge.undeclared),
        _IN_URI(judge.in_uri),
        _PRIVATE_KEY(judge.private_key),
        _SERVICE_TOKEN(judge.service_token),
    )
