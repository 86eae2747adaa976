"""Logins at real servers: right, wrong, and everything that a server says instead."""

from __future__ import annotations

import pytest
from servers import PASSWORD, InfluxDB, redis_server

LOCAL = "without TLS"
WRONG = "wrong-" + PASSWORD


@pytest.mark.postgresql
class TestPostgreSQL:
    """PostgreSQL, by psycopg."""

    SERVICE = "PostgreSQL"

    def test_the_right_login(self, postgresql, data, asked):
        """It is reached, logged in to, and has the database."""
        outcome, found = asked(data("postgres", postgresql.port), self.SERVICE)

        assert "ok" == outcome.verdict
        assert ("connection", LOCAL, "login", "database") == outcome.passed
        assert [] == found

    @pytest.mark.parametrize(
        ("changed", "verdict", "expected"),
        [
            ({"password": WRONG}, "auth", ("ESC656", "database.postgres_password")),
            ({"password": ""}, "auth", ("ESC656", "database.postgres_password")),
            ({"username": "nobody-here"}, "auth", ("ESC656", "database.postgres_password")),
            ({"username": "rejected"}, "auth", ("ESC656", "database.postgres_username")),
            (
                {"database": "not_there"},
                "wrong database",
                ("ESC657", "database.postgres_database"),
            ),
            (
                {"database": "x' host=elsewhere"},
                "wrong database",
                ("ESC657", "database.postgres_database"),
            ),
        ],
    )
    def test_a_login_that_is_refused(self, postgresql, data, asked, changed, verdict, expected):
        """What is to blame is named by its key path."""
        outcome, found = asked(data("postgres", postgresql.port, **changed), self.SERVICE)

        assert verdict == outcome.verdict
        assert [expected] == found

    def test_a_server_that_asks_for_no_password(self, postgresql, data, asked):
        """The login works; that any other would, too, is told."""
        outcome, found = asked(data("postgres", postgresql.port, username="trusted"), self.SERVICE)

        assert "ok" == outcome.verdict
        assert [("ESC661", "database.postgres_password")] == found


@pytest.mark.redis
class TestRedis:
    """Redis, by redis-py."""

    SERVICE = "Redis"

    def test_the_right_login(self, redis_port, data, asked):
        """It is reached, logged in to, and has the database."""
        outcome, found = asked(data("redis", redis_port), self.SERVICE)

        assert "ok" == outcome.verdict
        assert ("connection", LOCAL, "login", "database") == outcome.passed
        assert [] == found

    @pytest.mark.parametrize("password", [WRONG, None])
    def test_a_login_that_is_refused(self, redis_port, data, asked, password):
        """A wrong password and none at all are the password's fault."""
        outcome, found = asked(data("redis", redis_port, password=password), self.SERVICE)

        assert "auth" == outcome.verdict
        assert [("ESC656", "database.redis_password")] == found

    def test_a_database_that_is_not_there(self, folder, data, asked):
        """The server has fewer databases than the number says."""
        with redis_server(folder(), databases=2) as port:
            outcome, found = asked(data("redis", port), self.SERVICE)

        assert "wrong database" == outcome.verdict
        assert [("ESC657", "database.redis_database")] == found

    def test_a_server_without_a_password(self, folder, data, asked):
        """Without a password it is fine; with one, somebody is wrong."""
        with redis_server(folder(), password="") as port:
            fine, nothing = asked(data("redis", port, password=None), self.SERVICE)
            wrong, found = asked(data("redis", port), self.SERVICE)

        assert ("ok", []) == (fine.verdict, nothing)
        assert "auth" == wrong.verdict
        assert [("ESC656", "database.redis_password")] == found


@pytest.mark.influxdb
class TestInfluxDB:
    """InfluxDB 1, over HTTP."""

    SERVICE = "InfluxDB"

    def test_the_right_login(self, influxdb, data, asked):
        """It is reached, logged in to, and has the database; the generation is told."""
        outcome, found = asked(data("influxdb", influxdb.port), self.SERVICE)

        assert "ok" == outcome.verdict
        assert (LOCAL, "connection", "InfluxDB 1", "login", "database") == outcome.passed
        assert [] == found

    @pytest.mark.parametrize(
        ("changed", "verdict", "expected"),
        [
            ({"password": WRONG}, "auth", ("ESC656", "database.influxdb_password")),
            ({"password": None}, "auth", ("ESC656", "database.influxdb_password")),
            ({"username": "nobody"}, "auth", ("ESC656", "database.influxdb_password")),
            ({"username": None}, "auth", ("ESC656", "database.influxdb_username")),
            ({"database": "gone"}, "wrong database", ("ESC657", "database.influxdb_database")),
        ],
    )
    def test_a_login_that_is_refused(self, influxdb, data, asked, changed, verdict, expected):
        """What is to blame is named by its key path."""
        outcome, found = asked(data("influxdb", influxdb.port, **changed), self.SERVICE)

        assert verdict == outcome.verdict
        assert [expected] == found

    def test_a_server_that_asks_for_no_login(self, folder, data, asked):
        """Any password would do there, so the right one proves nothing."""
        with InfluxDB(folder(), auth=False).started() as server:
            outcome, found = asked(data("influxdb", server.port), self.SERVICE)

        assert "ok" == outcome.verdict
        assert [("ESC661", "database.influxdb_password")] == found
