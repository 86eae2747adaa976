"""
Writes the vectors of the sealed format, and the example on its page.

A writer of its own: it takes the walk and the derivations of the independent
reader, and nothing of escai_nb, so that it can also write what no honest writer
would. All that is random elsewhere follows from a label here.
"""

import base64
import copy
import datetime as dt
import hashlib
import hmac
import json
from pathlib import Path

import independent_reader as page
import yaml
from cryptography.hazmat.primitives import padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

FOLDER = Path(__file__).parent / "sealed_format"
PAGE = Path(__file__).parents[2] / "notebooks" / "guides" / "sealed_format.md"
MARKS = ("<!-- example: written by tests/vectors/make.py -->\n", "<!-- end of example -->\n")

WORKSPACE = hashlib.sha256(b"workspace").hexdigest()[:32]
DOCUMENT = hashlib.sha256(b"document").hexdigest()[:32]
CREATED = "2026-11-23T02:00:00Z"
PASSPHRASE = "Grüße an Alle"
FEWEST = 100_000


def drawn(label, length=32):
    """Return the bytes that stand for a random draw."""
    return hashlib.sha256(f"vector {label}".encode()).digest()[:length]


MASTER = base64.urlsafe_b64encode(drawn("master key")).decode()
OLD, KEY, NEXT, STRANGE = (drawn(f"data key {name}") for name in ("old", "now", "next", "strange"))


def fernet(key, plain, label, time=0):
    """Return a Fernet token whose time and IV are chosen."""
    iv = drawn(f"iv {label}", 16)
    padder = padding.PKCS7(128).padder()
    padded = padder.update(plain) + padder.finalize()
    encryptor = Cipher(algorithms.AES(key[16:]), modes.CBC(iv)).encryptor()
    head = b"\x80" + time.to_bytes(8, "big") + iv
    signed = head + encryptor.update(padded) + encryptor.finalize()
    return base64.urlsafe_b64encode(signed + hmac.digest(key[:16], signed, "sha256")).decode()


def kid(key):
    return hashlib.sha256(b"escai-kid" + key).hexdigest()[:16]


def subkey(path, key=KEY, document=DOCUMENT):
    leaf_key = page.hkdf(key, bytes.fromhex(document), b"escai/1/leaf")
    return hmac.digest(leaf_key, page.frame(list(path)), "sha256")


def padded(value):
    framed = page.frame(value)
    return framed + bytes(-len(framed) % 32)


def token(path, value, *, plain=None, time=0, **where):
    plain = padded(value) if plain is None else plain
    return "escai:1:fernet:" + fernet(subkey(path, **where), plain, f"{path}{where}", time)


def put(data, path, value):
    for step in path[:-1]:
        data = data[step]
    data[path[-1]] = value


def block(**facts):
    return {
        "format": 1,
        "document": DOCUMENT,
        "suite": "fernet",
        "kid": kid(KEY),
        "scope": "strict",
        "revision": 7,
        "keyring": 3,
        "vouches": {"policy": hashlib.sha256(b"policy").hexdigest()},
    } | facts


def message(data):
    facts = {name: value for name, value in data["_escai"].items() if name != "seal"}
    if facts["scope"] == "strict":
        return page.frame("escai/1/strict") + page.frame({**data, "_escai": facts})
    plain = {name: value for name, value in data.items() if name != "_escai"}
    tokens = {
        page.frame(list(path)): value
        for path, value in page.leaves(plain)
        if isinstance(value, str) and value.startswith("escai:1:")
    }
    return page.frame("escai/1/secrets") + page.frame(facts) + page.frame(tokens)


def sealed(data, paths=(), *, key=KEY, tokens=None, **facts):
    """Seal *data* at *paths*; *tokens* puts other ones in before the seal is made."""
    document = copy.deepcopy(data)
    facts = block(**({"kid": kid(key)} | facts))
    for path in paths:
        value = dict(page.leaves(data))[path]
        put(document, path, token(path, value, key=key, document=facts["document"]))
    for path, value in (tokens or {}).items():
        put(document, path, value)
    document["_escai"] = facts
    seal_key = page.hkdf(key, bytes.fromhex(facts["document"]), b"escai/1/seal")
    document["_escai"]["seal"] = hmac.digest(seal_key, message(document), "sha256").hex()
    return document


