"""What puts attachments back: there only where asked for, with its own queue, role, pace and alarm."""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
import pytest

from rootguard.reconcile.put_back import SECONDS
from stacks.config import GuardrailConfig
from tests.stacks.authorization import OF_ORGANIZATION, RCP, SCP, actions, statements
from tests.stacks.synthesis import (
    MANAGEMENT_ACCOUNT,
    ROOT_ONLY,
    attribute,
    guard_function,
    guardrail,
    named,
    only,
    resources,
    template,
)
from tests.stacks.test_guardrail_stack import nagged

RESTORING = guardrail({"targets": ["root"], "restore_policy_type": True})
ONLY_SCPS = guardrail(
    {"targets": ["root"], "restore_policy_type": True, "policy_types": [SCP]}, {"targets": ["444455556666"]}
)
NOT_RESTORING = {
    "shipped": ROOT_ONLY,
    "observe": guardrail({"targets": ["root"], "restore_policy_type": True}, mode="observe"),
    "alert": guardrail({"targets": ["root"], "restore_policy_type": True, "on_violation": "alert"}),
}
HANDLER = "rootguard.handlers.restore.handler"


def function(config: GuardrailConfig = RESTORING) -> tuple[str, dict[str, Any]]:
    (found,) = [
        (name, entry)
        for name, entry in resources("AWS::Lambda::Function", config).items()
        if entry["Handler"] == HANDLER
    ]
    return found


def role(config: GuardrailConfig = RESTORING) -> tuple[str, dict[str, Any]]:
    name, _ = function(config)[1]["Role"]["Fn::GetAtt"]
    return name, resources("AWS::IAM::Role", config)[name]


def queues() -> tuple[str, dict[str, Any], str, dict[str, Any]]:
    """The queue and its dead-letter queue, each by logical id and properties."""
    found = resources("AWS::SQS::Queue", RESTORING)
    name, queue = named("AWS::SQS::Queue", "RestoreQueue", RESTORING)
    dead_letters, _ = queue["RedrivePolicy"]["deadLetterTargetArn"]["Fn::GetAtt"]
    return name, queue, dead_letters, found[dead_letters]


@pytest.mark.parametrize("config", NOT_RESTORING.values(), ids=NOT_RESTORING)
def test_nothing_of_it_is_there_where_no_type_is_restored(config: GuardrailConfig) -> None:
    handlers = {entry["Handler"] for entry in resources("AWS::Lambda::Function", config).values()}
    assert HANDLER not in handlers
    parts = template(config)["Resources"]
    assert not [name for name in parts if name.startswith("Restore")]
    assert "ROOTGUARD_RESTORE_QUEUE" not in guard_function(config)[1]["Environment"]["Variables"]
    assert "organizations:ListPolicies" not in actions(config)
    assert "RestoreDeadLetters" not in str(resources("AWS::CloudWatch::Alarm", config))


def test_its_role_attaches_the_organizations_own_policies_of_the_types_and_does_little_else() -> None:
    queue, *_ = queues()
    table, _ = named("AWS::DynamoDB::Table", "Ledger", RESTORING)
    (log_group,) = {entry["LoggingConfig"]["LogGroup"]["Ref"] for entry in [function()[1]]}
    _, deployed = role()
    assert "ManagedPolicyArns" not in deployed
    (policy,) = deployed["Policies"]
    assert policy["PolicyDocument"]["Statement"] == [
        {
            "Sid": "PutBackScpRcp",
            "Effect": "Allow",
            "Action": "organizations:AttachPolicy",
            "Resource": [
                f"{OF_ORGANIZATION}:policy/o-*/service_control_policy/p-*",
                f"{OF_ORGANIZATION}:policy/o-*/resource_control_policy/p-*",
                f"{OF_ORGANIZATION}:root/o-*/r-*",
                f"{OF_ORGANIZATION}:ou/o-*/ou-*",
                f"{OF_ORGANIZATION}:account/o-*/*",
            ],
            "Condition": {"StringEqualsIfExists": {"organizations:PolicyType": [SCP, RCP]}},
        },
        {
            "Sid": "TakeMessages",
            "Effect": "Allow",
            "Action": ["sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"],
            "Resource": attribute(queue),
        },
        {
            "Sid": "LookIntoTheInventory",
            "Effect": "Allow",
            "Action": "dynamodb:BatchGetItem",
            "Resource": attribute(table),
            "Condition": {
                "ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["INVENTORY#*"]},
                "Null": {"dynamodb:LeadingKeys": "false"},
            },
        },
        {
            "Sid": "Log",
            "Effect": "Allow",
            "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
            "Resource": attribute(log_group),
        },
    ]


