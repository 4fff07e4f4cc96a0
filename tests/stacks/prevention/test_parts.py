"""What is denied on the parts of Rootguard: all that is reported as tampering, for each part there is."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import Any

import pytest

from rootguard.domain.policy import SERVICE_CONTROL_POLICY
from stacks.prevention import parts
from stacks.prevention.parts import Place, Resource, UncoveredPartError
from stacks.prevention.statement import but_for
from tests.stacks.prevention.judging import IAM, KEY, may, policies, role
from tests.stacks.prevention.requests import request
from tests.stacks.synthesis import MANAGEMENT_ACCOUNT, as_list, guardrail, template
from tests.stacks.tampering import CALLS, DEPLOY, EXECUTION, HERE, NO_TAMPERING, Call

EVERY_PART = guardrail(
    {"targets": ["root"], "policy_types": [SERVICE_CONTROL_POLICY], "restore_policy_type": True},
    {"targets": ["ou-exam-12345678"], "pin_accounts": ["ou-exam-12345678"]},
    pages={
        "email": ["oncall@example.com"],
        "slack": {"webhook_secret": "slack"},
        "pagerduty": {"routing_key_secret": "pagerduty"},
    },
)


WITH_A_BUS = guardrail(
    {"targets": ["root"]},
    delegated_administrators={"organization": "o-exampleorgid", "accounts": ["444455556666"]},
)


def can(call: Call, principal: str = f"{IAM}:role/Admin") -> bool:
    """Whether somebody who has RootguardProtectItself may make a call, and may as well with the boundary."""
    found = policies(WITH_A_BUS)
    action, resource, keys = request(call)
    with_policy = may([found["RootguardProtectItself"]], action, resource, principal=principal, **keys)
    boundary = found["RootguardProtectBoundary"]
    # What the boundary denies of IAM beside this, it denies on principals that lack it: test_boundary.py.
    keys["iam_PermissionsBoundary"] = f"{IAM}:policy/RootguardProtectBoundary"
    with_boundary = may([], action, resource, principal=principal, boundary=boundary, **keys)
    # For whom to invoke, the boundary has no room.
    assert with_policy == with_boundary or action == "lambda:InvokeFunction"
    return with_policy


def ids(call: Call) -> str:
    return f"{call[0]}:{call[1]}"


@pytest.mark.parametrize("call", CALLS, ids=ids)
def test_all_that_is_reported_as_tampering_is_denied_but_for_a_deployment(call: Call) -> None:
    assert not can(call)
    assert can(call, EXECUTION)
    # Nobody but CloudFormation deploys: this role only asks it to.
    assert not can(call, DEPLOY)


@pytest.mark.parametrize("call", [call for call in NO_TAMPERING if call[2]], ids=ids)
def test_what_is_no_tampering_is_not_denied_but_to_invoke_the_function(call: Call) -> None:
    assert can(call) == (call[1] != "Invoke")


BESIDE = [
    ("iam:PassRole", role("GuardRole87F67C2B")),
    ("iam:CreateRole", f"{IAM}:role/Rootguard-GuardRole"),
    ("iam:DeletePolicyVersion", f"{IAM}:policy/RootguardProtectBoundary"),
    ("iam:CreatePolicyVersion", f"{IAM}:policy/RootguardProtectTargets2"),
    ("lambda:CreateFunctionUrlConfig", f"arn:aws:lambda:{HERE}:function:Rootguard-GuardFunction-x8Z0Q1"),
    ("cloudwatch:PutDashboard", f"arn:aws:cloudwatch::{MANAGEMENT_ACCOUNT}:dashboard/Rootguard"),
    ("cloudtrail:StopLogging", f"arn:aws:cloudtrail:eu-west-1:{MANAGEMENT_ACCOUNT}:trail/organization"),
]


@pytest.mark.parametrize(("action", "resource"), BESIDE, ids=[action for action, _ in BESIDE])
def test_more_is_denied_than_is_reported(action: str, resource: str) -> None:
    assert not may([policies()["RootguardProtectItself"]], action, resource)


LEFT_TO_EVERYONE = [
    ("lambda:GetFunction", f"arn:aws:lambda:{HERE}:function:Rootguard-GuardFunction-x8Z0Q1"),
    ("sqs:SendMessage", f"arn:aws:sqs:{HERE}:Rootguard-NoticesQueue-x8Z0Q1"),
    ("sqs:DeleteMessage", f"arn:aws:sqs:{HERE}:Rootguard-GuardDeadLetters-x8Z0Q1"),
    ("dynamodb:PutItem", f"arn:aws:dynamodb:{HERE}:table/Rootguard-ExceptionsTable-x8Z0Q1"),
    ("dynamodb:DeleteItem", f"arn:aws:dynamodb:{HERE}:table/Rootguard-ExceptionsTable-x8Z0Q1"),
    ("logs:FilterLogEvents", f"arn:aws:logs:{HERE}:log-group:Rootguard-GuardLogs-x8Z0Q1"),
    ("cloudwatch:PutMetricData", "*"),
    ("iam:PassRole", f"{IAM}:role/billing"),
    ("cloudformation:DescribeStacks", f"arn:aws:cloudformation:{HERE}:stack/Rootguard/5bd0f1a2"),
]


@pytest.mark.parametrize(("action", "resource"), LEFT_TO_EVERYONE, ids=[each for each, _ in LEFT_TO_EVERYONE])
def test_on_call_can_still_look_and_redrive_and_grant(action: str, resource: str) -> None:
    assert may([policies()["RootguardProtectItself"]], action, resource)


def test_subscriptions_elsewhere_are_left_alone() -> None:
    found = [policies()["RootguardProtectItself"]]
    assert not may(found, "sns:Unsubscribe", "*")
    assert may(found, "sns:Unsubscribe", "*", region="eu-west-1")


ARNS = {
    "AWS::CloudWatch::Alarm": f"arn:aws:cloudwatch:{HERE}:alarm:{{name}}",
    "AWS::CloudWatch::Dashboard": f"arn:aws:cloudwatch::{MANAGEMENT_ACCOUNT}:dashboard/{{name}}",
    "AWS::DynamoDB::Table": f"arn:aws:dynamodb:{HERE}:table/{{name}}",
    "AWS::Events::Rule": f"arn:aws:events:{HERE}:rule/{{name}}",
    "AWS::IAM::ManagedPolicy": f"{IAM}:policy/{{name}}",
    "AWS::IAM::Role": f"{IAM}:role/{{name}}",
    "AWS::KMS::Key": KEY,
    "AWS::Lambda::Function": f"arn:aws:lambda:{HERE}:function:{{name}}",
    "AWS::Logs::LogGroup": f"arn:aws:logs:{HERE}:log-group:{{name}}",
    "AWS::SNS::Topic": f"arn:aws:sns:{HERE}:{{name}}",
    "AWS::SQS::Queue": f"arn:aws:sqs:{HERE}:{{name}}",
    "AWS::Scheduler::Schedule": f"arn:aws:scheduler:{HERE}:schedule/default/{{name}}",
}
"""The ARN of what each type of resource is deployed as."""
NAMES = ("AlarmName", "DashboardName", "ManagedPolicyName", "Name")


def deployed(logical_id: str, resource: dict[str, Any]) -> str:
    """The ARN of a resource of the template. CloudFormation begins a name of its own with the stack's."""
    given = (resource["Properties"][key] for key in NAMES if key in resource["Properties"])
    return ARNS[resource["Type"]].format(name=next(given, f"Rootguard-{logical_id}-x8Z0Q1"))