def wrap(key, context, *, master=MASTER, provider="file", parameters=None):
    raw = base64.urlsafe_b64decode(master)
    wrapping = page.hkdf(raw, b"", b"escai/1/wrap" + page.frame(context))
    made = {
        "provider": provider,
        "recipient": hashlib.sha256(b"escai-recipient" + raw).hexdigest()[:16],
        "wrapped": fernet(wrapping, key, f"wrap {context}"),
    }
    return made | ({"parameters": parameters} if parameters else {})


def by_passphrase(key, context, rounds=FEWEST, derived=None):
    salt = drawn("salt", 16)
    text = PASSPHRASE.encode()
    master = hashlib.pbkdf2_hmac("sha256", text, salt, derived or rounds)
    how = {"kdf": "pbkdf2-hmac-sha256", "rounds": rounds, "salt": salt.hex()}
    spelled = base64.urlsafe_b64encode(master).decode()
    return wrap(key, context, master=spelled, provider="passphrase", parameters=how)


def entry(key, generation, state, *, role=None, environment="production", wraps=None):
    role = role or ("primary" if state == "primary" else "other")
    context = ["keyring", WORKSPACE, environment, role]
    return {
        "kid": kid(key),
        "generation": generation,
        "state": state,
        "created": CREATED,
        "wraps": [wrap(key, context)] if wraps is None else wraps,
    }


def keyring(*keys, **facts):
    ring = {
        "format": 1,
        "workspace": WORKSPACE,
        "environment": "production",
        "generation": 3,
        "seals": "file",
        "keys": list(keys or (entry(OLD, 1, "retired"), entry(KEY, 2, "primary"))),
    } | facts
    keys_by_kid = {kid(key): key for key in (OLD, KEY, NEXT, STRANGE)}
    primary = next(key["kid"] for key in ring["keys"] if key["state"] == "primary")
    own = page.hkdf(keys_by_kid[primary], b"", b"escai/1/keyring")
    return ring | {"mac": hmac.digest(own, page.frame(ring), "sha256").hex()}


CONFIG = {
    "api": {"host": "127.0.0.1", "port": 8443, "debug": False, "origins": ["a", "b"]},
    "database": {"user": "escai", "password": "corréct horse", "replica": "other horse"},
    "tokens": ["first", "second"],
}
SECRETS = (("database", "password"), ("database", "replica"), ("tokens", 0), ("tokens", 1))

TYPED = {
    "text": "päss\n🔑",
    "empty": "",
    "yes": True,
    "no": False,
    "zero": 0,
    "negative": -17,
    "large": 10**60 + 7,
    "float": 0.1,
    "whole float": 1.0,
    "minus zero": -0.0,
    "infinite": float("inf"),
    "nan": float("nan"),
    "date": dt.date(2026, 2, 3),
    "time": dt.datetime(2026, 2, 3, 4, 5, 6),  # noqa: DTZ001  # a time without a zone
    "time in a zone": dt.datetime(2026, 2, 3, 4, 5, 6, 700, dt.timezone(dt.timedelta(hours=-3))),
    "bytes": b"\x00\xff",
    "32 bytes of frame": "x" * 23,
    "33 bytes of frame": "x" * 24,
}


class Vectors:
    """Collects vectors; each is one YAML text."""

    def __init__(self):
        self.texts = {}

    def add(self, name, expect, why, document, ring=None, *, values=None, **given):
        """Add one: *document* and *ring* as data or as text, *values* if they open."""
        text = document if isinstance(document, str) else dumped(document)
        ring = keyring() if ring is None else ring
        vector = {
            "why": why,
            "expect": expect,
            "given": {"master": MASTER, "workspace": WORKSPACE, "environment": "production"}
            | given,
            "document": text,
            "keyring": ring if isinstance(ring, str) else json.dumps(ring, indent=2) + "\n",
        }
        if expect == "opened":
            vector["values"] = values
        assert name not in self.texts
        self.texts[name] = dumped(vector)


