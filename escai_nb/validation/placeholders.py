"""
Texts that stand where a secret should: what documentation, templates and people in a hurry write.

A text of nothing but the words of such examples, with numbers and signs between
them, is guessed early whatever its length. Random ones are none: it takes words
from the first letter to the last.
"""

from __future__ import annotations

import base64
import binascii
import re

LONGEST = 200
"""Characters; nobody writes a longer example."""

_HINTS = ("chang", "hold", "replac", "insert", "your", "exampl", "sampl", "dumm", "tod", "fixm")
_MORE_HINTS = ("secret", "secur", "default", "set", "defined")
"""Pieces of which each phrase has one; to look for them is ten times faster."""
_PHRASE = re.compile(
    # each alternative is so long, or so anchored, that a random url-safe token of
    # 43 characters meets one less than once in a million
    r"""
      change[-_. ](?:me|it|now)(?![a-z]) | change[-_. ]?(?:this|in[-_. ]prod)
    | (?<![a-z])change(?:me|it|now) | change(?:me|it|now)(?![a-z])
    | (?<![a-z])to[-_. ]?be[-_. ]?(?:set|changed|defined) | place[-_. ]?holder
    | replace[-_. ]?(?:me|this|with) | insert[-_. ](?:your|here) | ^my[-_. ]?secret
    | this[-_. ]?is[-_. ]?(?:a|an|my|not|the|your) | (?:^|[-_. ])secret[-_. ]?key(?:$|[-_. ])
    """,
    re.VERBOSE,
)
_BY_CHANCE = re.compile(
    r"""
      ^your[-_. ] | (?:^|\b)your[-_. ]?(?:secret|password|token|api|key)
    | (?:^|[-_. ])(?:example|sample|dummy|todo|fixme|test[-_. ]?secret)(?:$|[-_. ])
    | (?:super|top)[-_. ]?secret | not[-_. ](?:a[-_. ]|so[-_. ])?secret
    | secure[-_. ](?:random|secret|password|key) | default[-_. ]?(?:secret|password|key)
    """,
    re.VERBOSE,
)
"""What may also stand in a passphrase whose words were drawn from a list."""
_FEWEST_OTHERS = 3
"""Words that no example is made of, from which on what stands between them is chance."""
_TO_FILL_IN = re.compile(
    r"<[\w .:/-]*>|<<.*>>|\$\{.*\}|\$\(?[A-Z][A-Z0-9_]*\)?|\{\{.*\}\}|\{%.*%\}|#\{.*\}|\{[a-z_]+\}"
    r"|%(?:[A-Z_]+|[a-z_]+)%|%\(\w+\)s|\[[a-z _.-]*\]|\[[A-Z _.-]*\]|__[A-Z_]+__|@[A-Z_]+@"
    r"|(?:[xX*.?_-]\s*){3,}|n/a",
    re.DOTALL,
)
"""A variable or a slot, whole, that whatever should have filled it in did not."""

