"""From a channel's queue to its people: every message becomes a page, and each is sent or comes again."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

from rootguard.notify import messages
from rootguard.notify.batches import handle_each
from rootguard.notify.sender import Sender
from rootguard.ports import Telemetry


def deliver(event: dict[str, Any], sender: Sender, runbooks: str, telemetry: Telemetry) -> dict[str, Any]:
    """Send the pages of an SQS event, and return which messages failed, as Lambda wants to know it.

    `runbooks` is what leads to the runbooks, for pages that do not know it.

    Raises:
        UnexpectedBatchTypeError: the event is none of a queue.
    """

    def send(record: SQSRecord) -> None:
        received = datetime.fromtimestamp(int(record.attributes.sent_timestamp) / 1000, UTC)
        page = messages.page_of(record.body, received)
        sender.send(page if page.runbook else page.with_runbook(runbooks))
        telemetry.log("delivered", message_id=record.message_id, page=page.kind.value, about=page.about)

    return handle_each(event, send, telemetry, "not delivered")
