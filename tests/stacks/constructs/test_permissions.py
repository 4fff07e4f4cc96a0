"""What the guard's role may do, and that it is no more than its code calls."""

import ast
import json
from pathlib import Path
from typing import Any

import botocore.session
import pytest

from stacks.config import GuardrailConfig
from stacks.config_problems import MAX_PINS, MAX_TARGETS
from tests.stacks.authorization import (
    CUSTOMER,
    FULL_ACCESS,
    OF_ORGANIZATION,
    RCP,
    SCP,
    actions,
    documents,
    may,
    statements,
)
from tests.stacks.constructs.test_quarantine import ISOLATING
from tests.stacks.synthesis import ROOT_ONLY, as_list, guard_role, guardrail, template

AWS = Path(__file__).parents[3] / "lambdas" / "rootguard" / "aws"
ALERTING = {
    "observe": guardrail(
        {"targets": ["root"], "restore_policy_type": True, "pin_accounts": ["root"]}, mode="observe"
    ),
    "alert": guardrail(
        {
            "targets": ["root"],
            "on_violation": "alert",
            "restore_policy_type": True,
            "pin_accounts": ["444455556666"],
        }
    ),
}
EVERYTHING = guardrail(
    {"targets": ["root"], "policy_types": [SCP], "restore_policy_type": True},
    {"targets": ["ou-exam-12345678"], "policy_types": [RCP], "pin_accounts": ["root"]},
    {"targets": ["444455556666"], "include_descendants": True},
)
ALWAYS_READS = {
    "organizations:DescribePolicy",
    "organizations:ListParents",
    "organizations:ListPoliciesForTarget",
    "organizations:ListTargetsForPolicy",
    "organizations:ListRoots",
}
COUNTS = {
    "organizations:ListAccounts",
    "organizations:ListAccountsForParent",
    "organizations:ListOrganizationalUnitsForParent",
}
PATHS = {"organizations:DescribeOrganizationalUnit", "organizations:DescribeAccount"}
READS = ALWAYS_READS | COUNTS
IN_THE_STACK = {
    "sns:Publish",
    "dynamodb:BatchGetItem",
    "dynamodb:DeleteItem",
    "dynamodb:GetItem",
    "dynamodb:PutItem",
    "dynamodb:Query",
    "dynamodb:Scan",
    "kms:Decrypt",
    "kms:GenerateDataKey",
    "logs:CreateLogStream",
    "logs:PutLogEvents",
    "sqs:SendMessage",
}


def organizations_writes(config: GuardrailConfig) -> list[dict[str, Any]]:
    return [
        statement
        for statement in statements(config)
        if any(
            action.startswith("organizations:") and not action.split(":")[1].startswith(("Describe", "List"))
            for action in as_list(statement["Action"])
        )
    ]


def test_the_shipped_configurations_writes_are_these() -> None:
    own = [f"{OF_ORGANIZATION}:policy/o-*/{kind.lower()}/p-*" for kind in (SCP, RCP)]
    root = f"{OF_ORGANIZATION}:root/o-*/r-*"
    condition = {"StringEqualsIfExists": {"organizations:PolicyType": [SCP, RCP]}}
    assert [(entry["Action"], entry["Resource"]) for entry in organizations_writes(ROOT_ONLY)] == [
        ("organizations:DetachPolicy", [*own, root]),
        ("organizations:AttachPolicy", [*FULL_ACCESS.values(), *own, root]),
        ("organizations:UpdatePolicy", own),
    ]
    assert [entry["Condition"] for entry in organizations_writes(ROOT_ONLY)] == [condition] * 3


@pytest.mark.parametrize("config", ALERTING.values(), ids=ALERTING)
def test_a_guard_that_only_alerts_may_write_nothing_in_organizations(config: GuardrailConfig) -> None:
    assert organizations_writes(config) == []
    assert actions(config) == READS | IN_THE_STACK


def test_the_role_may_do_this_and_nothing_else() -> None:
    always = {"organizations:DetachPolicy", "organizations:AttachPolicy", "organizations:UpdatePolicy"}
    asked_for = {"organizations:EnablePolicyType", "organizations:ListPolicies", "organizations:MoveAccount"}
    assert actions(ROOT_ONLY) == always | READS | IN_THE_STACK
    assert actions(EVERYTHING) == always | asked_for | PATHS | READS | IN_THE_STACK


def test_it_lists_policies_and_reads_paths_if_descendants_are_swept() -> None:
    # Also if nothing is undone: what is attached there is reported all the same.
    below = guardrail({"targets": ["root"], "include_descendants": True}, mode="observe")
    assert actions(below) == {"organizations:ListPolicies"} | PATHS | READS | IN_THE_STACK


def test_it_counts_accounts_only_if_a_lockout_elsewhere_is_reported_by_its_reach() -> None:
    config = guardrail({"targets": ["root"]}, lockout_alert_accounts=None)
    assert actions(config) & READS == ALWAYS_READS


def test_it_lists_the_accounts_of_a_place_if_any_are_pinned() -> None:
    config = guardrail({"targets": ["root"], "pin_accounts": ["444455556666"]}, lockout_alert_accounts=None)
    assert actions(config) & READS == {*ALWAYS_READS, "organizations:ListAccountsForParent"}


