"""What the earlier system sealed, and plain Fernet values."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest
import yaml
from cryptography.fernet import Fernet

from escai_nb.errors import KeyUnavailableError, SealError
from escai_nb.secret import Secret
from escai_nb.workspace.loading.plain_tokens import (
    decrypt_text,
    encrypt_text,
    is_legacy,
    open_legacy,
    plain_key,
)

LEGACY = Path(__file__).parents[2] / "data" / "legacy"
SPELLED = (LEGACY / "master_key").read_text()
FILE = yaml.safe_load((LEGACY / "config.staging.yaml").read_text())


@pytest.mark.parametrize("spelled", [SPELLED, base64.urlsafe_b64encode(SPELLED.encode()).decode()])
def test_earlier_files_open_with_either_spelling_of_their_key(spelled):
    """All of their leaves come back as text; nothing else is touched."""
    opened = open_legacy(FILE, plain_key(spelled))
    assert "legacy-Pg-pass-4711" == opened["database"]["postgres_password"]
    assert "legacy-jwt-9f2b7c1e5a804d3f96ab12cd34ef56a7" == opened["security"]["jwt_secret_key"]
    assert FILE["api"] == opened["api"]
    assert is_legacy(FILE["database"]["redis_password"])


def test_a_wrong_key_names_the_first_leaf():
    """The error tells where, and no value."""
    with pytest.raises(SealError) as caught:
        open_legacy(FILE, plain_key(Fernet.generate_key().decode()))
    assert "database.neo4j_password" == caught.value.path
    assert caught.value.__context__ is None


@pytest.mark.parametrize("value", ["", "%%%", "ä", 5, None, "Z0FB"])
def test_a_damaged_leaf_is_refused(value):
    """Whatever stands in place of a token."""
    with pytest.raises(SealError) as caught:
        open_legacy({"a": {"_encrypted": True, "_value": value}}, plain_key(SPELLED))
    assert "token-broken" == caught.value.code


@pytest.mark.parametrize("text", ["", "short", "x" * 44, "x" * 60, "ä" * 60])
def test_what_is_no_key_is_refused_untold(text):
    """The error does not repeat what was given."""
    with pytest.raises(KeyUnavailableError) as caught:
        plain_key(text)
    assert not text or text not in str(caught.value)


def test_values_are_those_of_any_fernet():
    """Either side opens what the other made."""
    key = Secret(Fernet.generate_key().decode())
    fernet = Fernet(key.open())
    assert "grün" == decrypt_text(encrypt_text("grün", key), key)
    assert "grün" == fernet.decrypt(encrypt_text("grün", key)).decode()
    assert "grün" == decrypt_text(fernet.encrypt("grün".encode()).decode(), key)
    with pytest.raises(SealError):
        decrypt_text(fernet.encrypt(b"\xff").decode(), key)
