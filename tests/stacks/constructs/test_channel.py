"""What a channel is made of: all of it its own, and allowed one secret and one queue."""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
import pytest

from stacks.config import GuardrailConfig
from tests.stacks.authorization import statements
from tests.stacks.synthesis import (
    MANAGEMENT_ACCOUNT,
    REPOSITORY,
    ROOT_ONLY,
    attribute,
    guard_function,
    guardrail,
    only,
    resources,
    template,
)
from tests.stacks.test_guardrail_stack import nagged

SECRETS = {"slack": "rootguard/slack", "pagerduty": "rootguard/pagerduty"}
BOTH = guardrail(
    {"targets": ["root"]},
    pages={
        "runbooks": "https://wiki.example.com/rootguard/",
        "slack": {"webhook_secret": SECRETS["slack"]},
        "pagerduty": {
            "routing_key_secret": SECRETS["pagerduty"],
            "events_url": "https://events.eu.pagerduty.com",
            "resolve_when_clean": False,
        },
    },
)
OF_SECRETS = f"arn:aws:secretsmanager:us-east-1:{MANAGEMENT_ACCOUNT}:secret"
each_channel = pytest.mark.parametrize("channel", SECRETS)


def function(channel: str, config: GuardrailConfig = BOTH) -> tuple[str, dict[str, Any]]:
    (found,) = [
        (name, entry)
        for name, entry in resources("AWS::Lambda::Function", config).items()
        if entry["Handler"] == f"rootguard.handlers.{channel}.handler"
    ]
    return found


def mapping(channel: str) -> dict[str, Any]:
    name, _ = function(channel)
    (found,) = [
        entry
        for entry in resources("AWS::Lambda::EventSourceMapping", BOTH).values()
        if entry["FunctionName"] == {"Ref": name}
    ]
    return found


def queues(channel: str) -> tuple[str, dict[str, Any], str, dict[str, Any]]:
    """The queue and its dead-letter queue, each by logical id and properties."""
    found = resources("AWS::SQS::Queue", BOTH)
    name, _ = mapping(channel)["EventSourceArn"]["Fn::GetAtt"]
    dead_letters, _ = found[name]["RedrivePolicy"]["deadLetterTargetArn"]["Fn::GetAtt"]
    return name, found[name], dead_letters, found[dead_letters]


def test_nothing_of_it_is_there_where_no_channel_is_named() -> None:
    assert len(resources("AWS::Lambda::Function", ROOT_ONLY)) == 2
    assert len(resources("AWS::Lambda::EventSourceMapping", ROOT_ONLY)) == 1
    assert "secretsmanager" not in str(template(ROOT_ONLY))


def test_either_channel_can_be_alone() -> None:
    for channel, pages in (
        ("slack", {"slack": {"webhook_secret": "a"}}),
        ("pagerduty", {"pagerduty": {"routing_key_secret": "b"}}),
    ):
        alone = guardrail({"targets": ["root"]}, pages=pages)
        assert function(channel, alone)[1]
        assert len(resources("AWS::Lambda::Function", alone)) == 3


def test_two_channels_share_no_part_but_the_topics() -> None:
    parts = [
        {function(channel)[0], function(channel)[1]["Role"]["Fn::GetAtt"][0], *queues(channel)[::2]}
        for channel in SECRETS
    ]
    assert all(len(own) == 4 for own in parts)
    assert parts[0].isdisjoint(parts[1])


def topics() -> tuple[dict[str, str], dict[str, str]]:
    """The topic of all pages, and that of what is over, as others refer to them."""
    known = notifier()["Environment"]["Variables"]
    return known["ROOTGUARD_TOPIC_ARN"], known["ROOTGUARD_CLOSINGS_TOPIC_ARN"]


def notifier() -> dict[str, Any]:
    return function("notifier")[1]


@each_channel
def test_every_page_and_its_end_come_to_its_queue_as_they_are(channel: str) -> None:
    queue, _, dead_letters, _ = queues(channel)
    subscriptions = [
        entry
        for entry in resources("AWS::SNS::Subscription", BOTH).values()
        if entry["Endpoint"] == attribute(queue)
    ]
    assert sorted(map(str, topics())) == sorted(str(entry["TopicArn"]) for entry in subscriptions)
    for subscription in subscriptions:
        assert subscription["Protocol"] == "sqs"
        assert subscription["RawMessageDelivery"] is True
        assert "FilterPolicy" not in subscription
        # What SNS could not put into the queue is kept where what the function could not send is.
        assert subscription["RedrivePolicy"] == {"deadLetterTargetArn": attribute(dead_letters)}


