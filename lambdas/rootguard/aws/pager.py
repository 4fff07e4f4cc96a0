"""Pages through SNS: one publish, each protocol with its own text.

`MessageStructure=json` gives e-mail and SMS their words and everything else the page as JSON ("Publish",
Amazon SNS API Reference). What SNS does not take is a `PagerError`. What is only for the record goes to a
topic of its own, which those whom a message wakes do not subscribe to.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from rootguard.aws.calls import CONFIG
from rootguard.domain.exceptions import ExceptionNews
from rootguard.incidents.adoption import Adoption
from rootguard.incidents.incident import Incident
from rootguard.ports import PagerError

_MOST_BYTES: Final = 250_000
"""SNS takes 262,144 bytes, attributes included ("Publish", Amazon SNS API Reference)."""
_UNSENDABLE: Final = re.compile("[\ud800-\udfff\ufffe\uffff]")

if TYPE_CHECKING:
    from mypy_boto3_sns import SNSClient

    from rootguard.notify.page import Page


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
        from rootguard.notify import document  # noqa: PLC0415
        from rootguard.notify.words import incidents  # noqa: PLC0415

        self._publish(document.document(incident), incidents.page(incident))

    def page_late(self, record: Mapping[str, Any]) -> None:
        """Publish an incident as the ledger keeps it."""
        from rootguard.notify.words import late  # noqa: PLC0415

        self._publish(dict(record), _recorded(late.page, record))

    def announce(self, adoptions: tuple[Adoption, ...]) -> tuple[Adoption, ...]:
        """Publish the first half of what was adopted, or of that, where all of it is too large."""
        from rootguard.notify.words import adoption  # noqa: PLC0415

        told = adoptions
        while True:
            document, page = adoption.document(told), adoption.page(told)
            if len(told) == 1 or _fits(self._message(document, page)):
                break
            told = told[: len(told) // 2]
        self._publish(document, page)
        return adoptions[len(told) :]

    def tell(self, news: ExceptionNews) -> None:
        """Publish a turn in an exception's life."""
        from rootguard.notify.words import exceptions as grants  # noqa: PLC0415

        self._publish(grants.document(news), grants.page(news))

    def close(self, record: Mapping[str, Any], at: datetime) -> None:
        """Publish that an incident is over."""
        if self._closings_arn is None:
            return
        from rootguard.notify.words import closing  # noqa: PLC0415

        document = {"incident_id": record["incident_id"], "result": "clean", "closed_at": at.isoformat()}
        self._publish(document, _recorded(closing.page, record, at), self._closings_arn)

    def _publish(self, document: dict[str, Any], page: Page, topic_arn: str | None = None) -> None:
        from rootguard.notify import fitting  # noqa: PLC0415
        from rootguard.notify.layouts import plain  # noqa: PLC0415

        message = self._message(document, page)
        if not _fits(message):
            message = self._message(*fitting.shortened(document, page))
        try:
            self._connect().publish(
                TopicArn=topic_arn or self._topic_arn,
                Subject=plain.subject(page),
                MessageStructure="json",
                Message=message,
            )
        except (ClientError, BotoCoreError) as error:
            raise PagerError(f"SNS did not take the page {page.headline}: {page.title}: {error}") from error

    def _message(self, document: dict[str, Any], page: Page) -> str:
        """Return what each protocol gets, as JSON."""
        from rootguard.notify.layouts import plain  # noqa: PLC0415

        page = page.with_runbook(self._runbooks)
        texts = {
            "default": _as_json(document | {"page": page.as_json()}),
            "email": plain.body(page),
            "sms": plain.sms(page),
        }
        return _as_json(texts)


def _as_json(data: object) -> str:
    """Return data as JSON in as few bytes of UTF-8 as can be: within a text, an escape is escaped again.

    Halves of surrogate pairs are no text to send, and two characters more SQS refuses ("SendMessage", Amazon
    SQS API Reference).
    """
    text = json.dumps(data, ensure_ascii=False)
    return _UNSENDABLE.sub(lambda character: f"\\u{ord(character[0]):04x}", text)


def _fits(message: str) -> bool:
    return len(message.encode()) <= _MOST_BYTES


def _recorded(word: Callable[..., Page], record: Mapping[str, Any], *more: datetime) -> Page:
    """Return the page of what the ledger keeps, where someone else may have written it."""
    try:
        return word(record, *more)
    except (KeyError, TypeError, ValueError) as error:
        raise PagerError(f"an incident of the ledger cannot be read: {error!r}") from error
