"""The entry point of the watch: the guard orders each run."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from rootguard.aws.calls import connect
from rootguard.aws.lambdas import LambdaGuard
from rootguard.aws.organizations import AwsOrganizations
from rootguard.aws.telemetry import PowertoolsTelemetry
from rootguard.domain.watch import WatchOrder
from rootguard.watch.loop import watch

_CLIENT = connect()


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, int]:
    """Watch Root until the next sweep is due. Raises KeyError, TypeError, ValueError for anything else."""
    telemetry = PowertoolsTelemetry(context.aws_request_id)
    try:
        return watch(
            WatchOrder.from_json(event["order"]),
            # No time left means that no call is tried again.
            organizations=AwsOrganizations(_CLIENT, lambda: 0.0),
            guard=LambdaGuard(str(event["guard"])),
            telemetry=telemetry,
            clock=lambda: datetime.now(UTC),
            wait=time.sleep,
        )
    finally:
        telemetry.flush()
