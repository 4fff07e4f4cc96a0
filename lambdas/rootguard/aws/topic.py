"""The SNS topics that people subscribe to.

The notifier publishes pages, with a text for each protocol. The guard publishes only if its notice queue does
not answer: one plain line, with nothing loaded that puts pages into words.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Final

from botocore.exceptions import BotoCoreError, ClientError

from rootguard.aws.calls import CONFIG, client
from rootguard.ports import PagerError

if TYPE_CHECKING:
    from mypy_boto3_sns import SNSClient

_SUBJECT: Final = "Rootguard: an incident, and its notice could not be sent"
_MOST_CHARACTERS: Final = 1_500
"""An SMS is cut after 1,600 ("Publish", Amazon SNS API Reference)."""


def connect() -> SNSClient:
    """Return a client for SNS."""
    made: SNSClient = client("sns", CONFIG)
    return made


class Topic:
    """One topic, and `ports.LastResort` on it. It connects when there is something to publish."""

    def __init__(self, topic_arn: str, connect: Callable[[], SNSClient] = connect) -> None:
        self._topic_arn = topic_arn
        self._client = cache(connect)

    def publish(self, subject: str, message: str) -> None:
        """Publish a page. Raises PagerError.

        Args:
            subject: for e-mail, at most 99 ASCII characters.
            message: a text for each protocol, as JSON text ("Publish", Amazon SNS API Reference).
        """
        try:
            self._client().publish(
                TopicArn=self._topic_arn, Subject=subject, MessageStructure="json", Message=message
            )
        except (ClientError, BotoCoreError) as error:
            raise PagerError(f"SNS did not take the page {subject}: {error}") from error

    def say(self, line: str) -> None:
        # Half a surrogate pair is no text that can be sent.
        text = line[:_MOST_CHARACTERS].encode("utf-8", "backslashreplace").decode("utf-8")
        try:
            self._client().publish(TopicArn=self._topic_arn, Subject=_SUBJECT, Message=text)
        except (ClientError, BotoCoreError) as error:
            raise PagerError(f"SNS did not take the line {text}: {error}") from error