_WORDS = frozenset(
    # one text, as five hundred quoted words could not be read
    """
    a an and any are as at be before after by can could do does done don dont for from go goes
    going had has have here how i if in into is it its just later least less let like long
    longer longest maximum me mean minimum more most must my need never new no not now of off
    old on one only or other our out over own please put real really same set should so some
    still than that the their them then there these they this those to too under until up upon
    us use used user users username using very want was we were what when where which will with
    would you your yours add change changed changes changeit changeme changing choose create
    created enter fill filled generate generated give given insert keep make pick provide
    replace replaced require required rotate rotated setme type update updated write written
    access account api app apps application auth authentication backend basic bearer bucket cert
    certificate client code company config configuration cookie corp credential credentials
    crypt csrf customer data database db demo deploy deployed deployment dev devel developer
    development device domain editor email encrypt encrypted encryption end env environment file
    frontend guest hash hmac home host id inc info internal jwt key keys kube lab lan llc local
    localhost localdev login logins ltd machine mail manager master member name net network node
    offline online operator ops org organization owner pass passcode passphrase passwd password
    passwords passwort pepper personal phrase pin private prod product production project public
    pw pwd qa refresh release root salt sandbox secret secrets security server service session
    shared sign signing site ssh ssl staff stage staging sudo super superuser support sysadmin
    system team temp temporary tenant test testing tester tests tls token tokens toor tool tools
    trial uat uri url value values vault vm web webhook website wifi word words work workspace
    www bar baz blah dummy empty example examples fake fixme foo foobar hidden hunter insecure
    known masked mock nil nobody none nonsense nothing nope notset null obvious placeholder qux
    redacted sample samples something somewhere tba tbd todo undefined unknown unsafe unsecure
    unset weak whatever xxx xyz yes yada alpha beta big bit bits byte bytes char character
    characters chars cool digit digits easy enough extra fast first good great hard high letter
    letters little low mega normal plain quick random randomly safe second secure simple small
    strong string strings stronger text third tiny top trivial true false ultra unique unsigned
    valid version admin admins administrator adminadmin alice bob default defaults letmein
    monkey dragon qwerty asdf zxcv welcome hello world football sunshine princess winter summer
    spring autumn fall monday friday january february march april june july august september
    october november december iloveyou love trustno shadow flower acme escai contoso globex
    initech mycompany umbrella airflow ansible apache aws azure cassandra celery clickhouse
    consul django docker elastic elasticsearch express fastapi flask gcp git github gitlab
    google grafana helm influx influxdb jenkins jupyter kafka keycloak kibana kubernetes linux
    loki mariadb minio minioadmin mongo mongodb mysql neo nginx oracle postgres postgresql
    prometheus rabbit rabbitmq raspberry redis sentry spark splunk sql sqlite terraform tomcat
    traefik ubuntu vagrant windows wordpress zookeeper correct horse battery staple brown fox
    jumps lazy dog lorem ipsum dolor sit amet
    """.split()  # noqa: SIM905
)
_LONGEST_WORD = max(map(len, _WORDS))
_SHORTEST_INSIDE = 2
"""Letters; shorter words count only where they stand by themselves."""
_LEET = str.maketrans("@4031!$57", "aaoeiisst")
_RUN = re.compile(r"[a-z]+")
_TAIL = re.compile(r"[\W\d_]+$")


def is_placeholder(text: str) -> bool:
    """Tell whether *text* is what somebody was to replace, also in base64."""
    lowered = text.lower().replace("neo4j", "neo")
    if is_slot(text) or _has_phrase(lowered):
        return True
    if len(text) > LONGEST:
        return False
    return is_of_words(lowered) or _is_leet(lowered) or is_of_words(_decoded(text).lower())


def is_slot(text: str) -> bool:
    """Tell whether *text* is but a place for a value: ``${DB_PASSWORD}``, ``<password>``."""
    return _TO_FILL_IN.fullmatch(text) is not None


def _has_phrase(text: str) -> bool:
    has_hint = any(hint in text for hint in _HINTS) or any(hint in text for hint in _MORE_HINTS)
    if not has_hint:
        return False
    if _PHRASE.search(text) is not None:
        return True
    return _BY_CHANCE.search(text) is not None and _others(text) < _FEWEST_OTHERS


def _others(text: str) -> int:
    """Count the words of *text* that no example is made of."""
    return sum(len(run) > _SHORTEST_INSIDE and not _is_word(run) for run in _RUN.findall(text))


def _is_word(run: str) -> bool:
    return run in _WORDS or _is_run_together(run)


def is_of_words(text: str) -> bool:
    """Tell whether *text* is words and, if anything, a few numbers and signs."""
    runs = _RUN.findall(text)
    letters = sum(map(len, runs))
    return (
        letters * 4 >= len(text)
        and max(map(len, runs), default=0) > _SHORTEST_INSIDE
        and all(map(_is_word, runs))
    )


def _is_leet(text: str) -> bool:
    """Tell whether *text* is words in which signs stand for letters: ``p4$$w0rd``."""
    text = _TAIL.sub("", text)
    letters = sum(map(len, _RUN.findall(text)))
    return letters * 2 >= len(text) and is_of_words(text.translate(_LEET))


def _is_run_together(run: str) -> bool:
    """Tell whether *run* is ``thisisasecret``: words from its first letter to its last."""
    reached, farthest = {0}, 0
    for start in range(len(run)):
        if start > farthest:
            return False
        if start not in reached:
            continue
        for end in range(start + _SHORTEST_INSIDE, min(start + _LONGEST_WORD, len(run)) + 1):
            if run[start:end] in _WORDS:
                reached.add(end)
                farthest = max(farthest, end)
    return len(run) in reached


def _decoded(text: str) -> str:
    """Return what *text* says in base64, as Kubernetes writes secrets; else nothing."""
    if len(text) % 4 or len(text) < 2 * 4:
        return ""
    try:
        return base64.b64decode(text, validate=True).decode("ascii")
    except (binascii.Error, ValueError):
        return ""
