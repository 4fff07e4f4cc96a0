"""The guard's entry point: an Organizations event from EventBridge, or the sweep from the scheduler."""

from __future__ import annotations

import json
import os
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from rootguard.aws import dynamo
from rootguard.aws.calls import connect, seconds_left
from rootguard.aws.exceptions import DynamoExceptions
from rootguard.aws.lambdas import LambdaWatch
from rootguard.aws.ledger import DynamoLedger
from rootguard.aws.organizations import AwsOrganizations
from rootguard.aws.outbox import SqsNotices, SqsRestorer, Topic
from rootguard.aws.telemetry import PowertoolsTelemetry
from rootguard.cloudtrail.read import event_id_of, unwrapped
from rootguard.domain.guardrail import guardrail_from_json
from rootguard.domain.watch import WATCH, WatchHint
from rootguard.reconcile.guard import Guard
from rootguard.reconcile.reconciler import on_event

# Powertools reads its own variables: POWERTOOLS_SERVICE_NAME and POWERTOOLS_METRICS_NAMESPACE, by which the
# alarms find the metrics, and POWERTOOLS_LOG_LEVEL.
_TABLE, _EXCEPTIONS = os.environ["ROOTGUARD_TABLE"], os.environ["ROOTGUARD_EXCEPTIONS"]
_ROLE, _RESTORER_ROLE = os.environ["ROOTGUARD_ROLE_ARN"], os.environ.get("ROOTGUARD_RESTORER_ROLE_ARN")
_RESTORE_QUEUE = os.environ.get("ROOTGUARD_RESTORE_QUEUE")
_RULES = Path(os.environ.get("LAMBDA_TASK_ROOT", "."), "guardrail.json").read_text("utf-8")
# Made while the environment starts, when Lambda lends a full processor, not when the event waits; only the
# last three connect when they are first asked, which is after the write.
_GUARDRAIL = guardrail_from_json(json.loads(os.path.expandvars(_RULES)))  # with the quarantine's ids
_CLIENT = connect()
_DYNAMODB = dynamo.connect()
_NOTICES = SqsNotices(os.environ["ROOTGUARD_NOTICES"])
_TOPIC = Topic(os.environ["ROOTGUARD_TOPIC_ARN"])
_RESTORER = SqsRestorer(_RESTORE_QUEUE) if _RESTORE_QUEUE else None
_WATCH = os.environ.get("ROOTGUARD_WATCH")

SWEEP = {"source": "rootguard.sweep"}
"""What the scheduler sends, among when it was due."""


def handler(event: object, context: LambdaContext) -> dict[str, Any]:
    """Answer one event. Raises what the guard could not handle, so that Lambda tries again."""
    started = time.monotonic()
    event = unwrapped(event)
    telemetry = PowertoolsTelemetry(event_id_of(event))
    guard = _guard(context, telemetry)
    try:
        if isinstance(event, dict) and SWEEP.items() <= event.items():
            # An event does not wait for the sweep's modules.
            from rootguard.reconcile.sweep import next_sweep, sweep  # noqa: PLC0415

            now = guard.clock()
            if (next_at := next_sweep(event, now)) > now:
                sweep(guard, next_at)
            return SWEEP
        if isinstance(event, dict) and WATCH.items() <= event.items():
            from rootguard.reconcile.sweep import answer_hint  # noqa: PLC0415

            answer_hint(guard, WatchHint.from_json(event["hint"]))
            return dict(WATCH)
        return on_event(guard, event)
    finally:
        telemetry.milliseconds("HandlerMilliseconds", (time.monotonic() - started) * 1000)
        telemetry.flush()


def _guard(context: LambdaContext, telemetry: PowertoolsTelemetry) -> Guard:
    tables = dynamo.Dynamo(_DYNAMODB)
    return Guard(
        guardrail=_GUARDRAIL,
        organizations=AwsOrganizations(_CLIENT, seconds_left(context)),
        ledger=DynamoLedger(dynamo.Table(_TABLE, tables), telemetry.warn),
        exceptions=DynamoExceptions(dynamo.Table(_EXCEPTIONS, tables), telemetry.warn),
        notices=_NOTICES,
        last_resort=_TOPIC,
        restorer=_RESTORER,
        watch=LambdaWatch(_WATCH, context.function_name) if _WATCH else None,
        telemetry=telemetry,
        clock=lambda: datetime.now(UTC),
        own_roles=frozenset(role for role in (_ROLE, _RESTORER_ROLE) if role),
        seconds_left=seconds_left(context),
    )
