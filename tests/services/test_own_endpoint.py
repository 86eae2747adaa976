"""The configured service itself, compared with its certificate file where it runs."""

from __future__ import annotations

import pytest
from servers import HOST, free_port, talking
from test_tls import endpoint

SECRET = "1e3b8c4f0a7d4e6b9c2a5d8f7e6b1c3a-Kq"


@pytest.fixture
def api(tmp_path):
    """Function: a configuration of ESCAI's API with a pair of files."""

    def make(port, pair, host=HOST):
        for name, content in (("tls.crt", pair.certificate), ("tls.key", pair.key)):
            (tmp_path / name).write_bytes(content)
            (tmp_path / name).chmod(0o600)
        return {
            "api": {"host": host, "port": port},
            "security": {
                "jwt_secret_key": SECRET,
                "tls_enabled": True,
                "tls_cert_file": str(tmp_path / "tls.crt"),
                "tls_key_file": str(tmp_path / "tls.key"),
            },
        }

    return make


@pytest.mark.parametrize("host", [HOST, "0.0.0.0"])  # noqa: S104
def test_it_serves_its_certificate(api, authority, folder, asked, host):
    """The one that the file holds; nobody asks under which name clients know it."""
    pair = authority.issue("api.example.org")
    with endpoint(pair, folder) as port:
        outcome, found = asked(api(port, pair, host), "API")

    assert ("ok", []) == (outcome.verdict, found)
    assert "certificate" in outcome.passed


def test_it_still_serves_the_old_one(api, authority, folder, asked):
    """The file was renewed, and the service was not restarted."""
    with endpoint(authority.issue(), folder) as port:
        _, found = asked(api(port, authority.issue()), "API")

    assert [("ESC665", "security.tls_cert_file")] == found


def test_it_does_not_run(api, authority, asked):
    """Before it is started, nothing is wrong with it."""
    outcome, found = asked(api(free_port(), authority.issue()), "API")

    assert ("ok", []) == (outcome.verdict, found)
    assert ("nothing listens there now",) == outcome.passed


def test_something_else_runs_there(api, authority, asked):
    """What answers speaks no TLS."""
    with talking(b"HTTP/1.1 400 Bad Request\r\n\r\n", then=lambda c: c.close()) as port:
        _, found = asked(api(port, authority.issue()), "API")

    assert [("ESC665", "api.host")] == found
