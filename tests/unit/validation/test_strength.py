import secrets
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from escai_nb.validation.strength import Weakness, weakness


@pytest.mark.parametrize(
    "secret",
    [
        "change_me_in_production",
        "change_me_to_a_secure_random_key_in_production",
        "please-change-this-before-use",
        "CHANGE ME NOW, WHOEVER YOU ARE",
        "your-256-bit-secret-goes-here",
        "your_password",
        "insert-your-key",
        "replace_with_real_value",
        "xxxxxxxxxxxxxxxxxxxx",
        "********",
        "<password>",
        "<set by the deployment>",
        "${DB_PASSWORD}",
        "{{ vault.password }}",
        "%PASSWORD%",
        "example",
        "an-example-secret",
        "dummy",
        "TODO",
        "placeholder-for-later",
        "my-secret-that-i-made-up",
        "this_is_super_secret_2024",
        "to be defined",
        "n/a",
        "default_password",
        "insert-secret-here",
        "some-random-string-at-least-32-chars",
        "thisisasecret",
        "thisisnotsecure",
        "use_a_real_secret_in_production",
        "P@$$w0rd2024!",
        "escai_dev_password",
        "neo4jpassword",
        "$JWT_SECRET",
        "%(password)s",
        "__SECRET__",
        "[your-password]",
        "c3VwZXItc2VjcmV0LWtleQ==",
        "correct horse battery staple",
        "pleaseChangeThisSecretForANewOne",
        "your-stripe-webhook-signing-key",
        "kowalskichangeme",
    ],
)
def test_placeholders(secret):
    """What documentation and templates leave for somebody else to fill in."""
    assert weakness(secret) in {Weakness.PLACEHOLDER, Weakness.KNOWN}


@pytest.mark.parametrize(
    "secret",
    [
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "abcabcabcabcabcabcabcabcabc",
        "ferretmarzipanferretmarzipan",
        "abcdefghijklmnopqrstuvwxyz012345",
        "QWERTYUIOPasdfghjkl12345678",
        "zyxwvutsrqponmlkjihg",
        "98765432109876543210",
        "010101010101010101010",
        "1111111111",
        "Kowalski2026!",
        "Initrode@2024",
    ],
)
def test_low_variety(secret):
    """Long, and guessed early."""
    assert Weakness.LOW_VARIETY is weakness(secret)


@pytest.mark.parametrize("secret", ["k", "tR2m-zK9w", "13 tR2m signs"])
def test_short(secret):
    """Fewer than fourteen characters."""
    assert Weakness.SHORT is weakness(secret)


@pytest.mark.parametrize(
    "secret",
    [
        "Vq7-tR2m_zK9wLx4Pb1s",
        "olive trombone ferret minaret",
        "changing-of-the-guard-at-noon-1861",
        "m9#Trombone!exampled_Ostrich",
        "unsecured-lemon-41-bicycle",
        "chowtime-yiddish-fiscally-example-agenda-stagnate",
        "kilns-customs-muse-exchange-medics-sand",
        "glosenbeichtesiegerneuenchangemegawatt",
        "imagoalpinstakkatobesetzenvorfeldsparplan",
        "curved.dirty.super.secret.illegal.dang.fruity",
        "ELFsSqzShbIs9073",
    ],
)
def test_good_ones(secret):
    """Neither words of four, nor pieces of other words, make a secret weak."""
    assert weakness(secret) is None


@pytest.mark.parametrize(
    "make",
    [
        lambda: secrets.token_urlsafe(32),
        lambda: secrets.token_hex(32),
        lambda: secrets.token_hex(16),
        lambda: "".join(secrets.choice(string.ascii_letters + string.digits) for _ in range(20)),
    ],
    ids=["urlsafe 32", "hex 32", "hex 16", "letters and digits 20"],
)
def test_random_secrets_are_never_weak(make):
    """No generated secret is refused."""
    assert [] == [secret for secret in (make() for _ in range(3_000)) if weakness(secret)]


def test_a_very_long_text_is_judged_at_once():
    """Words without end are no reason to look for them without end."""
    assert weakness("password" * 100_000 + "!") is None
    assert Weakness.PLACEHOLDER is weakness("supersecret" + "secret" * 100_000)


@given(st.text())
def test_any_text_can_be_judged(text):
    """Whatever stands there, there is an answer."""
    assert weakness(text) in {None, *Weakness}
