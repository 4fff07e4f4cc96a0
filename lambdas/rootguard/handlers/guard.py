"""The guard's entry point: an Organizations event from EventBridge, or the sweep from the scheduler."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime
from typing import Any, Protocol

from rootguard.aws.calls import connect
from rootguard.aws.dynamo import Dynamo
from rootguard.aws.dynamo import connect as connect_to_dynamodb
from rootguard.aws.exceptions import DynamoExceptions
from rootguard.aws.inventory import DynamoInventory
from rootguard.aws.ledger import DynamoLedger
from rootguard.aws.ledger_table import Table
from rootguard.aws.notices import SqsNotices
from rootguard.aws.organizations import AwsOrganizations
from rootguard.aws.restorer import SqsRestorer
from rootguard.aws.settings import load
from rootguard.aws.telemetry import PowertoolsTelemetry
from rootguard.aws.topic import PlainTopic
from rootguard.cloudtrail.read import event_id_of
from rootguard.domain.guardrail import types_to_restore
from rootguard.reconcile.reconciler import Reconciler
from rootguard.reconcile.restore import Restoration

# Made while the environment starts, when Lambda lends a full processor, not when the event waits.
_SETTINGS = load(os.environ)
_CLIENT = connect()
_DYNAMODB = connect_to_dynamodb()
_NOTICES = SqsNotices(_SETTINGS.notices_url)
_TOPIC = PlainTopic(_SETTINGS.topic_arn)

SWEEP = {"source": "rootguard.sweep"}
"""What the scheduler sends, among when it was due."""


class Context(Protocol):
    """The one thing taken from Lambda's context object."""

    def get_remaining_time_in_millis(self) -> int:
        """Return how long the invocation may still run."""


def handler(event: object, context: Context) -> dict[str, Any]:
    """Answer one event. Raises what the guard could not handle, so that Lambda tries again."""
    started = time.monotonic()
    telemetry = PowertoolsTelemetry(event_id_of(event))
    guard = _guard(context, telemetry)
    try:
        if isinstance(event, dict) and SWEEP.items() <= event.items():
            # An event does not wait for the sweep's modules.
            from rootguard.reconcile.sweep import Sweep, is_overtaken  # noqa: PLC0415

            if not is_overtaken(event, _now()):
                Sweep(guard).run()
            return SWEEP
        return guard.on_event(event)
    finally:
        telemetry.milliseconds("HandlerMilliseconds", (time.monotonic() - started) * 1000)
        telemetry.flush()


def _guard(context: Context, telemetry: PowertoolsTelemetry) -> Reconciler:
    def seconds_left() -> float:
        return context.get_remaining_time_in_millis() / 1000

    organizations = AwsOrganizations(_CLIENT, seconds_left)
    dynamo = Dynamo(lambda: _DYNAMODB)
    table = Table(_SETTINGS.table_name, dynamo)
    ledger, inventory = DynamoLedger(table, telemetry.warn), DynamoInventory(table)
    restoration = None
    if _SETTINGS.restore_queue_url is not None:
        restoration = Restoration(
            policy_types=types_to_restore(_SETTINGS.guardrail),
            organizations=organizations,
            ledger=ledger,
            inventory=inventory,
            restorer=SqsRestorer(_SETTINGS.restore_queue_url),
            telemetry=telemetry,
            clock=_now,
        )
    return Reconciler(
        guardrail=_SETTINGS.guardrail,
        organizations=organizations,
        ledger=ledger,
        exceptions=DynamoExceptions(Table(_SETTINGS.exceptions_name, dynamo), telemetry.warn),
        inventory=inventory,
        notices=_NOTICES,
        last_resort=_TOPIC,
        telemetry=telemetry,
        clock=_now,
        own_roles=_SETTINGS.own_roles,
        restoration=restoration,
        seconds_left=seconds_left,
    )


def _now() -> datetime:
    return datetime.now(UTC)
