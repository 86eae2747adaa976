"""Documents that carry their own key."""

from __future__ import annotations

import pytest

from escai_nb.encryption.block import Scope
from escai_nb.encryption.providers.file import generate
from escai_nb.encryption.seal import open_document
from escai_nb.errors import KeyUnavailableError, SealError
from escai_nb.workspace.standalone.standalone import open_file_data, seal_file_data

DATA = {"a": "x", "b": [1, "y"]}
SECRETS = [("a",), ("b", 1)]


@pytest.fixture
def provider(tmp_path):
    """A master key."""
    return generate(tmp_path / "a.key")


def test_a_file_needs_the_master_key_alone(provider):
    """The data key is in the file, wrapped."""
    made = seal_file_data(DATA, secrets=SECRETS, provider=provider)
    opened = open_file_data(made, provider)
    assert (DATA, 1, 0, Scope.STRICT) == (
        opened.data,
        opened.block.revision,
        opened.block.keyring,
        opened.block.scope,
    )


def test_each_file_has_a_key_of_its_own(provider):
    """A token or a wrapped key of one file is of no use in another."""
    one, other = (seal_file_data(DATA, secrets=SECRETS, provider=provider) for _ in range(2))
    assert one["_escai"]["kid"] != other["_escai"]["kid"]
    spliced = {**one, "_escai": {**one["_escai"], "wraps": other["_escai"]["wraps"]}}
    with pytest.raises(SealError) as caught:
        open_file_data(spliced, provider)
    assert "wrap-broken" == caught.value.code


def test_another_master_key_does_not_open_it(provider, tmp_path):
    """The wrong key is told from a damaged file."""
    made = seal_file_data(DATA, secrets=SECRETS, provider=provider)
    with pytest.raises(KeyUnavailableError) as caught:
        open_file_data(made, generate(tmp_path / "b.key"))
    assert "key-wrong" == caught.value.code
    with pytest.raises(SealError) as broken:
        open_file_data({**made, "a": "x"}, provider)
    assert "seal-broken" == broken.value.code


def test_a_document_without_a_key_of_its_own_is_refused(provider):
    """It is for a keyring, or not sealed at all."""
    with pytest.raises(SealError) as caught:
        open_file_data(DATA, provider)
    assert "seal-missing" == caught.value.code


def test_a_keyring_does_not_stand_in(provider):
    """The key of a standalone document is looked up by name like any other."""
    made = seal_file_data(DATA, secrets=SECRETS, provider=provider)
    key = provider.unwrap(
        made["_escai"]["wraps"],
        context=b"l"
        + (60).to_bytes(8, "big")
        + b"s\0\0\0\0\0\0\0\x0astandalone"
        + b"s\0\0\0\0\0\0\0\x20"
        + made["_escai"]["document"].encode(),
    )
    assert DATA == open_document(made, key).data
