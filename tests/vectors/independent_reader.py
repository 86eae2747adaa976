"""A second reader of sealed documents, written from notebooks/guides/sealed_format.md alone."""

import datetime as dt
import hmac
import json
import math
import re
import struct
import unicodedata
from base64 import urlsafe_b64decode, urlsafe_b64encode
from hashlib import pbkdf2_hmac, sha256

import yaml
from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

COUNT, ID = "[1-9][0-9]*", '"[0-9a-f]{%d}"'
BLOCK = {"format": "1", "document": ID % 32, "suite": '"fernet"', "kid": ID % 16, "seal": ID % 64}
BLOCK |= {"scope": '"(strict|secrets)"', "revision": COUNT, "keyring": f"0|{COUNT}"}
BLOCK |= {"vouches": r'\{("[^"]+": "[0-9a-f]{64}"(, )?)*\}'}
RING = {"format": "1", "workspace": ID % 32, "environment": '".+"', "generation": COUNT}
RING |= {"seals": '"(file|history)"', "keys": r"\[.+\]", "mac": ID % 64}
KDF = {"kdf": '"pbkdf2-hmac-sha256"', "rounds": "[0-9]+", "salt": '"([0-9a-f]{2}){16,64}"'}
PLAIN = {
    b"s": lambda b: b.decode("utf-8", "surrogatepass"),
    b"i": lambda b: int(b, 16),
    b"y": bytes,
}
PLAIN |= {b"f": lambda b: struct.unpack(">d", b)[0], b"b": lambda b: b == b"1"}
PLAIN |= {b"d": lambda b: dt.date.fromisoformat(b.decode())}
PLAIN |= {b"t": lambda b: dt.datetime.fromisoformat(b.decode())}


def need(holds, word):
    if not holds:
        raise ValueError(word)


def shaped(data, shape):
    return data.keys() == shape.keys() and all(
        re.fullmatch(shape[name], json.dumps(data[name], default=str)) for name in shape
    )


def frame(x, level=0):
    kind, body = {
        type(None): lambda: ("n", b""),
        bool: lambda: ("b", b"%d" % x),
        int: lambda: ("i", f"{x:x}".encode()),
        float: lambda: ("f", struct.pack(">d", x) if not math.isnan(x) else b"\x7f\xf8" + bytes(6)),
        str: lambda: ("s", x.encode("utf-8", "surrogatepass")),
        dt.date: lambda: ("d", x.isoformat().encode()),
        dt.datetime: lambda: ("t", x.isoformat().encode()),
        bytes: lambda: ("y", x),
        list: lambda: ("l", b"".join(frame(item, level + 1) for item in x)),
        dict: lambda: ("m", b"".join(sorted(frame(k, 128) + frame(x[k], level + 1) for k in x))),
    }.get(type(x), lambda: need(None, "seal-malformed"))()
    need(level < 128 or kind not in "lm", "seal-malformed")
    return kind.encode() + struct.pack(">Q", len(body)) + body


def hkdf(key, salt, info):
    return HKDF(SHA256(), 32, salt, info).derive(key)


def same(key, message, told):
    return hmac.compare_digest(hmac.digest(key, message, "sha256").hex(), told)


def decrypt(key, token, word):
    try:
        return Fernet(urlsafe_b64encode(key)).decrypt(token)
    except InvalidToken:
        raise ValueError(word) from None


def unwrap(wraps, context, kid, master, passphrase):
    for wrap in wraps:
        key = urlsafe_b64decode(master)
        if wrap["provider"] == "passphrase" and passphrase:
            how = wrap.get("parameters", {})
            need(shaped(how, KDF) and 100_000 <= how["rounds"] <= 10_000_000, "wrap-broken")
            text = unicodedata.normalize("NFC", passphrase).encode()
            key = pbkdf2_hmac("sha256", text, bytes.fromhex(how["salt"]), how["rounds"])
        mine = sha256(b"escai-recipient" + key).hexdigest()[:16]
        if (
            wrap["provider"] == ("passphrase" if passphrase else "file")
            and wrap["recipient"] == mine
        ):
            opened = decrypt(
                hkdf(key, b"", b"escai/1/wrap" + context), wrap["wrapped"], "wrap-broken"
            )
            need(sha256(b"escai-kid" + opened).hexdigest()[:16] == kid, "wrap-broken")
            return opened
    raise ValueError("key-wrong")


def open_keyring(text, workspace, environment, at_least, *holder):
    """Return the generation, and each key by its kid with its state."""
    try:
        ring = json.loads(text)
    except ValueError:
        ring = None
    ring = ring if isinstance(ring, dict) else {}
    need(not (type(ring.get("format")) is int and ring["format"] > 1), "newer-format")
    need(shaped(ring, RING), "keyring-broken")
    primary = [key for key in ring["keys"] if key["state"] == "primary"]
    kids = {key["kid"] for key in ring["keys"]}
    need(len(primary) == 1 and len(kids) == len(ring["keys"]), "keyring-broken")
    wrapped = all((key["state"] == "destroyed") != bool(key["wraps"]) for key in ring["keys"])
    need(wrapped, "keyring-broken")
    need((ring["workspace"], ring["environment"]) == (workspace, environment), "keyring-broken")
    opened = {}
    for key in sorted(ring["keys"], key=lambda key: key not in primary):
        role = "primary" if key in primary else "other"
        try:
            context = frame(["keyring", workspace, environment, role])
            opened[key["kid"]] = unwrap(key["wraps"], context, key["kid"], *holder), key["state"]
        except ValueError as refused:
            need(str(refused) == "key-wrong" and key not in primary, str(refused))
        if key in primary:
            message = frame({name: ring[name] for name in ring if name != "mac"})
            own = hkdf(opened[key["kid"]][0], b"", b"escai/1/keyring")
            need(same(own, message, ring["mac"]), "keyring-broken")
            need(ring["generation"] >= at_least, "keyring-rolled-back")
    return ring["generation"], opened