class Dumper(yaml.SafeDumper):
    """Writes text of several lines as such."""


def _text(dumper, text):
    style = "|" if "\n" in text.strip("\n") and text.endswith("\n") else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


Dumper.add_representer(str, _text)
Dumper.ignore_aliases = lambda *_: True


def dumped(data):
    return yaml.dump(data, Dumper=Dumper, sort_keys=False, allow_unicode=True, width=1000)


def changed(document, path, value):
    """Return a copy with *value* at *path*; `DROP` drops what lies there."""
    if value is DROP:
        return dropped(document, path)
    copied = copy.deepcopy(document)
    put(copied, path, value)
    return copied


DROP = object()


def dropped(document, path):
    copied = copy.deepcopy(document)
    here = copied
    for step in path[:-1]:
        here = here[step]
    del here[path[-1]]
    return copied


def opened(add):
    strict = sealed(CONFIG, SECRETS)
    loose = sealed(CONFIG, SECRETS, scope="secrets")
    add("strict", "opened", "scope strict", strict, values=CONFIG)
    add("secrets", "opened", "scope secrets", loose, values=CONFIG)
    both = {"secret": TYPED, "plain": dict(TYPED)}
    typed = sealed(both, [("secret", name) for name in TYPED])
    add("types", "opened", "every scalar type, sealed and plain", typed, values=both)
    backwards = {name: strict[name] for name in reversed(strict)}
    add("key-order", "opened", "the order of keys is not data", backwards, values=CONFIG)
    text = json.dumps(strict, indent=2)
    add("json", "opened", "a JSON document", text, values=CONFIG)
    bare = {"a": {"b": None, "c": [], "d": {}, "e": [[], {}]}, 5: {None: 1.5, True: "x"}}
    add("nothing-secret", "opened", "no token, empties, keys of types", sealed(bare), values=bare)
    pair = {"a": "\ud800"}
    add("surrogate", "opened", "a lone surrogate", json.dumps(sealed(pair)), values={"a": "\ud800"})
    names = {"a/b": {"~": "x"}, "": {"0": "y"}, "c": [{"d": [3]}]}
    paths = [("a/b", "~"), ("", "0"), ("c", 0, "d", 0)]
    for scope in ("strict", "secrets"):
        made = sealed(names, paths, scope=scope)
        add(f"names-{scope}", "opened", "names that a pointer escapes", made, values=names)
    edited = changed(loose, ("api", "port"), 1)
    add(
        "plain-edit",
        "opened",
        "scope secrets leaves plain values free",
        edited,
        values=changed(CONFIG, ("api", "port"), 1),
    )
    longer = changed(loose, ("api", "new"), {"x": []})
    add(
        "plain-addition",
        "opened",
        "and additions",
        longer,
        values=changed(CONFIG, ("api", "new"), {"x": []}),
    )
    older = sealed(CONFIG, SECRETS, key=OLD)
    add("history", "opened", "a retired key opens history", older, values=CONFIG, history=True)
    add("key-retired", "key-retired", "and no present file", older)
    ring = keyring(entry(KEY, 2, "decrypt-only"), entry(NEXT, 3, "primary"))
    add("decrypt-only", "opened", "during a rotation", strict, ring, values=CONFIG)
    context = ["keyring", WORKSPACE, "production", "primary"]
    stranger = {"provider": "kms", "recipient": "arn:x", "wrapped": "?", "parameters": {"n": 1}}
    other = wrap(KEY, context, master=base64.urlsafe_b64encode(drawn("other master")).decode())
    ring = keyring(entry(KEY, 2, "primary", wraps=[stranger, other, wrap(KEY, context)]))
    add("recipients", "opened", "wraps for others are passed over", strict, ring, values=CONFIG)
    ring = keyring(entry(OLD, 1, "retired", wraps=[other]), entry(KEY, 2, "primary"))
    add("not-mine", "opened", "an old key not wrapped for me", strict, ring, values=CONFIG)
    ring = keyring(entry(KEY, 2, "primary", wraps=[by_passphrase(KEY, context)]))
    add("passphrase", "opened", "a passphrase", strict, ring, values=CONFIG, passphrase=PASSPHRASE)
    for provider, made in (("", wrap), ("-passphrase", by_passphrase)):
        wraps = [made(KEY, ["standalone", DOCUMENT])]
        alone = sealed(CONFIG, SECRETS, keyring=0, wraps=wraps)
        given = {"passphrase": PASSPHRASE} if provider else {}
        add(f"standalone{provider}", "opened", "its own key", alone, "", values=CONFIG, **given)


