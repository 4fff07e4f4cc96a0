"""`rootguard plan` on a local AWS: it finds what the next sweep would, and writes nothing."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from drill.local_aws import LocalAws
from rootguard.aws.ledger import DynamoLedger
from rootguard.domain.baseline import Acceptance, Approval
from stacks.names import ISOLATION_ROLE_OUTPUT, QUARANTINE_OUTPUT, STACK
from tests.cli.conftest import Rootguard
from tests.cli.deployed import (
    EXCEPTIONS,
    LEDGER,
    OUTPUTS,
    As,
    allowed,
    aws,
    ledger,
    policy,
    root,
    sara,
    sign_in,
    stack,
    started,
)
from tests.given import OWN_ROLE, SCP

__all__ = ["aws", "ledger", "policy", "root", "sara", "sign_in", "started"]

LONG_AGO = datetime.now(UTC) - timedelta(days=9)
NO_LEDGER = allowed("visitor", "cloudformation:*", "organizations:*")

Planned = Callable[[], tuple[int, dict[str, Any]]]


@pytest.fixture
def planned(rootguard: Rootguard) -> Planned:
    def plan() -> tuple[int, dict[str, Any]]:
        result = rootguard("plan", "--json")
        assert "Look at the organization" in result.stderr
        return result.exit_code, json.loads(result.stdout)

    return plan


@pytest.fixture
def adopted(aws: LocalAws, ledger: DynamoLedger, root: str) -> None:
    """Root as it is was accepted."""
    organizations = aws.client("organizations")
    organizations.enable_policy_type(RootId=root, PolicyType=SCP)
    ledger.adopt(root, (SCP,))
    for attached in organizations.list_policies_for_target(TargetId=root, Filter=SCP)["Policies"]:
        ledger.accept(attached["Id"], root, Acceptance(True, SCP, LONG_AGO, Approval.ADOPTED))


def items(aws: LocalAws) -> list[Any]:
    client = aws.client("dynamodb")
    return [client.scan(TableName=table)["Items"] for table in (LEDGER, EXCEPTIONS)]


def test_an_organization_as_it_was_accepted_has_no_drift(planned: Planned, sara: str, adopted: None) -> None:
    assert planned() == (0, {"drifts": [], "unseen": [], "unadopted": []})


def test_a_policy_that_nobody_accepted_is_found_with_what_takes_it_off(
    rootguard: Rootguard, planned: Planned, aws: LocalAws, sara: str, root: str, policy: str, adopted: None
) -> None:
    aws.client("organizations").attach_policy(PolicyId=policy, TargetId=root)
    before = items(aws)
    code, document = planned()
    (drift,) = document["drifts"]
    assert (code, drift["verdict"], drift["reason"], drift["rule"]) == (1, "revert", "violation", 8)
    assert (drift["policy_id"], drift["target_id"], drift["protection"]) == (policy, root, "root")
    assert drift["actions"] == [{"action": "detach", "policy_id": policy, "target_id": root}]
    shown = rootguard("plan")
    assert shown.exit_code == 1
    assert f"1. detach {policy} from {root}" in shown.stdout
    assert items(aws) == before


def test_what_nobody_adopted_yet_is_said(planned: Planned, aws: LocalAws, sara: str, root: str) -> None:
    aws.client("organizations").enable_policy_type(RootId=root, PolicyType=SCP)
    code, document = planned()
    assert (code, document["drifts"]) == (0, [])
    assert document["unadopted"] == [root]


def test_without_a_stack_or_its_ledger_people_are_told(
    rootguard: Rootguard, aws: LocalAws, sign_in: As
) -> None:
    sign_in(NO_LEDGER)
    result = rootguard("plan")
    assert (result.exit_code, result.stdout) == (3, "")
    assert "may read the organization and the stack's two tables" in result.stderr
    aws.client("cloudformation").delete_stack(StackName=STACK)
    assert "no stack Rootguard" in rootguard("plan").stderr


def test_the_quarantine_is_looked_at_where_it_was_made_and_not_before(
    rootguard: Rootguard, aws: LocalAws, sara: str, root: str, tmp_path: Path
) -> None:
    organizations = aws.client("organizations")
    organizations.enable_policy_type(RootId=root, PolicyType=SCP)
    unit = organizations.create_organizational_unit(ParentId=root, Name="Quarantine")
    unit_id = unit["OrganizationalUnit"]["Id"]
    file = tmp_path / "guardrail.yaml"
    file.write_text(
        f"protections: [{{name: root, targets: [root]}}]\nquarantine: {{root_id: {root}}}\n", "utf-8"
    )

    def unadopted() -> list[str]:
        result = rootguard("plan", "--json", "-c", str(file))
        found: list[str] = json.loads(result.stdout)["unadopted"]
        return found

    assert unadopted() == [root]
    aws.client("cloudformation").delete_stack(StackName=STACK)
    stack(aws, OUTPUTS | {QUARANTINE_OUTPUT: unit_id, ISOLATION_ROLE_OUTPUT: OWN_ROLE})
    assert unadopted() == [root, unit_id]
