"""Everything works with a model that is nothing like ESCAI's."""

from __future__ import annotations

import json

import pytest
from pydantic import BaseModel, SecretStr
from shop import SHOP, ShopConfig

from escai_nb.errors import InvalidConfigurationError, PlanRefusedError
from escai_nb.spec import ConfigSpec
from escai_nb.widgets.form import ConfigForm
from escai_nb.workspace.bootstrap import initialise
from escai_nb.workspace.layout import Workspace
from escai_nb.workspace.manager import ConfigManager
from escai_nb.workspace.promotion import apply_promotion, plan_promotion

CARD = {"kind": "card", "merchant": "m-1", "api_key": "Wq9-bN37-hRc2-4Py"}
WAREHOUSE = {"city": "Bern", "login": "Vt6-mD58-jLs1-9Ga", "shelves": [{"name": "B1"}]}


@pytest.fixture
def shop(tmp_path):
    """A workspace of the shop with both environments."""
    environ = {"XDG_DATA_HOME": str(tmp_path / "keys")}
    workspace = Workspace.at(tmp_path / "config", SHOP, environ=environ, author="eve")
    for name in SHOP.environments:
        initialise(workspace, name, values={"payments": [{"kind": "voucher"}]})
    return workspace


def manager_of(workspace, environment):
    """Open one environment of the shop."""
    return ConfigManager(
        workspace.root,
        environment,
        enable_hot_reload=False,
        spec=SHOP,
        environ=workspace.environ,
        author="eve",
    )


def test_secrets_in_lists_and_unions_are_sealed_and_come_back(shop):
    """A secret inside a list item or a union member is sealed like any other."""
    manager = manager_of(shop, "dev")
    manager.update_config({"payments": [CARD], "warehouses": [WAREHOUSE]})
    manager.save_config()
    text = shop.file("dev").read_text()

    assert CARD["api_key"] not in text
    assert WAREHOUSE["login"] not in text
    config = manager_of(shop, "dev").load_config()
    assert isinstance(config, ShopConfig)
    assert config.payments[0].api_key.get_secret_value() == CARD["api_key"]
    assert config.warehouses[0].login.get_secret_value() == WAREHOUSE["login"]


def test_a_bad_edit_is_refused_at_its_place(shop):
    """The finding lies inside the list item, and shows no secret."""
    manager = manager_of(shop, "dev")

    with pytest.raises(InvalidConfigurationError) as caught:
        manager.update_config({"payments": [{**CARD, "api_key": 4711}]})

    assert [f.path for f in caught.value.findings] == ["payments[0].api_key"]
    assert "4711" not in str(caught.value)


def test_history_and_rollback_work(shop):
    """Versions, differences and going back know nothing of the model."""
    manager = manager_of(shop, "dev")
    first = manager.save_config()
    manager.set_config_value("title", "Market")
    manager.save_config()

    assert [(c.path, c.new) for c in manager.diff(first.id)] == [("title", "Market")]
    manager.rollback_config(first.id)
    assert manager.load_config().title == "Shop"


def test_promotion_moves_values_and_never_secrets(shop):
    """A plain change crosses; an item whose secret the target lacks blocks the plan."""
    manager = manager_of(shop, "dev")
    manager.update_config({"title": "Market", "payments": [CARD]})
    manager.save_config()
    plan = plan_promotion(shop, "dev", "prod")

    assert [row.path for row in plan.conflicts] == ["payments"]
    assert CARD["api_key"] not in json.dumps(plan.to_data())
    with pytest.raises(PlanRefusedError, match="payments"):
        apply_promotion(shop, plan)

    target = manager_of(shop, "prod")
    own = {**CARD, "api_key": "Xk4-zQ81-vTb0-7Lm", "currencies": ["USD"]}
    target.update_config({"payments": [own]})
    target.save_config()
    plan = plan_promotion(shop, "dev", "prod", take={"payments": "source"})
    version = apply_promotion(shop, plan)

    config = manager_of(shop, "prod").load_config()
    assert config.title == "Market"
    assert config.payments[0].currencies == ["EUR"]
    assert config.payments[0].api_key.get_secret_value() == "Xk4-zQ81-vTb0-7Lm"
    assert version.source == manager_of(shop, "dev").version("HEAD").id


def test_the_form_takes_the_model(shop):
    """A form over the manager validates and saves."""
    form = ConfigForm(manager_of(shop, "dev"))
    form.core.set(("title",), "Bazaar")
    form.save("renamed")

    assert manager_of(shop, "dev").load_config().title == "Bazaar"


class Bare(BaseModel):
    """A model as people have them: no preset, a placeholder for a password."""

    host: str = "localhost"
    password: SecretStr = SecretStr("changeme")


class Demanding(BaseModel):
    """A model that has no defaults."""

    host: str


def bare_workspace(tmp_path, model):
    """A workspace to be of a spec that says nothing but the model."""
    environ = {"XDG_DATA_HOME": str(tmp_path / "keys")}
    spec = ConfigSpec(name="bare", model=model, environments=("dev", "prod"))
    return Workspace.at(tmp_path / "config", spec, environ=environ, author="eve")


def test_a_default_that_breaks_a_rule_is_reported_and_can_be_mended(tmp_path):
    """There must be a file before anything can be set in it."""
    workspace = bare_workspace(tmp_path, Bare)

    created = initialise(workspace, "prod")
    assert [f.code for f in created.report.at_least("error")] == ["ESC331"]
    assert "changeme" not in str(created.to_data()) + created.report.to_html()


def test_a_model_without_defaults_says_how_to_begin(tmp_path):
    """The next step is one that can be taken, and nothing was made."""
    workspace = bare_workspace(tmp_path, Demanding)

    with pytest.raises(InvalidConfigurationError) as caught:
        initialise(workspace, "dev")
    assert "escai config import -e dev" in caught.value.hint
    assert not workspace.root.exists()
