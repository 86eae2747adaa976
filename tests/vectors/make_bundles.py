"""
Writes the vectors of history bundles: a writer of its own, from the page alone.

It takes keys, keyrings and the walk from the sealed format's writer, and nothing
of escai_nb, so that it can also write what no honest writer would.
"""

import hashlib
import hmac
import json
from pathlib import Path

import make
import yaml

FOLDER = Path(__file__).parent / "history_bundle"
TIME = "2026-11-02T09:00:00.000000+00:00"


def canonical(data):
    """Return data as the page writes it."""
    return json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def sha(data):
    return hashlib.sha256(canonical(data)).hexdigest()


def content(port, key=make.KEY):
    """Return a sealed document that says *port*."""
    data = {"api": {"port": port}, "security": {"jwt_secret_key": "correct horse " * 3}}
    return make.sealed(data, (("security", "jwt_secret_key"),), key=key, revision=port - 7999)


def line(number, parent, *, environment="production", kept=True, tags=(), **facts):
    """Return the line of a version."""
    body = content(8000 + number)
    named = [parent, environment, sha(body), "ada", TIME, f"save {number}"]
    version = {
        "id": sha(named),
        "parent": parent,
        "environment": environment,
        "kind": "save",
        "digest": sha(body),
        "revision": body["_escai"]["revision"],
        "author": "ada",
        "time": TIME,
        "message": f"save {number}",
        "source": None,
        "value_digest": "ab" * 32,
        "seal": body["_escai"]["seal"],
        "changes": 1,
        "kept": kept,
        "tags": list(tags),
    } | facts
    said = {"version": version, "checksum": sha(version)}
    return said | {"content": body} if kept else said


def chain(count=3, **facts):
    """Return lines that follow from each other."""
    lines, parent = [], None
    for number in range(count):
        lines.append(line(number, parent, **facts))
        parent = lines[-1]["version"]["id"]
    return lines


HEAD = {
    "escai_bundle": 1,
    "workspace": make.WORKSPACE,
    "spec": "escai",
    "created": "2026-11-02T10:00:00+00:00",
    "keyrings": {"production": json.dumps(make.keyring())},
}


def bundle(lines=None, *, head=HEAD, key=make.KEY, end=None, macs=None):
    """Return the text of a whole bundle."""
    lines = chain() if lines is None else lines
    text = b"".join(canonical(said) + b"\n" for said in (head, *lines))
    digest = hashlib.sha256(text).hexdigest()
    own = make.page.hkdf(key, b"", b"escai/1/bundle")
    mac = hmac.digest(own, digest.encode(), "sha256").hex()
    macs = {"production": {"kid": make.kid(key), "mac": mac}} if macs is None else macs
    last = {"versions": len(lines), "sha256": digest, "macs": macs} | (end or {})
    return (text + canonical({"end": last}) + b"\n").decode()


def _edited(at, **facts):
    """Return lines of which one says something else."""
    lines = chain()
    lines[at] = lines[at] | {"version": lines[at]["version"] | facts}
    return lines


def _with_checksum(lines, at):
    lines[at] = lines[at] | {"checksum": sha(lines[at]["version"])}
    return lines


def vectors():
    """Return name → word that a reader answers, and text."""
    part = chain()
    part[0] = line(0, None, kept=False)
    for at in (1, 2):
        part[at] = line(at, part[at - 1]["version"]["id"])
    lost, torn, moved, second = chain(), chain(), chain(), chain()
    del lost[1]["content"]
    del torn[1]
    moved[1] = moved[1] | {"content": content(8007)}
    second[2] = second[2] | {"content": content(8002) | {"api": {"port": 1}}}
    shared = chain(2)
    same = shared[1]["version"] | {"message": "again", "parent": shared[1]["version"]["id"]}
    named = ("parent", "environment", "digest", "author", "time", "message")
    same = same | {"id": sha([same[name] for name in named])}
    shared.append({"version": same, "checksum": sha(same)})
    whole = bundle()
    return {
        "whole": ("opened", whole),
        "without-some-contents": ("opened", bundle(part)),
        "tagged": ("opened", bundle(chain(tags=["v1"])[:1])),
        "one-content-twice": ("opened", bundle(shared)),
        "empty": ("opened", bundle([], macs={})),
        "edited-message": ("version-changed", bundle(_edited(1, message="harmless"))),
        "edited-kind": ("version-changed", bundle(_edited(1, kind="rollback"))),
        "edited-tags": ("version-changed", bundle(_edited(2, tags=["v2"]))),
        "unknown-kind": ("version-changed", bundle(_with_checksum(_edited(1, kind="gift"), 1))),
        "local-time": (
            "version-changed",
            bundle(_with_checksum(_edited(1, time="2026-11-02T10:00:00+01:00"), 1)),
        ),
        "line-no-json": ("version-changed", whole.replace('{"checksum"', "{checksum", 1)),
        "other-content": ("content-changed", bundle(moved)),
        "edited-content": ("content-changed", bundle(second)),
        "lost-content": ("content-missing", bundle(lost)),
        "lost-version": ("chain-broken", bundle(torn)),
        "cut": ("bundle-cut", whole[: whole.rindex('{"end"')]),
        "cut-within-a-line": ("bundle-cut", whole[:-5]),
        "lost-last-version": ("bundle-changed", bundle(chain()[:2], end={"versions": 3})),
        "edited-origin": ("bundle-changed", whole.replace("10:00:00", "11:00:00", 1)),
        "edited-end": ("bundle-changed", bundle(end={"sha256": "0" * 64})),
        "after-the-end": ("bundle-changed", whole + "{}\n"),
        "edited-and-all-hashes-anew": (
            "mac-broken",
            bundle(
                _with_checksum(_edited(2, kind="rollback"), 2),
                macs=json.loads(whole.splitlines()[-1])["end"]["macs"],
            ),
        ),
        "without-mac": ("mac-missing", bundle(macs={})),
        "no-bundle": ("not-a-bundle", '{"versions": []}\n'),
        "newer": ("newer-format", bundle(head=HEAD | {"escai_bundle": 2})),
        "edited-keyring": (
            "keyring-broken",
            bundle(head=HEAD | {"keyrings": {"production": json.dumps(make.keyring(mac=""))[:-2]}}),
        ),
    }


def texts():
    """Return the vectors as they are stored."""
    return {
        name: yaml.safe_dump({"expect": word, "bundle": text}, sort_keys=False, width=10_000)
        for name, (word, text) in vectors().items()
    }


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for name, text in texts().items():
        (FOLDER / f"{name}.yaml").write_text(text)
