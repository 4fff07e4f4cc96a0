"""From a channel's queue to its people: every message becomes a page, and each is sent or comes again.

A message that fails does not hold up those beside it: only what was not sent goes back to the queue
("Reporting batch item failures", AWS Lambda Developer Guide), and after some attempts to the dead letters,
which page. Powertools keeps the account.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

from rootguard.notify import messages
from rootguard.ports import Sender, Telemetry

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

    processor = BatchProcessor(EventType.SQS, raise_on_entire_batch_failure=False)
    failed = process_partial_response(event, send, processor)
    for item, (kind, error, _) in zip(failed["batchItemFailures"], processor.exceptions, strict=True):
        why = f"{kind.__name__ if kind else 'unknown'}: {error}"
        telemetry.warn("not delivered", message_id=item["itemIdentifier"], error=why)
    return dict(failed)


def _content(body: str) -> object:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):  # no JSON, or nested too deeply to be read
        return body


def _received(record: SQSRecord) -> datetime:
    return _EPOCH + timedelta(milliseconds=int(record.attributes.sent_timestamp))
