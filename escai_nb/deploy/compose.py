"""A deployment as a Compose file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from escai_nb.deploy.stack import CONFIG, KEY, SECRETS

if TYPE_CHECKING:
    from escai_nb.deploy.stack import Deployment, Service

_MASTER_KEY = "ESCAI_MASTER_KEY_FILE"


def file_name(deployment: Deployment) -> str:
    """Return what the file is called."""
    return f"compose.{deployment.environment}.yaml"


def folder(deployment: Deployment) -> str:
    """Return where the file looks for secrets."""
    return f"./secrets/{deployment.environment}"


def compose(deployment: Deployment, *, config: str) -> dict[str, Any]:
    """
    Return the file as plain data; secrets are named by their files, and nowhere else.

    *config* is where the configuration lies, as seen from the file.
    """
    backends = deployment.backends
    application = _service(deployment.application) | _application(deployment, config)
    if backends:
        application["depends_on"] = {
            each.name: {"condition": "service_healthy"} for each in backends
        }
    data: dict[str, Any] = {
        "name": deployment.title,
        "services": {
            deployment.application.name: application,
            **{each.name: _service(each) for each in backends},
        },
        "secrets": {
            KEY: {"file": f"${{{_MASTER_KEY}:-{folder(deployment)}/{KEY}}}"},
            **{name: {"file": _literal(path)} for name, path in deployment.files.items()},
            **{
                name: {"file": f"{folder(deployment)}/{name}"}
                for each in backends
                for name in each.secrets
            },
        },
    }
    if backends:
        data["volumes"] = {f"{each.name}-data": {} for each in backends}
    return data


def _application(deployment: Deployment, config: str) -> dict[str, Any]:
    """Return what the application has beside any other service: its configuration and key."""
    service = deployment.application
    mount = {"type": "bind", "source": _literal(config), "target": CONFIG, "read_only": True}
    return {
        "user": "${UID:-1000}:${GID:-1000}",  # who owns the key
        "environment": _texts({**service.environment, _MASTER_KEY: f"{SECRETS}/{KEY}"}),
        "secrets": [KEY, *service.secrets],
        "volumes": [mount],
    }


def _service(service: Service) -> dict[str, Any]:
    data: dict[str, Any] = {
        "image": service.image,
        "restart": "unless-stopped",
        "init": True,
        "user": f"{service.user}:{service.user}",
        "read_only": service.read_only,
        "cap_drop": ["ALL"],
        "security_opt": ["no-new-privileges:true"],
        "tmpfs": [f"{path}:mode=1777" for path in service.scratch],
        "environment": _texts(service.environment),
        "healthcheck": {
            "test": ["CMD", *map(_literal, service.health.command)],
            "interval": f"{service.health.interval}s",
            "timeout": "6s",
            "retries": 5,
            "start_period": "60s",
        },
        "mem_limit": f"{service.memory}m",
        "cpus": service.cpus,
        "pids_limit": 512,
    }
    if service.command:
        data["entrypoint"] = list(map(_literal, service.command))
    if service.secrets:
        data["secrets"] = list(service.secrets)
    if service.data:
        data["volumes"] = [
            {"type": "volume", "source": f"{service.name}-data", "target": service.data}
        ]
    if service.published is not None:
        address, port = service.published
        data["ports"] = [{"target": service.port, "published": str(port), "host_ip": address}]
    return data


def _texts(environment: Any) -> dict[str, str]:  # noqa: ANN401  # a mapping
    return {name: _literal(text) for name, text in environment.items()}


def _literal(text: str) -> str:
    """Keep Compose from putting a variable of the machine in the place of a dollar sign."""
    return text.replace("$", "$$")
