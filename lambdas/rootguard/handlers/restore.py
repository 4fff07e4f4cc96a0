"""The restorer's entry point: one attachment from the queue of those to put back."""

from __future__ import annotations

import os
import time
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from rootguard.aws import dynamo
from rootguard.aws.calls import connect, seconds_left
from rootguard.aws.ledger import DynamoLedger
from rootguard.aws.organizations import AwsOrganizations
from rootguard.aws.outbox import read_order
from rootguard.aws.telemetry import PowertoolsTelemetry
from rootguard.reconcile.put_back import paced, put_back

_TABLE = os.environ["ROOTGUARD_TABLE"]
_CLIENT = connect()
_DYNAMODB = dynamo.connect()


def handler(event: dict[str, Any], context: LambdaContext) -> None:
    """Put back what the messages name. Raises what failed, so that the queue gives the message again."""
    for message in event["Records"]:
        telemetry = PowertoolsTelemetry(message["messageId"])
        with paced(time.monotonic, time.sleep):
            put_back(
                *read_order(message["body"]),
                organizations=AwsOrganizations(_CLIENT, seconds_left(context)),
                ledger=DynamoLedger(dynamo.Table(_TABLE, dynamo.Dynamo(_DYNAMODB)), telemetry.warn),
                telemetry=telemetry,
            )
