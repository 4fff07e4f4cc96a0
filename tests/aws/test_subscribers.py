"""Who is subscribed to a topic, as SNS lists it."""

from __future__ import annotations

from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from rootguard.aws.subscribers import Subscribers
from rootguard.ports import OutboxError

TOPIC = "arn:aws:sns:us-east-1:111122223333:pages"


def subscription(endpoint: str, arn: str) -> dict[str, str]:
    return {
        "Protocol": "email",
        "Endpoint": endpoint,
        "SubscriptionArn": arn,
        "Owner": "111122223333",
        "TopicArn": TOPIC,
    }


@pytest.fixture
def sns() -> Any:
    client = boto3.client(
        "sns",
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",  # noqa: S106
    )
    with Stubber(client) as stubber:
        yield client, stubber
        stubber.assert_no_pending_responses()


def test_all_pages_of_the_list_are_read(sns: Any) -> None:
    client, stubber = sns
    first, second = subscription("a@example.com", f"{TOPIC}:1f2e"), subscription("b@example.com", "Deleted")
    stubber.add_response(
        "list_subscriptions_by_topic", {"Subscriptions": [first], "NextToken": "more"}, {"TopicArn": TOPIC}
    )
    stubber.add_response(
        "list_subscriptions_by_topic", {"Subscriptions": [second]}, {"TopicArn": TOPIC, "NextToken": "more"}
    )
    assert Subscribers(TOPIC, lambda: client)() == [first, second]


def test_a_refusal_is_an_error_that_says_what_was_asked(sns: Any) -> None:
    client, stubber = sns
    stubber.add_client_error("list_subscriptions_by_topic", "AuthorizationError")
    with pytest.raises(OutboxError, match="the question who is subscribed"):
        Subscribers(TOPIC, lambda: client)()
