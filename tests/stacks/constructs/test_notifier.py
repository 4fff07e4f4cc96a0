"""What puts notices into words: its queue, its pace, and a role that undoes nothing."""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
import pytest

from stacks.config import GuardrailConfig
from tests.stacks.authorization import OF_AWS, OF_ORGANIZATION, actions, statements
from tests.stacks.synthesis import (
    MANAGEMENT_ACCOUNT,
    ROOT_ONLY,
    attribute,
    function,
    guard_role,
    guardrail,
    named,
    only,
    resources,
    role_of,
    template,
)
from tests.stacks.test_guardrail_stack import nagged

WITH_SLACK = guardrail({"targets": ["root"]}, pages={"slack": {"webhook_secret": "slack"}})
each = pytest.mark.parametrize("config", [ROOT_ONLY, WITH_SLACK], ids=["shipped", "slack"])


def queues(config: GuardrailConfig = ROOT_ONLY) -> tuple[str, dict[str, Any], str, dict[str, Any]]:
    """The queue and its dead-letter queue, each by logical id and properties."""
    name, queue = named("AWS::SQS::Queue", "NoticesQueue", config)
    dead_letters, _ = queue["RedrivePolicy"]["deadLetterTargetArn"]["Fn::GetAtt"]
    return name, queue, dead_letters, resources("AWS::SQS::Queue", config)[dead_letters]


def topics(config: GuardrailConfig) -> list[dict[str, str]]:
    return [{"Ref": name} for name in resources("AWS::SNS::Topic", config)]


def test_a_notice_waits_encrypted_is_tried_five_times_and_then_kept_apart() -> None:
    _, queue, _, dead_letters = queues()
    assert queue["SqsManagedSseEnabled"] is dead_letters["SqsManagedSseEnabled"] is True
    assert queue["RedrivePolicy"]["maxReceiveCount"] == 5
    assert queue["MessageRetentionPeriod"] == 4 * 24 * 3600
    assert dead_letters["MessageRetentionPeriod"] == 14 * 24 * 3600


def test_a_notice_is_not_given_twice_while_the_function_works_on_it() -> None:
    assert queues()[1]["VisibilityTimeout"] >= 6 * function("notifier")[1]["Timeout"]


def test_both_queues_are_refused_over_plain_http_and_let_no_service_in() -> None:
    name, _, dead_letters, _ = queues()
    for queue in (name, dead_letters):
        (policy,) = [
            entry
            for entry in resources("AWS::SQS::QueuePolicy").values()
            if entry["Queues"] == [{"Ref": queue}]
        ]
        (statement,) = policy["PolicyDocument"]["Statement"]
        assert statement["Effect"] == "Deny"
        assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_a_burst_comes_together_and_only_what_failed_comes_again() -> None:
    name, *_ = queues()
    _, mapping = only("AWS::Lambda::EventSourceMapping")
    assert mapping["EventSourceArn"] == attribute(name)
    assert mapping["FunctionName"] == {"Ref": function("notifier")[0]}
    assert mapping["BatchSize"] == 10
    # A window would have a single notice wait.
    assert "MaximumBatchingWindowInSeconds" not in mapping
    assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert mapping["ScalingConfig"] == {"MaximumConcurrency": 2}


def test_only_the_guard_may_send_notices_and_the_notifier_the_same_again() -> None:
    name, *_ = queues()
    senders = [
        logical_id
        for logical_id, role in resources("AWS::IAM::Role").items()
        for policy in role.get("Policies", [])
        for statement in policy["PolicyDocument"]["Statement"]
        if statement["Action"] == "sqs:SendMessage" and statement["Resource"] == attribute(name)
    ]
    assert senders == [guard_role()[0], role_of("notifier", ROOT_ONLY)[0]]


