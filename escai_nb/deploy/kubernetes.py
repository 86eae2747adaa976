"""A deployment as Kubernetes manifests, one object a file."""

from __future__ import annotations

from ipaddress import ip_address
from typing import TYPE_CHECKING, Any

from escai_nb.deploy.stack import CONFIG, SECRETS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from escai_nb.deploy.stack import Deployment, Health, Service

_READABLE = 0o440
"""Mode of mounted secrets: for the group of the pod alone."""
_DNS = 53
_UNPRIVILEGED = 1024
"""The lowest port that anybody may listen on, where nothing else is said."""


def secret_name(deployment: Deployment) -> str:
    """Return the name of the Secret that its user makes."""
    return f"{deployment.title}-secrets"


def manifests(deployment: Deployment) -> dict[str, dict[str, Any]]:
    """Return file name → object, in an order in which they can be applied."""
    of = _Objects(deployment)
    application = deployment.application
    found = {
        "00-namespace.yaml": of.namespace(),
        "01-configmap.yaml": of.config_map(),
        "02-serviceaccount.yaml": of.account(),
        "03-networkpolicy-default.yaml": of.policy("default", {}, {"ingress": [], "egress": []}),
        f"04-networkpolicy-{application.name}.yaml": of.application_policy(),
    }
    for each in deployment.backends:
        found[f"10-networkpolicy-{each.name}.yaml"] = of.backend_policy(each)
        found[f"11-service-{each.name}.yaml"] = of.service(each)
        found[f"12-statefulset-{each.name}.yaml"] = of.stateful_set(each)
    found[f"20-service-{application.name}.yaml"] = of.service(application)
    found[f"21-deployment-{application.name}.yaml"] = of.deployment()
    if of.replicas > 1:
        found[f"22-poddisruptionbudget-{application.name}.yaml"] = of.budget()
    return found