def leaves(x, at=()):
    steps = x.items() if isinstance(x, dict) else enumerate(x) if isinstance(x, list) else None
    if steps is None:
        yield at, x
    for step, value in steps or ():
        for path, leaf in leaves(value, (*at, step)):
            token = isinstance(leaf, str) and re.match("escai:[0-9]+:", leaf)
            need(not token or isinstance(x, list) or isinstance(step, str), "seal-malformed")
            yield path, leaf


def take_block(data):
    block = data.pop("_escai")
    number, suite = (isinstance(block, dict) and block.get(name) for name in ("format", "suite"))
    need(not (type(number) is int and number > 1), "newer-format")
    need(not isinstance(suite, str) or suite == "fernet", "newer-format")
    need(isinstance(block, dict) and type(block.get("format")) is int, "seal-malformed")
    wraps = block.get("wraps", [])
    need(shaped({n: block[n] for n in block if n != "wraps"}, BLOCK), "seal-malformed")
    need((block["keyring"] == 0) == bool(wraps) == ("wraps" in block), "seal-malformed")
    return block, wraps


def read_beside(files, environment, secret=()):
    """Return what the policy asks for, and the digest of each file that a seal vouches for."""
    policy, shared = (yaml.safe_load(files.get(name, "{}")) for name in ("policy", "shared"))
    number = isinstance(policy, dict) and policy.get("format")
    need(type(number) is int, "policy-broken")
    need(number == 1, "newer-format")
    scopes = policy.get("scopes", {})
    need(set(scopes.values()) <= {"strict", "secrets"}, "policy-broken")
    held = [list(path) for path, _ in leaves(shared)]
    need(not any(path in held for path in secret), "secret-in-shared-file")
    digests = {}
    for name, data in (("policy", policy), ("shared", shared)):
        text = json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        digests[name] = sha256(text.encode()).hexdigest()
    return scopes.get(environment, "strict"), digests


def read(document, keyring, *, master="", passphrase="", history=False, policy="secrets", **place):
    """Return the opened values of *document*, or raise `ValueError` with the word."""
    data = json.loads(document) if document.startswith("{") else yaml.safe_load(document)
    files, head, digests = place.get("files"), place.get("head"), {}
    if files:
        policy, digests = read_beside(files, place["environment"], place.get("secret", ()))
    need(master or passphrase, "key-missing")
    if "_escai" not in data and files and json.loads(keyring)["seals"] == "history":
        need(not any(str(leaf).startswith("escai:1:") for _, leaf in leaves(data)), "seal-missing")
        return data
    need("_escai" in data, "seal-missing")
    block, wraps = take_block(data)
    frame(data)
    tokens = {p: v for p, v in leaves(data) if isinstance(v, str) and re.match("escai:[0-9]+:", v)}
    if wraps:
        context = frame(["standalone", block["document"]])
        generation, key = 0, unwrap(wraps, context, block["kid"], master, passphrase)
    else:
        at_least = place.get("at_least", 0)
        where = place["workspace"], place["environment"], at_least
        generation, keys = open_keyring(keyring, *where, master, passphrase)
        is_known = not head or block["seal"] == head["seal"] or block["revision"] > head["revision"]
        need(is_known, "older-document")
        need(block["kid"] in keys, "key-unknown")
        key, state = keys[block["kid"]]
        need(history or state != "retired", "key-retired")
    salt = bytes.fromhex(block["document"])
    told = block.pop("seal")
    message = frame("escai/1/strict") + frame({**data, "_escai": block})
    if block["scope"] == "secrets":
        placed = {frame(list(path)): token for path, token in tokens.items()}
        message = frame("escai/1/secrets") + frame(block) + frame(placed)
    holds = same(hkdf(key, salt, b"escai/1/seal"), message, told)
    need(holds or files, "seal-broken")
    need(wraps or block["keyring"] <= generation, "keyring-rolled-back")
    need(policy == "secrets" or block["scope"] == "strict", "scope-loosened")
    leaf_key = hkdf(key, salt, b"escai/1/leaf")
    for path, token in tokens.items():
        need(token.startswith("escai:1:fernet:"), "newer-format")
        value = open_token(hmac.digest(leaf_key, frame(list(path)), "sha256"), token[15:])
        here = data
        for step in path[:-1]:
            here = here[step]
        here[path[-1]] = value
    need(holds, "edited-by-hand")
    words = {"policy": "policy-edited" if policy == "strict" else "policy-loosened"}
    for name in digests if block["scope"] == "strict" else ():
        vouched = [block["vouches"].get(name), block["vouches"].get(f"{name}-next")]
        need(digests[name] in vouched, words.get(name, "edited-by-hand"))
    return data


def open_token(subkey, body):
    try:
        raw = urlsafe_b64decode(body)
    except ValueError:
        raw = b""
    is_canonical = urlsafe_b64encode(raw).decode() == body and raw[:9] == b"\x80" + bytes(8)
    need(is_canonical and len(raw) >= 73 and len(raw) % 16 == 9, "token-broken")
    plain = decrypt(subkey, body, "token-moved")
    try:
        value = PLAIN[plain[:1]](plain[9 : 9 + int.from_bytes(plain[1:9], "big")])
    except (KeyError, ValueError, struct.error):
        raise ValueError("token-broken") from None
    framed = frame(value)
    need(framed + bytes(-len(framed) % 32) == plain, "token-broken")
    return value