def edited(add):
    strict = sealed(CONFIG, SECRETS)
    loose = sealed(CONFIG, SECRETS, scope="secrets")
    elsewhere = sealed(CONFIG, SECRETS, document=hashlib.sha256(b"elsewhere").hexdigest()[:32])
    before = sealed(changed(CONFIG, SECRETS[0], "earlier horse"), SECRETS, revision=6)
    password, replica, first, second = SECRETS
    plain = {
        "value": (("api", "port"), 8444),
        "to-text": (("api", "port"), "8443"),
        "to-float": (("api", "port"), 8443.0),
        "to-integer": (("api", "debug"), 0),
        "to-null": (("api", "host"), None),
        "key-dropped": (("api", "host"), DROP),
        "list-order": (("api", "origins"), ["b", "a"]),
        "list-longer": (("api", "origins"), ["a", "b", "b"]),
        "list-joined": (("api", "origins"), ["ab"]),
        "list-nested": (("api", "origins"), [["a", "b"]]),
        "list-to-mapping": (("api", "origins"), {0: "a", 1: "b"}),
    }
    plain |= {f"added-{json.dumps(v)}": (("api", "new"), v) for v in ("", None, [], {})}
    for name, (path, value) in plain.items():
        add(f"plain-{name}", "seal-broken", "plain data edited", changed(strict, path, value))
    for scope, made in (("strict", strict), ("secrets", loose)):
        here = dict(page.leaves(made))
        swapped = changed(changed(made, password, here[replica]), replica, here[password])
        reordered = changed(made, ("tokens",), [here[second], here[first]])
        renamed = dropped(changed(made, ("database", "renamed"), here[password]), password)
        spliced = changed(made, password, dict(page.leaves(elsewhere))[password])
        replayed = changed(made, password, dict(page.leaves(before))[password])
        flipped = (
            here[password][:60] + ("A" if here[password][60] != "A" else "B") + here[password][61:]
        )
        cases = {
            "swapped": swapped,
            "reordered": reordered,
            "renamed": renamed,
            "copied": changed(made, ("api", "host"), here[password]),
            "dropped": dropped(made, password),
            "to-plain": changed(made, password, "correct horse"),
            "to-null": changed(made, password, None),
            "to-empty": changed(made, password, ""),
            "spliced": spliced,
            "replayed": replayed,
            "flipped": changed(made, password, flipped),
            "truncated": changed(made, password, here[password][:-4]),
            "in-list": changed(made, password, [here[password]]),
            "list-to-mapping": changed(made, ("tokens",), {"0": here[first], "1": here[second]}),
            "newer-suite": changed(made, password, here[password].replace("fernet", "gcm")),
        }
        for name, document in cases.items():
            add(f"token-{name}-{scope}", "seal-broken", "a token touched", document)
    for name, value in {
        "revision": 8,
        "scope": "secrets",
        "keyring": 1,
        "vouches": {},
        "document": elsewhere["_escai"]["document"],
        "seal": elsewhere["_escai"]["seal"],
        "kid": kid(OLD),
    }.items():
        made = changed(strict, ("_escai", name), value)
        history = {"history": True} if name == "kid" else {}
        add(f"block-{name}", "seal-broken", "the block edited", made, **history)
    made = changed(strict, ("_escai", "kid"), kid(STRANGE))
    add("key-unknown", "key-unknown", "a key that is not in the keyring", made)
    add("seal-stripped", "seal-missing", "the block dropped", dropped(strict, ("_escai",)))
    add("never-sealed", "seal-missing", "a clear file", CONFIG)


