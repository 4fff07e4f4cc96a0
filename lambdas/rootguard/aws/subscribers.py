"""Who is subscribed to the topic of all pages."""

from __future__ import annotations

from functools import cache, partial
from typing import TYPE_CHECKING, Any

from rootguard.aws.calls import ONE_ATTEMPT
from rootguard.aws.outbox import client_of, sending

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from mypy_boto3_sns import SNSClient


def subscriptions_of(client: SNSClient, topic_arn: str) -> Sequence[Mapping[str, Any]]:
    """Return a topic's subscriptions, as SNS lists them. Raises ClientError, BotoCoreError."""
    pages = client.get_paginator("list_subscriptions_by_topic").paginate(TopicArn=topic_arn)
    return [each for page in pages for each in page["Subscriptions"]]


class Subscribers:
    """The subscriptions of one topic."""

    def __init__(self, topic_arn: str, connect: Callable[[], SNSClient] | None = None) -> None:
        # One attempt: a page waits for the answer.
        connect = connect or partial(client_of, "sns", ONE_ATTEMPT)
        self._topic_arn, self._client = topic_arn, cache(connect)

    def __call__(self) -> Sequence[Mapping[str, Any]]:
        """Return all of them, as SNS lists them. Raises OutboxError."""
        with sending("the question who is subscribed"):
            return subscriptions_of(self._client(), self._topic_arn)