def test_the_notifier_says_what_is_over_and_people_do_not_hear_it() -> None:
    _, closings = topics()
    granted = {statement["Sid"]: statement for statement in statements(BOTH, "notifier")}
    assert granted["Page"]["Action"] == "sns:Publish"
    assert granted["Page"]["Resource"] == list(topics())
    # The guard's last resort is one line about an emergency.
    assert str(closings) not in str(statements(BOTH))
    assert "ROOTGUARD_CLOSINGS_TOPIC_ARN" not in guard_function(BOTH)[1]["Environment"]["Variables"]
    people = BOTH.model_copy(update={"pages": BOTH.pages.model_copy(update={"email": ("a@example.com",)})})
    listening = {
        entry["Protocol"]
        for entry in resources("AWS::SNS::Subscription", people).values()
        if entry["TopicArn"] == closings
    }
    assert listening == {"sqs"}


def test_the_topic_of_what_is_over_is_as_closed_as_the_other() -> None:
    key, _ = only("AWS::KMS::Key", BOTH)
    _, closings = topics()
    assert resources("AWS::SNS::Topic", BOTH)[closings["Ref"]]["KmsMasterKeyId"] == attribute(key)
    (policy,) = [
        entry for entry in resources("AWS::SNS::TopicPolicy", BOTH).values() if entry["Topics"] == [closings]
    ]
    # Nobody but the notifier, by its role, has anything to say there.
    assert [entry["Effect"] for entry in policy["PolicyDocument"]["Statement"]] == ["Deny"]


