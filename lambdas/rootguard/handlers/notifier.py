"""The notifier's entry point: the guard's notices, from their queue."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from functools import partial
from typing import Any

from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from rootguard.aws import dynamo
from rootguard.aws.calls import connect, seconds_left
from rootguard.aws.claims import Claims
from rootguard.aws.directory import Directory
from rootguard.aws.outbox import LATEST, SqsNotices, Topic
from rootguard.aws.subscribers import Subscribers
from rootguard.aws.telemetry import PowertoolsTelemetry
from rootguard.notify.delivery import handle_each
from rootguard.notify.notifier import Enrichment, Notifier

_TABLE = os.environ["ROOTGUARD_TABLE"]
_RUNBOOKS = os.environ["ROOTGUARD_RUNBOOKS"]
_ORGANIZATION = os.environ.get("ROOTGUARD_ORGANIZATION", "")
_MANAGEMENT_ACCOUNT = os.environ["ROOTGUARD_ROLE_ARN"].split(":")[4]
_CLOSINGS_ARN = os.environ.get("ROOTGUARD_CLOSINGS_TOPIC_ARN")
# Made while the environment starts, when Lambda lends a full processor.
_ORGANIZATIONS = connect()
_DYNAMODB = dynamo.connect()
_TOPIC = Topic(os.environ["ROOTGUARD_TOPIC_ARN"])
_SUBSCRIBERS = Subscribers(os.environ["ROOTGUARD_TOPIC_ARN"])
_NOTICES = SqsNotices(os.environ["ROOTGUARD_NOTICES"])
_CLOSINGS = Topic(_CLOSINGS_ARN) if _CLOSINGS_ARN else None


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Publish the notices, and return which failed, so that the queue gives those again."""
    telemetry = PowertoolsTelemetry(None)
    directory = Directory(_ORGANIZATIONS, _MANAGEMENT_ACCOUNT)
    notifier = Notifier(
        claims=Claims(dynamo.Table(_TABLE, dynamo.Dynamo(_DYNAMODB)), context.aws_request_id),
        enrichment=Enrichment(directory, seconds_left(context), telemetry, _ORGANIZATION),
        publish=_TOPIC.publish,
        close=_CLOSINGS.publish if _CLOSINGS else None,
        runbooks=_RUNBOOKS,
        telemetry=telemetry,
        clock=lambda: datetime.now(UTC),
        subscribed=_SUBSCRIBERS,
        later=partial(_NOTICES.send, delay=LATEST),
        together=len(event["Records"]),
    )

    def hold(record: SQSRecord) -> None:
        notifier.hold(record.body, record.message_id)

    try:
        answer = handle_each(event, hold, telemetry, "not published")
        answer["batchItemFailures"] += [{"itemIdentifier": failed} for failed in notifier.publish_held()]
        return answer
    finally:
        telemetry.flush()