@each
def test_it_may_do_this_and_nothing_else(config: GuardrailConfig) -> None:
    _, deployed = role_of("notifier", config)
    assert "ManagedPolicyArns" not in deployed
    key, _ = only("AWS::KMS::Key", config)
    ledger, _ = named("AWS::DynamoDB::Table", "Ledger", config)
    log_group = function("notifier", config)[1]["LoggingConfig"]["LogGroup"]["Ref"]
    published = topics(config)
    every_policy = [f"{OF_ORGANIZATION}:policy/o-*/*/p-*", f"{OF_AWS}:policy/*/p-*"]
    every_target = [f"{OF_ORGANIZATION}:{path}" for path in ("root/o-*/r-*", "ou/o-*/ou-*", "account/o-*/*")]
    assert [
        (entry["Action"], entry["Resource"], entry.get("Condition"))
        for entry in statements(config, "notifier")
    ] == [
        ("organizations:DescribePolicy", every_policy, None),
        (
            [
                f"organizations:{action}"
                for action in (
                    "DescribeAccount",
                    "DescribeOrganizationalUnit",
                    "ListAccountsForParent",
                    "ListOrganizationalUnitsForParent",
                )
            ],
            every_target,
            None,
        ),
        ("organizations:ListAccounts", "*", None),
        ("organizations:DescribeResourcePolicy", "*", None),
        ("organizations:DescribeOrganization", "*", None),
        ("sns:Publish", published if len(published) > 1 else published[0], None),
        (["kms:Decrypt", "kms:GenerateDataKey"], attribute(key), None),
        (
            ["sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"],
            attribute(queues(config)[0]),
            None,
        ),
        ("sns:ListSubscriptionsByTopic", published[0], None),
        ("sqs:SendMessage", attribute(queues(config)[0]), None),
        (["logs:CreateLogStream", "logs:PutLogEvents"], attribute(log_group), None),
        (
            ["dynamodb:DeleteItem", "dynamodb:PutItem"],
            attribute(ledger),
            {
                "ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["NOTICE#*"]},
                "Null": {"dynamodb:LeadingKeys": "false"},
            },
        ),
    ]


def test_it_can_write_nothing_in_organizations_whatever_the_guard_may() -> None:
    widest = guardrail(
        {"targets": ["root", "ou-exam-12345678"], "include_descendants": True, "restore_policy_type": True},
        {"targets": ["444455556666"], "pin_accounts": ["root"]},
    )
    asked = {action for action in actions(widest, "notifier") if action.startswith("organizations:")}
    assert len(asked) == 8
    assert all(action.removeprefix("organizations:").startswith(("Describe", "List")) for action in asked)


@each
def test_it_knows_the_ledger_the_topics_the_runbooks_and_the_guards_role(config: GuardrailConfig) -> None:
    ledger, _ = named("AWS::DynamoDB::Table", "Ledger", config)
    topic, *closings = topics(config)
    expected = {
        "ROOTGUARD_TABLE": {"Ref": ledger},
        "ROOTGUARD_TOPIC_ARN": topic,
        "ROOTGUARD_NOTICES": {"Ref": queues(config)[0]},
        "ROOTGUARD_ORGANIZATION": "",
        "ROOTGUARD_RUNBOOKS": "docs/runbooks/",
        "ROOTGUARD_ROLE_ARN": attribute(guard_role(config)[0]),
        "POWERTOOLS_SERVICE_NAME": "rootguard",
        "POWERTOOLS_METRICS_NAMESPACE": "Rootguard",
        "POWERTOOLS_LOG_LEVEL": "INFO",
    } | ({"ROOTGUARD_CLOSINGS_TOPIC_ARN": closings[0]} if closings else {})
    assert function("notifier", config)[1]["Environment"]["Variables"] == expected


def test_it_runs_beside_the_guard_and_not_from_its_asset() -> None:
    _, deployed = function("notifier")
    _, guard = function("guard")
    assert [deployed[key] for key in ("Runtime", "Architectures", "MemorySize")] == [
        guard[key] for key in ("Runtime", "Architectures", "MemorySize")
    ]
    assert deployed["Code"] != guard["Code"]


def test_its_log_outlives_an_uninstall() -> None:
    group = function("notifier")[1]["LoggingConfig"]["LogGroup"]["Ref"]
    assert template()["Resources"][group]["DeletionPolicy"] == "Retain"
    assert resources("AWS::Logs::LogGroup")[group]["RetentionInDays"] == 365


@pytest.mark.parametrize("account", [MANAGEMENT_ACCOUNT, None], ids=["account", "no-account"])
def test_cdk_nag_has_no_findings(account: str | None) -> None:
    app, stack = nagged(WITH_SLACK, account)
    assert isinstance(app, cdk.App)
    assert stack.node.try_find_child("Notifier") is not None
    app.synth()
