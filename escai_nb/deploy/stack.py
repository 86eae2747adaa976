"""What an application is deployed as: declared by key paths, then as plain values."""

from __future__ import annotations

from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from escai_nb import keypath
from escai_nb.errors import SpecError
from escai_nb.secret import reveal

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

SECRETS = "/run/secrets"
"""Folder in which every container finds its secrets, one a file, as Compose mounts them."""
CONFIG = "/srv/config"
"""Folder in which the application finds its configuration."""
KEY = "escai.key"
"""Name of the secret that is the master key."""
ANYWHERE = "0.0.0.0"  # noqa: S104  # inside of a container; who reaches it is said outside


@dataclass(frozen=True, slots=True)
class Backend:
    """
    A service that the application asks, which is deployed too where it is named as local.

    Attributes:
        port: The one that it listens on inside of its container.

        host: Key path of where the application looks for it; or *uri*.

        published: Key path of its port, with *host*.

        environment: Variables of the container; ``{key.path}`` stands for a value.

        password: Key path of the secret that it demands.

        login: Key path of a user, without whom nobody logs in and *password* is not
            asked for; by default that is decided by the password alone.

        with_password: More variables for who logs in.

        script: What ``sh`` runs then, in place of the image's own command; ``{secret}``
            stands for the file of the password.

        health: What ``sh`` runs to find out whether it answers; likewise.

        user: Number of the user and group that it runs as.

        data: Folder that outlives it.

        scratch: Folders that do not.

        read_only: Whether it writes nowhere else.
    """

    name: str
    image: str
    port: int
    health: str
    user: int
    data: str
    password: str
    host: str = ""
    published: str = ""
    uri: str = ""
    login: str = ""
    environment: Mapping[str, str] = field(default_factory=dict)
    with_password: Mapping[str, str] = field(default_factory=dict)
    script: str = ""
    scratch: tuple[str, ...] = ("/tmp",)  # noqa: S108  # of the container
    read_only: bool = True
    memory: int = 512


@dataclass(frozen=True, slots=True)
class Stack:
    """
    An application and what it asks, by key paths of its configuration.

    Attributes:
        health: Path at which the application answers when it is well.

        files: Key paths whose values name files that it reads, beside the configuration.

        files_when: Key path of the switch without which it reads none of them, and
            with which it speaks TLS.

        memory: MiB of each worker process, and once more for what they share.
    """

    name: str
    image: str
    host: str
    port: str
    workers: str
    health: str
    health_when: str
    health_interval: str
    files: tuple[str, ...]
    files_when: str
    backends: tuple[Backend, ...]
    user: int = 65534
    memory: int = 256


@dataclass(frozen=True, slots=True)
class Health:
    """
    How a service is asked whether it is well.

    Attributes:
        command: What is run inside of its container.

        path: What answers over HTTP; nothing where a connection must do.
    """

    command: tuple[str, ...]
    interval: int = 10
    path: str = ""
    is_tls: bool = False


@dataclass(frozen=True, slots=True)
class Service:
    """
    One container, without a word of any orchestrator.

    Attributes:
        published: Address and port at which the machine is reached; none if it is not.

        secrets: Names of those that it finds in `SECRETS`.

        data: Folder that outlives it; nothing where nothing does.

        memory: MiB.
    """

    name: str
    image: str
    port: int
    health: Health
    user: int
    environment: Mapping[str, str]
    secrets: tuple[str, ...]
    memory: int
    cpus: int
    published: tuple[str, int] | None = None
    command: tuple[str, ...] = ()
    data: str = ""
    scratch: tuple[str, ...] = ("/tmp",)  # noqa: S108
    read_only: bool = True


@dataclass(frozen=True, slots=True)
class Deployment:
    """
    An environment's application and the services that it finds beside itself.

    Attributes:
        workers: Processes of the application.

        worker_variable: What sets their number.

        given: For each secret leaf, the variable that names its file, and its key path.

        unnamed: Key paths of secret leaves that no variable can name.

        files: For each other secret that is a file already, where that is.

        outside: Host and port of what it asks elsewhere.

        configuration: The configuration file, without any secret.
    """

    name: str
    environment: str
    application: Service
    backends: tuple[Service, ...]
    workers: int
    worker_variable: str
    given: Mapping[str, str]
    unnamed: tuple[str, ...]
    files: Mapping[str, str]
    outside: tuple[tuple[str, int], ...]
    configuration: str = ""

    @property
    def title(self) -> str:
        """What all of it is called."""
        return f"{self.name}-{self.environment}".lower().replace("_", "-")


