"""Approvals: a second person's yes, signed, to exactly the plan that is applied."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace

import pytest

from escai_nb.audit.approval import Approval, new_key, parse, public_of
from escai_nb.errors import DocumentError, KeyUnavailableError, PlanRefusedError, UsageError
from escai_nb.workspace.access.auditing import audit_log
from escai_nb.workspace.approving import approve, read_approval, require_approved
from escai_nb.workspace.promotion import apply_promotion, plan_promotion, planned_again

BOB, EVE = new_key(), new_key()


@pytest.fixture
def two(open_manager, workspace):
    """Development with a change, and testing, which asks for Bob's or Eve's approval."""
    manager = open_manager("development")
    open_manager("testing")
    manager.set_config_value("ml.model_cache_size", 321)
    manager.save_config()
    text = workspace.policy_file.read_text()
    by = f'{{bob: "{public_of(BOB)}", eve: "{public_of(EVE)}"}}'
    workspace.policy_file.write_text(f"{text}approvals:\n  testing: {{by: {by}}}\n")
    return workspace


@pytest.fixture
def plan(two):
    """The plan of a promotion from the one to the other."""
    return plan_promotion(two, "development", "testing")


def test_without_approval_nothing_is_done(two, plan):
    """The error names who may give it, and by what command."""
    before = two.file("testing").read_bytes()
    with pytest.raises(PlanRefusedError, match="needs 1 approval") as caught:
        apply_promotion(two, plan)

    assert "bob or eve" in caught.value.hint
    assert "escai config approve" in caught.value.hint
    assert before == two.file("testing").read_bytes()


def test_with_the_yes_of_a_second_person_it_is_done(two, plan, tmp_path):
    """Given on one machine, read from a file on another."""
    given = approve(replace(two, author="bob"), plan, BOB, reason="looked at it")
    file = tmp_path / "approval.json"
    file.write_text(json.dumps(given.to_data()))
    version = apply_promotion(two, plan, approvals=[read_approval(file)])

    assert version is not None
    assert given == parse(given.to_data())


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"plan": "0" * 64}, "did not sign"),
        ({"until": "2999-01-01"}, "did not sign"),
        ({"reason": "another"}, "did not sign"),
        ({"by": "eve"}, "did not sign"),
        ({"by": "mallory"}, "not named"),
        ({"signature": ""}, "did not sign"),
        ({"signature": "AAAA"}, "did not sign"),
    ],
)
def test_a_changed_approval_counts_for_nothing(two, plan, change, said):
    """Whatever is changed in it."""
    given = replace(approve(replace(two, author="bob"), plan, BOB), **change)

    with pytest.raises(PlanRefusedError, match=said):
        require_approved(two, plan, [given])


def test_an_approval_is_of_one_plan_one_workspace_and_a_time(two, plan):
    """Another plan, another workspace, and the day after are refused, rightly signed or not."""
    bob = replace(two, author="bob")
    given = approve(bob, plan, BOB)
    old = approve(bob, plan, BOB, until=dt.date(2020, 1, 1))
    strange = replace(given, workspace="f" * 32).signed(BOB)

    for wrong, said in ((old, "until 2020-01-01"), (strange, "another workspace")):
        with pytest.raises(PlanRefusedError, match=said):
            require_approved(two, plan, [wrong])
    with pytest.raises(PlanRefusedError, match="another plan"):
        require_approved(two, replace(plan, hash="1" * 64), [given])
    with pytest.raises(PlanRefusedError, match="same person"):
        require_approved(bob, plan, [given])


def test_two_needed_are_two_people(two, plan):
    """The same one twice is one."""
    text = two.policy_file.read_text().replace("{by:", "{needed: 2, by:")
    two.policy_file.write_text(text)
    bob = approve(replace(two, author="bob"), plan, BOB)
    eve = approve(replace(two, author="eve"), plan, EVE)

    with pytest.raises(PlanRefusedError, match="has 1"):
        require_approved(two, plan, [bob, bob])
    require_approved(two, plan, [bob, eve])


def test_who_may_not_approve_is_told_so(two, plan):
    """With another's key, without a name in the policy, or where none is asked for."""
    with pytest.raises(UsageError, match="does not know this key"):
        approve(replace(two, author="bob"), plan, EVE)
    with pytest.raises(UsageError, match="does not know this key"):
        approve(replace(two, author="mallory"), plan, BOB)
    with pytest.raises(UsageError, match="asks for no approval"):
        approve(replace(two, author="bob"), replace(plan, target="production"), BOB)
    with pytest.raises(KeyUnavailableError):
        public_of(b"-----BEGIN NONSENSE-----")


def test_in_need_it_is_done_and_recorded(two, plan):
    """With a reason; the audit log has who, where and why."""
    apply_promotion(two, plan, break_glass="the disk is full")
    last = list(audit_log(two).lines())[-1]

    assert ("break-glass", "testing") == (last.what, last.environment)
    assert "the disk is full" in last.note


def test_a_plan_file_is_made_again_for_the_world_as_it_is(two, plan, open_manager):
    """The same plan, or a refusal; what is no plan is told so."""
    told = plan.to_data()
    assert plan.hash == planned_again(two, told).hash
    manager = open_manager("development")
    manager.set_config_value("ml.model_cache_size", 322)
    manager.save_config()
    with pytest.raises(PlanRefusedError, match="changed since"):
        planned_again(two, told)
    for wrong in (None, {}, {"format": 1}, {**told, "format": 2}):
        with pytest.raises(DocumentError):
            planned_again(two, wrong)


@pytest.mark.parametrize(
    "change", [{"kind": "x"}, {"by": 7}, {"until": "soon"}, {"more": "x"}, {"format": 2}]
)
def test_what_is_no_approval_is_refused(change):
    """Nothing is guessed."""
    whole = Approval(plan="p", workspace="w", environment="e", by="b", until="2027-01-31")
    with pytest.raises(Exception, match="approval"):
        parse(whole.to_data() | change)
