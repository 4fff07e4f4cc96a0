"""Pages through SNS: one publish, each protocol with its own text.

`MessageStructure=json` gives e-mail and SMS their words and everything else the page as JSON ("Publish",
Amazon SNS API Reference). What SNS does not take is a `PagerError`. What is only for the record goes to a
topic of its own, which those whom a message wakes do not subscribe to.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from rootguard.core.adoption import Adoption
from rootguard.core.grants import ExceptionNews
from rootguard.core.incident import Incident
from rootguard.edge.calls import CONFIG
from rootguard.ports import PagerError

if TYPE_CHECKING:
    from mypy_boto3_sns import SNSClient

    from rootguard.core.page import Page


def connect() -> SNSClient:
    """Return a client for SNS."""
    return boto3.client("sns", config=CONFIG)


class SnsPager:
    """`ports.Pager` on two SNS topics. It connects when there is something to page.

    Args:
        topic_arn: the topic of all that people must be told.
        runbooks: what leads to the runbooks: the start of a URL, or of a path in the repository.
        closings_arn: the topic for what is over; None where nobody listens there.
    """

    # Nothing that words a page is needed before the detach, so each method loads its own.

    def __init__(
        self,
        topic_arn: str,
        runbooks: str,
        closings_arn: str | None = None,
        connect: Callable[[], SNSClient] = connect,
    ) -> None:
        self._topic_arn = topic_arn
        self._closings_arn = closings_arn
        self._runbooks = runbooks
        self._connect = connect

    def page(self, incident: Incident) -> None:
        """Publish the incident."""
        from rootguard.core.render import document, incidents  # noqa: PLC0415

        self._publish(document.document(incident), incidents.page(incident))

    def page_late(self, record: Mapping[str, Any]) -> None:
        """Publish an incident as the ledger keeps it."""
        from rootguard.core.render import late  # noqa: PLC0415

        self._publish(dict(record), _recorded(late.page, record))

    def announce(self, adoptions: tuple[Adoption, ...]) -> None:
        """Publish what was adopted."""
        from rootguard.core.render import adoption  # noqa: PLC0415

        self._publish(adoption.document(adoptions), adoption.page(adoptions))

    def tell(self, news: ExceptionNews) -> None:
        """Publish a turn in an exception's life."""
        from rootguard.core.render import grants  # noqa: PLC0415

        self._publish(grants.document(news), grants.page(news))

    def close(self, record: Mapping[str, Any], at: datetime) -> None:
        """Publish that an incident is over."""
        if self._closings_arn is None:
            return
        from rootguard.core.render import closing  # noqa: PLC0415

        document = {"incident_id": record["incident_id"], "result": "clean", "closed_at": at.isoformat()}
        self._publish(document, _recorded(closing.page, record, at), self._closings_arn)

    def _publish(self, document: dict[str, Any], page: Page, topic_arn: str | None = None) -> None:
        from rootguard.core.render import plain  # noqa: PLC0415

        page = page.with_runbook(self._runbooks)
        texts = {
            "default": json.dumps(document | {"page": page.as_json()}),
            "email": plain.body(page),
            "sms": plain.sms(page),
        }
        try:
            self._connect().publish(
                TopicArn=topic_arn or self._topic_arn,
                Subject=plain.subject(page),
                MessageStructure="json",
                Message=json.dumps(texts),
            )
        except (ClientError, BotoCoreError) as error:
            raise PagerError(f"SNS did not take the page {page.headline}: {page.title}: {error}") from error


def _recorded(word: Callable[..., Page], record: Mapping[str, Any], *more: datetime) -> Page:
    """Return the page of what the ledger keeps, where someone else may have written it."""
    try:
        return word(record, *more)
    except (KeyError, TypeError, ValueError) as error:
        raise PagerError(f"an incident of the ledger cannot be read: {error!r}") from error