def malformed(add):
    strict = sealed(CONFIG, SECRETS)
    for name, value in {
        "format": True,
        "document": DOCUMENT.upper(),
        "kid": kid(KEY)[:15],
        "scope": "loose",
        "revision": 0,
        "revision-float": 7.0,
        "keyring": 0,
        "vouches": {"policy": "x"},
        "seal": strict["_escai"]["seal"].upper(),
        "suite": None,
        "wraps": [wrap(KEY, ["standalone", DOCUMENT])],
        "wraps-empty": [],
        "extra": 1,
    }.items():
        made = changed(strict, ("_escai", name.split("-")[0]), value)
        add(f"malformed-{name}", "seal-malformed", "no such block is written", made)
    add("malformed-block", "seal-malformed", "no block", changed(strict, ("_escai",), "sealed"))
    short = dropped(strict, ("_escai", "vouches"))
    add("malformed-short", "seal-malformed", "an entry is missing", short)
    deep = CONFIG | {"deep": json.loads("[" * 128 + "]" * 128)}
    text = json.dumps(changed(strict, ("deep",), deep["deep"]))
    add("too-deep", "seal-malformed", "129 levels", text)
    deep = {"deep": json.loads("[" * 127 + "]" * 127)}
    add("deep", "opened", "128 levels", json.dumps(sealed(deep)), values=deep)
    text = dumped(strict) + "odd: !!set {a, b}\n"
    add("set", "seal-malformed", "a set is not data", text)
    odd = changed(strict, ("odd",), {5: token(("odd", 5), "x")})
    add("token-below-number", "seal-malformed", "its path would be that of a list", odd)
    for name, value in {"format": 2, "suite": "gcm"}.items():
        made = changed(strict, ("_escai", name), value)
        add(f"newer-{name}", "newer-format", "comes after format 1", made)


def forged(add):
    """What only a holder of the key can write, so that the seal is right."""
    path = ("database", "password")

    def forge(name, expect, why, made):
        add(name, expect, why, sealed(CONFIG, SECRETS, tokens={path: made}))

    elsewhere = token(("database", "replica"), "x")
    forge("forged-moved", "token-moved", "sealed at another path", elsewhere)
    other = token(path, "x", document=hashlib.sha256(b"elsewhere").hexdigest()[:32])
    forge("forged-spliced", "token-moved", "sealed in another document", other)
    good = token(path, "x")
    forge("forged-suite", "newer-format", "another suite", good.replace("fernet", "gcm"))
    forge("forged-format", "newer-format", "another format", good.replace("escai:1", "escai:2"))
    framed = page.frame("x")
    plains = {
        "null": page.frame(None),
        "list": page.frame(["x"]),
        "padding": framed + b"\1",
        "unpadded": framed,
        "long-padding": framed + bytes(54),
        "nothing": b"",
        "length": b"s" + (99).to_bytes(8, "big") + b"x",
        "integer": b"i" + (2).to_bytes(8, "big") + b"01",
        "boolean": b"b" + (1).to_bytes(8, "big") + b"2",
        "utf-8": b"s" + (1).to_bytes(8, "big") + b"\xff",
        "date": b"d" + (8).to_bytes(8, "big") + b"20260203",
        "nan": b"f" + (8).to_bytes(8, "big") + bytes.fromhex("fff8000000000000"),
        "type": b"z" + bytes(8),
    }
    whole = {"null", "list", "length", "integer", "boolean", "utf-8", "date", "nan", "type"}
    for name, plain in plains.items():
        filled = plain + bytes(-len(plain) % 32) if name in whole else plain
        made = token(path, None, plain=filled)
        forge(f"forged-{name}", "token-broken", "a plaintext that no writer makes", made)
    late = token(path, "x", time=1)
    forge("forged-time", "token-broken", "a time of sealing", late)
    forge("forged-space", "token-broken", "spelled differently", good[:40] + " " + good[40:])
    forge("forged-short", "token-broken", "no block", good[:15] + good[15:75] + "=")
    forge("forged-empty", "token-broken", "nothing", good[:15])


