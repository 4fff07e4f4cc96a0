"""`rootguard status`, against the topic of a local AWS, and its decision against what SNS can list."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from drill.local_aws import LocalAws
from rootguard.notify.subscribers import Address, State, subscribers
from stacks.names import STACK, TOPIC_OUTPUT
from tests.cli.conftest import Rootguard
from tests.cli.deployed import (  # noqa: F401 - fixtures
    OUTPUTS,
    As,
    allowed,
    aws,
    sara,
    sign_in,
    stack,
    started,
)

ARN = "arn:aws:sns:us-east-1:111122223333:Rootguard:1f2e"
QUEUE = "arn:aws:sqs:us-east-1:111122223333:Slack"


@pytest.mark.parametrize(
    ("arns", "state"),
    [
        ([ARN], State.CONFIRMED),
        (["PendingConfirmation"], State.PENDING),
        (["Deleted"], State.GONE),
        ([], State.GONE),
        (["Deleted", "PendingConfirmation"], State.PENDING),
        (["PendingConfirmation", ARN], State.CONFIRMED),
    ],
)
def test_the_best_that_is_listed_for_an_address_counts(arns: list[str], state: State) -> None:
    listed = [{"Protocol": "email", "Endpoint": "a@example.com", "SubscriptionArn": arn} for arn in arns]
    (found,) = subscribers([Address("email", "a@example.com")], listed)
    assert found.state is state


def test_a_queue_is_found_by_its_arn_and_a_stranger_counts_for_nobody() -> None:
    listed = [
        {"Protocol": "sqs", "Endpoint": QUEUE, "SubscriptionArn": ARN},
        {"Protocol": "email", "Endpoint": "stranger@example.com", "SubscriptionArn": ARN},
    ]
    found = subscribers([Address("sqs", "Slack"), Address("email", "a@example.com")], listed)
    assert [each.state for each in found] == [State.CONFIRMED, State.GONE]


@pytest.fixture
def topic(aws: LocalAws, sign_in: As, folder: Path) -> str:  # noqa: F811
    """A topic that the stack names, and a guardrail.yaml that pages a phone."""
    arn = str(aws.client("sns").create_topic(Name="Rootguard")["TopicArn"])
    aws.client("cloudformation").delete_stack(StackName=STACK)
    stack(aws, OUTPUTS | {TOPIC_OUTPUT: arn})
    config = folder / "guardrail.yaml"
    config.write_text(config.read_text("utf-8").replace("  sms: []", '  sms: ["+12065550100"]'), "utf-8")
    sign_in(allowed("olga", "cloudformation:DescribeStacks", "sns:ListSubscriptionsByTopic"))
    return arn


def test_an_address_is_well_once_it_is_subscribed(
    aws: LocalAws,  # noqa: F811
    topic: str,
    rootguard: Rootguard,
) -> None:
    assert (missing := rootguard("status")).exit_code == 1
    assert "+12065550100 is not subscribed" in missing.stdout
    assert f"aws sns subscribe --topic-arn {topic} --protocol sms" in missing.stdout
    aws.client("sns").subscribe(TopicArn=topic, Protocol="sms", Endpoint="+12065550100")
    paged = json.loads(rootguard("status", "--json").stdout)["paged"]
    assert paged["level"] == "ok"
    assert paged["subscribers"] == [{"protocol": "sms", "endpoint": "+12065550100", "state": "confirmed"}]


def test_what_may_not_be_looked_at_spoils_its_row_alone(topic: str, rootguard: Rootguard) -> None:
    answer = json.loads(rootguard("status", "--json").stdout)
    (refused,) = answer["incidents"]["findings"]
    assert refused["what"] == "could not look: needs dynamodb:Query"
    assert answer["paged"]["subscribers"]


def test_without_a_stack_there_is_nothing_to_show(aws: LocalAws, sara: str, rootguard: Rootguard) -> None:  # noqa: F811
    aws.client("cloudformation").delete_stack(StackName=STACK)
    result = rootguard("status")
    assert (result.exit_code, result.stdout) == (3, "")
    assert "make deploy" in result.stderr
