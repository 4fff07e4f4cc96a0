"""The entry point of isolation: a request of the operator's command, with the proof of who asks."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from rootguard.aws import dynamo
from rootguard.aws.caller import caller_of, sts_endpoint
from rootguard.aws.calls import connect, seconds_left
from rootguard.aws.isolations import DynamoIsolations
from rootguard.aws.outbox import SqsNotices
from rootguard.aws.quarantine import Quarantine
from rootguard.aws.telemetry import PowertoolsTelemetry
from rootguard.domain.guardrail import guardrail_from_json
from rootguard.isolation.desk import Desk
from rootguard.isolation.identity import IdentityError, checked
from rootguard.isolation.request import IDENTITY, RequestError, digest_of, read_request
from rootguard.ports import LedgerError, OrganizationsError

_TABLE, _QUARANTINE = os.environ["ROOTGUARD_TABLE"], os.environ["ROOTGUARD_QUARANTINE_OU"]
# Organizations has one management account, and the stack is in it.
_MANAGEMENT_ACCOUNT = os.environ["ROOTGUARD_ROLE_ARN"].split(":")[4]
_REGION = os.environ["AWS_REGION"]
_ASSET = Path(os.environ.get("LAMBDA_TASK_ROOT", "."))
_GUARDRAIL = guardrail_from_json(json.loads((_ASSET / "guardrail.json").read_text("utf-8")))
_ORGANIZATIONS = connect()
_DYNAMODB = dynamo.connect()
_NOTICES = SqsNotices(os.environ["ROOTGUARD_NOTICES"])


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer one request, as `Desk.answer` does; {"error": TEXT} if it is refused, and nothing was moved."""
    telemetry = PowertoolsTelemetry(context.aws_request_id)
    desk = Desk(
        organizations=Quarantine(_ORGANIZATIONS, seconds_left(context)),
        records=DynamoIsolations(dynamo.Table(_TABLE, dynamo.Dynamo(_DYNAMODB))),
        notices=_NOTICES,
        guardrail=_GUARDRAIL,
        quarantine=_QUARANTINE,
        management=_MANAGEMENT_ACCOUNT,
        telemetry=telemetry,
        clock=lambda: datetime.now(UTC),
        seconds_left=seconds_left(context),
    )
    try:
        request = read_request(event)
        headers = checked(event.get(IDENTITY), digest_of(event), _REGION, desk.clock())
        return desk.answer(request, caller_of(headers, sts_endpoint(_REGION)), context.aws_request_id)
    except (RequestError, IdentityError) as refused:
        telemetry.warn("refused", error=str(refused))
        return {"error": str(refused)}
    except (OrganizationsError, LedgerError) as failed:
        telemetry.warn("could not look", error=str(failed))
        return {"error": f"{failed}. Nothing was moved. Run the command again."}
