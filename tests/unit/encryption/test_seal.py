"""Whole documents: what is sealed, what is refused, and what an error says."""

from __future__ import annotations

import pickle
import traceback

import pytest

from escai_nb.encryption.block import BLOCK, Scope, read_block
from escai_nb.encryption.derivation import DataKey
from escai_nb.encryption.seal import (
    open_document,
    open_edited,
    seal_document,
    sealed_paths,
    value_digest,
)
from escai_nb.errors import EscaiError, KeyUnavailableError, SealError, ValueRefusedError
from escai_nb.secret import Secret

KEY = DataKey(bytes(range(32)))
CANARY = "canary-horse-4711"
DATA = {
    "api": {"port": 8443, "hosts": ["a", "b"]},
    "database": {"password": CANARY, "replica": None, "extra": {}},
    "users": [{"token": 5}, {"token": True}],
}
SECRETS = (("database",), ("users",), ("absent",))


def sealed(data=DATA, secrets=SECRETS, **given):
    """Seal with what all tests here share."""
    facts = {"key": KEY, "scope": Scope.STRICT, "revision": 1} | given
    return seal_document(data, secrets=secrets, **facts)


def test_a_container_is_sealed_leaf_by_leaf():
    """A secret path that names a container stands for its leaves; null and empties stay."""
    made = sealed()
    expected = (("database", "password"), ("users", 0, "token"), ("users", 1, "token"))
    assert expected == sealed_paths(made)
    assert {"replica": None, "extra": {}} == {k: made["database"][k] for k in ("replica", "extra")}
    assert DATA == open_document(made, KEY).data


def test_the_block_is_read_without_a_key():
    """Everybody may see revision, scope and key name."""
    block = read_block(sealed(revision=9, keyring=4, vouches={"policy": "a" * 64}))
    assert (9, 4, KEY.kid, Scope.STRICT) == (block.revision, block.keyring, block.kid, block.scope)
    assert {"policy": "a" * 64} == block.vouches
    assert read_block(DATA) is None


def test_secret_values_may_come_closed():
    """A `Secret` is sealed as its content, which is then never in a local variable."""
    closed = {"database": {"password": Secret(CANARY)}, "plain": 1}
    made = sealed(closed, [("database", "password")])
    assert CANARY == open_document(made, KEY).data["database"]["password"]


@pytest.mark.parametrize(
    ("data", "secrets", "where"),
    [
        ({"a": {"b": "escai:1:fernet:x"}}, [], "a.b"),
        ({"a": {"b": "escai:2:any:x"}}, [("a", "b")], "a.b"),
        ({"a": Secret(CANARY)}, [], "a"),
        ({"a": {5: "x"}}, [("a",)], "a[5]"),
        ({"a": {"b": {1, 2}}}, [], "a.b"),
        ({"a": object()}, [("a",)], "a"),
        ({"a": {(1, 2): "x"}}, [], "a"),
        ({"_escai": {}}, [], "_escai"),
    ],
)
def test_what_cannot_be_sealed_is_refused_by_its_place(data, secrets, where):
    """Tokens, secrets in the clear, odd keys and odd types are not sealed."""
    with pytest.raises(ValueRefusedError) as caught:
        sealed(data, secrets)
    assert where == caught.value.path


def test_a_document_of_endless_depth_is_refused():
    """Depth ends in an error of ours, at sealing and at opening."""
    deep = {"a": []}
    deep["a"].append(deep)
    with pytest.raises(ValueRefusedError):
        sealed(deep)
    with pytest.raises(SealError) as caught:
        open_document({**sealed(), "deep": deep}, KEY)
    assert "seal-malformed" == caught.value.code


def test_facts_that_no_reader_takes_are_not_written():
    """A revision of 0 or a digest that is none is refused when sealing."""
    for facts in ({"revision": 0}, {"vouches": {"policy": "x"}}, {"keyring": 0}):
        with pytest.raises(SealError):
            sealed(**facts)


def test_a_broken_seal_tells_where():
    """The error names the token that is not in its place, or says that none is."""
    made = sealed()
    made["users"][0], made["users"][1] = made["users"][1], made["users"][0]
    with pytest.raises(SealError) as caught:
        open_document(made, KEY)
    assert "users[0].token" == caught.value.path
    assert "users[0].token, users[1].token" in str(caught.value)
    made = sealed()
    made["api"]["port"] = 1
    with pytest.raises(SealError, match="a plain value") as caught:
        open_document(made, KEY)
    assert "" == caught.value.path