def test_no_other_policy_adds_to_its_role() -> None:
    name, _ = role()
    naming = [
        entry
        for kind in ("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy")
        for entry in resources(kind, RESTORING).values()
        if {"Ref": name} in entry.get("Roles", [])
    ]
    assert naming == []


def test_only_the_types_that_are_restored_can_be_attached() -> None:
    _, deployed = role(ONLY_SCPS)
    attach = deployed["Policies"][0]["PolicyDocument"]["Statement"][0]
    assert attach["Condition"] == {"StringEqualsIfExists": {"organizations:PolicyType": [SCP]}}
    assert "resource_control_policy" not in str(attach["Resource"])


def test_the_guard_may_fill_the_queue_and_list_policies_and_knows_whose_changes_are_its_own() -> None:
    queue, *_ = queues()
    name, _ = role()
    granted = {statement["Sid"]: statement for statement in statements(RESTORING)}
    assert granted["QueueWhatToPutBack"]["Action"] == "sqs:SendMessage"
    assert granted["QueueWhatToPutBack"]["Resource"] == attribute(queue)
    assert "organizations:ListPolicies" in granted["ReadOrganization"]["Action"]
    told = guard_function(RESTORING)[1]["Environment"]["Variables"]
    assert told["ROOTGUARD_RESTORE_QUEUE"] == {"Ref": queue}
    assert told["ROOTGUARD_RESTORER_ROLE_ARN"] == attribute(name)


def test_a_message_is_kept_four_days_tried_five_times_and_then_kept_apart() -> None:
    _, queue, _, dead_letters = queues()
    assert queue["MessageRetentionPeriod"] == 4 * 24 * 3600
    assert queue["RedrivePolicy"]["maxReceiveCount"] == 5
    assert dead_letters["MessageRetentionPeriod"] == 14 * 24 * 3600
    assert queue["SqsManagedSseEnabled"] is dead_letters["SqsManagedSseEnabled"] is True


def test_a_message_is_not_given_twice_while_the_function_works_on_it() -> None:
    _, queue, *_ = queues()
    assert queue["VisibilityTimeout"] >= 6 * function()[1]["Timeout"]


def test_both_queues_are_refused_over_plain_http() -> None:
    name, _, dead_letters, _ = queues()
    secured = {
        queue["Ref"]
        for policy in resources("AWS::SQS::QueuePolicy", RESTORING).values()
        for statement in policy["PolicyDocument"]["Statement"]
        for queue in policy["Queues"]
        if statement["Effect"] == "Deny"
        and statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    }
    assert {name, dead_letters} <= secured


def test_what_runs_at_once_stays_under_two_writes_a_second() -> None:
    queue, *_ = queues()
    _, mapping = named("AWS::Lambda::EventSourceMapping", "RestoreFunction", RESTORING)
    assert mapping["EventSourceArn"] == attribute(queue)
    assert mapping["FunctionName"] == {"Ref": function()[0]}
    assert mapping["BatchSize"] == 1
    assert mapping["ScalingConfig"]["MaximumConcurrency"] / SECONDS < 2


def test_it_runs_as_the_guard_does_and_knows_the_table() -> None:
    table, _ = named("AWS::DynamoDB::Table", "Ledger", RESTORING)
    _, deployed = function()
    _, guard = guard_function(RESTORING)
    assert [deployed[key] for key in ("Runtime", "Architectures", "Code")] == [
        guard[key] for key in ("Runtime", "Architectures", "Code")
    ]
    assert deployed["Environment"]["Variables"]["ROOTGUARD_TABLE"] == {"Ref": table}


def test_what_could_not_be_put_back_pages() -> None:
    *_, dead_letters, _ = queues()
    topic, _ = only("AWS::SNS::Topic", RESTORING)
    (alarm,) = [
        entry
        for entry in resources("AWS::CloudWatch::Alarm", RESTORING).values()
        if entry["AlarmName"] == "Rootguard-RestoreDeadLetters"
    ]
    assert alarm["Dimensions"][0]["Value"] == attribute(dead_letters, "QueueName")
    assert alarm["AlarmActions"] == [{"Ref": topic}]
    assert len(alarm["AlarmDescription"]) <= 1024


def test_its_log_outlives_an_uninstall() -> None:
    group = function()[1]["LoggingConfig"]["LogGroup"]["Ref"]
    assert template(RESTORING)["Resources"][group]["DeletionPolicy"] == "Retain"


@pytest.mark.parametrize("account", [MANAGEMENT_ACCOUNT, None], ids=["account", "no-account"])
def test_cdk_nag_has_no_findings(account: str | None) -> None:
    app, stack = nagged(RESTORING, account)
    assert isinstance(app, cdk.App)
    assert stack.node.try_find_child("Restore") is not None
    app.synth()
