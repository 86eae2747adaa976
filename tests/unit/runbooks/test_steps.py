"""The steps as a person takes them, cell by cell, without any run around them."""

from __future__ import annotations

import pytest

from escai_nb.errors import ParameterError, PlanRefusedError, RunFailedError, UsageError
from escai_nb.runbooks.outcome import DryRunEnded
from escai_nb.runbooks.steps import begin
from escai_nb.workspace.bootstrap import initialise
from escai_nb.workspace.layout import Workspace
from escai_nb.workspace.manager import ConfigManager


@pytest.fixture
def names(tmp_path, monkeypatch):
    """What the parameters cell of encrypt leaves in a notebook, beside other names."""
    monkeypatch.chdir(tmp_path)
    initialise(Workspace.at("config"), "development", encrypt=False)
    return {"config_dir": "config", "environment": "development", "dry_run": False, "_": 7}


def test_all_six_by_hand(names):
    """Taken in order, the steps plan, apply and check, and sum up what was done."""
    steps = begin("encrypt", names)
    assert not steps.preflight().failed
    assert "Plan" in steps.plan().to_html()
    steps.gate()
    done = steps.apply().facts
    assert {check.subject for check in steps.verify().checks} >= {"every secret is sealed"}
    assert steps.receipt().facts["sealed"] == done["sealed"] != []


def test_a_dry_run_ends_at_the_gate(names, capsys):
    """The gate of a dry run ends the notebook in one friendly line, and nothing below works."""
    steps = begin("encrypt", names | {"dry_run": True})
    steps.plan()
    with pytest.raises(DryRunEnded) as ended:
        steps.gate()
    assert ended.value._render_traceback_() == ["the dry run ends here; nothing was changed"]
    with pytest.raises(UsageError):
        steps.apply()
    assert "Gate: a dry run ends here" in capsys.readouterr().out


@pytest.mark.parametrize("verb", ["gate", "apply", "verify", "receipt"])
def test_no_step_before_its_time(names, verb):
    """A step that needs an earlier one says so."""
    with pytest.raises(UsageError) as refused:
        getattr(begin("encrypt", names), verb)()
    assert refused.value.hint == "run the cells above, in order"


def test_a_plan_holds_for_the_world_it_was_made_for(names):
    """What somebody saves between plan and apply makes the plan void."""
    steps = begin("encrypt", names)
    steps.plan()
    steps.gate()
    with ConfigManager("config", "development", False, None) as other:  # noqa: FBT003
        other.set_config_value("api.port", 8123)
        other.save_config()
    with pytest.raises(PlanRefusedError):
        steps.apply()


def test_preflight_says_what_fails(names):
    """What would stop the work is shown with the rest and then raised."""
    with pytest.raises(RunFailedError) as failed:
        begin("encrypt", names | {"environment": "testing", "dry_run": True}).preflight()
    assert "testing opens? No" in str(failed.value)


def test_names_are_checked(names):
    """A parameter of the wrong type is refused where the notebook begins."""
    with pytest.raises(ParameterError):
        begin("encrypt", names | {"dry_run": "no"})
    with pytest.raises(UsageError):
        begin("encrpyt", names)
