"""From a channel's queue to its people: every message becomes a page, and each is sent or comes again."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

from rootguard.notify import messages
from rootguard.notify.batches import handle_each
from rootguard.notify.sender import Sender
from rootguard.ports import Telemetry

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def deliver(event: dict[str, Any], sender: Sender, runbooks: str, telemetry: Telemetry) -> dict[str, Any]:
    """Send the pages of a batch, and return which messages failed, as Lambda wants to know it.

    Args:
        event: what Lambda hands over of an SQS queue, with the topic's messages as they are.
        sender: the channel.
        runbooks: what leads to the runbooks, for pages that do not know it.
        telemetry: gets a line for each message.

    Raises:
        UnexpectedBatchTypeError: the event is none of a queue.
    """

    def send(record: SQSRecord) -> None:
        page = messages.page_of(_content(record.body), _received(record))
        sender.send(page if page.runbook else page.with_runbook(runbooks))
        telemetry.log("delivered", message_id=record.message_id, page=page.kind.value, about=page.about)

    return handle_each(event, send, telemetry, "not delivered")


def _content(body: str) -> object:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):  # no JSON, or nested too deeply to be read
        return body


def _received(record: SQSRecord) -> datetime:
    return _EPOCH + timedelta(milliseconds=int(record.attributes.sent_timestamp))
