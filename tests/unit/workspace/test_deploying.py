"""What an environment is deployed by: taken by its orchestrator, right, and without a secret."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from secrets import token_urlsafe

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft7Validator, Draft202012Validator
from shop import SHOP

from escai_nb import ConfigManager, ConfigTemplates, ConfigValidator, keypath
from escai_nb.errors import EnvironmentUnknownError, FileUnavailableError, RefusedError, UsageError
from escai_nb.escai.spec import ESCAI
from escai_nb.workspace.deploying import compose_files, kubernetes_files, preset_deployment

DATA = Path(__file__).parents[2] / "data"
COMPOSE = Draft7Validator(json.loads((DATA / "compose" / "compose-spec.schema.json").read_text()))
KUBERNETES = json.loads((DATA / "kubernetes" / "kubernetes-1.31.schema.json").read_text())
ENVIRONMENTS = ESCAI.environments
STORES = ["postgres", "mongodb", "redis", "influxdb", "neo4j"]
IN_STACK = {
    "development": STORES,
    "testing": STORES,
    "staging": [],
    "production": [],
}


def judged(manifest):
    """The object of *manifest*, which Kubernetes takes strictly."""
    found = yaml.load(manifest, yaml.CSafeLoader)
    group = {"v1": "core.v1"}.get(found["apiVersion"], found["apiVersion"].replace("/", "."))
    group = group.replace(".k8s.io", "")
    reference = f"#/$defs/io.k8s.api.{group}.{found['kind']}"
    Draft202012Validator({**KUBERNETES, "$ref": reference}).validate(found)
    return found


def presetting(environment, **values):
    """Presets of ESCAI, but with *values*, by key paths with ``__`` for dots."""
    data = ESCAI.preset(environment)
    for name, value in values.items():
        data = keypath.replace(data, keypath.parse(name.replace("__", ".")), value)
    return replace(ESCAI, presets={environment: data})


def composed(environment, **values):
    """The Compose file as data, which Compose takes."""
    text = ConfigTemplates(presetting(environment, **values)).generate_docker_compose_template(
        environment
    )
    found = yaml.load(text, yaml.CSafeLoader)
    COMPOSE.validate(found)
    return found


def objects(environment, **values):
    """The objects of the manifests, by kind and name."""
    files = ConfigTemplates(presetting(environment, **values)).generate_kubernetes_template(
        environment
    )
    found = map(judged, files.values())
    return {(each["kind"], each["metadata"]["name"]): each for each in found}


def pod(found, kind="Deployment", name="escai"):
    """The pod of a workload and its container."""
    spec = found[kind, name]["spec"]["template"]["spec"]
    return spec, spec["containers"][0]


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_compose_takes_the_file_of_each_environment(environment):
    """It is of its environment, and runs what is named as local and nothing else."""
    found = composed(environment)

    assert "version" not in found
    assert f"escai-{environment}" == found["name"]
    assert ["escai", *IN_STACK[environment]] == list(found["services"])
    escai = found["services"]["escai"]
    assert environment == escai["environment"]["ESCAI_ENV"]
    assert "/run/secrets/escai.key" == escai["environment"]["ESCAI_MASTER_KEY_FILE"]
    (mount,) = escai["volumes"]
    assert ("./config", True) == (mount["source"], mount["read_only"])
    others = set(ENVIRONMENTS) - {environment}
    assert not any(each in json.dumps(found) for each in others)


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_a_container_of_compose_may_do_little(environment):
    """It gains no privilege, is no root, is pinned, bounded and asked for its health."""
    found = composed(environment)
    for name, service in found["services"].items():
        assert ["ALL"] == service["cap_drop"]
        assert ["no-new-privileges:true"] == service["security_opt"]
        assert (name != "neo4j") == service["read_only"]
        assert not service["user"].startswith("0")
        assert re.fullmatch(r"\S+:[0-9][0-9.]+", service["image"])
        assert service["healthcheck"]["test"]
        assert service["mem_limit"]
        assert set(service.get("secrets", [])) <= set(found["secrets"])
        assert all(set(secret) == {"file"} for secret in found["secrets"].values())


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_kubernetes_takes_every_manifest(environment):
    """They are of their environment, and their pods may do little."""
    found = objects(environment)

    assert ("Namespace", f"escai-{environment}") in found
    assert IN_STACK[environment] == [name for kind, name in found if kind == "StatefulSet"]
    assert "Secret" not in {kind for kind, _ in found}
    for kind, name in found:
        if kind not in {"Deployment", "StatefulSet"}:
            continue
        spec, container = pod(found, kind, name)
        assert spec["securityContext"]["runAsNonRoot"] is True
        assert {"type": "RuntimeDefault"} == spec["securityContext"]["seccompProfile"]
        assert spec["automountServiceAccountToken"] is False
        may = container["securityContext"]
        assert may["allowPrivilegeEscalation"] is False
        assert ["ALL"] == may["capabilities"]["drop"]
        assert (name != "neo4j") == may["readOnlyRootFilesystem"]
        assert {"requests", "limits"} == container["resources"].keys()
        assert container["readinessProbe"]
        assert container["livenessProbe"]
    _, container = pod(found)
    assert {"name": "ESCAI_ENV", "value": environment} in container["env"]
    is_several = found["Deployment", "escai"]["spec"]["replicas"] > 1
    assert is_several == (("PodDisruptionBudget", "escai") in found)


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_the_config_map_is_valid_and_loads_with_its_secrets(environment, tmp_path, monkeypatch):
    """Its validator finds no error, and it loads once the files that it awaits are there."""
    found = objects(environment)
    (content,) = found["ConfigMap", f"escai-{environment}-config"]["data"].values()
    is_valid, errors = ConfigValidator().validate_config(yaml.load(content, yaml.CSafeLoader))
    assert (True, []) == (is_valid, errors)
    (tmp_path / f"config.{environment}.yaml").write_text(content)
    assert ConfigValidator().validate_config_file(tmp_path / f"config.{environment}.yaml")[0]

    with ConfigManager(tmp_path, environment, enable_hot_reload=False) as manager:
        with pytest.raises(FileUnavailableError, match="is to come from the file") as refused:
            manager.load_config()
        assert "set ESCAI_" in refused.value.hint
        assert not manager.report().is_valid

    _, container = pod(found)
    mounted = {item["name"]: item["value"] for item in container["env"]}
    for name, value in mounted.items():
        if name.endswith(("PASSWORD_FILE", "SECRET_KEY_FILE")):
            secret = tmp_path / Path(value).name
            secret.write_text(f"{token_urlsafe(32)}\n")
            value = str(secret)  # noqa: PLW2901
        monkeypatch.setenv(name, value)
    with ConfigManager(tmp_path, enable_hot_reload=False) as manager:
        config = manager.load_config()
        assert environment == config.environment
        assert 43 == len(config.security.jwt_secret_key.get_secret_value())
        assert "0.0.0.0" == config.api.host  # noqa: S104
        # who may change it is decided by the cluster, which knows no seal
        assert {"ESC901"} >= {each.code for each in manager.report().at_least("error")}


def test_only_a_secret_may_come_from_its_own_variable():
    """Text for another field, or in the place of what is no secret, is judged like any other."""
    data = ConfigTemplates().generate_config_template("production")
    for path, text in (
        ("security.jwt_secret_key", "${ESCAI_DATABASE__POSTGRES_PASSWORD_FILE}"),
        ("security.jwt_secret_key", "${SECRET}"),
        ("api.host", "${ESCAI_API__HOST_FILE}"),
    ):
        changed = keypath.replace(data, keypath.parse(path), text)
        is_valid, errors = ConfigValidator().validate_config(changed)
        assert not is_valid
        assert {path} == {each.path for each in errors}


def test_every_secret_is_mounted_and_none_is_said():
    """Each variable of one names a file among the items of the one Secret."""
    spec, container = pod(objects("production"))
    (secret,) = (each["secret"] for each in spec["volumes"] if "secret" in each)
    items = {f"/run/secrets/{item['path']}" for item in secret["items"]}
    files = {each["value"] for each in container["env"] if each["name"].endswith("_FILE")}

    assert items == files
    assert {"database.postgres_password", "security.jwt_secret_key", "tls_cert_file"} <= {
        item["key"] for item in secret["items"]
    }


def test_output_is_the_same_each_time():
    """Nothing of the moment or the machine is in it."""
    one, other = ConfigTemplates(), ConfigTemplates()
    for environment in ENVIRONMENTS:
        assert one.generate_docker_compose_template(
            environment
        ) == other.generate_docker_compose_template(environment)
        assert one.generate_kubernetes_template(environment) == other.generate_kubernetes_template(
            environment
        )


PORTS = st.integers(1, 65535)
LABEL = st.from_regex(r"[a-z]([a-z0-9-]{0,20}[a-z0-9])?", fullmatch=True)
HOSTS = st.one_of(
    st.sampled_from(["localhost", "127.0.0.1", "::1", "127.8.9.1", "no", "on", "1e3.example"]),
    LABEL,
    st.ip_addresses().map(str),
)


@given(port=PORTS, database=PORTS, host=HOSTS)
def test_any_port_and_host_lands_right(port, database, host):
    """In Compose and in Kubernetes, inside and outside, whatever they are."""
    values = {"api__port": port, "database__postgres_port": database}
    values |= {"database__postgres_host": host, "database__redis_host": "elsewhere.example.com"}
    found = composed("development", **values)
    services = found["services"]
    escai = services["escai"]
    assert [(port, str(port), "127.0.0.1")] == [
        (each["target"], each["published"], each["host_ip"]) for each in escai["ports"]
    ]
    assert f":{port}/health" in escai["healthcheck"]["test"][-1]
    assert "redis" not in services
    is_local = host in {"localhost", "::1"} or host.startswith("127.")
    assert (is_local or host == "postgres") == ("postgres" in services)
    if is_local:
        assert "5432" == escai["environment"]["ESCAI_DATABASE__POSTGRES_PORT"]
        assert str(database) == services["postgres"]["ports"][0]["published"]

    made = objects("development", **values)
    (content,) = made["ConfigMap", "escai-development-config"]["data"].values()
    said = yaml.load(content, yaml.CSafeLoader)
    assert (port, database, host) == (
        said["api"]["port"],
        said["database"]["postgres_port"],
        said["database"]["postgres_host"],
    )
    _, container = pod(made)
    assert port == container["ports"][0]["containerPort"]
    assert port == made["Service", "escai"]["spec"]["ports"][0]["port"]


def test_a_name_with_a_dollar_sign_stays_what_it_is():
    """Neither orchestrator puts a variable in its place."""
    values = {"database__postgres_database": "a$HOME$(HOME)"}

    said = composed("testing", **values)["services"]["postgres"]["environment"]
    assert "a$$HOME$$(HOME)" == said["POSTGRES_DB"]
    _, container = pod(objects("testing", **values), "StatefulSet", "postgres")
    assert {"name": "POSTGRES_DB", "value": "a$HOME$$(HOME)"} in container["env"]


def test_workers_are_shared_among_pods():
    """Pods together run as many workers, and so connections, as were configured."""
    found = objects("production")
    _, container = pod(found)
    (workers,) = (e["value"] for e in container["env"] if e["name"] == "ESCAI_API__WORKERS")

    assert 8 == found["Deployment", "escai"]["spec"]["replicas"] * int(workers)
    assert 1 == objects("production", api__workers=3)["Deployment", "escai"]["spec"]["replicas"]


def test_health_is_asked_as_the_configuration_says():
    """Over TLS where it is on, and by a connection alone where nothing answers."""
    _, container = pod(objects("production", api__port=443))
    assert {"path": "/health", "port": "main", "scheme": "HTTPS"} == container["livenessProbe"][
        "httpGet"
    ]
    _, container = pod(objects("testing", monitoring__health_check_enabled=False))
    assert "exec" in container["livenessProbe"]
    spec, _ = pod(objects("production", api__port=443))
    assert "0" == spec["securityContext"]["sysctls"][0]["value"]


def test_the_network_lets_through_what_is_configured():
    """Ports of the stores elsewhere, one address where it is one, and nothing by default."""
    found = objects("production", database__redis_host="10.1.2.3")
    default = found["NetworkPolicy", "default"]["spec"]
    assert ({}, [], []) == (default["podSelector"], default["ingress"], default["egress"])
    egress = found["NetworkPolicy", "escai"]["spec"]["egress"]
    assert {53, 5432, 6379, 7687, 8086, 27017} == {
        port["port"] for each in egress for port in each["ports"]
    }
    (redis,) = (each for each in egress if each["ports"][0]["port"] == 6379)
    assert [{"ipBlock": {"cidr": "10.1.2.3/32"}}] == redis["to"]


def test_a_secret_that_no_variable_can_name_is_refused_for_kubernetes_alone():
    """Compose mounts the sealed file; a manifest could only say it in clear."""
    secrets = {"custom_settings": {"tokens": [{"api_key": "quiet-otter-lantern-under-0815"}]}}
    deployment = preset_deployment(presetting("testing", **secrets), "testing")

    (text,) = compose_files(deployment).values()
    assert "quiet-otter" not in text
    with pytest.raises(RefusedError, match=r"custom_settings\.tokens") as refused:
        kubernetes_files(deployment)
    assert "quiet-otter" not in f"{refused.value} {refused.value.hint} {deployment!r}"


def test_without_a_stack_there_is_a_next_step():
    """A spec that says nothing of deployment is told how it could."""
    for generate in (
        ConfigTemplates(SHOP).generate_docker_compose_template,
        ConfigTemplates(SHOP).generate_kubernetes_template,
    ):
        with pytest.raises(UsageError, match="says nothing of how it is deployed") as refused:
            generate(SHOP.environments[0])
        assert "stack" in refused.value.hint
    with pytest.raises(EnvironmentUnknownError):
        ConfigTemplates().generate_kubernetes_template("prod")
