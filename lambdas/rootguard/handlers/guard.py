"""The guard's entry point: an Organizations event from EventBridge, or the sweep from the scheduler."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from rootguard.aws.calls import connect, seconds_left
from rootguard.aws.dynamo import Dynamo, Table
from rootguard.aws.dynamo import connect as connect_to_dynamodb
from rootguard.aws.exceptions import DynamoExceptions
from rootguard.aws.ledger import DynamoLedger
from rootguard.aws.organizations import AwsOrganizations
from rootguard.aws.settings import load
from rootguard.aws.telemetry import PowertoolsTelemetry
from rootguard.cloudtrail.read import event_id_of
from rootguard.reconcile.guard import Guard
from rootguard.reconcile.reconciler import on_event

# Made while the environment starts, when Lambda lends a full processor, not when the event waits.
_SETTINGS = load(os.environ)
_CLIENT = connect()
_DYNAMODB = connect_to_dynamodb()

SWEEP = {"source": "rootguard.sweep"}
"""What the scheduler sends, among when it was due."""


class Late:
    """What is loaded and made when something is first asked of it: no undo waits for it."""

    def __init__(self, make: Callable[[], Any]) -> None:
        self._make = cache(make)

    def __getattr__(self, name: str) -> Any:
        """Return what the thing itself has of this name."""
        return getattr(self._make(), name)


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
    dynamo = Dynamo(_DYNAMODB)
    return Guard(
        guardrail=_SETTINGS.guardrail,
        organizations=AwsOrganizations(_CLIENT, seconds_left(context)),
        ledger=DynamoLedger(Table(_SETTINGS.table_name, dynamo), telemetry.warn),
        exceptions=DynamoExceptions(Table(_SETTINGS.exceptions_name, dynamo), telemetry.warn),
        notices=_NOTICES,
        last_resort=_TOPIC,
        restorer=_RESTORER if _SETTINGS.restore_queue_url else None,
        telemetry=telemetry,
        clock=_now,
        own_roles=_SETTINGS.own_roles,
        seconds_left=seconds_left(context),
    )


def _outbox() -> Any:
    from rootguard.aws import outbox  # noqa: PLC0415

    return outbox


# Their clients serve every invocation of this environment.
_NOTICES: Any = Late(lambda: _outbox().SqsNotices(_SETTINGS.notices_url))
_TOPIC: Any = Late(lambda: _outbox().Topic(_SETTINGS.topic_arn))
_RESTORER: Any = Late(lambda: _outbox().SqsRestorer(_SETTINGS.restore_queue_url))


def _now() -> datetime:
    return datetime.now(UTC)