@dataclass(frozen=True, slots=True)
class Planner:
    """
    Reads what a *stack* comes to out of *values*.

    Attributes:
        secrets: Key paths that have a secret value; *values* need not have it.

        variable_of: Name of the variable that overrides a key path.

        file_of: Name of the variable that names the file of a secret, if there can be one.
    """

    stack: Stack
    environment: str
    values: Mapping[str, Any] = field(repr=False)
    secrets: Collection[keypath.Path]
    variable_of: Callable[[keypath.Path], str]
    file_of: Callable[[keypath.Path], str | None]

    def deployment(self, configuration: str) -> Deployment:
        """Return the deployment whose application reads *configuration*."""
        stack = self.stack
        beside = [each for each in stack.backends if self._is_beside(each)]
        elsewhere = [each for each in stack.backends if each not in beside]
        files = {
            path.rpartition(".")[2]: str(self._value(path))
            for path in (stack.files if self._value(stack.files_when) else ())
            if self._value(path) is not None
        }
        paths = sorted(self.secrets, key=keypath.render)
        named = {keypath.render(path): self.file_of(path) for path in paths}
        return Deployment(
            name=stack.name,
            environment=self.environment,
            application=self._application(beside, tuple(files)),
            backends=tuple(map(self._backend, beside)),
            workers=int(self._value(stack.workers)),
            worker_variable=self._variable(stack.workers),
            given={name: path for path, name in named.items() if name is not None},
            unnamed=tuple(path for path, name in named.items() if name is None),
            files=files,
            outside=tuple(map(self._address, elsewhere)),
            configuration=configuration,
        )

    def _value(self, path: str) -> Any:  # noqa: ANN401  # of a tree
        at = keypath.parse(path)
        if not keypath.has(self.values, at):
            message = f"the stack {self.stack.name} names {path}, which the configuration lacks"
            raise SpecError(message, hint="name a field of the model")
        return reveal(keypath.get(self.values, at))

    def _variable(self, path: str) -> str:
        return self.variable_of(keypath.parse(path))

    def _address(self, backend: Backend) -> tuple[str, int]:
        if backend.uri:
            parts = urlsplit(str(self._value(backend.uri)))
            return parts.hostname or "", parts.port or backend.port
        return str(self._value(backend.host)), int(self._value(backend.published))

    def _is_beside(self, backend: Backend) -> bool:
        host = self._address(backend)[0]
        return host == backend.name or is_local(host)

    def _application(self, beside: list[Backend], files: tuple[str, ...]) -> Service:
        stack = self.stack
        port, workers = int(self._value(stack.port)), int(self._value(stack.workers))
        environment = {"ESCAI_ENV": self.environment, self._variable(stack.host): ANYWHERE}
        for each in beside:
            if each.uri:
                scheme = urlsplit(str(self._value(each.uri))).scheme
                environment[self._variable(each.uri)] = f"{scheme}://{each.name}:{each.port}"
            else:
                environment[self._variable(each.host)] = each.name
                environment[self._variable(each.published)] = str(each.port)
        for path in stack.files:
            if (name := path.rpartition(".")[2]) in files:
                environment[self._variable(path)] = f"{SECRETS}/{name}"
        return Service(
            name=stack.name,
            image=stack.image,
            port=port,
            published=(_listening(str(self._value(stack.host))), port),
            health=self._health(port),
            user=stack.user,
            environment=environment,
            secrets=files,
            memory=stack.memory * (workers + 1),
            cpus=workers,
        )

    def _health(self, port: int) -> Health:
        stack = self.stack
        interval = int(self._value(stack.health_interval))
        is_tls = bool(self._value(stack.files_when))
        if not self._value(stack.health_when):
            code = f"import socket; socket.create_connection(('127.0.0.1', {port}), 5)"
            return Health(("python", "-c", code), interval)
        url = f"http{'s' * is_tls}://127.0.0.1:{port}{stack.health}"
        code = (
            "import ssl, urllib.request as u; c = ssl.create_default_context(); "
            "c.check_hostname = False; c.verify_mode = ssl.CERT_NONE; "
            f"u.urlopen('{url}', timeout=5, context=c)"
            if is_tls
            else f"import urllib.request as u; u.urlopen('{url}', timeout=5)"
        )
        return Health(("python", "-c", code), interval, path=stack.health, is_tls=is_tls)

    def _backend(self, backend: Backend) -> Service:
        password = keypath.parse(backend.password)
        is_guarded = password in self.secrets and (
            not backend.login or self._value(backend.login) is not None
        )
        texts = {**backend.environment, **(backend.with_password if is_guarded else {})}
        secret = f"{SECRETS}/{backend.password}" if is_guarded else "/dev/null"
        host, port = self._address(backend)
        script = backend.script.replace("{secret}", secret) if is_guarded else ""
        return Service(
            name=backend.name,
            image=backend.image,
            port=backend.port,
            published=("127.0.0.1", port) if is_local(host) else None,
            health=Health(("sh", "-c", backend.health.replace("{secret}", secret))),
            user=backend.user,
            environment={
                name: self._filled(text.replace("{secret}", secret)) for name, text in texts.items()
            },
            secrets=(backend.password,) if is_guarded else (),
            memory=backend.memory,
            cpus=1,
            command=("sh", "-c", script) if script else (),
            data=backend.data,
            scratch=backend.scratch,
            read_only=backend.read_only,
        )

    def _filled(self, text: str) -> str:
        """Put the value in the place of ``{key.path}``, which is all of *text* then."""
        is_path = text.startswith("{") and text.endswith("}")
        return str(self._value(text[1:-1])) if is_path else text


def is_local(host: str) -> bool:
    """Tell whether *host* is the machine itself."""
    name = host.strip("[]").lower()
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return False


def _listening(host: str) -> str:
    """Return the address of the machine that a service which binds to *host* is reached at."""
    if is_local(host):
        return "127.0.0.1"
    try:
        return str(ip_address(host))
    except ValueError:  # a name, which others resolve
        return ANYWHERE
