"""What an environment is deployed by, from the command line."""

from __future__ import annotations

import stat

import pytest
import yaml

PASSWORD = "quiet-otter-lantern-under-0815"


@pytest.mark.parametrize("kind", ["docker-compose", "kubernetes"])
def test_it_is_made_of_the_configuration_and_needs_no_key(workspace, kind):
    """What was set is what is deployed, also where nothing can be opened; nothing is written."""
    workspace("config", "set", "api.port", "8123", "database.redis_host", "redis.example.com")
    for key in workspace.folder.parent.rglob("*.key"):
        key.unlink()
    before = workspace.tree()
    outcome = workspace("config", "generate-deploy", "--format", kind)
    made = outcome.out

    assert "unverified" in outcome.err
    assert before == workspace.tree()
    found = list(yaml.safe_load_all(made))
    assert "8123" in made
    if kind == "docker-compose":
        assert ["escai", "postgres", "mongodb", "influxdb", "neo4j"] == list(found[0]["services"])
        assert ["database.postgres_password"] == found[0]["services"]["postgres"]["secrets"]
    else:
        (config,) = (each["data"] for each in found if each["kind"] == "ConfigMap")
        said = yaml.safe_load(config["config.development.yaml"])
        assert (8123, "redis.example.com") == (
            said["api"]["port"],
            said["database"]["redis_host"],
        )
        assert "${ESCAI_SECURITY__JWT_SECRET_KEY_FILE}" == said["security"]["jwt_secret_key"]
        assert "redis" not in [each["metadata"]["name"] for each in found]


def test_no_secret_is_in_it(workspace):
    """Neither a sealed one nor its token; one in free settings awaits its file, too."""
    workspace("config", "set", "database.postgres_password", "--stdin", stdin=PASSWORD)
    workspace("config", "set", "custom_settings.billing.api_key", "--stdin", stdin=PASSWORD + "x")
    for kind in ("docker-compose", "kubernetes"):
        made = workspace("config", "generate-deploy", "--format", kind).out
        assert PASSWORD not in made
        assert "escai:1:" not in made
    assert "api_key: ${ESCAI_CUSTOM_SETTINGS__BILLING__API_KEY_FILE}" in made


def test_compose_mounts_the_workspace_where_it_lies(workspace):
    """As seen from the file, wherever that is; so do the commands at its head."""
    for place, seen in ((".", "./config"), ("out/deep", "../../config"), ("config/x", "..")):
        workspace("config", "generate-deploy", "-o", place, "--force")
        text = (workspace.folder / place / "compose.development.yaml").read_text()
        (mount,) = yaml.safe_load(text)["services"]["escai"]["volumes"]
        assert seen == mount["source"]
        assert (f"get -d {seen} " in text) == (seen != "./config")


def test_what_was_tampered_with_is_not_deployed(escai):
    """A strict file that was edited by hand is refused, with the way to accept it."""
    escai("config", "init", "-e", "staging")
    text = escai.file("staging").read_text()
    escai.file("staging").write_text(text.replace("workers: 2", "workers: 4"))

    refused = escai("config", "generate-deploy", "-e", "staging", code=3)
    assert "escai config accept" in refused.err


def test_without_its_keyring_nothing_is_deployed(workspace):
    """A keyring lies beside its file; who took it away may have changed the file."""
    for gone in list(workspace.folder.parent.rglob("keyring.*.json")):
        gone.unlink()

    assert not workspace("config", "generate-deploy", code=3).out


def test_a_file_that_is_there_is_kept_without_force(workspace):
    """Nothing is written beside it either; with --force all is, readable for all."""
    out = workspace.folder / "out"
    call = ("config", "generate-deploy", "--format", "kubernetes", "-o", out)
    said = workspace(*call).err
    files = sorted(path.name for path in out.iterdir())
    assert all(f"out/{name}" in said.replace("\n", "") for name in files)
    kept = out / "01-configmap.yaml"
    kept.write_text("mine")
    (out / "00-namespace.yaml").unlink()

    refused = workspace(*call, code=2)
    assert "01-configmap.yaml is there already" in refused.err
    assert "--force" in refused.err
    assert "mine" == kept.read_text()
    assert not (out / "00-namespace.yaml").exists()
    workspace(*call, "--force")
    assert files == sorted(path.name for path in out.iterdir())
    assert "kind: ConfigMap" in kept.read_text()
    assert 0o644 == stat.S_IMODE((out / "00-namespace.yaml").stat().st_mode)


def test_what_does_not_fit_the_model_is_not_deployed(workspace):
    """A port that is none makes no manifest, but an error that names it."""
    text = workspace.file().read_text()
    workspace.file().write_text(text.replace("port: 8000", "port: 80000"))

    refused = workspace("config", "generate-deploy", code=1)
    assert "api.port" in refused.err
    assert "" == refused.out


def test_without_a_file_or_a_stack_there_is_a_next_step(escai):
    """No configuration is exit 3, a spec that is not deployed is a wrong call."""
    escai("config", "generate-deploy", code=3)
    escai("config", "init", "--spec", "shop:SHOP", "-d", "shop")
    refused = escai("config", "generate-deploy", "--spec", "shop:SHOP", "-d", "shop", code=2)
    assert "says nothing of how it is deployed" in refused.err
    assert "stack" in refused.err
