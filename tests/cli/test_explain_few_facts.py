"""`rootguard explain` with few facts: a record and what is known lead to the verdict that more would give."""

from __future__ import annotations

from typing import Any

import pytest

from tests.cli.conftest import Written
from tests.cli.explaining import SCP, guarding
from tests.domain.records import update
from tests.given import DENY_ALL, DENY_EC2, PIPELINE, POLICY, attach, by_role, real


def by_pipeline(name: str, **more: Any) -> dict[str, Any]:
    return {**attach(), "eventName": name, "userIdentity": by_role(), **more}


@pytest.mark.parametrize("policy_id", [POLICY, "p-FullAWSAccess"])
@pytest.mark.parametrize("policies", [{}, {POLICY: SCP | {"content": DENY_EC2}}])
@pytest.mark.parametrize("others", [{}, {"p-FullAWSAccess": {"name": "FullAWSAccess"}}])
def test_a_trusted_detach_is_judged_by_what_is_left(
    explained: Any, written: Written, policy_id: str, policies: Any, others: Any
) -> None:
    trusting = guarding(written, trusted_principals=[PIPELINE])
    accepted = {POLICY: {"name": "Quarantine", "content": DENY_EC2}, policy_id: {"name": "it"}, **others}
    document = explained(
        by_pipeline("DetachPolicy", requestParameters={"policyId": policy_id, "targetId": "r-exam"}),
        {"policies": policies, "baseline": {"r-exam": accepted}},
        "--config",
        trusting,
    )
    full_access_goes = policy_id == "p-FullAWSAccess"
    assert document["reason"] == ("lockout-on-root" if full_access_goes else "trusted-principal")


def test_a_trusted_edit_is_no_lockout_for_want_of_facts(explained: Any, written: Written) -> None:
    document = explained(
        real("update-scp-by-root-user") | {"userIdentity": by_role()},
        {
            "policies": {"p-bvdv3rx3": SCP | {"content": DENY_EC2}},
            "baseline": {"r-exam": {"p-bvdv3rx3": {"name": "x", "content": DENY_EC2}}},
        },
        "--config",
        guarding(written, trusted_principals=[PIPELINE]),
    )
    assert document["reason"] == "trusted-principal"
    assert "Assuming full access is attached to r-exam: the facts do not say." in document["assumptions"]


@pytest.mark.parametrize("policies", [{}, {POLICY: {"name": "Quarantine"}}])
def test_an_edit_into_a_lockout_comes_off_root_by_its_record_alone(explained: Any, policies: Any) -> None:
    document = explained(
        update(DENY_ALL),
        {"policies": policies, "attachments": {"r-exam": [POLICY, "p-FullAWSAccess"]}},
    )
    assert [action["action"] for action in document["actions"]] == ["detach"]
    assert document["classification"] == "total"


def test_a_move_that_was_undone_is_not_undone_again(explained: Any, written: Written) -> None:
    account, unit, other = "444455556666", "ou-exam-workload", "ou-exam-elsewhere"
    moved = attach() | {
        "eventName": "MoveAccount",
        "requestParameters": {
            "accountId": account,
            "sourceParentId": unit,
            "destinationParentId": other,
        },
    }
    pinning = guarding(written, pin_accounts=[account])
    assert explained(moved, {"parents": {account: unit}}, "--config", pinning)["actions"] == []
    assert len(explained(moved, {"parents": {account: other}}, "--config", pinning)["actions"]) == 1