def keys(add):
    strict = sealed(CONFIG, SECRETS)
    ring = keyring()
    other = base64.urlsafe_b64encode(drawn("other master")).decode()
    add("key-wrong", "key-wrong", "another master key", strict, master=other)
    add("key-missing", "key-missing", "no master key", strict, master="")
    gone = keyring(entry(OLD, 1, "destroyed", wraps=[]), entry(KEY, 2, "primary"))
    older = sealed(CONFIG, SECRETS, key=OLD)
    add("key-destroyed", "key-unknown", "nothing opens it", older, gone, history=True)
    for name, made in {
        "mac": changed(ring, ("mac",), "0" * 64),
        "state": changed(ring, ("keys", 0, "state"), "decrypt-only"),
        "seals": changed(ring, ("seals",), "history"),
        "generation": changed(ring, ("generation",), 4),
        "created": changed(ring, ("keys", 0, "created"), "2026-11-24T02:00:00Z"),
        "dropped": changed(ring, ("keys",), ring["keys"][1:]),
        "two-primaries": changed(ring, ("keys", 0, "state"), "primary"),
        "no-primary": changed(ring, ("keys", 1, "state"), "retired"),
        "twice": changed(ring, ("keys",), [*ring["keys"], ring["keys"][0]]),
        "extra": changed(ring, ("extra",), 1),
        "time": changed(ring, ("keys", 0, "created"), "yesterday"),
        "not-json": json.dumps(ring)[:-9],
        "not-mapping": "[]",
        "environment": keyring(environment="staging"),
        "workspace": keyring(workspace="0" * 32),
        "unwrapped": keyring(entry(OLD, 1, "retired", wraps=[]), entry(KEY, 2, "primary")),
    }.items():
        add(f"keyring-{name}", "keyring-broken", "not the keyring that was written", strict, made)
    made = changed(ring, ("format",), 2)
    add("keyring-newer", "newer-format", "a keyring of another format", strict, made)
    flipped = ring["keys"][1]["wraps"][0]["wrapped"]
    flipped = flipped[:50] + ("A" if flipped[50] != "A" else "B") + flipped[51:]
    wrong = wrap(OLD, ["keyring", WORKSPACE, "production", "primary"])
    for name, primary in {
        "flipped": changed(ring["keys"][1], ("wraps", 0, "wrapped"), flipped),
        "role": entry(KEY, 2, "primary", role="other"),
        "environment": entry(KEY, 2, "primary", environment="staging"),
        "other-key": entry(KEY, 2, "primary", wraps=[wrong]),
    }.items():
        made = keyring(entry(OLD, 1, "retired"), primary)
        add(f"wrap-{name}", "wrap-broken", "a wrapped key from elsewhere", strict, made)
    demoted = keyring(entry(OLD, 1, "primary", wraps=ring["keys"][0]["wraps"]))
    add("wrap-promoted", "wrap-broken", "a retired key put forward", older, demoted)
    context = ["keyring", WORKSPACE, "production", "primary"]
    for rounds in (99_999, 10_000_001):
        wraps = [by_passphrase(KEY, context, rounds, derived=1)]
        made = keyring(entry(KEY, 2, "primary", wraps=wraps))
        why = "rounds outside of the bounds are not derived"
        add(f"rounds-{rounds}", "wrap-broken", why, strict, made, passphrase=PASSPHRASE)
    made = keyring(entry(KEY, 2, "primary", wraps=[by_passphrase(KEY, context)]))
    add("passphrase-wrong", "key-wrong", "another one", strict, made, passphrase="Gruesse")
    add("ring-before", "keyring-rolled-back", "file needs 3", strict, keyring(generation=2))
    add("ring-remembered", "keyring-rolled-back", "reader saw 4", strict, at_least=4)
    loose = sealed(CONFIG, SECRETS, scope="secrets")
    add("scope-loosened", "scope-loosened", "the policy asks for strict", loose, policy="strict")
    add(
        "scope-kept", "opened", "the policy asks for strict", strict, values=CONFIG, policy="strict"
    )
    alone = sealed(CONFIG, SECRETS, keyring=0, wraps=[wrap(KEY, ["standalone", DOCUMENT])])
    add("standalone-key-wrong", "key-wrong", "another master key", alone, "", master=other)
    made = changed(alone, ("_escai", "document"), "0" * 32)
    add("standalone-document", "wrap-broken", "wrapped for another document", made, "")
    made = changed(alone, ("_escai", "wraps"), [])
    add("standalone-bare", "seal-malformed", "keyring 0 needs a wrap", made, "")
    two = [*alone["_escai"]["wraps"], wrap(KEY, ["standalone", DOCUMENT], master=other)]
    made = changed(alone, ("_escai", "wraps"), two)
    add("standalone-recipient", "seal-broken", "a recipient added", made, "")
    made = changed(alone, ("_escai", "kid"), kid(OLD))
    add("standalone-kid", "wrap-broken", "another key than it names", made, "")


