"""Certificate files as they lie on the disk."""

from __future__ import annotations

import time

import pytest
from authority import Authority, pem
from cryptography.hazmat.primitives.asymmetric import ec

from escai_nb.validation.live.certificate_files import check
from escai_nb.validation.live.outcome import Fault
from escai_nb.validation.live.place import Place
from escai_nb.validation.live.record import Record
from escai_nb.validation.live.target import Target

TARGET = Target(service="certificates", certificate="c", key="k", authority="a")


@pytest.fixture(scope="module")
def authority():
    """Who issues certificates."""
    return Authority()


@pytest.fixture
def looked(tmp_path):
    """Function: what is found in files with the contents given."""

    def look(mode=0o600, **contents):
        paths = {}
        for role, content in contents.items():
            file = tmp_path / role
            if content is not None:
                file.write_bytes(content)
                file.chmod(mode)
            paths[role] = str(file)
        record = Record(TARGET)
        check(Place(**paths, paths=TARGET.paths, ends=time.monotonic() + 9), record)
        return record.outcome()

    return look


def faults(outcome):
    """What is wrong, and where."""
    return [(trouble.fault, trouble.path) for trouble in outcome.troubles]


def test_a_pair_that_fits(looked, authority):
    """A certificate, its key, and the authority of clients."""
    pair = authority.issue()
    outcome = looked(certificate=pair.certificate, key=pair.key, authority=authority.certificate)

    assert [] == faults(outcome)
    assert ("certificate", "key") == outcome.passed
    assert [("c", 365), ("a", 3650)] == [(each.path, each.days) for each in outcome.validities]


def test_a_key_of_another_certificate(looked, authority):
    """The key is to blame, together with the certificate."""
    outcome = looked(certificate=authority.issue().certificate, key=authority.issue().key)

    assert [(Fault.KEY_MISMATCH, "k")] == faults(outcome)
    assert ("c",) == outcome.troubles[0].related


@pytest.mark.parametrize("days", [(-9, -1), (1, 9)])
def test_a_certificate_at_the_wrong_time(looked, authority, days):
    """Over, or not begun."""
    assert [(Fault.CERTIFICATE, "c")] == faults(
        looked(certificate=authority.issue(days=days).certificate)
    )


@pytest.mark.parametrize("content", [None, b"", b"no PEM", b"\xff\x00"])
def test_files_that_are_none(looked, content):
    """Missing, empty, or something else: each file is told by itself."""
    outcome = looked(certificate=content, key=content, authority=content)

    assert [(Fault.FILE, "c"), (Fault.FILE, "a"), (Fault.FILE, "k")] == faults(outcome)


def test_a_folder_is_no_file(tmp_path):
    """Nor is anything that would never end."""
    record = Record(TARGET)
    check(Place(certificate=str(tmp_path), key="/dev/zero", paths=TARGET.paths, ends=0), record)

    assert [(Fault.FILE, "c"), (Fault.FILE, "k")] == faults(record.outcome())


def test_a_key_that_everybody_may_read(looked, authority):
    """Its mode is told; the certificate's does not matter."""
    pair = authority.issue()
    outcome = looked(mode=0o644, certificate=pair.certificate, key=pair.key)

    assert [(Fault.KEY_OPEN, "k")] == faults(outcome)


def test_a_key_under_a_passphrase(looked, authority):
    """It cannot be compared, which is said."""
    key = pem(ec.generate_private_key(ec.SECP256R1()), b"words")
    outcome = looked(certificate=authority.issue().certificate, key=key)

    assert [(Fault.UNCHECKED, "k")] == faults(outcome)
