"""The guess at what is secret."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from escai_nb.schema.sensitivity import name_is_secret, value_is_secret
from escai_nb.schema.shapes import _tokens, begins_with_token, is_service_token

NAMES = json.loads(
    (Path(__file__).parents[2] / "data/secret_names/secret_field_names.json").read_text()
)


def test_precision_and_recall_on_the_listed_names() -> None:
    """Of 90 secrets and 127 others at most one in twenty is misjudged, either way."""
    found = {name for name in (*NAMES["positive"], *NAMES["negative"]) if name_is_secret(name)}
    right = found & set(NAMES["positive"])
    assert len(right) / len(found) >= 0.95
    assert len(right) / len(NAMES["positive"]) >= 0.95


@pytest.mark.parametrize(
    "name",
    [
        "dbPassword",
        "MYSQLPWD",
        "userpass",
        "POSTGRES_PASSWORD_OLD",
        "secret_key_base",
        "SECRET_KEY_FALLBACKS",
        "privateKeyPem",
        "client-secret-value",
        "gcp.service.account.key",
        "CELERY_BROKER_URL",
        "connectionStrings",
        "backup_codes",
        "reset_token",
        "apiKeyV2",
        "password1",
        "SharedAccessKey",
        "pre_shared_key",
        "slack_webhook",
        "keypass",
        "storepass",
        "Datenbank-Passwort",
        "mot_de_passe",
        "contraseña",
        "api-schluessel",
        "githubPat",
        "snmp_community",
        "http-auth",
        "sharedAccessSignature",
        "cardCvv",
        "auth_code",
    ],
)
def test_names_beyond_the_list_are_secret(name: str) -> None:
    """In any case, with any separator, with numbers or a word of state behind them."""
    assert name_is_secret(name)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "123",
        "key",
        "keys",
        "password_changed_at",
        "passwordless",
        "max_new_tokens",
        "eos_token",
        "next_page_token",
        "public_api_key",
        "idempotency_key",
        "encrypt_passwords",
        "allow_empty_password",
        "require_password",
        "turkey",
        "compass",
        "secretariat",
        "status_code",
        "random_seed",
        "homepage_url",
        "dictionary_key",
        "sorted_by_key",
        "rate_limit_tokens",
        "bypass",
        "country_code",
        "pass_rate",
        "pinMemory",
        "passenger",
        "primary",
        "data",
        "database",
    ],
)
def test_names_beyond_the_list_are_not_secret(name: str) -> None:
    """What only sounds like a secret, or tells of one, is none."""
    assert not name_is_secret(name)


@pytest.mark.parametrize(
    "value",
    [
        "postgresql://user:hush@host/db",
        "see redis://:hush@cache:6379 for more",
        "-----BEGIN PRIVATE KEY-----\nMIIE",
        "-----BEGIN RSA PRIVATE KEY-----",
        "-----BEGIN OPENSSH PRIVATE KEY-----",
        "AGE-SECRET-KEY-1QQPZ8EXAMPLE2345678901",
        "Server=db;Database=shop;User Id=sa;Password=hush;",
        "host=db user=shop password=hush",
        "DefaultEndpointsProtocol=https;AccountName=x;AccountKey=aHVzaA==",
        "jdbc:postgresql://db/shop?password=hush",
        "ghp_" + "a1" * 18,
        "HRKU-AA" + "a1" * 29,
        "CCIPAT_" + "a1" * 11 + "_" + "0a" * 20,
        "fm2_" + "a1" * 60,
        "snyk_uat.0a1b2c3d." + "a1" * 40,
        "lsv2_pt_" + "0a" * 16 + "_" + "0a" * 5,
        "ops_eyJ" + "a1" * 130,
        "vercel_blob_rw_" + "a1" * 15,
        "pat-na1-0a1b2c3d-0a1b-0a1b-0a1b-0a1b0a1b0a1b",
        "SK" + "0a" * 16,
        "0a" * 16 + "-us12",
        "sntryu_" + "0a" * 32,
        "pat" + "a1" * 7 + "." + "0a" * 32,
        "ntn_" + "a1" * 23,
        "sq0csp-" + "a1" * 21 + "a",
        "xkeysib-" + "0a" * 32 + "-" + "a1" * 8,
        "abc8Q~" + "a1" * 17,
        "tskey-auth-" + "a1" * 12,
        "Authorization: Basic " + "a1B2" * 5,
        "Bearer eyJhbGciOiJIUzI1.eyJzdWIiOiIxMjM0.SflKxwRJSMeK",
    ],
)
def test_values_that_are_secret_by_their_shape(value: str) -> None:
    """Passwords inside URIs and connection strings, private keys, tokens of known issuers."""
    assert value_is_secret(value)


@pytest.mark.parametrize(
    "value",
    [
        "postgresql://host/db",
        "http://user@host",
        "-----BEGIN CERTIFICATE-----",
        "the password = whatever you like",
        "Server=db;Database=shop;Integrated Security=true",
        "jdbc:postgresql://db/shop?user=app&password=${DB_PASSWORD}",
        "eyJhbGciOi and nothing signed",
        5,
        None,
        [],
    ],
)
def test_values_that_are_not(value: object) -> None:
    """An address without a password, a public certificate, other types."""
    assert not value_is_secret(value)


DRAWN = "Zq7vKx2pWm9LtR4sYd8fQk"


@pytest.mark.parametrize(
    "text",
    [
        f"https://api.example.com/v1?api_key={DRAWN}",
        f"https://api.example.com/v1?page=2&access_token={DRAWN}#top",
        f"https://b.example.com/o?X-Amz-Signature={'0a1b2c3d' * 8}",
        f"Bearer {DRAWN}",
        f"Authorization: Bearer {DRAWN}==",
        "mysqldump --password=hunter2hunter2 app",
        f"deploy --token {DRAWN} --yes",
    ],
)
def test_a_secret_is_known_by_the_parameter_that_takes_it(text):
    """In a query, a header and a call."""
    assert is_service_token(text)


@pytest.mark.parametrize(
    "text",
    [
        "https://api.example.com/v1?api_key=YOUR_API_KEY_2026x",
        "https://api.example.com/v1?token=${API_TOKEN_1_ABCDEFGH}",
        "https://api.example.com/v1?token={{token12345678901}}",
        "https://api.example.com/v1?token_type=bearer12345678",
        "https://api.example.com/v1?token=abc",
        "mysqldump --password $PASSWORD_OF_DB_1",
        "mysqldump --password-file /run/secrets/db1_password",
        "deploy --token <token-12345678>",
        "Bearer tokens are sent with each of 12 headers",
    ],
)
def test_a_parameter_that_is_only_named_is_no_secret(text):
    """References, place-holders and words."""
    assert not is_service_token(text)


@pytest.mark.parametrize("part", ["?token=", "?token=a1", "--token ", "Bearer a1"])
def test_what_might_be_a_parameter_a_thousand_times_over_is_none(part):
    """Found out in one pass."""
    assert not is_service_token(part * 20_000)


@given(
    st.from_regex(r"/|[a-z][a-z0-9+.-]{0,9}://", fullmatch=True).filter(
        lambda s: s[:6] != "https:"
    ),
    st.text("aA0f9-_.:/=?&", max_size=30) | st.sampled_from([DRAWN * 5, "0a1b2c3d" * 9]),
)
def test_what_begins_like_a_path_or_a_uri_is_not_looked_up_in_vain(head, tail):
    """No token begins so; the large pattern is not read for it."""
    assert _tokens().match(head + tail) is None
    assert not begins_with_token(head + tail)
    assert begins_with_token(f"https://hooks.slack.com/services/T0a1/B0a1/{DRAWN}")