POLICY = {
    "format": 1,
    "workspace": WORKSPACE,
    "spec": "escai",
    "scopes": {"testing": "secrets", "production": "strict"},
}
SHARED = {"api": {"timeout": 30, "title": "Überwachung"}}


def digest(data):
    """Return the name of a file that a seal vouches for."""
    text = json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


VOUCHES = {"policy": digest(POLICY), "shared": digest(SHARED)}


def among_files(add):
    """Return what adds a vector of a document among the other files of a workspace."""

    def put_down(name, expect, why, document, *rings, policy=POLICY, shared=SHARED, **given):
        files = {"policy": policy if isinstance(policy, str) else dumped(policy)}
        files |= {"shared": dumped(shared)} if shared else {}
        values = given.pop("values", CONFIG) if expect == "opened" else None
        add(f"beside-{name}", expect, why, document, *rings, files=files, values=values, **given)

    return put_down


def head(document, **facts):
    return {name: document["_escai"][name] for name in ("revision", "seal")} | facts


def beside(add):
    """What a reader says who sees the policy, the shared file and the newest version, too."""
    put_down = among_files(add)
    strict = sealed(CONFIG, SECRETS, vouches=VOUCHES)
    loose = sealed(CONFIG, SECRETS, scope="secrets", vouches={})
    free = changed(POLICY, ("scopes", "production"), "secrets")

    other = sealed(CONFIG, SECRETS, revision=8, vouches=VOUCHES)
    put_down("strict", "opened", "all is as it was sealed", strict, head=head(strict))
    put_down("secrets", "opened", "so it is", loose, policy=free, head=head(loose))
    put_down("ahead", "opened", "pulled from a colleague", other, head=head(strict))
    put_down("no-history", "opened", "a fresh clone", strict)
    put_down("older", "older-document", "an earlier one put back", strict, head=head(other))
    again = head(strict, seal=other["_escai"]["seal"])
    put_down("fork", "older-document", "another one of the same revision", strict, head=again)
    later = head(loose, revision=8, seal=other["_escai"]["seal"])
    put_down("older-secrets", "older-document", "also here", loose, policy=free, head=later)
    spelled = "# its layout is not data\n" + json.dumps(POLICY, indent=4)
    put_down(
        "policy-layout", "opened", "the same policy, spelled differently", strict, policy=spelled
    )
    longer = POLICY | {"max_key_age_days": 90}
    put_down(
        "policy-edited", "policy-edited", "another policy than was in force", strict, policy=longer
    )
    bare = POLICY | {"scopes": {}}
    put_down("policy-silent", "policy-edited", "a scope not named is strict", strict, policy=bare)
    put_down("policy-loosened", "policy-loosened", "it asks for less now", strict, policy=free)
    put_down("scope-loosened", "scope-loosened", "sealed with less than it asks for", loose)
    unvouched = sealed(CONFIG, SECRETS, vouches={})
    put_down("vouches-nothing", "policy-edited", "a strict seal vouches for it", unvouched)
    put_down(
        "policy-newer", "newer-format", "of another format", strict, policy=POLICY | {"format": 2}
    )
    wrong = changed(POLICY, ("scopes", "production"), "loose")
    put_down("policy-scope", "policy-broken", "no such scope", strict, policy=wrong)
    put_down(
        "policy-unnumbered",
        "policy-broken",
        "no format",
        strict,
        policy=dropped(POLICY, ("format",)),
    )
    moving = sealed(
        CONFIG, SECRETS, vouches=VOUCHES | {"shared-next": digest({"api": {"timeout": 5}})}
    )
    put_down("shared-before", "opened", "it is about to be replaced", moving)
    put_down("shared-next", "opened", "and was", moving, shared={"api": {"timeout": 5}})
    put_down("shared-edited", "edited-by-hand", "edited", strict, shared={"api": {"timeout": 31}})
    put_down("shared-dropped", "edited-by-hand", "dropped", strict, shared=None)
    key = {"security": {"jwt_secret_key": "battery staple" * 3}}
    what = [["security", "jwt_secret_key"]]
    given = {"shared": SHARED | key, "secret": what}
    put_down("shared-secret", "secret-in-shared-file", "it has no key", strict, **given)


