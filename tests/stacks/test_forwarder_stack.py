"""The forwarder: one rule, one role for one bus, and a queue for what could not be sent."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import cdk_nag
import pytest
from aws_cdk.assertions import Template

from stacks.forwarder_stack import AccountError, ForwarderStack
from stacks.names import BUS, FORWARDER, RegionError
from tests.stacks.constructs.test_delegated_calls import CONFIG
from tests.stacks.kept import kept
from tests.stacks.synthesis import CONTEXT, MANAGEMENT_ACCOUNT, as_list, attribute, resources

ADMINISTRATOR = "444455556666"


def forwarder(
    region: str | None = "us-east-1", to: str = MANAGEMENT_ACCOUNT, account: str = ADMINISTRATOR
) -> tuple[cdk.App, ForwarderStack]:
    """The stack, in an app of its own."""
    app = cdk.App(context=CONTEXT)
    environment = cdk.Environment(account=account, region=region)
    return app, ForwarderStack(app, FORWARDER, management_account=to, env=environment)


@functools.cache
def forwarder_template(region: str = "us-east-1") -> dict[str, Any]:
    """What CloudFormation would get in the administrator's account."""
    # Beside the stack, this file decides it.
    asked = f"forwarder {region} {Path(__file__).read_text('utf-8')}"
    return kept(asked, lambda: dict(Template.from_stack(forwarder(region)[1]).to_json()))


def only(kind: str) -> tuple[str, dict[str, Any]]:
    """Logical id and properties of the one resource of its type."""
    ((name, found),) = [
        (name, entry["Properties"])
        for name, entry in forwarder_template()["Resources"].items()
        if entry["Type"] == kind
    ]
    return name, found


def test_it_sends_all_that_the_guards_rule_on_the_bus_waits_for() -> None:
    _, rule = only("AWS::Events::Rule")
    (taken,) = [
        each["EventPattern"]
        for each in resources("AWS::Events::Rule", CONFIG).values()
        if each["EventPattern"].get("account") == [ADMINISTRATOR]
    ]
    sent = rule["EventPattern"]
    assert {key: taken[key] for key in sent if key != "detail"} | {
        "detail": {key: taken["detail"][key] for key in sent["detail"]}
    } == sent
    # The default bus, where AWS reports the account's own calls.
    assert "EventBusName" not in rule


def test_it_may_put_events_on_that_one_bus_and_nothing_else() -> None:
    _, role = only("AWS::IAM::Role")
    (policy,) = role["Policies"]
    (statement,) = policy["PolicyDocument"]["Statement"]
    (taking,) = resources("AWS::Events::EventBus", CONFIG).values()
    bus = f"arn:aws:events:us-east-1:{MANAGEMENT_ACCOUNT}:event-bus/{taking['Name']}"
    assert statement == {"Action": "events:PutEvents", "Effect": "Allow", "Resource": bus}
    assert role["RoleName"] == FORWARDER
    (trust,) = role["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Principal"] == {"Service": "events.amazonaws.com"}
    assert {entry["Type"] for entry in forwarder_template()["Resources"].values()} == {
        "AWS::Events::Rule",
        "AWS::IAM::Role",
        "AWS::SQS::Queue",
        "AWS::SQS::QueuePolicy",
    }


def test_what_cannot_be_sent_is_kept() -> None:
    name, queue = only("AWS::SQS::Queue")
    rule_name, rule = only("AWS::Events::Rule")
    role_name, _ = only("AWS::IAM::Role")
    (target,) = rule["Targets"]
    assert target["DeadLetterConfig"] == {"Arn": attribute(name)}
    assert target["RoleArn"] == attribute(role_name)
    assert target["Arn"].endswith(f":event-bus/{BUS}")
    assert queue["MessageRetentionPeriod"] == 14 * 86_400
    _, policy = only("AWS::SQS::QueuePolicy")
    (sending,) = [each for each in policy["PolicyDocument"]["Statement"] if each["Effect"] == "Allow"]
    assert as_list(sending["Action"]) == ["sqs:SendMessage"]
    assert sending["Condition"] == {"ArnEquals": {"aws:SourceArn": attribute(rule_name)}}


@pytest.mark.parametrize("region", ["eu-west-1", None])
def test_it_refuses_a_region_where_no_organizations_call_is_shown(region: str | None) -> None:
    with pytest.raises(RegionError, match="AWS shows Organizations calls only in us-east-1"):
        forwarder(region)


def test_it_refuses_what_is_no_account_and_the_account_itself() -> None:
    with pytest.raises(AccountError, match='management_account: "1111" is not an account\'s id'):
        forwarder(to="1111")
    with pytest.raises(AccountError, match="sign in to the delegated administrator's account"):
        forwarder(to=ADMINISTRATOR)


def test_cdk_nag_has_no_findings() -> None:
    app, _ = forwarder()
    cdk.Validations.of(app).add_plugins(cdk_nag.AwsSolutionsChecks(app))
    app.synth()