def test_every_resource_of_the_stack_that_has_an_arn_is_kept() -> None:
    document = policies(EVERY_PART)["RootguardProtectItself"]
    covered = [
        arn for statement in document["Statement"] for arn in as_list(statement["Resource"]) if arn != "*"
    ]
    with_arn = {
        name: resource
        for name, resource in template(EVERY_PART)["Resources"].items()
        if resource["Type"] not in parts.WITHIN
    }
    assert len(with_arn) >= 60
    for name, resource in with_arn.items():
        arn = deployed(name, resource)
        assert any(fnmatchcase(arn, pattern) for pattern in covered), name


def test_every_resource_that_takes_tags_is_among_them() -> None:
    found = template(EVERY_PART)["Resources"].values()
    tagged = {resource["Type"] for resource in found if "Tags" in resource["Properties"]}
    # A mapping's ARN has an id of its own: `lambda:FunctionArn` says whose it is.
    assert tagged - set(ARNS) == {"AWS::Lambda::EventSourceMapping"}


HERE_PLACE = Place("aws", "us-east-1", MANAGEMENT_ACCOUNT, "Rootguard")


def test_a_new_part_of_a_known_type_is_kept_by_itself() -> None:
    resources = [Resource("AWS::SQS::Queue", "Rootguard/New"), Resource("AWS::SQS::Queue", "x", "fixed-name")]
    first = parts.statements(resources, HERE_PLACE, but_for(EXECUTION))[0]
    assert first.resources == (f"arn:aws:sqs:{HERE}:Rootguard-*", f"arn:aws:sqs:{HERE}:fixed-name")


def test_a_part_of_a_new_type_stops_the_synth_and_says_what_to_do() -> None:
    unknown = Resource("AWS::SSM::Parameter", "Rootguard/Guard/Setting")
    with pytest.raises(UncoveredPartError) as stopped:
        parts.statements([unknown], HERE_PLACE, but_for(EXECUTION))
    assert "Rootguard/Guard/Setting is an AWS::SSM::Parameter" in str(stopped.value)
    assert "stacks/prevention/parts.py" in str(stopped.value)


def test_the_shipped_stack_has_no_fewer_kinds_of_parts() -> None:
    found = {resource["Type"] for resource in template(WITH_A_BUS)["Resources"].values()}
    assert set(parts.KINDS) <= found


@pytest.mark.parametrize(("part", "is_left"), [("GuardFunction9B8C", False), ("IsolationFunctionCBEC", True)])
def test_people_may_invoke_isolation_and_not_the_guard(part: str, is_left: bool) -> None:
    function = f"arn:aws:lambda:{HERE}:function:Rootguard-{part}-x8Z0Q1"
    assert may([policies()["RootguardProtectItself"]], "lambda:InvokeFunction", function) == is_left
