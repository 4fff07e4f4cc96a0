"""The quarantine OU as deployed: its policies deny everything to everyone else, and it outlives the stack."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from drill.organization import Organization
from rootguard.lockout.judgement import Denial
from stacks import quarantine_policies
from stacks.config import GuardrailConfig
from tests.drill.organizations import Given
from tests.lockout.documents import classify
from tests.stacks.authorization import RCP, SCP
from tests.stacks.synthesis import ROOT_ONLY, guardrail, only, resources, template

FORENSICS = "arn:aws:iam::*:role/Forensics"
QUARANTINE: dict[str, Any] = {"root_id": "r-exam", "forensic_roles": [FORENSICS]}
ISOLATING = guardrail({"targets": ["root"]}, quarantine=QUARANTINE)
NOBODY_SPARED = guardrail({"targets": ["root"]}, quarantine={"root_id": "r-exam"})
KINDS = ("AWS::Organizations::OrganizationalUnit", "AWS::Organizations::Policy")


def policies(config: GuardrailConfig = ISOLATING) -> dict[str, dict[str, Any]]:
    """The policies by type."""
    return {entry["Type"]: entry for entry in resources("AWS::Organizations::Policy", config).values()}


def content(policy_type: str, config: GuardrailConfig = ISOLATING) -> str:
    return json.dumps(policies(config)[policy_type]["Content"], separators=(",", ":"))


def test_without_it_there_is_no_such_ou() -> None:
    assert not [entry for entry in template(ROOT_ONLY)["Resources"].values() if entry["Type"] in KINDS]


def test_the_ou_is_below_root_and_both_policies_are_on_it() -> None:
    name, unit = only("AWS::Organizations::OrganizationalUnit", ISOLATING)
    assert (unit["ParentId"], unit["Name"]) == ("r-exam", "Quarantine")
    assert {kind: policy["TargetIds"] for kind, policy in policies().items()} == {
        SCP: [{"Ref": name}],
        RCP: [{"Ref": name}],
    }


def test_organizations_is_asked_for_one_after_the_other() -> None:
    parts = template(ISOLATING)["Resources"]
    (unit, _), (scp, rcp) = only(KINDS[0], ISOLATING), resources(KINDS[1], ISOLATING)
    assert parts[scp]["DependsOn"] == [unit]
    assert parts[rcp]["DependsOn"] == [scp]


def test_accounts_stay_isolated_if_the_stack_goes_and_a_failed_first_deployment_leaves_nothing() -> None:
    found = [entry for entry in template(ISOLATING)["Resources"].values() if entry["Type"] in KINDS]
    assert len(found) == 3
    assert {entry["DeletionPolicy"] for entry in found} == {"RetainExceptOnCreate"}
    assert {entry["UpdateReplacePolicy"] for entry in found} == {"Retain"}


@pytest.mark.parametrize("policy_type", [SCP, RCP])
def test_each_policy_locks_everyone_out_but_the_forensic_role(policy_type: str) -> None:
    found = classify(content(policy_type), policy_type)
    assert found.denial is Denial.TOTAL
    assert FORENSICS in found.exempt
    nobody = classify(content(policy_type, NOBODY_SPARED), policy_type)
    assert nobody.denial is Denial.TOTAL
    assert "arn:" not in str(nobody.exempt)


def test_services_of_aws_go_on_delivering_logs_and_the_rcp_says_so() -> None:
    assert "aws:PrincipalIsAWSService = true" in classify(content(RCP, NOBODY_SPARED), RCP).exempt


@pytest.mark.parametrize("key", ["aws:PrincipalArn", "aws:PrincipalIsAWSService"])
def test_a_request_without_the_key_is_denied(key: str) -> None:
    # Nobody signed it. A negated operator is true then, and so is one with IfExists.
    (statement,) = quarantine_policies.rcp([FORENSICS], "aws")["Statement"]
    (operator,) = [name for name, keys in statement["Condition"].items() if key in keys]
    assert operator in ("ArnNotLike", "BoolIfExists")


@pytest.mark.parametrize("partition", ["aws", "aws-us-gov", "aws-cn"])
def test_the_rcp_names_services_one_by_one_and_has_room_for_more_roles(partition: str) -> None:
    roles = [f"arn:{partition}:iam::*:role/forensics/Responder{n}" for n in range(20)]
    document = quarantine_policies.rcp(roles, partition)
    (statement,) = document["Statement"]
    services = [re.fullmatch(r"([a-z0-9-]+):\*", action) for action in statement["Action"]]
    assert all(services), statement["Action"]
    assert len(set(statement["Action"])) == len(statement["Action"])
    assert {"s3:*", "sts:*", "kms:*", "sqs:*", "secretsmanager:*"} <= set(statement["Action"])
    assert len(json.dumps(document, separators=(",", ":"))) < 5_120


@pytest.mark.parametrize("policy_type", [SCP, RCP])
def test_organizations_takes_the_documents(policy_type: str) -> None:
    given = Given(Organization("111122223333"))
    given.enable(SCP, RCP)
    unit = given.unit("Quarantine")
    given.attach(given.policy("Quarantine", policy_type, content(policy_type)), unit)
    assert len(given.attached(unit, policy_type)) == 2
