"""The guard's entry point: an Organizations event from EventBridge, or the sweep from the scheduler."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from rootguard.aws import dynamo
from rootguard.aws.calls import connect, seconds_left
from rootguard.aws.exceptions import DynamoExceptions
from rootguard.aws.ledger import DynamoLedger
from rootguard.aws.organizations import AwsOrganizations
from rootguard.aws.outbox import SqsNotices, SqsRestorer, Topic
from rootguard.aws.settings import load
from rootguard.aws.telemetry import PowertoolsTelemetry
from rootguard.cloudtrail.read import event_id_of
from rootguard.reconcile.guard import Guard
from rootguard.reconcile.reconciler import on_event

# Made while the environment starts, when Lambda lends a full processor, not when the event waits; only the
# last three connect when they are first asked, which is after the write.
_SETTINGS = load(os.environ)
_CLIENT = connect()
_DYNAMODB = dynamo.connect()
_NOTICES = SqsNotices(_SETTINGS.notices_url)
_TOPIC = Topic(_SETTINGS.topic_arn)
_RESTORER = SqsRestorer(_SETTINGS.restore_queue_url) if _SETTINGS.restore_queue_url else None

SWEEP = {"source": "rootguard.sweep"}
"""What the scheduler sends, among when it was due."""


def handler(event: object, context: LambdaContext) -> dict[str, Any]:
    """Answer one event. Raises what the guard could not handle, so that Lambda tries again."""
    started = time.monotonic()
    telemetry = PowertoolsTelemetry(event_id_of(event))
    guard = _guard(context, telemetry)
    try:
        if isinstance(event, dict) and SWEEP.items() <= event.items():
            # An event does not wait for the sweep's modules.
            from rootguard.reconcile.sweep import is_overtaken, sweep  # noqa: PLC0415

            if not is_overtaken(event, _now()):
                sweep(guard)
            return SWEEP
        return on_event(guard, event)
    finally:
        telemetry.milliseconds("HandlerMilliseconds", (time.monotonic() - started) * 1000)
        telemetry.flush()


def _guard(context: LambdaContext, telemetry: PowertoolsTelemetry) -> Guard:
    tables = dynamo.Dynamo(_DYNAMODB)
    return Guard(
        guardrail=_SETTINGS.guardrail,
        organizations=AwsOrganizations(_CLIENT, seconds_left(context)),
        ledger=DynamoLedger(dynamo.Table(_SETTINGS.table_name, tables), telemetry.warn),
        exceptions=DynamoExceptions(dynamo.Table(_SETTINGS.exceptions_name, tables), telemetry.warn),
        notices=_NOTICES,
        last_resort=_TOPIC,
        restorer=_RESTORER,
        telemetry=telemetry,
        clock=_now,
        own_roles=_SETTINGS.own_roles,
        seconds_left=seconds_left(context),
    )


def _now() -> datetime:
    return datetime.now(UTC)