class _Objects:
    """Makes the objects of one deployment."""

    def __init__(self, deployment: Deployment) -> None:
        self._of = deployment
        self.replicas = 2 if deployment.workers % 2 == 0 else 1
        """Pods that share the workers, as connections are counted by all of them."""

    def _object(self, version: str, kind: str, name: str, **more: Any) -> dict[str, Any]:  # noqa: ANN401
        return {
            "apiVersion": version,
            "kind": kind,
            "metadata": {"name": name, "namespace": self._of.title, "labels": self._labels(name)},
            **more,
        }

    def _labels(self, component: str) -> dict[str, str]:
        return {
            "app.kubernetes.io/name": component,
            "app.kubernetes.io/part-of": self._of.name,
            "app.kubernetes.io/instance": self._of.title,
        }

    def namespace(self) -> dict[str, Any]:
        """Return the namespace, in which no pod may have privileges."""
        labels = {"pod-security.kubernetes.io/enforce": "restricted"}
        metadata = {"name": self._of.title, "labels": self._labels(self._of.title) | labels}
        return {"apiVersion": "v1", "kind": "Namespace", "metadata": metadata}

    def config_map(self) -> dict[str, Any]:
        """Return the configuration file."""
        name = f"config.{self._of.environment}.yaml"
        data = {name: self._of.configuration}
        return self._object("v1", "ConfigMap", f"{self._of.title}-config", data=data)

    def account(self) -> dict[str, Any]:
        """Return an account that may ask the cluster nothing."""
        off = {"automountServiceAccountToken": False}
        return self._object("v1", "ServiceAccount", self._of.name, **off)

    def policy(
        self, name: str, selected: Mapping[str, Any], allowed: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Return a policy that lets the pods *selected* be reached and reach as *allowed*."""
        spec = {"podSelector": selected, "policyTypes": ["Ingress", "Egress"], **allowed}
        return self._object("networking.k8s.io/v1", "NetworkPolicy", name, spec=spec)

    def application_policy(self) -> dict[str, Any]:
        """Let anybody reach the application, and it the services that it is configured for."""
        application = self._of.application
        egress: list[dict[str, Any]] = [
            {"ports": [{"protocol": each, "port": _DNS} for each in ("UDP", "TCP")]}
        ]
        egress += ({"to": [self._pods(each)], **_ports(each.port)} for each in self._of.backends)
        for host, port in sorted(set(self._of.outside)):
            block = _block(host)
            egress.append({**({"to": [block]} if block else {}), **_ports(port)})
        allowed = {"ingress": [_ports(application.port)], "egress": egress}
        return self.policy(application.name, self._selector(application), allowed)

    def backend_policy(self, service: Service) -> dict[str, Any]:
        """Let the application reach *service*, which reaches nobody."""
        ingress = [{"from": [self._pods(self._of.application)], **_ports(service.port)}]
        return self.policy(
            service.name, self._selector(service), {"ingress": ingress, "egress": []}
        )

    def service(self, service: Service) -> dict[str, Any]:
        """Return the name in the cluster by which *service* is reached."""
        port = {"name": "main", "port": service.port, "targetPort": "main"}
        spec = {"selector": self._labels(service.name), "ports": [port]}
        return self._object("v1", "Service", service.name, spec=spec)

    def stateful_set(self, service: Service) -> dict[str, Any]:
        """Return a backend with a volume that outlives it."""
        claim = {
            "metadata": {"name": "data"},
            "spec": {
                "accessModes": ["ReadWriteOnce"],
                "resources": {"requests": {"storage": "10Gi"}},
            },
        }
        spec = {
            "serviceName": service.name,
            "replicas": 1,
            "selector": self._selector(service),
            "template": self._pod(service),
            "volumeClaimTemplates": [claim],
        }
        return self._object("apps/v1", "StatefulSet", service.name, spec=spec)

    def deployment(self) -> dict[str, Any]:
        """Return the application."""
        service = self._of.application
        spec = {
            "replicas": self.replicas,
            "selector": self._selector(service),
            "template": self._pod(service),
        }
        return self._object("apps/v1", "Deployment", service.name, spec=spec)

    def budget(self) -> dict[str, Any]:
        """Keep one pod of several when nodes are emptied."""
        service = self._of.application
        spec = {"minAvailable": 1, "selector": self._selector(service)}
        return self._object("policy/v1", "PodDisruptionBudget", service.name, spec=spec)

    def _selector(self, service: Service) -> dict[str, Any]:
        return {"matchLabels": self._labels(service.name)}

    def _pods(self, service: Service) -> dict[str, Any]:
        return {"podSelector": self._selector(service)}

    def _pod(self, service: Service) -> dict[str, Any]:
        secrets, environment = list(service.secrets), dict(service.environment)
        mounts, volumes = [], []
        if service is self._of.application:
            given = {variable: f"{SECRETS}/{name}" for variable, name in self._of.given.items()}
            shared = {self._of.worker_variable: str(self._of.workers // self.replicas)}
            environment |= {**given, **shared}
            secrets += self._of.given.values()
            mounts.append({"name": "config", "mountPath": CONFIG, "readOnly": True})
            volumes.append({"name": "config", "configMap": {"name": f"{self._of.title}-config"}})
        if secrets:
            mounts.append({"name": "secrets", "mountPath": SECRETS, "readOnly": True})
            volumes.append({"name": "secrets", "secret": self._secret(secrets)})
        for number, path in enumerate(service.scratch):
            mounts.append({"name": f"scratch-{number}", "mountPath": path})
            volumes.append({"name": f"scratch-{number}", "emptyDir": {"sizeLimit": "256Mi"}})
        if service.data:
            mounts.append({"name": "data", "mountPath": service.data})
        container = _container(service, environment) | {
            "resources": self._resources(service),
            "volumeMounts": mounts,
        }
        return {
            "metadata": {"labels": self._labels(service.name)},
            "spec": {
                "serviceAccountName": self._of.name,
                "automountServiceAccountToken": False,
                "enableServiceLinks": False,
                "securityContext": _identity(service),
                "containers": [container],
                "volumes": volumes,
            },
        }

    def _secret(self, names: list[str]) -> dict[str, Any]:
        items = [{"key": name, "path": name} for name in names]
        return {"secretName": secret_name(self._of), "defaultMode": _READABLE, "items": items}

    def _resources(self, service: Service) -> dict[str, Any]:
        pods = self.replicas if service is self._of.application else 1
        memory, milli = service.memory // pods, 1000 * service.cpus // pods
        return {
            "requests": {"cpu": f"{milli // 2}m", "memory": f"{memory}Mi"},
            "limits": {"cpu": f"{milli}m", "memory": f"{memory}Mi"},
        }


def _identity(service: Service) -> dict[str, Any]:
    identity: dict[str, Any] = {
        "runAsNonRoot": True,
        "runAsUser": service.user,
        "runAsGroup": service.user,
        "fsGroup": service.user,
        "seccompProfile": {"type": "RuntimeDefault"},
    }
    if service.port < _UNPRIVILEGED:
        identity["sysctls"] = [{"name": "net.ipv4.ip_unprivileged_port_start", "value": "0"}]
    return identity


def _container(service: Service, environment: Mapping[str, str]) -> dict[str, Any]:
    probe = _probe(service.health)
    container: dict[str, Any] = {
        "name": service.name,
        "image": service.image,
        "imagePullPolicy": "Always",  # a tag may be moved; layers that are there are not fetched
        "ports": [{"name": "main", "containerPort": service.port, "protocol": "TCP"}],
        "env": [{"name": name, "value": _literal(text)} for name, text in environment.items()],
        "startupProbe": probe | {"periodSeconds": 5, "failureThreshold": 60},
        "readinessProbe": probe | {"failureThreshold": 2},
        "livenessProbe": probe | {"failureThreshold": 5},
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "privileged": False,
            "readOnlyRootFilesystem": service.read_only,
            "capabilities": {"drop": ["ALL"]},
        },
    }
    if service.command:
        container["command"] = list(map(_literal, service.command))
    return container


def _probe(health: Health) -> dict[str, Any]:
    timing = {"periodSeconds": health.interval, "timeoutSeconds": 5}
    if health.path:
        scheme = "HTTPS" if health.is_tls else "HTTP"
        return {"httpGet": {"path": health.path, "port": "main", "scheme": scheme}, **timing}
    return {"exec": {"command": list(map(_literal, health.command))}, **timing}


def _literal(text: str) -> str:
    """Keep Kubernetes from putting a variable in the place of ``$(NAME)``."""
    return text.replace("$(", "$$(")


def _ports(port: int) -> dict[str, Any]:
    return {"ports": [{"protocol": "TCP", "port": port}]}


def _block(host: str) -> dict[str, Any] | None:
    """Return the one address that *host* is, if it is one; policies know no names."""
    try:
        address = ip_address(host)
    except ValueError:
        return None
    return {"ipBlock": {"cidr": f"{address}/{address.max_prefixlen}"}}
