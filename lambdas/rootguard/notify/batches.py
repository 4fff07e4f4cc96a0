"""A batch of a queue's messages: each is handled, or comes again.

A message that fails does not hold up those beside it: only what failed goes back to the queue ("Reporting
batch item failures", AWS Lambda Developer Guide), and after some attempts to the dead letters, which page.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

from rootguard.ports import Telemetry


def handle_each(
    event: dict[str, Any], handle: Callable[[SQSRecord], None], telemetry: Telemetry, failing: str
) -> dict[str, Any]:
    """Handle the messages of an SQS event, and return which failed, as Lambda wants to know it.

    A message comes again, whatever `handle` raises. Telemetry gets a line for it that begins with `failing`.

    Raises:
        UnexpectedBatchTypeError: the event is none of a queue.
    """
    processor = BatchProcessor(EventType.SQS, raise_on_entire_batch_failure=False)
    failed = process_partial_response(event, handle, processor)
    for item, (kind, error, _) in zip(failed["batchItemFailures"], processor.exceptions, strict=True):
        why = f"{kind.__name__ if kind else 'unknown'}: {error}"
        telemetry.warn(failing, message_id=item["itemIdentifier"], error=why)
    return dict(failed)
