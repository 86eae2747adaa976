"""Real servers on loopback, each on a free port and in a folder of its own."""

from __future__ import annotations

import base64
import ctypes
import json
import os
import secrets
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from contextlib import contextmanager, suppress
from pathlib import Path

HOST = "127.0.0.1"
USER, PASSWORD, DATABASE = "escai_user", "pä ss'\"%40:/@\\word-1", "escai"
"""A login with every sign that an address, a command line or a header could stumble over."""
LONGEST_START = 60
"""Seconds; a busy machine takes its time."""
NOBODY = 65534
_LIBC = ctypes.CDLL(None)
PR_SET_PDEATHSIG = 1
"""As in linux/prctl.h."""


PORTS = range(18_000, 32_000)
"""Below those that the system gives to whoever connects somewhere."""


def free_port():
    """A port on which nothing listens now, and which nobody is given by chance."""
    while True:
        port = secrets.choice(PORTS)
        with suppress(OSError), socket.socket() as probe:
            probe.bind((HOST, port))
            return port


def postgresql_bin():
    """Folder of PostgreSQL's programs, the newest; nothing where there is none."""
    places = [*Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    if not places and (found := shutil.which("initdb")):
        places = [Path(found)]
    return max(places).parent if places else None


def _unprivileged():
    """Options by which a process of root becomes nobody; PostgreSQL refuses root."""
    if os.getuid() != 0:
        return {}
    return {"user": NOBODY, "group": NOBODY, "extra_groups": []}


def _end_with_tests():
    """Let a server not outlive tests that are killed, where the system can do that."""
    if sys.platform == "linux":
        _LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


@contextmanager
def folder():
    """A folder that an unprivileged server can reach, unlike those of pytest."""
    path = Path(tempfile.mkdtemp(prefix="escai-"))
    if os.getuid() == 0:
        os.chown(path, NOBODY, NOBODY)
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


@contextmanager
def running(command, is_up, *, log, **options):
    """Run *command* until the block ends; it has begun once *is_up* says so."""
    with log.open("wb") as said:
        process = subprocess.Popen(
            command,
            stdout=said,
            stderr=said,
            cwd="/",
            preexec_fn=_end_with_tests,  # noqa: PLW1509  # one system call takes no lock
            **options,
        )
    try:
        ends = time.monotonic() + LONGEST_START
        while not is_up():
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < ends, log.read_text()
            time.sleep(0.02)
        yield process
    finally:
        process.send_signal(signal.SIGINT)  # PostgreSQL waits for its clients at a SIGTERM
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextmanager
def frozen(process):
    """Let *process* do nothing; the system still takes connections for it."""
    process.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        process.send_signal(signal.SIGCONT)


def listens(port):
    """Tell whether somebody listens on *port*."""
    with suppress(OSError), socket.create_connection((HOST, port), 1):
        return True
    return False


class PostgreSQL:
    """A cluster with one user and one database; TLS can be switched on while it runs."""

    def __init__(self, base, programs):
        self.base, self.port = base, free_port()
        self._programs, self._data = programs, base / "data"

    @contextmanager
    def started(self):
        """Run it."""
        words = self.base / "words"
        words.write_text(PASSWORD)
        words.chmod(0o644)
        prepare = [self._programs / "initdb", "-D", self._data, "-U", USER, "-A", "scram-sha-256"]
        prepare += ["--pwfile", words, "--no-sync", "-E", "UTF8", "--no-locale"]
        subprocess.run(prepare, check=True, capture_output=True, cwd="/", **_unprivileged())
        (self._data / "pg_hba.conf").write_text(
            f"host all trusted {HOST}/32 trust\nhost all rejected {HOST}/32 reject\n"
            f"host all all {HOST}/32 scram-sha-256\n"
        )
        options = {
            "port": self.port,
            "listen_addresses": HOST,
            "unix_socket_directories": "",
            "fsync": "off",
            "max_connections": 20,
            "shared_buffers": "1MB",
        }
        command = [self._programs / "postgres", "-D", self._data]
        command += [word for name, value in options.items() for word in ("-c", f"{name}={value}")]
        log = self.base / "log"
        with running(command, self._answers, log=log, **_unprivileged()) as self.process:
            self.execute(f"CREATE DATABASE {DATABASE}")
            self.execute("CREATE ROLE trusted LOGIN")
            self.execute("CREATE ROLE rejected LOGIN")
            yield self

    def _answers(self):
        import psycopg

        with suppress(psycopg.OperationalError):
            self.execute("SELECT 1")
            return True
        return False

    def execute(self, statement):
        """Run *statement* as the superuser."""
        import psycopg

        login = {"user": USER, "password": PASSWORD, "dbname": "postgres"}
        with psycopg.connect(host=HOST, port=self.port, **login, autocommit=True) as connection:
            connection.execute(statement)

    @contextmanager
    def tls(self, pair):
        """Serve with the certificate and key of *pair*."""
        for name, content in (("server.crt", pair.certificate), ("server.key", pair.key)):
            file = self._data / name
            file.write_bytes(content)
            file.chmod(0o600)
            if os.getuid() == 0:
                os.chown(file, NOBODY, NOBODY)
        self._switch_tls("on")
        try:
            yield
        finally:
            self._switch_tls("off")

    def _switch_tls(self, state):
        self.execute(f"ALTER SYSTEM SET ssl = {state}")
        self.execute("SELECT pg_reload_conf()")
        while self._offers_tls() != (state == "on"):
            time.sleep(0.02)

    def _offers_tls(self):
        with socket.create_connection((HOST, self.port), 5) as connection:
            connection.sendall(b"\0\0\0\x08\x04\xd2\x16\x2f")
            return connection.recv(1) == b"S"


@contextmanager
def redis_server(base, *, password=PASSWORD, pair=None, **options):
    """Run a Redis server in *base*; give its port."""
    port = free_port()
    settings = {"bind": HOST, "save": "", "dir": base, "daemonize": "no", **options}
    if password:
        settings["requirepass"] = password
    if pair is not None:
        (base / "server.crt").write_bytes(pair.certificate)
        (base / "server.key").write_bytes(pair.key)
        settings |= {"port": 0, "tls-port": port, "tls-auth-clients": "no"}
        settings |= {"tls-cert-file": base / "server.crt", "tls-key-file": base / "server.key"}
        settings |= {"tls-ca-cert-file": base / "server.crt"}
    else:
        settings["port"] = port
    lines = [
        f"{name} {json.dumps(str(value), ensure_ascii=False)}" for name, value in settings.items()
    ]
    file = base / f"redis-{port}.conf"
    file.write_text("\n".join(lines) + "\n")
    with running(["redis-server", file], lambda: listens(port), log=base / f"redis-{port}.log"):
        yield port


INFLUXDB = """
reporting-disabled = true
bind-address = "{host}:{rpc}"
[meta]
dir = "{base}/meta"
[data]
dir = "{base}/data"
wal-dir = "{base}/wal"
[http]
bind-address = "{host}:{port}"
auth-enabled = {auth}
https-enabled = {https}
https-certificate = "{base}/server.pem"
"""


class InfluxDB:
    """An InfluxDB 1 server with one user and one database."""

    def __init__(self, base, *, auth=True, pair=None):
        self.base, self.port, self._auth, self._pair = base, free_port(), auth, pair

    @contextmanager
    def started(self):
        """Run it."""
        if self._pair is not None:
            (self.base / "server.pem").write_bytes(self._pair.certificate + self._pair.key)
        file = self.base / "influxdb.conf"
        said = {"auth": str(self._auth).lower(), "https": str(self._pair is not None).lower()}
        file.write_text(
            INFLUXDB.format(host=HOST, rpc=free_port(), port=self.port, base=self.base, **said)
        )
        command = ["influxd", "-config", file]
        log = self.base / "log"
        with running(command, lambda: listens(self.port), log=log) as self.process:
            words = f"{USER} WITH PASSWORD '{_quoted(PASSWORD)}'"
            self.execute(f"CREATE USER {words} WITH ALL PRIVILEGES")
            self.execute(f"CREATE DATABASE {DATABASE}")
            yield self

    def execute(self, statement):
        """Run *statement* as the administrator, who may not be there yet."""
        login = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
        body = urllib.parse.urlencode({"q": statement}).encode()
        scheme = "https" if self._pair is not None else "http"
        request = urllib.request.Request(f"{scheme}://{HOST}:{self.port}/query", body)  # noqa: S310
        anybody = ssl._create_unverified_context()  # noqa: S323  # it is our own
        if not statement.startswith("CREATE USER " + USER):
            request.add_header("Authorization", f"Basic {login}")
        with urllib.request.urlopen(request, timeout=30, context=anybody) as answer:  # noqa: S310  # our own
            assert "error" not in answer.read().decode()


def _quoted(text):
    return text.replace("\\", "\\\\").replace("'", "\\'")


@contextmanager
def talking(*words, then=id):
    """A server that says *words* to whoever connects, then does what *then* does; its port."""
    with socket.create_server((HOST, 0)) as server:
        stop = threading.Event()
        open_ones = []

        def serve():
            while not stop.is_set():
                with suppress(OSError):
                    connection, _ = server.accept()
                    open_ones.append(connection)
                    for word in words:
                        connection.sendall(word)
                    then(connection)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield server.getsockname()[1]
        finally:
            stop.set()
            server.shutdown(socket.SHUT_RDWR)
            for connection in open_ones:
                connection.close()
            thread.join(10)
