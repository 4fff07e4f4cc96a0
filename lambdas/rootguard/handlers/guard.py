"""The guard's entry point: an Organizations event from EventBridge, or the sweep from the scheduler."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime
from typing import Any, Protocol

from rootguard.aws import ledger_table
from rootguard.aws.calls import connect
from rootguard.aws.ledger import DynamoLedger
from rootguard.aws.ledger_table import Table
from rootguard.aws.organizations import AwsOrganizations
from rootguard.aws.pager import SnsPager
from rootguard.aws.restorer import SqsRestorer
from rootguard.aws.settings import load
from rootguard.aws.snapshots import DynamoSnapshots
from rootguard.aws.surroundings import AwsSurroundings
from rootguard.aws.surveys import DynamoSurveys
from rootguard.aws.telemetry import PowertoolsTelemetry
from rootguard.cloudtrail.read import event_id_of
from rootguard.domain.guardrail import types_to_restore
from rootguard.ports import Ledger, Organizations, Telemetry
from rootguard.reconcile.respond import Guard
from rootguard.reconcile.restoration import Restoration
from rootguard.reconcile.sweep import Sweep, is_overtaken

# Made while the environment starts, when Lambda lends a full processor, not when the event waits.
_SETTINGS = load(os.environ)
_CLIENT = connect()
_PAGER = SnsPager(_SETTINGS.topic_arn, _SETTINGS.runbooks, _SETTINGS.closings_arn)
_DYNAMODB = ledger_table.connect()

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
    organizations = AwsOrganizations(_CLIENT, lambda: context.get_remaining_time_in_millis() / 1000)
    table = Table(_SETTINGS.table_name, lambda: _DYNAMODB)
    ledger = DynamoLedger(table)
    guard = Guard(
        guardrail=_SETTINGS.guardrail,
        own_role_arn=_SETTINGS.own_role_arn,
        organizations=organizations,
        surroundings=AwsSurroundings(_CLIENT),
        ledger=ledger,
        surveys=DynamoSurveys(table),
        pager=_PAGER,
        telemetry=telemetry,
        clock=_now,
        restoration=_restoration(organizations, ledger, table, telemetry),
    )
    try:
        if isinstance(event, dict) and SWEEP.items() <= event.items():
            if not is_overtaken(event, _now()):
                Sweep(guard).run()
            return SWEEP
        return guard.respond(event).as_json()
    finally:
        telemetry.milliseconds("HandlerMilliseconds", (time.monotonic() - started) * 1000)
        telemetry.flush()


def _restoration(
    organizations: Organizations, ledger: Ledger, table: Table, telemetry: Telemetry
) -> Restoration | None:
    if _SETTINGS.restore_queue_url is None:
        return None
    return Restoration(
        policy_types=types_to_restore(_SETTINGS.guardrail),
        role_arn=_SETTINGS.restorer_role_arn,
        organizations=organizations,
        ledger=ledger,
        snapshots=DynamoSnapshots(table),
        restorer=SqsRestorer(_SETTINGS.restore_queue_url),
        telemetry=telemetry,
        clock=_now,
    )


def _now() -> datetime:
    return datetime.now(UTC)