def test_an_edited_document_shows_its_values_to_who_asks_for_them():
    """Plain edits are taken by `open_edited`; a token that was moved is not."""
    made = sealed()
    made["api"]["port"] = 1
    del made["users"]
    opened = open_edited(made, KEY)
    assert 1 == opened.data["api"]["port"]
    assert CANARY == opened.data["database"]["password"]
    made["api"]["port"] = made["database"]["password"]
    with pytest.raises(SealError) as caught:
        open_edited(made, KEY)
    assert ("token-moved", "api.port") == (caught.value.code, caught.value.path)


def test_another_block_stands_in_for_a_damaged_one():
    """After a merge the block of the last sealed version opens the tokens."""
    made = sealed()
    block = read_block(made)
    made[BLOCK] = "<<<<<<< conflict"
    with pytest.raises(SealError):
        open_edited(made, KEY)
    assert DATA == open_edited(made, KEY, block=block).data
    with pytest.raises(SealError) as caught:
        open_edited(DATA, KEY)
    assert "seal-missing" == caught.value.code


def test_a_new_key_or_document_gives_new_tokens():
    """Tokens are kept under the same key in the same document only."""
    opened = open_document(sealed(), KEY)
    other = DataKey(bytes(32))
    again = sealed(key=other, previous=opened)
    assert opened.block.document == again[BLOCK]["document"]
    assert again["database"]["password"] != opened.tokens["database", "password"]
    elsewhere = sealed(document="0" * 32, previous=opened)
    assert elsewhere["database"]["password"] != opened.tokens["database", "password"]
    assert DATA == open_document(again, other).data == open_document(elsewhere, KEY).data


def test_a_value_of_another_type_gets_a_new_token():
    """1, 1.0 and true are not the same."""
    opened = open_document(sealed({"a": 1}, [("a",)]), KEY)
    for value in (1.0, True, "1"):
        again = sealed({"a": value}, [("a",)], previous=opened)
        assert again["a"] != opened.tokens["a",]
        assert type(value) is type(open_document(again, KEY).data["a"])


def test_integers_have_no_limit():
    """Also beyond the digits that Python turns into text."""
    data = {"a": 10**5000, "b": -(10**5000)}
    assert data == open_document(sealed(data, [("a",)]), KEY).data


def test_what_is_returned_is_not_what_was_given():
    """Editing a result changes neither the input nor another result."""
    made = sealed()
    opened = open_document(made, KEY)
    opened.data["api"]["hosts"].append("c")
    assert DATA == open_document(made, KEY).data


def test_the_digest_of_values_is_keyed_and_typed():
    """Equal values have one digest under one key, whatever their order."""
    one, other = {"a": 1, "b": "x"}, {"b": "x", "a": 1}
    assert value_digest(KEY, one) == value_digest(KEY, other)
    assert value_digest(KEY, one) == value_digest(KEY, {"a": 1, "b": Secret("x")})
    assert value_digest(KEY, one) != value_digest(DataKey(bytes(32)), one)
    assert value_digest(KEY, one) != value_digest(KEY, {"a": True, "b": "x"})


def test_opened_values_and_keys_have_no_voice():
    """Neither shows its content, and neither is pickled."""
    opened = open_document(sealed(), KEY)
    for held in (opened, KEY):
        assert CANARY not in f"{held!r} {held}"
        assert KEY.open().hex() not in f"{held!r} {held}"
        with pytest.raises(TypeError):
            pickle.dumps(held)
    assert "<Opened hidden>" == repr(opened)
    assert f"<DataKey {KEY.kid} hidden>" == repr(KEY)


def test_no_error_carries_a_value_along():
    """Not in its text, its causes, nor the local variables of any frame of this wing."""
    moved = sealed()
    moved["users"][0], moved["users"][1] = moved["users"][1], moved["users"][0]
    forged = sealed()
    forged["users"][1]["token"] = forged["users"][0]["token"]
    for document, opening in ((moved, open_document), (forged, open_edited)):
        with pytest.raises(EscaiError) as caught:
            opening(document, KEY)
        told = "".join(
            traceback.TracebackException.from_exception(caught.value, capture_locals=True).format()
        )
        assert CANARY not in told
        assert KEY.open().hex() not in told
        assert caught.value.__cause__ is None
        assert caught.value.__context__ is None


def test_another_key_is_unknown():
    """A document asks for its key by name."""
    with pytest.raises(KeyUnavailableError) as caught:
        open_document(sealed(), DataKey(bytes(32)))
    assert "key-unknown" == caught.value.code