def test_what_the_functions_may_do_in_organizations_is_what_their_code_calls() -> None:
    operations = set(botocore.session.get_session().get_service_model("organizations").operation_names)
    texts = {
        node.value
        for source in AWS.glob("*.py")
        for node in ast.walk(ast.parse(source.read_text("utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    called = {f"organizations:{operation}" for operation in operations & texts}
    allowed = actions(EVERYTHING) | actions(EVERYTHING, "notifier") | actions(ISOLATING, "isolation")
    assert {action for action in allowed if action.startswith("organizations:")} == called


@pytest.mark.parametrize("config", [ROOT_ONLY, EVERYTHING], ids=["root", "everything"])
def test_a_write_is_never_on_everything_and_never_beyond_the_organization(config: GuardrailConfig) -> None:
    for statement in organizations_writes(config):
        for resource in as_list(statement["Resource"]):
            kind, _, path = resource.removeprefix(f"{OF_ORGANIZATION}:").partition("/")
            own = kind in ("policy", "root", "ou", "account") and path.startswith("o-*/")
            assert own or (resource in FULL_ACCESS.values())


def test_a_write_of_policies_is_bound_to_their_type_besides_their_arn() -> None:
    for statement in organizations_writes(EVERYTHING):
        # Where the ARN of the policy says the type already, AWS need not say it once more.
        enables = statement["Action"] == "organizations:EnablePolicyType"
        operator = "StringEquals" if enables else "StringEqualsIfExists"
        types = statement.get("Condition", {}).get(operator, {}).get("organizations:PolicyType")
        assert types or statement["Action"] == "organizations:MoveAccount"
        assert set(as_list(types or [])) <= {SCP, RCP}


@pytest.mark.parametrize("action", ["DescribePolicy", "ListTargetsForPolicy"])
@pytest.mark.parametrize("policy", [*CUSTOMER.values(), *FULL_ACCESS.values()])
def test_a_policy_of_any_type_can_be_read_since_its_event_does_not_name_the_type(
    policy: str, action: str
) -> None:
    assert may(ROOT_ONLY, action, policy)


def test_only_a_read_that_knows_no_resource_is_allowed_on_everything() -> None:
    open_ended = [
        statement["Action"] for statement in statements(EVERYTHING) if "*" in as_list(statement["Resource"])
    ]
    assert open_ended == [
        ["organizations:ListAccounts", "organizations:ListPolicies", "organizations:ListRoots"]
    ]


def test_the_policies_are_the_roles_and_nobody_elses() -> None:
    found = template(EVERYTHING)["Resources"]
    for name, entry in found.items():
        assert entry["Type"] not in ("AWS::IAM::Policy", "AWS::IAM::RolePolicy"), name
        if entry["Type"] == "AWS::IAM::ManagedPolicy":
            assert entry["Properties"].keys().isdisjoint({"Roles", "Users", "Groups"}), name
    given = {
        name: [arn["Ref"] for arn in entry["Properties"]["ManagedPolicyArns"]]
        for name, entry in found.items()
        if "ManagedPolicyArns" in entry["Properties"]
    }
    role, _ = guard_role(EVERYTHING)
    assert given == {role: [name for name in documents(EVERYTHING) if name != "Guard"]}


@pytest.mark.parametrize(
    ("region", "partition"),
    [("us-east-1", "aws"), ("us-gov-west-1", "aws-us-gov"), ("cn-northwest-1", "aws-cn")],
)
def test_the_most_targets_and_pins_still_fit_into_a_roles_policies(region: str, partition: str) -> None:
    ids = [f"ou-{'x' * 32}-{number:032}" for number in range(MAX_TARGETS)]
    pins = [f"{number:012}" for number in range(MAX_PINS)]
    more = {"include_descendants": True, "restore_policy_type": True}
    config = guardrail(
        {"targets": ids[:1], "policy_types": [SCP], "pin_accounts": pins, **more},
        {"targets": ids[1:2], "policy_types": [RCP], **more},
        {"targets": ids[2:], **more},
    )
    inline, managed = 0, []
    for name, document in documents(config, region).items():
        if name == "Guard":
            # A reference becomes an ARN of less than 150 characters; IAM does not count white space.
            inline += len(_compact(document)) + 150 * _compact(document).count("Fn::GetAtt")
        else:
            assert f"arn:{partition}:organizations" in _compact(document)
            managed.append(len(_compact(document)))
    # "IAM and AWS STS quotas", IAM User Guide.
    assert inline < 10_240
    assert len(managed) <= 10
    assert max(managed) < 6_144


def _compact(document: dict[str, Any]) -> str:
    return json.dumps(document, separators=(",", ":"))


@pytest.mark.parametrize(
    ("region", "partition"), [("us-gov-west-1", "aws-us-gov"), ("cn-northwest-1", "aws-cn")]
)
def test_other_partitions_get_their_own_arns(region: str, partition: str) -> None:
    document = json.dumps(template(ROOT_ONLY, region)["Resources"])
    assert f"arn:{partition}:organizations::111122223333:root/o-*/r-*" in document
    assert "arn:aws:" not in document
