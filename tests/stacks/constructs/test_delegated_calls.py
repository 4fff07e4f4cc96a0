"""What delegated administrators' accounts forward: who may, what passes, and what nobody can make up."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from drill.local_aws import LocalAws
from stacks.constructs import organizations_calls
from stacks.names import BUS, FORWARDER
from tests.given import attach, by_role, envelope
from tests.stacks.constructs.test_watchdog import alarms, watched
from tests.stacks.synthesis import (
    MANAGEMENT_ACCOUNT,
    ROOT_ONLY,
    attribute,
    guard_function,
    guardrail,
    named,
    only,
    resources,
)

ADMINISTRATOR, ANOTHER, STRANGER = "444455556666", "777788889999", "222233334444"
ORGANIZATION = "o-exampleorgid"
CONFIG = guardrail(
    {"targets": ["root"]},
    delegated_administrators={"organization": ORGANIZATION, "accounts": [ADMINISTRATOR, ANOTHER]},
)
Woken = Callable[[dict[str, Any]], list[str]]


def rules() -> dict[str, dict[str, Any]]:
    """Each rule on the bus, by the account at the end of its description's first words."""
    return {
        rule["Description"].split()[-2]: rule
        for rule in resources("AWS::Events::Rule", CONFIG).values()
        if "EventBusName" in rule
    }


def forwarded(account: str = ADMINISTRATOR, **fields: Any) -> dict[str, Any]:
    """The event of an attach by a role of the account, as its EventBridge has it."""
    fields = {"userIdentity": by(account), "recipientAccountId": account} | fields
    return envelope(attach(**fields)) | {"source": "aws.organizations", "account": account}


def by(account: str) -> dict[str, Any]:
    """The identity of a role session of an account."""
    identity: dict[str, Any] = json.loads(
        json.dumps(by_role()).replace(by_role()["arn"].split(":")[4], account)
    )
    return identity


@pytest.fixture(scope="module")
def woken() -> Iterator[Woken]:
    """The accounts whose rule an event matches, as an EventBridge tells."""
    patterns = {account: json.dumps(rule["EventPattern"]) for account, rule in rules().items()}
    with LocalAws.start() as aws:
        eventbridge = aws.client("events")

        def matched(event: dict[str, Any]) -> list[str]:
            return [
                account
                for account, pattern in patterns.items()
                if eventbridge.test_event_pattern(EventPattern=pattern, Event=json.dumps(event))["Result"]
            ]

        yield matched


def test_there_is_no_bus_unless_it_is_asked_for() -> None:
    assert not resources("AWS::Events::EventBus", ROOT_ONLY)


@pytest.mark.parametrize("account", [ADMINISTRATOR, ANOTHER])
def test_a_change_that_an_account_forwards_wakes_the_guard(account: str, woken: Woken) -> None:
    assert woken(forwarded(account)) == [account]
    assert woken(forwarded(account, errorCode="AccessDenied")) == [account]
    assert woken(forwarded(account, errorCode="DuplicatePolicyAttachmentException")) == []


def test_so_does_one_by_a_root_user_a_user_and_nobody_known(woken: Woken) -> None:
    root = {
        "type": "Root",
        "arn": f"arn:aws:iam::{ADMINISTRATOR}:root",
        "sessionContext": {"sessionIssuer": {}},
    }
    user = {"type": "IAMUser", "arn": f"arn:aws:iam::{ADMINISTRATOR}:user/diego"}
    service = {"type": "AWSService", "invokedBy": "controltower.amazonaws.com"}
    for identity in (root, user, service, {}):
        assert woken(forwarded(userIdentity=identity)) == [ADMINISTRATOR]


def test_an_event_that_another_account_put_there_wakes_nobody(woken: Woken) -> None:
    assert woken(forwarded(STRANGER)) == []
    assert woken(forwarded(MANAGEMENT_ACCOUNT)) == []


@pytest.mark.parametrize("other", [MANAGEMENT_ACCOUNT, ANOTHER, STRANGER])
def test_no_account_can_speak_for_a_principal_of_another(other: str, woken: Woken) -> None:
    own, foreign = by(ADMINISTRATOR), by(other)
    issuer = foreign["sessionContext"]["sessionIssuer"]["arn"]
    user = {"type": "IAMUser", "arn": f"arn:aws:iam::{other}:user/pipeline"}
    assert issuer.split(":")[4] == other
    for identity in (
        foreign,
        own | {"sessionContext": foreign["sessionContext"]},
        own | {"arn": foreign["arn"]},
        {"type": "AssumedRole", "sessionContext": foreign["sessionContext"]},
        user,
    ):
        assert woken(forwarded(userIdentity=identity)) == []
    assert woken(forwarded(recipientAccountId=other)) == []


def test_what_is_not_of_organizations_wakes_nobody(woken: Woken) -> None:
    assert woken(forwarded() | {"source": "example.forged"}) == []
    assert woken(forwarded(eventSource="iam.amazonaws.com")) == []


def test_the_bus_takes_events_of_the_forwarders_only() -> None:
    _, bus = only("AWS::Events::EventBus", CONFIG)
    assert bus["Name"] == BUS
    assert bus["Policy"]["Statement"] == [
        {
            "Sid": f"Forward{account}",
            "Effect": "Allow",
            "Principal": {"AWS": f"arn:aws:iam::{account}:root"},
            "Action": "events:PutEvents",
            "Resource": f"arn:aws:events:us-east-1:{MANAGEMENT_ACCOUNT}:event-bus/{BUS}",
            "Condition": {
                "ArnEquals": {"aws:PrincipalArn": f"arn:aws:iam::{account}:role/{FORWARDER}"},
                "StringEquals": {
                    "aws:PrincipalOrgID": ORGANIZATION,
                    "events:source": "aws.organizations",
                },
            },
        }
        for account in (ADMINISTRATOR, ANOTHER)
    ]


def test_its_rules_are_as_patient_as_those_of_the_default_bus_and_watched_like_them() -> None:
    dead_letters, _ = named("AWS::SQS::Queue", "GuardDeadLetters", CONFIG)
    function, _ = guard_function(CONFIG)
    for account, rule in rules().items():
        (target,) = rule["Targets"]
        assert target["Arn"] == attribute(function)
        assert target["RetryPolicy"] == {"MaximumEventAgeInSeconds": 86_400, "MaximumRetryAttempts": 185}
        assert target["DeadLetterConfig"] == {"Arn": attribute(dead_letters)}
        namespace, metric, _, _ = watched(alarms(CONFIG)[f"Delegated{account}RuleFailed"])
        assert (namespace, metric) == ("AWS/Events", "FailedInvocations")


def test_the_patterns_are_short_enough_for_eventbridge() -> None:
    assert set(rules()) == {ADMINISTRATOR, ANOTHER}
    for rule in rules().values():
        assert len(json.dumps(rule["EventPattern"])) <= 2048


def test_they_ask_for_the_same_calls_as_the_rules_of_the_default_bus() -> None:
    (asked,) = {json.dumps(rule["EventPattern"]["detail"]["eventName"]) for rule in rules().values()}
    assert json.loads(asked) == organizations_calls.pattern([]).detail["eventName"]
