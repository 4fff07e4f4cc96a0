"""Pages through SNS: one publish, each protocol with its own text.

`MessageStructure=json` gives e-mail and SMS their words and everything else the incident as JSON
("Publish", Amazon SNS API Reference). A publish that SNS refuses raises, and so fails the invocation.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import boto3

from rootguard.core.adoption import Adoption
from rootguard.core.grants import ExceptionNews
from rootguard.core.incident import Incident
from rootguard.edge.calls import CONFIG

if TYPE_CHECKING:
    from mypy_boto3_sns import SNSClient


def connect() -> SNSClient:
    """Return a client for SNS."""
    return boto3.client("sns", config=CONFIG)


class SnsPager:
    """`ports.Pager` on an SNS topic. It connects when there is something to page."""

    def __init__(self, topic_arn: str, connect: Callable[[], SNSClient] = connect) -> None:
        self._topic_arn = topic_arn
        self._connect = connect

    def page(self, incident: Incident) -> None:
        """Publish the incident. Raises botocore's ClientError or BotoCoreError."""
        # Nothing below is needed before the detach, so nothing of it is loaded before.
        from rootguard.core.render import document, email, sms  # noqa: PLC0415

        self._publish(
            email.subject(incident), document.document(incident), email.body(incident), sms.text(incident)
        )

    def announce(self, adoptions: tuple[Adoption, ...]) -> None:
        """Publish what was adopted. Raises botocore's ClientError or BotoCoreError."""
        from rootguard.core.render import adoption  # noqa: PLC0415

        self._publish(
            adoption.subject(adoptions),
            adoption.document(adoptions),
            adoption.body(adoptions),
            adoption.sms(adoptions),
        )

    def tell(self, news: ExceptionNews) -> None:
        """Publish a turn in an exception's life. Raises botocore's ClientError or BotoCoreError."""
        from rootguard.core.render import grants  # noqa: PLC0415

        self._publish(grants.subject(news), grants.document(news), grants.body(news), grants.sms(news))

    def _publish(self, subject: str, document: dict[str, Any], email: str, sms: str) -> None:
        message = {"default": json.dumps(document), "email": email, "sms": sms}
        self._connect().publish(
            TopicArn=self._topic_arn,
            Subject=subject,
            MessageStructure="json",
            Message=json.dumps(message),
        )
