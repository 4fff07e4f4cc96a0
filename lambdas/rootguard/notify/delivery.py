"""From a queue to its people: each message of a batch is handled, or comes again.

Only what failed goes back to the queue ("Reporting batch item failures", AWS Lambda Developer Guide), and
after some attempts to the dead letters, which page.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Protocol

from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

from rootguard.notify import messages
from rootguard.notify.page import Page
from rootguard.ports import Telemetry


class SenderError(Exception):
    """A channel did not take a page. The message says why, and holds no secret."""


class Sender(Protocol):
    """A channel's way to its people, such as a webhook."""

    def send(self, page: Page) -> None:
        """Send a page, within fifteen seconds. Raises SenderError if it was not accepted."""


def handle_each(
    event: dict[str, Any], handle: Callable[[SQSRecord], None], telemetry: Telemetry, failing: str
) -> dict[str, Any]:
    """Handle the messages of an SQS event, and return which failed, as Lambda wants to know it.

    Whatever `handle` raises, the message comes again, and telemetry gets a line that begins with `failing`.
    """
    processor = BatchProcessor(EventType.SQS, raise_on_entire_batch_failure=False)
    failed = process_partial_response(event, handle, processor)
    for item, (kind, error, _) in zip(failed["batchItemFailures"], processor.exceptions, strict=True):
        why = f"{kind.__name__ if kind else 'unknown'}: {error}"
        telemetry.warn(failing, message_id=item["itemIdentifier"], error=why)
    return dict(failed)


def deliver(
    event: dict[str, Any], sender: Sender, telemetry: Telemetry, runbooks: str, organization: str = ""
) -> dict[str, Any]:
    """Send the pages of a queue; `runbooks` and `organization` are for those that are worded here."""

    def send(record: SQSRecord) -> None:
        received = datetime.fromtimestamp(int(record.attributes.sent_timestamp) / 1000, UTC)
        page = messages.page_of(record.body, received)
        sender.send(page if page.runbook else page.with_runbook(runbooks).of(organization))
        telemetry.log("delivered", message_id=record.message_id, page=page.kind.value, about=page.about)

    return handle_each(event, send, telemetry, "not delivered")