@each_channel
def test_only_the_topics_may_fill_its_queues(channel: str) -> None:
    name, _, dead_letters, _ = queues(channel)
    for queue in (name, dead_letters):
        found = [
            statement
            for policy in resources("AWS::SQS::QueuePolicy", BOTH).values()
            if policy["Queues"] == [{"Ref": queue}]
            for statement in policy["PolicyDocument"]["Statement"]
        ]
        allowed = [statement for statement in found if statement["Effect"] == "Allow"]
        assert {statement["Action"] for statement in allowed} == {"sqs:SendMessage"}
        assert [statement["Principal"] for statement in allowed] == [{"Service": "sns.amazonaws.com"}] * 2
        sources = [statement["Condition"] for statement in allowed]
        assert sorted(map(str, sources)) == sorted(
            str({"ArnEquals": {"aws:SourceArn": topic}}) for topic in topics()
        )
        (denied,) = [statement for statement in found if statement["Effect"] == "Deny"]
        assert denied["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


@each_channel
def test_what_is_not_sent_comes_again_and_is_kept(channel: str) -> None:
    _, queue, _, dead_letters = queues(channel)
    assert queue["SqsManagedSseEnabled"] is dead_letters["SqsManagedSseEnabled"] is True
    assert queue["RedrivePolicy"]["maxReceiveCount"] == 4
    assert queue["MessageRetentionPeriod"] == 4 * 24 * 3600
    assert dead_letters["MessageRetentionPeriod"] == 14 * 24 * 3600
    assert queue["VisibilityTimeout"] >= 6 * function(channel)[1]["Timeout"]


@each_channel
def test_how_long_it_is_tried_stands_in_the_guide(channel: str) -> None:
    _, queue, *_ = queues(channel)
    hidden = queue["VisibilityTimeout"] / 60
    guide = " ".join((REPOSITORY / "docs" / "adding-a-channel.md").read_text("utf-8").split())
    told = f"four times, {hidden:g} minutes apart. After {hidden * 4:g} minutes it waits in the dead letters"
    assert told in guide


@each_channel
def test_one_message_that_fails_does_not_bring_back_the_others(channel: str) -> None:
    found = mapping(channel)
    assert found["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert found["ScalingConfig"] == {"MaximumConcurrency": 2}
    # A sender has fifteen seconds (rootguard.ports).
    assert found["BatchSize"] * 15 <= function(channel)[1]["Timeout"]


@each_channel
def test_its_role_reads_its_secret_and_its_queue_and_does_nothing_else(channel: str) -> None:
    queue, *_ = queues(channel)
    _, deployed = function(channel)
    name, _ = deployed["Role"]["Fn::GetAtt"]
    role = resources("AWS::IAM::Role", BOTH)[name]
    assert "ManagedPolicyArns" not in role
    (policy,) = role["Policies"]
    assert policy["PolicyDocument"]["Statement"] == [
        {
            "Sid": "ReadItsSecret",
            "Effect": "Allow",
            "Action": "secretsmanager:GetSecretValue",
            "Resource": f"{OF_SECRETS}:{SECRETS[channel]}-??????",
        },
        {
            "Sid": "TakeMessages",
            "Effect": "Allow",
            "Action": ["sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"],
            "Resource": attribute(queue),
        },
        {
            "Sid": "Log",
            "Effect": "Allow",
            "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
            "Resource": attribute(deployed["LoggingConfig"]["LogGroup"]["Ref"]),
        },
    ]
    naming = [
        entry
        for kind in ("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy")
        for entry in resources(kind, BOTH).values()
        if {"Ref": name} in entry.get("Roles", [])
    ]
    assert naming == []


@each_channel
def test_it_runs_beside_the_guard_and_not_from_its_asset(channel: str) -> None:
    _, deployed = function(channel)
    _, guard = guard_function(BOTH)
    assert deployed["Runtime"] == guard["Runtime"]
    assert deployed["Architectures"] == guard["Architectures"]
    assert deployed["Code"] not in (guard["Code"], notifier()["Code"])
    group = deployed["LoggingConfig"]["LogGroup"]["Ref"]
    assert template(BOTH)["Resources"][group]["DeletionPolicy"] == "Retain"
    assert resources("AWS::Logs::LogGroup", BOTH)[group]["RetentionInDays"] == 365


def test_both_channels_share_one_asset_which_no_configuration_changes() -> None:
    observing = BOTH.model_copy(update={"mode": "observe"})
    codes = [str(function(channel, config)[1]["Code"]) for config in (BOTH, observing) for channel in SECRETS]
    assert len(set(codes)) == 1


def test_it_is_told_what_its_sender_needs() -> None:
    told = {channel: function(channel)[1]["Environment"]["Variables"] for channel in SECRETS}
    common = {
        "ROOTGUARD_ORGANIZATION": "",
        "ROOTGUARD_RUNBOOKS": "https://wiki.example.com/rootguard/",
        "POWERTOOLS_SERVICE_NAME": "rootguard",
        "POWERTOOLS_METRICS_NAMESPACE": "Rootguard",
        "POWERTOOLS_LOG_LEVEL": "INFO",
    }
    assert told["slack"] == common | {"ROOTGUARD_SECRET": "rootguard/slack"}
    assert told["pagerduty"] == common | {
        "ROOTGUARD_SECRET": "rootguard/pagerduty",
        "ROOTGUARD_EVENTS_URL": "https://events.eu.pagerduty.com",
        "ROOTGUARD_RESOLVE_WHEN_CLEAN": "false",
    }


@pytest.mark.parametrize("name", ["Slack", "PagerDuty"])
def test_what_could_not_be_sent_pages(name: str) -> None:
    *_, dead_letters, _ = queues(name.lower())
    topic, _ = topics()
    (alarm,) = [
        entry
        for entry in resources("AWS::CloudWatch::Alarm", BOTH).values()
        if entry["AlarmName"] == f"Rootguard-{name}DeadLetters"
    ]
    assert alarm["Dimensions"][0]["Value"] == attribute(dead_letters, "QueueName")
    assert alarm["AlarmActions"] == [topic]
    assert SECRETS[name.lower()] in alarm["AlarmDescription"]
    assert len(alarm["AlarmDescription"]) <= 1024


@pytest.mark.parametrize("account", [MANAGEMENT_ACCOUNT, None], ids=["account", "no-account"])
def test_cdk_nag_has_no_findings(account: str | None) -> None:
    app, stack = nagged(BOTH, account)
    assert isinstance(app, cdk.App)
    assert stack.node.try_find_child("Slack") is not None
    app.synth()