def by_hand(add):
    """What a reader says there of a strict document that was edited."""
    put_down = among_files(add)
    strict = sealed(CONFIG, SECRETS, vouches=VOUCHES)
    password, replica, *_ = SECRETS
    here = dict(page.leaves(strict))
    plain = changed(strict, ("api", "port"), 8444)
    put_down("plain-value", "edited-by-hand", "each token opens", plain, head=head(strict))
    clear = changed(strict, password, "battery staple")
    put_down("clear-secret", "edited-by-hand", "a value in place of its token", clear)
    put_down("dropped", "edited-by-hand", "a token dropped", dropped(strict, password))
    swapped = changed(changed(strict, password, here[replica]), replica, here[password])
    put_down("swapped", "token-moved", "a token is not where it was sealed", swapped)
    cut = changed(strict, password, here[password][:-4])
    put_down("cut", "token-broken", "a token is not whole", cut)
    stripped = dropped(strict, ("_escai",))
    put_down("stripped", "seal-missing", "the keyring demands a seal", stripped)
    put_down("clear", "seal-missing", "also where nothing is sealed", CONFIG)
    ring = keyring(seals="history")
    put_down("clear-history", "opened", "this keyring demands none", CONFIG, ring)
    put_down("left-tokens", "seal-missing", "tokens have one", stripped, ring)


def vectors():
    """Return the text of each vector by its name."""
    made = Vectors()
    for group in (opened, edited, malformed, forged, keys, beside, by_hand):
        group(made.add)
    return made.texts


def example():
    """Return the example that stands on the page."""
    data = {"api": {"port": 8443}, "database": {"password": "hunter2"}}
    path = ("database", "password")
    document = sealed(data, [path], vouches={}, revision=1, keyring=1)
    seal_key = page.hkdf(KEY, bytes.fromhex(DOCUMENT), b"escai/1/seal")
    facts = {
        "data key": KEY.hex(),
        "kid": kid(KEY),
        "document id": DOCUMENT,
        "leaf key": page.hkdf(KEY, bytes.fromhex(DOCUMENT), b"escai/1/leaf").hex(),
        "seal key": seal_key.hex(),
        'frame("hunter2")': page.frame("hunter2").hex(),
        'frame(["database", "password"])': page.frame(list(path)).hex(),
        "subkey of that path": subkey(path).hex(),
        "SHA-256 of the message": hashlib.sha256(message(document)).hexdigest(),
    }
    lines = [f"    {name} = {value}" for name, value in facts.items()]
    return "\n".join(["", *lines, "", "```yaml", dumped(document).rstrip(), "```", ""]) + "\n"


def page_with_example():
    """Return the page as it should be."""
    before, _, rest = PAGE.read_text().partition(MARKS[0])
    return before + MARKS[0] + example() + MARKS[1] + rest.partition(MARKS[1])[2]


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for name, text in vectors().items():
        (FOLDER / f"{name}.yaml").write_text(text)
    PAGE.write_text(page_with_example())
