"""The entry point of rehearsals: each day's schedule, or a person's `rootguard rehearse`."""

from __future__ import annotations

import json
import os
import time
from datetime import UTC, datetime, timedelta
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from rootguard.aws import dynamo
from rootguard.aws.calls import connect, seconds_left
from rootguard.aws.ledger import DynamoLedger
from rootguard.aws.organizations import AwsOrganizations
from rootguard.aws.outbox import SqsNotices
from rootguard.aws.rehearsals import DynamoRehearsals
from rootguard.aws.telemetry import PowertoolsTelemetry
from rootguard.domain.guardrail import Mode, Rehearsal
from rootguard.rehearsal.calendar import Calendar
from rootguard.rehearsal.rehearsal import RefusedError, Rehearser
from rootguard.rehearsal.request import read_request

_TABLE = os.environ["ROOTGUARD_TABLE"]
_CALENDAR = Calendar.from_json(json.loads(os.environ["ROOTGUARD_CALENDAR"]))
_WITHIN = timedelta(seconds=int(os.environ["ROOTGUARD_WITHIN_SECONDS"]))
_REHEARSAL = Rehearsal(
    policy_id=os.environ["ROOTGUARD_REHEARSAL_POLICY"],
    target_id=os.environ["ROOTGUARD_REHEARSAL_OU"],
    role=os.environ["ROOTGUARD_REHEARSAL_ROLE_ARN"],
)
_MODE = Mode(os.environ["ROOTGUARD_MODE"])
_ORGANIZATIONS = connect()
_DYNAMODB = dynamo.connect()
_NOTICES = SqsNotices(os.environ["ROOTGUARD_NOTICES"])


def handler(event: object, context: LambdaContext) -> dict[str, Any]:
    """Rehearse, and return the record as JSON data; {"refused": TEXT} if none begins now.

    Raises what kept it from being carried out, so that Lambda tries again.
    """
    telemetry = PowertoolsTelemetry(context.aws_request_id)
    table = dynamo.Table(_TABLE, dynamo.Dynamo(_DYNAMODB))
    try:
        request = read_request(event)
        rehearser = Rehearser(
            rehearsal=_REHEARSAL,
            mode=_MODE,
            calendar=_CALENDAR,
            within=_WITHIN,
            organizations=AwsOrganizations(_ORGANIZATIONS, seconds_left(context)),
            ledger=DynamoLedger(table, telemetry.warn),
            records=DynamoRehearsals(table),
            notices=_NOTICES,
            telemetry=telemetry,
            clock=lambda: datetime.now(UTC),
            wait=time.sleep,
        )
        return rehearser.rehearse(
            context.aws_request_id, scheduled=request.scheduled, anyway=request.anyway
        ).as_json()
    except RefusedError as refused:
        telemetry.log("no rehearsal begins", why=str(refused))
        return {"refused": str(refused)}
    finally:
        telemetry.flush()
