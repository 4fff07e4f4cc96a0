"""DynamoDB for the length of one invocation, with a deliberate answer to each way a call can fail.

Nothing may wait for DynamoDB. A call that gets no answer costs about two seconds, and after the first such
call none is made again. So make one `Dynamo` for each invocation, and share it among the tables. Two threads
may each make a call.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from threading import Lock
from typing import TYPE_CHECKING, Any, Final

from botocore import xform_name
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from rootguard.aws.calls import client
from rootguard.ports import LedgerError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

# "legacy" waits 50 ms before DynamoDB's second attempt, "standard" up to a second ("Retry behavior", AWS
# SDKs and Tools Reference Guide; the figures are in botocore's own data/_retry.json).
CONFIG: Final = Config(connect_timeout=1, read_timeout=1, retries={"mode": "legacy", "total_max_attempts": 2})

_SERVER_ERROR: Final = 500
_REFUSED: Final = "ConditionalCheckFailedException"
_CANCELED: Final = "TransactionCanceledException"
_OVERTAKEN: Final = {"ConditionalCheckFailed", "TransactionConflict"}


def connect() -> DynamoDBClient:
    """Return a client for DynamoDB that gives up early."""
    made: DynamoDBClient = client("dynamodb", CONFIG)
    return made


class Dynamo:
    """DynamoDB, for the length of one invocation. The client is made at the first call."""

    def __init__(self, connect: Callable[[], DynamoDBClient] = connect) -> None:
        self._client = cache(connect)
        self._making = Lock()
        self._silent: LedgerError | None = None

    def call(self, operation: str, **parameters: Any) -> Any:
        """Return the answer; None if the condition of a write did not hold. Raises LedgerError."""
        if self._silent is not None:
            raise self._silent
        try:
            # botocore makes a client safely in one thread only, and then threads may share it
            # ("Multithreading or multiprocessing with clients", Boto3 guide).
            with self._making:
                client = self._client()
            return getattr(client, xform_name(operation))(**parameters)
        except ClientError as error:
            said: Mapping[str, Any] = error.response
            code = said["Error"]["Code"]
            reasons = {reason.get("Code") for reason in said.get("CancellationReasons", ())}
            # Someone else wrote, or writes, what the condition or the transaction was about.
            if code == _REFUSED or (code == _CANCELED and reasons & _OVERTAKEN):
                return None
            failure = _failure(operation, code, said["Error"].get("Message", ""))
            # What DynamoDB refuses is refused at once, and says nothing of the next call.
            if said["ResponseMetadata"]["HTTPStatusCode"] >= _SERVER_ERROR:
                self._silent = failure
            raise failure from error
        except BotoCoreError as error:
            self._silent = _failure(operation, type(error).__name__, str(error))
            raise self._silent from error


def _failure(operation: str, code: str, message: str) -> LedgerError:
    return LedgerError(f"{operation} on the ledger failed with {code}: {message}")
